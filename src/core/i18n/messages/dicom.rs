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

        GiveAxialSeries:
            "It is not opened; give the axial CT series" | "Sie wird nicht geöffnet; die axiale CT-Serie öffnen",
        NoImage: "it holds no image, expected a slice" | "sie enthält kein Bild, erwartet eine Schicht",
        NoPixelData: "it has no pixel data" | "sie hat keine Pixeldaten",
        GiveCtSeries:
            "Give the files of a CT series; a report or a plan holds no slice" |
            "Die Dateien einer CT-Serie öffnen; ein Bericht oder ein Plan enthält keine Schicht",
        ExportAgain:
            "Export the slice again, as plain 16-bit CT" | "Die Schicht neu exportieren, als einfaches 16-Bit-CT",
        OnlyLocalizers:
            "its frames are localizers (scouts), expected slices" |
            "ihre Frames sind Übersichtsaufnahmen (Scouts), erwartet Schichten",
        NoModality: "it names no modality, expected CT" | "sie nennt keine Modalität, erwartet CT",
        OtherModality { modality: String }:
            "its modality is {modality}, expected CT" | "ihre Modalität ist {modality}, erwartet CT",
        Localizer:
            "it is a localizer (scout), expected a slice" |
            "sie ist eine Übersichtsaufnahme (Scout), erwartet eine Schicht",
        NoGrey { photometric: String, samples: i64 }:
            "its pixels are {photometric} with {samples} samples, expected MONOCHROME2 with 1" |
            "ihre Pixel sind {photometric} mit {samples} Werten, erwartet MONOCHROME2 mit 1",
        NoSize:
            "it does not say how many rows and columns it has" | "sie sagt nicht, wie viele Zeilen und Spalten sie hat",
        ImpossibleFrames: "its number of frames is impossible" | "ihre Zahl von Frames ist unmöglich",
        OtherFrameGroups { count: usize, grouped: usize }:
            "it has {count} frames, and attributes for {grouped}" | "sie hat {count} Frames und Attribute für {grouped}",
        TooManyPixels { count: usize, rows: usize, columns: usize, bytes: u64 }:
            "{count} frames of {rows} x {columns} pixels cannot come out of {bytes} bytes" |
            "{count} Frames von {rows} x {columns} Pixeln können nicht aus {bytes} Bytes kommen",
        ImpossiblyManyFrames { count: usize, rows: usize, columns: usize }:
            "{count} frames of {rows} x {columns} pixels are impossibly many" |
            "{count} Frames von {rows} x {columns} Pixeln sind unmöglich viele",
        OtherPixelBytes { rows: usize, columns: usize, expected: usize, found: usize }:
            "{rows} x {columns} pixels need {expected} bytes, its pixel data has {found}" |
            "{rows} x {columns} Pixel brauchen {expected} Bytes, ihre Pixeldaten haben {found}",
        FragmentsUnclear { found: usize, count: usize }:
            "its {found} fragments cannot be told apart into {count} frames, there is no usable offset table" |
            "ihre {found} Fragmente lassen sich nicht auf {count} Frames verteilen, eine brauchbare Offset-Tabelle fehlt",
        OtherFrameBytes { size: usize, found: usize }:
            "its pixels need {size} bytes, a frame has {found}" | "ihre Pixel brauchen {size} Bytes, ein Frame hat {found}",
        SlopeIsZero: "its RescaleSlope is 0" | "ihr RescaleSlope ist 0",
        UnreadableNumbers { attribute: String, found: String, count: usize }:
            "its {attribute} is `{found}`, expected {count} decimal number(s) with a point" |
            "ihr {attribute} ist `{found}`, erwartet {count} Dezimalzahl(en) mit Punkt",
        OtherBits { allocated: i64, stored: i64, high: i64 }:
            "its pixels have {allocated} bits allocated, {stored} stored, high bit {high}; expected 8, 16 or 32 bits allocated and the others within" |
            "ihre Pixel haben {allocated} Bits belegt, {stored} gespeichert, höchstes Bit {high}; erwartet 8, 16 oder 32 belegte Bits und die anderen darin",
        BigEndianBytes:
            "it holds 8-bit pixels in big endian words, expected 16-bit ones" |
            "sie enthält 8-Bit-Pixel in Big-Endian-Worten, erwartet 16-Bit-Pixel",
        OtherSyntax { syntax: String, uid: String }:
            "its transfer syntax is {syntax} ({uid}), which is not read here" |
            "ihre Transfersyntax ist {syntax} ({uid}), die hier nicht gelesen wird",
        ConvertFirst:
            "Convert it first, for example with `dcmconv` or `gdcmconv --raw IN.dcm OUT.dcm`" |
            "Sie zuerst umwandeln, etwa mit `dcmconv` oder `gdcmconv --raw IN.dcm OUT.dcm`",
        SaveAsBinary:
            "Save the segmentation again as a binary DICOM SEG, or as NIfTI" |
            "Die Segmentierung neu als binäres DICOM SEG oder als NIfTI speichern",
        SegCoding:
            "its frames of single bits are compressed or big endian, expected plain bits" |
            "ihre Frames aus einzelnen Bits sind komprimiert oder Big Endian, erwartet einfache Bits",
        SegType { kind: String, bits: i64 }:
            "its SegmentationType is `{kind}` with {bits} bits a pixel, expected BINARY with 1, FRACTIONAL with 8, or LABELMAP with 8 or 16" |
            "ihr SegmentationType ist `{kind}` mit {bits} Bits je Pixel, erwartet BINARY mit 1, FRACTIONAL mit 8 oder LABELMAP mit 8 oder 16",
        SegFrames { declared: i64, rows: usize, columns: usize, described: usize }:
            "it declares {declared} frames of {rows} x {columns} pixels and describes {described}" |
            "sie gibt {declared} Frames von {rows} x {columns} Pixeln an und beschreibt {described}",
        SegNoOrientation:
            "its frames have no usable ImageOrientationPatient" | "ihre Frames haben keine brauchbare ImageOrientationPatient",
        SegNoSpacing: "it has no usable PixelSpacing" | "sie hat kein brauchbares PixelSpacing",
        SegSeveralOrientations:
            "its frames lie in several orientations, expected one" |
            "ihre Frames liegen in mehreren Orientierungen, erwartet eine",
        SegNoPosition:
            "one of its frames has no usable ImagePositionPatient" |
            "einer ihrer Frames hat keine brauchbare ImagePositionPatient",
        SegNoSegment:
            "one of its frames names no segment from 1 to 255" | "einer ihrer Frames nennt kein Segment von 1 bis 255",
        SegSegmentNumber:
            "a segment has no number from 1 to 255" | "ein Segment hat keine Nummer von 1 bis 255",
        SegTooLarge { slices: usize, rows: usize, columns: usize }:
            "its frames span {slices} slices of {rows} x {columns} pixels, too many" |
            "ihre Frames umfassen {slices} Schichten von {rows} x {columns} Pixeln, zu viele",
        SegTwice:
            "two of its frames hold the same slice of the same segment" |
            "zwei ihrer Frames enthalten dieselbe Schicht desselben Segments",
        SegBytes { expected: usize, found: usize }:
            "its frames need {expected} bytes, its pixel data has {found}" |
            "ihre Frames brauchen {expected} Bytes, ihre Pixeldaten haben {found}",
        SegNoFraction:
            "it is fractional and its MaximumFractionalValue is 0" |
            "sie ist fraktional und ihr MaximumFractionalValue ist 0",
        SegLabelTooLarge { value: u32 }:
            "it holds the label {value}, expected labels up to 255" | "sie enthält das Label {value}, erwartet Labels bis 255",
        SegCutAtHalf:
            "it is fractional: a voxel belongs to its segment from half of MaximumFractionalValue on" |
            "sie ist fraktional: Ein Voxel gehört ab der Hälfte von MaximumFractionalValue zu seinem Segment",
        SegOverlap { count: usize }:
            "its segments overlap in {count} voxels, which count as pancreas where it is among them, else as the later one" |
            "ihre Segmente überlappen sich in {count} Voxeln; diese zählen als Pankreas, wo es dabei ist, sonst als das spätere",
    }
}
