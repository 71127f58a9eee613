//! The panel that takes the result away.

strings! {
    /// Strings of the panel that takes the result away.
    ExportStrings {
        title: "Take the result away as another kind of file" | "Das Ergebnis als andere Art von Datei mitnehmen",
        more: "More" | "Mehr",
        nifti: "Save mask (NIfTI)" | "Maske sichern (NIfTI)",
        nifti_title: "Save the mask as NIfTI, on the series' own grid"
            | "Die Maske als NIfTI sichern, im Gitter der Serie",
        seg: "DICOM SEG" | "DICOM SEG",
        seg_title: "Save the mask as a DICOM segmentation of this patient and study"
            | "Die Maske als DICOM-Segmentierung dieses Patienten und dieser Studie sichern",
        seg_own_title: "Save the mask as a DICOM segmentation of nobody: these files name no patient, so it has a frame of reference of its own"
            | "Die Maske als DICOM-Segmentierung ohne Patienten sichern: Diese Dateien nennen keinen, darum hat sie ein eigenes Bezugssystem",
        without_patient: "SEG without patient data" | "SEG ohne Patientendaten",
        without_patient_title: "Leave patient and study out of the DICOM segmentation and replace its UIDs (PS3.15, Basic Profile)"
            | "Patient und Studie aus der DICOM-Segmentierung weglassen und ihre UIDs ersetzen (PS3.15, Basic Profile)",
        stl: "Surface (STL)" | "Fläche (STL)",
        stl_title: "Save the surface as triangles, in mm (LPS)" | "Die Oberfläche als Dreiecke sichern, in mm (LPS)",
        csv: "Table (CSV)" | "Tabelle (CSV)",
        csv_title: "Save area, volume and Hounsfield units slice by slice"
            | "Fläche, Volumen und Hounsfield-Einheiten je Schicht sichern",
        json: "Report (JSON)" | "Bericht (JSON)",
        json_title: "Save everything measured, with the model's hash and the version of Islet"
            | "Alles Gemessene sichern, mit dem Hash des Modells und der Version von Islet",
        png: "Picture (PNG)" | "Bild (PNG)",
        png_title: "Save the picture as it is shown" | "Das Bild sichern, wie es gezeigt wird",
        picture: "The picture" | "Das Bild",
        picture_why: "the browser refused ({error})" | "der Browser hat sich geweigert ({error})",
        picture_hint: "Take a screenshot instead" | "Stattdessen einen Bildschirmabzug machen",
    }
}
