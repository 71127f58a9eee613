//! In what an image is unlike those that the model learned from.

strings! {
    /// Strings of the warning.
    InputCheckStrings {
        title: "Unlike the training data" | "Anders als die Trainingsdaten",
        title_why: "The model learned from enhanced CT of adult abdomens. On other images its masks are likely to be wrong"
            | "Das Modell hat an Kontrastmittel-CTs des Bauchs von Erwachsenen gelernt. Auf anderen Bildern sind seine Masken wahrscheinlich falsch",
        not_calibrated: "Not in Hounsfield units: its grey is taken for them."
            | "Nicht in Hounsfield-Einheiten: Sein Grau wird dafür genommen.",
        no_air: "No air in or around the body: cut out, or not in Hounsfield units."
            | "Keine Luft im Körper oder um ihn: ausgeschnitten oder nicht in Hounsfield-Einheiten.",
        values: "Tissue has {hu} HU in the middle, between fat and muscle were expected."
            | "Gewebe hat im Mittel {hu} HU, erwartet war etwas zwischen Fett und Muskel.",
        no_body: "No body found." | "Kein Körper gefunden.",
        small_body: "The body is only {width} mm wide: an adult's abdomen was expected."
            | "Der Körper ist nur {width} mm breit: Erwartet war der Bauch eines Erwachsenen.",
        large_body: "The body is {width} mm wide, and the model sees {seen} mm of it."
            | "Der Körper ist {width} mm breit, und das Modell sieht davon {seen} mm.",
        coarse: "Pixels of {spacing} mm: the model learned at {model} mm."
            | "Pixel von {spacing} mm: Das Modell hat bei {model} mm gelernt.",
        far_apart: "Slices {spacing} mm apart: the model knows neighbours {model} mm away."
            | "Schichten im Abstand von {spacing} mm: Das Modell kennt Nachbarn in {model} mm.",
        no_contrast: "Hardly any enhancement ({percent} % of the soft tissue): without contrast agent, or another phase."
            | "Kaum Anreicherung ({percent} % des Weichgewebes): ohne Kontrastmittel oder in anderer Phase.",
    }
}
