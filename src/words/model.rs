//! The panel about the network.

words! {
    /// Strings of the panel about the network.
    Model {
        title: "Model" | "Modell",
        training: "{preset}, {epochs} epochs on {dataset}." | "{preset}, {epochs} Epochen mit {dataset}.",
    }
}
