//! The panel with the model.

words! {
    /// Strings of the panel with the model.
    Model {
        title: "Model" | "Modell",
        facts: "{preset}, {epochs} epochs on {dataset}." | "{preset}, {epochs} Epochen mit {dataset}.",
    }
}
