//! What is said about session files.

messages! {
    /// Messages about session files.
    SavedSessionMessage {
        TooLarge { mib: usize, most: usize }: "it has {mib} MiB, and a session has at most {most}"
            | "es hat {mib} MiB, und eine Sitzung hat höchstens {most}",
        NotReadable { error: String }: "it begins as a session of Islet and cannot be read ({error})"
            | "es beginnt wie eine Sitzung von Islet und ist nicht lesbar ({error})",
        OtherVersion { found: u32, expected: u32 }: "its format has version {found}; this page reads version {expected}"
            | "sein Format hat Version {found}; diese Seite liest Version {expected}",
        ImpossibleSeries { dims: String }: "it claims a series of {dims} voxels"
            | "es nennt eine Serie mit {dims} Voxeln",
        SaveAgain: "Save the session again, with this version of the page; what is open stays as it is"
            | "Die Sitzung mit dieser Version der Seite noch einmal speichern; was offen ist, bleibt wie es ist",
        Opened { name: String, count: usize }: "The session is open: {count} corrected slices of {name} are back, and Undo takes that back"
            | "Die Sitzung ist offen: {count} korrigierte Schichten von {name} sind wieder da, und Rückgängig nimmt das zurück",
        Waits { name: String, count: usize }: "The session is read: {count} corrected slices of {name} come back when the same images are opened"
            | "Die Sitzung ist gelesen: {count} korrigierte Schichten von {name} kommen zurück, sobald dieselben Bilder geöffnet werden",
        OtherModel { then: String, now: String }: "It was saved with another model (SHA-256 {then}...) than the one in use ({now}...): masks that nobody corrected may differ. Open that model's file to have them again"
            | "Sie wurde mit einem anderen Modell (SHA-256 {then}...) als dem geladenen ({now}...) gespeichert: Masken, die niemand korrigiert hat, können abweichen. Mit der Datei jenes Modells kommen sie wieder",
        Empty: "The session is read: it holds no corrections" | "Die Sitzung ist gelesen: sie enthält keine Korrekturen",
    }
}
