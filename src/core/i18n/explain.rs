//! The panel that says why, and where to look first.

strings! {
    /// Strings of the panel that says why.
    ExplainStrings {
        title: "Attention" | "Attention",
        gate: "Gate {number}" | "Gate {number}",
        gate_title: "{px} x {px} over the input" | "{px} x {px} über der Eingabe",
        computing: "computing…" | "wird berechnet…",
        lowest: "0" | "0",
        highest: "1" | "1",
        meaning: "Attention, not probability: where a gate lets the skip through."
            | "Attention, keine Wahrscheinlichkeit: wo ein Gate die Skip-Verbindung durchlässt.",
        open_gate: "Hold gate {number} open" | "Gate {number} offen halten",
        open_gate_title: "Run the network with this gate at 1 everywhere, and see what changes on this slice"
            | "Das Netz mit diesem Gate überall auf 1 laufen lassen und sehen, was sich in dieser Schicht ändert",
        choose_gate: "Hold a gate open" | "Ein Gate offen halten",
        gained: "gained" | "kommt hinzu",
        lost: "lost" | "fällt weg",
        pixels: "{count} px" | "{count} px",
        pixels_mm2: "{count} px, {mm2} mm²" | "{count} px, {mm2} mm²",
        agreement: "DSC with and without" | "DSC mit und ohne",
        moved: "Mean change of p" | "Mittlere Änderung von p",
        ablation_note: "The network's own mask of this slice, not corrected and not cleaned up."
            | "Die Maske des Netzes selbst in dieser Schicht, nicht korrigiert und nicht bereinigt.",
        maps: "Maps" | "Karten",
        probability: "Probability" | "Wahrscheinlichkeit",
        probability_title: "The probability that the mask is cut from"
            | "Die Wahrscheinlichkeit, aus der die Maske geschnitten wird",
        probability_note: "Probability of pancreas, as the network gives it. The mask begins at {threshold}."
            | "Wahrscheinlichkeit für Pankreas, wie das Netz sie angibt. Die Maske beginnt bei {threshold}.",
        mean_note: "Mean probability of the image and its mirror image. The mask begins at {threshold}."
            | "Mittlere Wahrscheinlichkeit von Bild und Spiegelbild. Die Maske beginnt bei {threshold}.",
        uncertainty: "Uncertainty" | "Unsicherheit",
        uncertainty_title: "Where the network is in doubt" | "Wo das Netz zweifelt",
        doubt_note: "Doubt: 1 where the probability is a half, 0 where it is 0 or 1."
            | "Zweifel: 1 bei einer Wahrscheinlichkeit von einem Halb, 0 bei 0 und 1.",
        disagreement_note: "Disagreement: how far the probability moves when the image is mirrored."
            | "Uneinigkeit: wie weit sich die Wahrscheinlichkeit ändert, wenn das Bild gespiegelt wird.",
        look_first: "Look at these first" | "Diese zuerst ansehen",
        look_first_title: "Slice {slice}, number {rank}" | "Schicht {slice}, Nummer {rank}",
        by_doubt: "Where probabilities are near a half." | "Wo Wahrscheinlichkeiten nahe einem Halb sind.",
        by_mirror: "Where the mirrored input disagrees." | "Wo die gespiegelte Eingabe anderes ergibt.",
        nothing_first: "No slice is in doubt." | "Keine Schicht ist zweifelhaft.",
        not_yet: "Once all slices are done." | "Sobald alle Schichten fertig sind.",
        check_mirrored: "Check with mirrored input" | "Mit gespiegelter Eingabe prüfen",
        check_title: "Run the network on the mirrored image of every slice too. A model that never learned mirrored abdomens disagrees much"
            | "Das Netz auch auf dem Spiegelbild jeder Schicht laufen lassen. Ein Modell, das nie gespiegelte Bäuche gesehen hat, wird sich oft widersprechen",
        stop_check: "Stop: {done} of {all} slices" | "Anhalten: {done} von {all} Schichten",
        checked: "Checked with mirrored input" | "Mit gespiegelter Eingabe geprüft",
        use_mean: "Mask from the mean of both" | "Maske aus dem Mittel beider",
        use_mean_title: "Cut the mask from the mean probability of the image and its mirror image"
            | "Die Maske aus der mittleren Wahrscheinlichkeit von Bild und Spiegelbild schneiden",
    }
}
