//! The pane with the surfaces of organs.

strings! {
    /// Strings of the pane with the surfaces of organs.
    SurfaceStrings {
        name: "3D" | "3D",
        title: "Show only the surfaces of the visible organs" | "Nur die Oberflächen der sichtbaren Organe zeigen",
        spoken: "Surfaces of the visible organs. Arrow keys turn, plus and minus zoom, 0 resets, 1 to 6 are standard views."
            | "Oberflächen der sichtbaren Organe. Pfeiltasten drehen, Plus und Minus zoomen, 0 setzt zurück, 1 bis 6 sind Standardansichten.",
        views: "Standard views" | "Standardansichten",
        anterior: "From anterior (1)" | "Von vorn (1)",
        posterior: "From posterior (2)" | "Von hinten (2)",
        left: "From the patient's left (3)" | "Von links am Patienten (3)",
        right: "From the patient's right (4)" | "Von rechts am Patienten (4)",
        superior: "From superior (5)" | "Von oben (5)",
        inferior: "From inferior (6)" | "Von unten (6)",
        reset: "Reset" | "Zurücksetzen",
        reset_title: "Show everything, from anterior (0)" | "Alles zeigen, von vorn (0)",
        waits: "Surfaces appear once all slices are segmented." | "Oberflächen erscheinen, sobald alle Schichten segmentiert sind.",
        computing: "Computing surfaces: {done} of {total}" | "Oberflächen werden berechnet: {done} von {total}",
        nothing: "Nothing to show: the visible organs are empty, or every organ is hidden."
            | "Nichts zu zeigen: Die sichtbaren Organe sind leer, oder jedes Organ ist ausgeblendet.",
        no_webgl: "This browser does not offer WebGL 2, which surfaces need. Everything else works. Turn on graphics acceleration in the browser's settings, or use another browser."
            | "Dieser Browser bietet kein WebGL 2, das Oberflächen brauchen. Alles andere funktioniert. Grafikbeschleunigung in den Einstellungen des Browsers einschalten oder einen anderen Browser verwenden.",
        lost: "The browser has taken the graphics away. The surfaces come back as soon as it gives them back."
            | "Der Browser hat die Grafik entzogen. Die Oberflächen kommen zurück, sobald er sie wieder freigibt.",
        pieces: "{organ}: {count} pieces" | "{organ}: {count} Teile",
        strays: "Magenta: outside the largest piece" | "Magenta: außerhalb des größten Teils",
    }
}
