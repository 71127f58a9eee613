//! The section about the model.

strings! {
    /// Strings about the model.
    ModelStrings {
        title: "Model" | "Modell",
        training: "{preset}, trained for {epochs} epochs on {dataset}."
            | "{preset}, {epochs} Epochen mit {dataset} trainiert.",
        organs: "The model segments {organs}; this page shows and measures only the pancreas."
            | "Das Modell segmentiert {organs}; diese Seite zeigt und misst nur das Pankreas.",
    }
}
