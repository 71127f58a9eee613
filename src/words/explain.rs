//! The panel with the gates' attention.

words! {
    /// Strings of the panel with the gates' attention.
    Explain {
        title: "Attention" | "Attention",
        show: "Show attention" | "Attention zeigen",
        hide: "Hide attention" | "Attention ausblenden",
        key: "Key A" | "Taste A",
        gate: "Gate {number}" | "Gate {number}",
        gate_title: "{px} x {px} over the input" | "{px} x {px} über der Eingabe",
        lowest: "0" | "0",
        highest: "1" | "1",
        computing: "computing…" | "wird berechnet…",
        meaning: "Attention, not probability: where a gate lets the skip through."
            | "Attention, keine Wahrscheinlichkeit: wo ein Gate die Skip-Verbindung durchlässt.",
    }
}
