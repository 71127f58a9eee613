//! The export menu.

strings! {
    /// Strings of the export menu.
    ExportStrings {
        title: "Export in another format" | "In einem anderen Format exportieren",
        more: "More" | "Mehr",
        nifti: "Save mask (NIfTI)" | "Maske als NIfTI",
        nifti_title: "Save the mask as NIfTI on the grid of the series"
            | "Die Maske als NIfTI im Gitter der Serie speichern",
        seg: "DICOM SEG" | "DICOM SEG",
        seg_title: "Save the mask as a DICOM segmentation of this patient and study"
            | "Die Maske als DICOM-Segmentierung dieses Patienten und dieser Studie speichern",
        seg_own_title: "Save the mask as a DICOM segmentation without a patient. The files contain no patient data, so it gets its own frame of reference."
            | "Die Maske als DICOM-Segmentierung ohne Patienten speichern. Die Dateien enthalten keine Patientendaten, darum erhält sie ein eigenes Bezugssystem.",
        rtstruct: "DICOM RTSTRUCT" | "DICOM RTSTRUCT",
        rtstruct_title: "Save the mask as contours on the slices, for radiotherapy planning systems"
            | "Die Maske als Konturen auf den Schichten speichern, für Systeme der Strahlentherapieplanung",
        sr: "DICOM SR" | "DICOM SR",
        sr_title: "Save volumes and Hounsfield units of the visible organs, and what was measured, as a DICOM structured report (TID 1500)"
            | "Volumen und Hounsfield-Einheiten der sichtbaren Organe und alle Messungen als strukturierten DICOM-Bericht speichern (TID 1500)",
        seg_nrrd: "3D Slicer (seg.nrrd)" | "3D Slicer (seg.nrrd)",
        seg_nrrd_title: "Save the mask as a segmentation of 3D Slicer, with names and colours"
            | "Die Maske als Segmentierung von 3D Slicer speichern, mit Namen und Farben",
        session: "Session" | "Sitzung",
        session_title: "Save corrections, measurements and the view in one file, without the images. Drop it on this page to go on."
            | "Korrekturen, Messungen und die Ansicht in einer Datei speichern, ohne die Bilder. Zum Weiterarbeiten auf diese Seite ziehen.",
        without_patient: "DICOM without patient data" | "DICOM ohne Patientendaten",
        without_patient_title: "Omit patient and study from DICOM SEG, RTSTRUCT and SR and replace their UIDs (PS3.15, Basic Profile)"
            | "Patient und Studie aus DICOM SEG, RTSTRUCT und SR weglassen und ihre UIDs ersetzen (PS3.15, Basic Profile)",
        stl: "Surface (STL)" | "Oberfläche (STL)",
        stl_title: "Save the surface as triangles in mm (LPS)"
            | "Die Oberfläche als Dreiecke in mm (LPS) speichern",
        glb: "3-D scene (GLB)" | "3-D-Szene (GLB)",
        glb_title: "Save the surfaces of the visible organs with names and colours as binary glTF, in metres"
            | "Die Oberflächen der sichtbaren Organe mit Namen und Farben als binäres glTF speichern, in Metern",
        csv: "Table (CSV)" | "Tabelle (CSV)",
        csv_title: "Save area, volume and Hounsfield units of each slice"
            | "Fläche, Volumen und Hounsfield-Einheiten jeder Schicht speichern",
        json: "Report (JSON)" | "Bericht (JSON)",
        json_title: "Save all measurements with the model's hash and the version of Islet"
            | "Alle Messwerte mit dem Hash des Modells und der Version von Islet speichern",
        png: "Picture (PNG)" | "Bild (PNG)",
        png_title: "Save the pictures as shown" | "Die Bilder speichern, wie sie gezeigt werden",
        picture: "The picture" | "Das Bild",
        picture_why: "the browser could not save it ({error})"
            | "der Browser konnte es nicht speichern ({error})",
        picture_hint: "Take a screenshot instead" | "Stattdessen einen Bildschirmabzug machen",
    }
}
