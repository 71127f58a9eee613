//! What `app` says to people about the work that they have done.

messages! {
    /// Messages of `app` about corrections of series that are not open.
    WorkMessage {
        Kept { count: usize, name: String }: "Corrections of {name} ({count} slices) are kept while this page is open; open the same images again to go on with them" | "Korrekturen von {name} ({count} Schichten) bleiben erhalten, solange diese Seite offen ist; dieselben Bilder wieder öffnen, um sie fortzusetzen",
        CameBack { count: usize }: "Corrections of {count} slices have come back from when these images were open before" | "Korrekturen von {count} Schichten sind wieder da, aus der Zeit, als diese Bilder zuvor offen waren",
    }
}
