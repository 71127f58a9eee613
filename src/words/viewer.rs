//! The picture and what is around it.

words! {
    /// Strings of the picture and of what is around it.
    Viewer {
        picture: "CT slice" | "CT-Schicht",
        right: "R" | "R",
        right_title: "The patient's right" | "Rechts vom Patienten aus",
        left: "L" | "L",
        left_title: "The patient's left" | "Links vom Patienten aus",
        anterior: "A" | "A",
        anterior_title: "Anterior" | "Anterior (vorne)",
        posterior: "P" | "P",
        posterior_title: "Posterior" | "Posterior (hinten)",
        slice: "Slice" | "Schicht",
        slice_title: "Slice (Up, Down)" | "Schicht (Auf, Ab)",
        window: "W {width}  L {level}" | "W {width}  L {level}",
        scale: "5 cm" | "5 cm",
        no_hu: "no HU" | "keine HU",
        tools: "Picture" | "Bild",
        attention: "Attention" | "Aufmerksamkeit",
        attention_title: "Lay the gates' attention over the picture" | "Die Aufmerksamkeit der Gates über das Bild legen",
    }
}
