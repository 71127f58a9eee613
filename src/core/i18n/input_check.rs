//! Warnings about images that differ from the training data. The differences themselves are in
//! [`messages::input_check`](super::messages::input_check).

strings! {
    /// Strings of the warnings about the input.
    InputCheckStrings {
        title: "Different from the training data" | "Anders als die Trainingsdaten",
        title_why: "The model was trained on contrast-enhanced CT of adult abdomens. On other images its masks are likely to be wrong."
            | "Das Modell wurde mit Kontrastmittel-CTs des Abdomens von Erwachsenen trainiert. Auf anderen Bildern sind seine Masken wahrscheinlich falsch.",
    }
}
