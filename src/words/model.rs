//! The panel with the model.

words! {
    /// Strings of the panel with the model.
    Model {
        organs: "It tells {organs} apart; the page shows and measures the pancreas." | "Es unterscheidet {organs}; die Seite zeigt und misst das Pankreas.",
    }
}
