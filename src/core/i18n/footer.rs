//! The line at the bottom.

strings! {
    /// Strings of the line at the bottom.
    FooterStrings {
        loading: "Loading the model" | "Das Modell wird geladen",
        ready: "Ready" | "Bereit",
        error: "Something could not be done; see the message" | "Etwas ging nicht; siehe die Meldung",
        done: "Done" | "Fertig",
        reading_files: "Reading {done} of {total} files" | "Liest {done} von {total} Dateien",
        reading: "Reading" | "Liest",
        learning: "Learning" | "Lernt",
        segmenting: "Segmenting, {done} of {all} slices" | "Segmentiert, {done} von {all} Schichten",
        no_device: "Not a medical device." | "Kein Medizinprodukt.",
        trained_on: " Model trained on NIH Pancreas-CT, " | " Modell trainiert mit NIH Pancreas-CT, ",
        source: "Roth et al., TCIA 2016" | "Roth et al., TCIA 2016",
        citation: "Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016."
            | "Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016.",
        and_phantoms: ", CC BY 3.0, and on synthetic phantoms." | ", CC BY 3.0, und mit synthetischen Phantomen.",
    }
}
