//! What `web` says to people.

messages! {
    /// Messages of `web`.
    WebMessage {
        ThePicture: "The picture" | "Das Bild",
    }
}
