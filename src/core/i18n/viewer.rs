//! The pictures and the row above them.

use crate::core::mpr::Plane;

strings! {
    /// Strings of the viewer.
    ViewerStrings {
        tools: "Picture" | "Bild",
        axial: "Axial" | "Axial",
        axial_title: "Show only the axial slice" | "Nur die axiale Schicht zeigen",
        coronal: "Coronal" | "Koronar",
        coronal_title: "Show only the coronal plane" | "Nur die koronare Ebene zeigen",
        sagittal: "Sagittal" | "Sagittal",
        sagittal_title: "Show only the sagittal plane" | "Nur die sagittale Ebene zeigen",
        three: "2 × 2" | "2 × 2",
        three_title: "Show all three planes and the surfaces with a linked crosshair; double-click one to show it alone"
            | "Alle drei Ebenen und die Oberflächen mit gekoppeltem Fadenkreuz zeigen; ein Doppelklick zeigt eine allein",
        pair: "Before and after" | "Vorher und nachher",
        pair_title: "Show the masks before and after fine-tuning, side by side"
            | "Die Masken vor und nach dem Nachtraining nebeneinander zeigen",
        before: "Before" | "Vorher",
        after: "After" | "Nachher",
        place: "{plane} {index} / {count}" | "{plane} {index} / {count}",
        attention: "Attention" | "Aufmerksamkeit",
        attention_title: "Overlay the gates' attention" | "Die Aufmerksamkeit der Gates einblenden",
        invert: "Invert" | "Invertieren",
        invert_title: "Invert the grey values" | "Die Grauwerte invertieren",
        reset: "Reset" | "Zurücksetzen",
        reset_title: "Reset window, zoom and pan" | "Fenster, Zoom und Verschiebung zurücksetzen",
        keys_title: "Keyboard and mouse" | "Tastatur und Maus",
        slice: "Slice" | "Schicht",
        slice_title: "Slice of the active plane" | "Schicht der aktiven Ebene",
        value_title: "Value and position (LPS) at the pointer" | "Wert und Position (LPS) am Zeiger",
        no_hu: "no HU" | "keine HU",
        right: "The patient's right" | "Rechts am Patienten",
        left: "The patient's left" | "Links am Patienten",
        anterior: "Anterior" | "Vorn",
        posterior: "Posterior" | "Hinten",
        superior: "Superior" | "Oben",
        inferior: "Inferior" | "Unten",
        segmenting: "Segmenting" | "Segmentierung läuft",
        summary: "Pancreas {size} on slices {first} to {last}" | "Pankreas {size} in den Schichten {first} bis {last}",
        nothing: "No pancreas found" | "Kein Pankreas gefunden",
    }
}

impl ViewerStrings {
    /// The name of a plane.
    pub fn plane(&self, plane: Plane) -> &'static str {
        match plane {
            Plane::Axial => self.axial,
            Plane::Coronal => self.coronal,
            Plane::Sagittal => self.sagittal,
        }
    }
}
