//! Messages of the `imaging` room.

messages! {
    /// Messages of the `imaging` room.
    ImagingMessage {
        SavedCorrections: "The saved corrections" | "Die gesicherten Korrekturen",
        CorrectAgain: "Correct the slices again; the scan and its prediction are untouched"
            | "Die Schichten erneut korrigieren; Scan und Vorhersage sind unberührt",
        UnknownBeginning { begins: String }: "they begin with {begins}; \"islet edits 1\" was expected"
            | "sie beginnen mit {begins}; erwartet wurde \"islet edits 1\"",
        OtherDims { found: String, expected: String }: "they are of a series of {found} voxels; this one has {expected}"
            | "sie gehören zu einer Serie von {found} Voxeln; diese hat {expected}",
        TrailingBytes { bytes: usize, slices: usize }: "{bytes} bytes follow the last of {slices} slices; none were expected"
            | "{bytes} Bytes folgen auf die letzte von {slices} Schichten; erwartet wurden keine",
        UnexpectedSlice { slice: usize, expected: String }: "slice {slice} was found where one of {expected} was expected"
            | "Schicht {slice} steht, wo eine aus {expected} erwartet wurde",
        UnknownStatus { slice: usize, found: u8 }: "slice {slice} has the status {found}; 0, 1 or 2 was expected"
            | "Schicht {slice} hat den Status {found}; erwartet wurde 0, 1 oder 2",
        TooManyLabels { slice: usize, before: usize, length: usize, expected: usize }:
            "slice {slice} holds more than {before} + {length} labels; {expected} were expected"
            | "Schicht {slice} enthält mehr als {before} + {length} Labels; erwartet wurden {expected}",
        OtherLabelCount { slice: usize, found: usize, expected: usize }:
            "slice {slice} holds {found} labels; {expected} were expected"
            | "Schicht {slice} enthält {found} Labels; erwartet wurden {expected}",
        RunsNotMerged { slice: usize, runs: usize }:
            "the {runs} runs of slice {slice} are not the fewest possible, as was expected"
            | "die {runs} Läufe von Schicht {slice} sind nicht, wie erwartet, die wenigsten möglichen",
        NumberTooLarge { number: u64 }: "the number {number} is beyond any size" | "die Zahl {number} ist größer als jede Größe",
        NumberTooLong { bytes: u32 }: "a number has more than {bytes} bytes" | "eine Zahl hat mehr als {bytes} Bytes",
        EndsTooEarly: "they end too early" | "sie enden zu früh",
    }
}
