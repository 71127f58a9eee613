//! Messages of the `imaging` room.

messages! {
    /// Messages of the `imaging` room.
    ImagingMessage {
        SavedCorrections: "Saved corrections" | "Gesicherte Korrekturen",
    }
}
