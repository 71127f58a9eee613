//! What `imaging` says to people.

messages! {
    /// Messages of `imaging`.
    ImagingMessage {
        SavedCorrections: "Saved corrections" | "Gesicherte Korrekturen",
    }
}
