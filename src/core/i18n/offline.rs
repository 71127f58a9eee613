//! Updates of the page.

strings! {
    /// Strings about updates of the page.
    OfflineStrings {
        new_version: "New version: reload" | "Neue Version: neu laden",
        new_version_title: "The new version is installed. Reloading the page closes the open series."
            | "Die neue Version ist installiert. Neuladen der Seite schließt die geöffnete Serie.",
        close_others: "Close Islet's other tabs, then reload" | "Andere Islet-Tabs schließen, dann neu laden",
    }
}
