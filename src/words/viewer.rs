//! The picture and the row above it.

words! {
    /// Strings of the picture and of the row above it.
    Viewer {
        tools: "Picture" | "Bild",
        attention: "Attention" | "Aufmerksamkeit",
        attention_title: "Lay the gates' attention over the picture" | "Die Aufmerksamkeit der Gates über das Bild legen",
    }
}
