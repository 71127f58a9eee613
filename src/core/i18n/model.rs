//! The panel about the network.

strings! {
    /// Strings of the panel about the network.
    ModelStrings {
        title: "Model" | "Modell",
        training: "{preset}, {epochs} epochs on {dataset}." | "{preset}, {epochs} Epochen mit {dataset}.",
        organs: "It tells {organs} apart; the page shows and measures the pancreas." | "Es unterscheidet {organs}; die Seite zeigt und misst das Pankreas.",
    }
}
