//! What `formats` says to people.

use super::Message;

messages! {
    /// Messages of `formats`.
    FormatsMessage {
        AndMore { name: Message, count: usize }: "{name} and {count} more" | "{name} und {count} weitere",
        NoVoxelSize:
            "The file holds no usable voxel size, so sizes and volumes are unknown" |
            "Die Datei enthält keine brauchbare Voxelgröße; Maße und Volumen sind daher unbekannt",
        RasAssumed:
            "The file does not say how the patient lies; x is taken as right, y as anterior, z as superior" |
            "Die Datei sagt nicht, wie der Patient liegt; x gilt als rechts, y als vorn, z als oben",
        LpsAssumed:
            "The file does not say how the patient lies; x is taken as left, y as posterior, z as superior" |
            "Die Datei sagt nicht, wie der Patient liegt; x gilt als links, y als hinten, z als oben",
        InFile { name: Message, file: String }: "{file} ({name})" | "{file} ({name})",
    }
}
