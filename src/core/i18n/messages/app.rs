//! What `app` says to people.

messages! {
    /// Messages of `app`.
    AppMessage {
        NoSeriesOpen: "no series is open" | "keine Serie ist offen",
        DropFirst: "Drop a slice or a series first" | "Zuerst eine Schicht oder eine Serie hierher ziehen",
        TheMask: "The mask" | "Die Maske",
    }
}
