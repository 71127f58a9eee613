//! What `nn` says to people.

messages! {
    /// Messages of `nn`.
    NnMessage {
        ModelFile: "The model file" | "Die Modelldatei",
    }
}
