//! The server of DICOMweb that the page comes from: its studies, and results that are stored there.

strings! {
    /// Strings of the server.
    ServerStrings {
        open: "Open from the server" | "Vom Server öffnen",
        open_title: "List the studies of the DICOMweb server that this page comes from. It is asked nothing before."
            | "Die Studien des DICOMweb-Servers auflisten, von dem diese Seite kommt. Vorher wird er nichts gefragt.",
        title: "Studies on the server" | "Studien auf dem Server",
        search: "Patient name or ID" | "Name oder ID des Patienten",
        find: "Search" | "Suchen",
        how: "Choose a study, then one of its CT series. SEG and RTSTRUCT open with the CT that they belong to."
            | "Wählen Sie eine Studie, dann eine ihrer CT-Serien. SEG und RTSTRUCT öffnen sich zu dem CT, zu dem sie gehören.",
        asking: "Asking the server…" | "Der Server wird gefragt…",
        none: "The server has no studies" | "Der Server hat keine Studien",
        none_found: "No study of “{words}”" | "Keine Studie zu „{words}“",
        one: "1 study" | "1 Studie",
        count: "{count} studies" | "{count} Studien",
        more: "{count} studies of more; search for others" | "{count} Studien von mehr; andere bitte suchen",
        no_name: "No name" | "Ohne Namen",
        no_series: "This study has no series" | "Diese Studie hat keine Serie",
        no_ct: "This study has no CT series" | "Diese Studie hat keine CT-Serie",
        read: "Open this series" | "Diese Serie öffnen",
        not_read: "Only CT, SEG and RTSTRUCT are opened" | "Nur CT, SEG und RTSTRUCT werden geöffnet",
        one_image: "1 image" | "1 Bild",
        images: "{count} images" | "{count} Bilder",
        starting: "The list of images is loaded…" | "Die Liste der Bilder wird geladen…",
        progress: "{done} of {total} images" | "{done} von {total} Bildern",
        cancel: "Cancel" | "Abbrechen",
        close: "Close" | "Schließen",
        store: "Store on the server" | "Auf dem Server speichern",
        store_title: "Send the mask to the DICOMweb server as a new object of this patient and study"
            | "Die Maske als neues Objekt dieses Patienten und dieser Studie an den DICOMweb-Server senden",
        seg: "SEG" | "SEG",
        rtstruct: "RTSTRUCT" | "RTSTRUCT",
    }
}
