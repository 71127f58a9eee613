//! Warnings about images that differ from the training data.

strings! {
    /// Strings of the warnings about the input.
    InputCheckStrings {
        title: "Different from the training data" | "Anders als die Trainingsdaten",
        title_why: "The model was trained on contrast-enhanced CT of adult abdomens. On other images its masks are likely to be wrong."
            | "Das Modell wurde mit Kontrastmittel-CTs des Abdomens von Erwachsenen trainiert. Auf anderen Bildern sind seine Masken wahrscheinlich falsch.",
        not_calibrated: "Not in Hounsfield units: the grey values are used instead."
            | "Nicht in Hounsfield-Einheiten: Stattdessen werden die Grauwerte verwendet.",
        no_air: "No air in or around the body: the image is cropped or not in Hounsfield units."
            | "Keine Luft im Körper oder um ihn: Das Bild ist beschnitten oder nicht in Hounsfield-Einheiten.",
        values: "The median of soft tissue is {hu} HU; a value between fat and muscle was expected."
            | "Der Median des Weichgewebes ist {hu} HU; erwartet war ein Wert zwischen Fett und Muskel.",
        no_body: "No body was found." | "Es wurde kein Körper gefunden.",
        small_body: "The body is only {width} mm wide; an adult's abdomen was expected."
            | "Der Körper ist nur {width} mm breit; erwartet war das Abdomen eines Erwachsenen.",
        large_body: "The body is {width} mm wide, but the model sees only {seen} mm of it."
            | "Der Körper ist {width} mm breit, aber das Modell sieht davon nur {seen} mm.",
        coarse: "Pixels of {spacing} mm; the model was trained with pixels of {model} mm."
            | "Pixel von {spacing} mm; das Modell wurde mit Pixeln von {model} mm trainiert.",
        far_apart: "Slices {spacing} mm apart; the model was trained with slices {model} mm apart."
            | "Schichten im Abstand von {spacing} mm; das Modell wurde mit einem Abstand von {model} mm trainiert.",
        no_contrast: "Hardly any enhancement ({percent} % of the soft tissue): no contrast agent, or another phase."
            | "Kaum Anreicherung ({percent} % des Weichgewebes): ohne Kontrastmittel oder in anderer Phase.",
    }
}
