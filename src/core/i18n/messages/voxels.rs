//! Messages of `formats::voxels`.

messages! {
    /// Messages about the voxels of a file: a reason completes "FILE: ...".
    VoxelsMessage {
        EndsBeforeVoxels: "it ends before its voxels" | "sie endet vor ihren Voxeln",
        UnreadableToVoxels { error: String }:
            "it cannot be read up to its voxels ({error})" | "sie ist nicht bis zu ihren Voxeln lesbar ({error})",
        MoreThanHeld { declared: u64, bytes: u64 }:
            "it declares {declared} bytes of voxels, more than its {bytes} can hold" |
            "sie gibt {declared} Bytes an Voxeln an, mehr als ihre {bytes} enthalten können",
        NoMemory { count: usize }:
            "its {count} voxels do not fit in memory" | "ihre {count} Voxel passen nicht in den Speicher",
        NoLabel { value: String }:
            "it holds the value {value}, expected whole numbers from 0 to 255" |
            "sie enthält den Wert {value}, erwartet ganze Zahlen von 0 bis 255",
        GzipEnd { error: String }:
            "its gzip stream does not end well ({error})" | "ihr Gzip-Strom endet fehlerhaft ({error})",
        GzipTooLong:
            "its gzip stream goes on after the voxels that its header declares" |
            "ihr Gzip-Strom geht nach den Voxeln weiter, die ihr Kopf angibt",
        Unreadable { left: u64, declared: u64, error: String }:
            "its voxels cannot be read, {left} of {declared} declared bytes to go ({error})" |
            "ihre Voxel sind nicht lesbar, {left} von {declared} angegebenen Bytes fehlen noch ({error})",
        TooManyVoxels { lengths: String }:
            "it declares {lengths} voxels, expected at most 512 million and 2 GiB" |
            "sie gibt {lengths} Voxel an, erwartet höchstens 512 Millionen und 2 GiB",
        NoGeometry:
            "it holds no usable sform, qform or voxel size" | "sie enthält keine brauchbare sform, qform oder Voxelgröße",

        SaveWithGeometry:
            "Save the mask again with its image's geometry" | "Speichern Sie die Maske neu mit der Geometrie ihres Bildes",
        GiveSegmentation:
            "Give a segmentation, with one label per voxel" | "Geben Sie eine Segmentierung mit einem Label je Voxel an",
        CropOrResample:
            "Crop or resample it to a smaller grid" | "Beschneiden Sie sie oder rechnen Sie sie auf ein kleineres Gitter um",
    }
}
