//! What `app` says to people about models of whole volumes.

messages! {
    /// Messages of `app` about models of whole volumes.
    VolumeSessionMessage {
        WorkerStoppedTwice { why: String }: "the worker that segments it stopped twice ({why}), so it has no mask" | "der Worker, der sie segmentiert, ist zweimal ausgefallen ({why}); sie hat keine Maske",
        FreeMemory: "Close other tabs to free memory, then segment it again" | "Andere Tabs schließen, um Speicher freizugeben, dann noch einmal segmentieren",
        LabelCount { expected: usize }: "the model did not give a label for each of its {expected} voxels" | "das Modell ergab nicht für jedes ihrer {expected} Voxel ein Label",
        TooManyReleases { found: usize }: "these are {found} models of nnU-Net, expected one, or two that work together" | "das sind {found} Modelle von nnU-Net, erwartet eines, oder zwei, die zusammenarbeiten",
        SameSpacing { spacing: String }: "both models work on voxels of {spacing} mm, expected one with larger voxels that finds the pancreas for the other" | "beide Modelle arbeiten mit Voxeln von {spacing} mm, erwartet eines mit größeren Voxeln, das dem anderen das Pankreas findet",
        DropOneOrTwo: "Drop one model, or a coarse and a fine one together" | "Ein Modell hierher ziehen, oder ein grobes und ein feines zusammen",
    }
}
