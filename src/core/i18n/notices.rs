//! Notes about the series, and error messages.

strings! {
    /// Strings of the notes and error messages.
    NoticesStrings {
        left_out: "Not used: {what}: {why}" | "Nicht verwendet: {what}: {why}",
        label: "Ground truth {name}: {note}" | "Referenz {name}: {note}",
        close: "Close this message" | "Diese Meldung schließen",
        cross: "×" | "×",
        no_worker: "this browser cannot start web workers" | "dieser Browser kann keine Web Worker starten",
        other_browser: "Use a current browser" | "Verwenden Sie einen aktuellen Browser",
        the_series: "The series" | "Die Serie",
        session_stopped: "the worker that holds the series has stopped"
            | "der Worker mit der Serie wurde beendet",
        session_stopped_why: "the worker that holds the series has stopped ({why})"
            | "der Worker mit der Serie wurde beendet ({why})",
        open_again: "Close other tabs to free memory, then open the series again"
            | "Schließen Sie andere Tabs, um Speicher freizugeben, und öffnen Sie die Serie erneut",
        other_opened: "another series was opened" | "eine andere Serie wurde geöffnet",
        closed: "the series was closed" | "die Serie wurde geschlossen",
        save_kept: "Save the corrections of {count} slices" | "Die Korrekturen von {count} Schichten speichern",
        save_kept_title: "As a file that brings them back when it is opened together with the series"
            | "Als Datei, die sie zurückbringt, wenn sie zusammen mit der Serie geöffnet wird",
        none_open: "no series is open" | "keine Serie ist geöffnet",
    }
}
