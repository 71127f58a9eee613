//! The panel that takes the result away.

words! {
    /// Strings of the panel that takes the result away.
    Take {
        title: "Take away" | "Mitnehmen",
        nifti: "NIfTI" | "NIfTI",
        nifti_title: "Save the mask as NIfTI, on the series' own grid" | "Die Maske als NIfTI sichern, im Gitter der Serie",
        seg: "DICOM SEG" | "DICOM SEG",
        seg_title: "Save the mask as a DICOM segmentation of this patient and study" | "Die Maske als DICOM-Segmentierung dieses Patienten und dieser Studie sichern",
        seg_own_title: "Save the mask as a DICOM segmentation of nobody: these files name no patient, so it has a frame of reference of its own" | "Die Maske als DICOM-Segmentierung ohne Patienten sichern: Diese Dateien nennen keinen, darum hat sie ein eigenes Bezugssystem",
        stl: "STL" | "STL",
        stl_title: "Save the surface as triangles (STL, mm, LPS)" | "Die Oberfläche als Dreiecke sichern (STL, mm, LPS)",
        png: "PNG" | "PNG",
        png_title: "Save the picture as it is shown" | "Das Bild sichern, wie es gezeigt wird",
        picture: "The picture" | "Das Bild",
        picture_why: "the browser refused ({error})" | "der Browser hat sich geweigert ({error})",
        picture_hint: "Take a screenshot instead" | "Stattdessen einen Bildschirmabzug machen",
        csv: "CSV" | "CSV",
        csv_title: "Save area, volume and HU slice by slice as a table (CSV)" | "Fläche, Volumen und HU je Schicht als Tabelle sichern (CSV)",
        json: "JSON" | "JSON",
        json_title: "Save everything measured, with the model's hash, as JSON" | "Alles Gemessene mit dem Hash des Modells als JSON sichern",
        without_patient: "SEG without patient" | "SEG ohne Patienten",
        without_patient_title: "Leave patient and study out of the DICOM segmentation and replace its UIDs (PS3.15, Basic Profile)" | "Patient und Studie aus der DICOM-Segmentierung weglassen und ihre UIDs ersetzen (PS3.15, Basic Profile)",
    }
}
