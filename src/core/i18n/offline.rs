//! A new version of the page.

strings! {
    /// Strings about a new version of the page.
    OfflineStrings {
        new_version: "New version: reload" | "Neue Version: neu laden",
        new_version_title: "It is installed and waits. Reloading closes what is open"
            | "Sie ist installiert und wartet. Neu laden schließt, was offen ist",
        close_others: "Close Islet's other tabs, then reload" | "Andere Islet-Tabs schließen, dann neu laden",
    }
}
