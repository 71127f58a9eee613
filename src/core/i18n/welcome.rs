//! What the page says before anything is open, and the ways to open something.

strings! {
    /// Strings of the empty page and of the ways to open something.
    WelcomeStrings {
        drop_here: "Drop an abdominal CT here" | "Ein CT des Abdomens hierher ziehen",
        what: "A slice or a whole series, as DICOM, NIfTI, NRRD, PNG or JPEG, or a zip of them. The pancreas is outlined on your own machine; nothing is uploaded."
            | "Eine Schicht oder eine ganze Serie, als DICOM, NIfTI, NRRD, PNG oder JPEG, oder ein Zip davon. Das Pankreas wird auf Ihrem eigenen Rechner umrandet; nichts wird hochgeladen.",
        sample: "Try a sample" | "Beispiel öffnen",
        sample_title: "Open a synthetic abdomen" | "Ein synthetisches Abdomen öffnen",
        sample_is: "The sample is a synthetic phantom, drawn by a program." | "Das Beispiel ist ein synthetisches Phantom, von einem Programm gezeichnet.",
    }
}
