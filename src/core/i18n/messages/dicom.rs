//! What `formats::dicom` says to people.

messages! {
    /// Messages of `formats::dicom`: a reason completes "FILE: ...".
    DicomMessage {
        EndsInElement { at: usize }: "it ends at byte {at}, inside an element" | "sie endet bei Byte {at}, mitten in einem Element",
        UnknownVr { tag: String, first: String, second: String }:
            "{tag} has an unknown value representation, bytes {first} {second}" |
            "{tag} hat eine unbekannte Wertdarstellung, Bytes {first} {second}",
        UndefinedLength { tag: String }: "{tag} is of undefined length" | "{tag} hat keine festgelegte Länge",
        LengthTooLong { tag: String, length: usize, left: usize }:
            "{tag} declares {length} bytes, {left} are left" | "{tag} gibt {length} Bytes an, vorhanden sind noch {left}",
        InflatesTooFar { most: u64 }:
            "its deflated data set inflates to more than {most} bytes" |
            "ihr komprimierter Datensatz ist entpackt größer als {most} Bytes",
        CannotInflate { error: String }:
            "its deflated data set cannot be inflated ({error})" |
            "ihr komprimierter Datensatz lässt sich nicht entpacken ({error})",
        NoItem { tag: String }:
            "{tag} stands in a sequence, where an item should" | "{tag} steht in einer Sequenz, wo ein Item stehen müsste",
        StrayDelimiter { tag: String }:
            "the delimiter {tag} stands outside a sequence" | "die Endmarke {tag} steht außerhalb einer Sequenz",
        UnexpectedFragments:
            "its pixel data is in fragments, which its transfer syntax does not allow" |
            "ihre Pixeldaten sind in Fragmente geteilt, was ihre Transfersyntax nicht erlaubt",
        NoFragment { tag: String }:
            "{tag} stands among the fragments of its pixel data" | "{tag} steht zwischen den Fragmenten ihrer Pixeldaten",
        NoSequence { tag: String }:
            "{tag} is of undefined length but is no sequence" |
            "{tag} hat keine festgelegte Länge, ist aber keine Sequenz",
        AttributeTooLong { tag: String, length: usize, most: usize }:
            "{tag} is {length} bytes long, expected at most {most}" |
            "{tag} ist {length} Bytes lang, erwartet sind höchstens {most}",
        NestedTooDeep { deepest: usize }:
            "its sequences nest deeper than {deepest}" | "ihre Sequenzen sind tiefer als {deepest} verschachtelt",
        TooManyItems { most: usize }:
            "it describes more than {most} frames or segments" | "sie beschreibt mehr als {most} Frames oder Segmente",
        EndsInSequence: "it ends inside a sequence" | "sie endet mitten in einer Sequenz",
        AttributesUnreadable { error: String }:
            "its attributes cannot be decoded ({error})" | "ihre Attribute lassen sich nicht lesen ({error})",
    }
}
