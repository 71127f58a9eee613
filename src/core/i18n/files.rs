//! Opening files.

strings! {
    /// Strings about opening files.
    FilesStrings {
        open: "Open files" | "Dateien öffnen",
        open_title: "Open one or more files" | "Eine oder mehrere Dateien öffnen",
        open_folder: "Open a folder" | "Ordner öffnen",
        open_folder_title: "Open a folder with the slices of a series"
            | "Einen Ordner mit den Schichten einer Serie öffnen",
        files: "Files" | "Dateien",
        folder: "Folder" | "Ordner",
        drop: "The dropped files" | "Die abgelegten Dateien",
        unread: "the browser could not read {count} of them" | "der Browser konnte {count} davon nicht lesen",
        choose_instead: "Choose the files with the button instead" | "Wählen Sie die Dateien stattdessen mit der Schaltfläche",
    }
}
