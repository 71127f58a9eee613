//! What a reader should know of the series, and what went wrong.

words! {
    /// Strings of the notices.
    Notices {
        left_out: "Left out: {what}: {why}" | "Ausgelassen: {what}: {why}",
        label: "Label {name}: {note}" | "Label {name}: {note}",
        close: "Close this message" | "Meldung schließen",
    }
}
