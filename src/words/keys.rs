//! The keyboard's help.

words! {
    /// Keys, and what they do.
    Keys {
        title: "Keys" | "Tasten",
        slice_keys: "Up Down" | "Auf Ab",
        slice: "slice" | "Schicht",
        ten_slices_keys: "PgUp PgDn" | "Bild Auf Ab",
        ten_slices: "ten slices" | "zehn Schichten",
        window_keys: "1 to 5" | "1 bis 5",
        window: "window" | "Fenster",
        hide_keys: "Space" | "Leertaste",
        hide: "hide the mask" | "Maske ausblenden",
        attention_keys: "A" | "A",
        attention: "attention" | "Attention",
        reset_keys: "R" | "R",
        reset: "reset window" | "Fenster zurücksetzen",
        tools_keys: "P E F G X" | "P E F G X",
        tools: "brush, eraser, fill, grow, remove" | "Pinsel, Radierer, Füllen, Wachsen, Entfernen",
        size_keys: "[ ]" | "[ ]",
        size: "brush size" | "Pinselgröße",
        none_keys: "Esc" | "Esc",
        none: "no tool" | "kein Werkzeug",
        history_keys: "Ctrl Z Y" | "Strg Z Y",
        history: "undo, redo" | "zurück, wieder",
        accept_keys: "Enter" | "Eingabe",
        accept: "accept the slice" | "Schicht bestätigen",
        edits_keys: "C H I" | "C H I",
        edits: "clear, fill holes, interpolate" | "leeren, Löcher füllen, interpolieren",
        learn_keys: "N B" | "N B",
        learn: "correct next, before / after" | "als nächstes, vorher / nachher",
    }
}
