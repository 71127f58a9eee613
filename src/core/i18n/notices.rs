//! What a reader should know, and what went wrong.

strings! {
    /// Strings of the notices and failures.
    NoticesStrings {
        left_out: "Left out: {what}: {why}" | "Ausgelassen: {what}: {why}",
        label: "Label {name}: {note}" | "Label {name}: {note}",
        close: "Close this message" | "Diese Meldung schließen",
        cross: "×" | "×",
        no_worker: "this browser cannot start a worker" | "dieser Browser kann keinen Worker starten",
        other_browser: "Use a current browser" | "Benutzen Sie einen aktuellen Browser",
        the_series: "The series" | "Die Serie",
        session_stopped: "the worker that holds the series stopped" | "der Worker, der die Serie hält, hat angehalten",
        session_stopped_why: "the worker that holds the series stopped ({why})" | "der Worker, der die Serie hält, hat angehalten ({why})",
        open_again: "Close other tabs to free memory, then open it again" | "Schließen Sie andere Tabs, um Speicher freizugeben, und öffnen Sie sie erneut",
        other_opened: "another series was opened" | "eine andere Serie wurde geöffnet",
        closed: "the series was closed" | "die Serie wurde geschlossen",
        none_open: "no series is open; drop one first" | "keine Serie ist offen; ziehen Sie zuerst eine hierher",
    }
}
