//! Models of whole volumes: their progress, the organs that they find, and what they cannot do.

strings! {
    /// Strings about models of whole volumes.
    VolumeStrings {
        waiting: "Preparing the model" | "Das Modell wird vorbereitet",
        preparing: "Preparing the volume" | "Das Volumen wird vorbereitet",
        patch: "Patch {patch} of {all}" | "Patch {patch} von {all}",
        network: "Network {network} of {networks}: " | "Netz {network} von {networks}: ",
        left: ", {left}" | ", {left}",
        stop: "Stop" | "Anhalten",
        stop_title: "Stop the segmentation. Slices can then be drawn by hand."
            | "Die Segmentierung anhalten. Schichten lassen sich dann von Hand zeichnen.",
        stopped: "not segmented" | "nicht segmentiert",
        again: "Segment again" | "Noch einmal segmentieren",
        again_title: "Segment the whole series from the start"
            | "Die ganze Serie von vorn segmentieren",
        no_probability: "Not available: the model in use keeps the probability of the pancreas alone, once the whole volume is segmented"
            | "Nicht verfügbar: das benutzte Modell behält nur die Wahrscheinlichkeit des Pankreas, sobald das ganze Volumen segmentiert ist",
        no_mirror: "Not available: the model in use segments whole volumes"
            | "Nicht verfügbar: das benutzte Modell segmentiert ganze Volumen",
        no_tuning: "Not available: the model in use segments whole volumes and cannot be fine-tuned here. A model of slices can."
            | "Nicht verfügbar: das benutzte Modell segmentiert ganze Volumen und lässt sich hier nicht nachtrainieren. Ein Schichtmodell schon.",
        no_review: "The model in use says where it is uncertain for the pancreas alone, once it is done."
            | "Das benutzte Modell sagt nur beim Pankreas, wo es unsicher ist, sobald es fertig ist.",
        knows: "The model segments {count} organs, each slice together with its neighbours. The tools work on the pancreas until another organ of the list is chosen; the NIfTI file holds all organs."
            | "Das Modell segmentiert {count} Organe, jede Schicht zusammen mit ihren Nachbarn. Die Werkzeuge bearbeiten das Pankreas, bis ein anderes Organ der Liste gewählt ist; die NIfTI-Datei enthält alle Organe.",
        source: "Imported from {dataset} ({model})." | "Importiert aus {dataset} ({model}).",
        cite: "To be cited as: {citation}." | "Zu zitieren als: {citation}.",
        licence: "Licence: {licence}." | "Lizenz: {licence}.",
        keep: "Keep this model in this browser" | "Dieses Modell in diesem Browser behalten",
        keep_title: "Store the model on this machine, so that it is in use when the page is opened again. No other site can read it."
            | "Das Modell auf diesem Rechner speichern, damit es beim nächsten Öffnen der Seite in Gebrauch ist. Keine andere Website kann es lesen.",
        kept: "Kept in this browser: {name}." | "In diesem Browser gespeichert: {name}.",
        forget: "Delete it from this browser" | "Aus diesem Browser löschen",
        forget_title: "Delete the stored model. It stays in use until the page is closed."
            | "Das gespeicherte Modell löschen. Es bleibt in Gebrauch, bis die Seite geschlossen wird.",
        use_shipped: "Use Islet's own model" | "Islets eigenes Modell benutzen",
        use_shipped_title: "Segment with the model that comes with this page. Corrections stay."
            | "Mit dem Modell segmentieren, das zu dieser Seite gehört. Korrekturen bleiben.",
        not_commercial: "This model is not for commercial use."
            | "Dieses Modell ist nicht für kommerzielle Zwecke bestimmt.",
    }
}
