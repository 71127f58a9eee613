//! The line at the bottom.

strings! {
    /// Strings of the line at the bottom.
    FooterStrings {
        loading: "Loading the model" | "Das Modell wird geladen",
        ready: "Ready" | "Bereit",
        error: "An error occurred; see the message" | "Ein Fehler ist aufgetreten; siehe Meldung",
        done: "Done" | "Fertig",
        reading_files: "Reading {done} of {total} files" | "Lesen: {done} von {total} Dateien",
        reading: "Reading files" | "Dateien werden gelesen",
        learning: "Fine-tuning" | "Nachtraining läuft",
        segmenting: "Segmenting, {done} of {all} slices" | "Segmentiert, {done} von {all} Schichten",
        no_device: "Not a medical device." | "Kein Medizinprodukt.",
        trained_on: " Model trained on NIH Pancreas-CT, " | " Modell trainiert mit NIH Pancreas-CT, ",
        source: "Roth et al., TCIA 2016" | "Roth et al., TCIA 2016",
        citation: "Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016."
            | "Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016.",
        imported: " Model imported from {datasets}; licence: {licence}." | " Modell importiert aus {datasets}; Lizenz: {licence}.",
        learned_from: " Model trained on {dataset}." | " Modell trainiert mit {dataset}.",
        and_phantoms: ", CC BY 3.0, and on synthetic phantoms." | ", CC BY 3.0, und mit synthetischen Phantomen.",
    }
}
