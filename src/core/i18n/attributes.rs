//! What the files of a series say: the texts in the corners of pictures, and the table of a slice's attributes.

strings! {
    /// Strings of attributes.
    AttributesStrings {
        open: "DICOM attributes" | "DICOM-Attribute",
        open_title: "Everything that the file of this slice says" | "Alles, was die Datei dieser Schicht sagt",
        title: "Attributes of slice {slice}" | "Attribute von Schicht {slice}",
        origin: "As the file says them. They are shown here only, and stored nowhere."
            | "Wie die Datei sie angibt. Sie werden nur hier gezeigt und nirgends gespeichert.",
        search: "Search by keyword, tag or value" | "Nach Schlüsselwort, Tag oder Wert suchen",
        count: "{shown} of {all}" | "{shown} von {all}",
        tag: "Tag" | "Tag",
        keyword: "Keyword" | "Schlüsselwort",
        vr: "VR" | "VR",
        value: "Value" | "Wert",
        bytes: "{count} bytes" | "{count} Bytes",
        none: "This slice does not come from a DICOM file of its own"
            | "Diese Schicht kommt nicht aus einer eigenen DICOM-Datei",
        left_out: "{count} further attributes are left out" | "{count} weitere Attribute sind weggelassen",
        close: "Close" | "Schließen",
        corners_title: "Show or hide patient, date, position, thickness, window and zoom in the corners of the pictures"
            | "Patient, Datum, Position, Dicke, Fenster und Zoom in den Ecken der Bilder zeigen oder ausblenden",
        thickness: "Thickness {mm} mm" | "Dicke {mm} mm",
        distance: "Slice distance {mm} mm" | "Schichtabstand {mm} mm",
    }
}
