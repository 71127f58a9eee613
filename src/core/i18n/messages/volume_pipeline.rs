//! Messages of `imaging::volume_pipeline`.

messages! {
    /// Messages about the steps around a network that reads volumes.
    VolumePipelineMessage {
        Settings: "The model's pipeline" | "Die Verarbeitungskette des Modells",
        UseOtherModel: "Import the model again, or use another one" | "Das Modell erneut importieren oder ein anderes verwenden",
        PatchRank { found: usize }: "its patch has {found} axes; 2 or 3 were expected"
            | "ihr Ausschnitt (patch) hat {found} Achsen; erwartet wurden 2 oder 3",
        SpacingRank { found: usize, expected: usize }: "its voxel spacing has {found} numbers; {expected} were expected"
            | "ihr Voxelabstand hat {found} Zahlen; erwartet wurden {expected}",
        Spacing { found: String }: "its voxel spacing is {found} mm; 0.01 to 100 mm were expected"
            | "ihr Voxelabstand ist {found} mm; erwartet wurden 0,01 bis 100 mm",
        PatchSize { found: String, most: usize }: "its patch has {found} voxels; 1 to {most} were expected"
            | "ihr Ausschnitt (patch) hat {found} Voxel; erwartet wurden 1 bis {most}",
        Transposition { found: String }: "its order of axes is {found}; each of 0, 1 and 2 was expected once"
            | "ihre Achsenfolge ist {found}; erwartet wurden 0, 1 und 2 je einmal",
        TileStep { found: String }: "its step between patches is {found}; 0.1 to 1 was expected"
            | "ihr Schritt zwischen Ausschnitten ist {found}; erwartet wurde 0,1 bis 1",
        MirrorAxes { found: String, rank: usize }: "its mirrored axes are {found}; different ones below {rank} were expected"
            | "ihre gespiegelten Achsen sind {found}; erwartet wurden verschiedene unter {rank}",
        NoChannels: "it normalises no channel; at least one was expected"
            | "sie normiert keinen Kanal; erwartet wurde mindestens einer",
        CtValues { found: String }: "its CT normalisation is {found}; finite values with lower <= upper were expected"
            | "ihre CT-Normierung ist {found}; erwartet wurden endliche Werte mit unterer <= oberer Grenze",
        OrderZ: "it interpolates along the coarse axis; the nearest slice was expected"
            | "sie interpoliert entlang der groben Achse; erwartet wurde die nächste Schicht",
        LogitsOrder: "it resamples logits with order 3; 0 or 1 was expected"
            | "sie rechnet Logits mit Ordnung 3 um; erwartet wurde 0 oder 1",
        SlicesOnly: "it runs on slices inside TotalSegmentator's steps; a network on volumes was expected"
            | "sie rechnet auf Schichten in TotalSegmentators Ablauf; erwartet wurde ein Netz auf Volumen",
        Scan: "The scan" | "Der Scan",
        NoVoxelSize: "its voxels have no known size; this model needs it in mm"
            | "die Größe seiner Voxel ist unbekannt; dieses Modell braucht sie in mm",
        UseSeries: "Use a series (DICOM, NIfTI, NRRD) instead of a picture"
            | "Eine Serie (DICOM, NIfTI, NRRD) statt eines Bildes verwenden",
        ChannelCount { found: usize, expected: usize }: "{found} images were given; the model reads {expected}"
            | "{found} Bilder wurden gegeben; das Modell liest {expected}",
        UseOneChannel: "Use a model that reads CT alone" | "Ein Modell verwenden, das nur CT liest",
        OtherGrid { found: String, expected: String }: "its channels have {found} and {expected} voxels; the same grid was expected"
            | "seine Kanäle haben {found} und {expected} Voxel; erwartet wurde dasselbe Gitter",
        NotRgb { found: i16 }: "it has the value {found}; this model expects values from 0 to 255"
            | "er hat den Wert {found}; dieses Modell erwartet Werte von 0 bis 255",
        TooLarge { found: String, most: usize }:
            "at the model's voxel size it has {found} voxels; at most {most} can be processed"
            | "in der Voxelgröße des Modells hat er {found} Voxel; verarbeitet werden höchstens {most}",
        CropScan: "Crop the scan, or use a model with larger voxels"
            | "Den Scan zuschneiden oder ein Modell mit größeren Voxeln verwenden",
    }
}
