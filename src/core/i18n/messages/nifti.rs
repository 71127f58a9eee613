//! Messages of `formats::nifti`.

messages! {
    /// Messages about NIfTI files: a reason completes "FILE: ...", a note is a sentence.
    NiftiMessage {
        NoHeader:
            "it holds no NIfTI header, expected one of 348 or 540 bytes" |
            "sie enthält keinen NIfTI-Kopf, erwartet einer von 348 oder 540 Bytes",
        GzipOfOther:
            "what it holds unpacked is no NIfTI, and only NIfTI is read from gzip" |
            "ihr entpackter Inhalt ist kein NIfTI, und aus Gzip wird nur NIfTI gelesen",
        HeaderUnreadable { bytes: usize, error: String }:
            "its {bytes}-byte NIfTI header cannot be read ({error})" |
            "ihr NIfTI-Kopf von {bytes} Bytes ist nicht lesbar ({error})",
        Analyze:
            "it is an Analyze header, which does not say how the patient lies, expected NIfTI" |
            "sie ist ein Analyze-Kopf, der nicht sagt, wie der Patient liegt, erwartet NIfTI",
        BrokenMagic { found: String, expected: String }:
            "its magic is `{found}`, expected {expected}" |
            "ihre Kennung (magic) ist `{found}`, erwartet {expected}",
        HeaderOfPair { data: String }:
            "it is the header of a pair whose voxels are in `{data}`, expected header and voxels in one file" |
            "sie ist der Kopf eines Paars, dessen Voxel in `{data}` liegen, erwartet Kopf und Voxel in einer Datei",
        BadDimensions { rank: i64, lengths: String }:
            "its {rank} dimensions are {lengths}, expected 3 above zero" |
            "ihre {rank} Dimensionen sind {lengths}, erwartet 3 über null",
        SeveralFrames { lengths: String }:
            "its dimensions are {lengths}, expected one 3-D image" |
            "ihre Dimensionen sind {lengths}, erwartet ein einziges 3-D-Bild",
        VoxelType { found: String }:
            "its voxels have type {found}, expected integers of 8 to 64 bits, float32 or float64" |
            "ihre Voxel haben den Typ {found}, erwartet ganze Zahlen mit 8 bis 64 Bit, float32 oder float64",
        BadOffset { offset: String, least: u64 }:
            "its voxels start at byte {offset}, expected {least} or later" |
            "ihre Voxel beginnen bei Byte {offset}, erwartet {least} oder später",
        OffsetTooLarge { offset: u64, most: u64 }:
            "its voxels start at byte {offset}, expected at most {most}" |
            "ihre Voxel beginnen bei Byte {offset}, erwartet höchstens {most}",

        ConvertToNifti:
            "Save it as one NIfTI file (.nii or .nii.gz), for example with nibabel or ITK-SNAP" |
            "Die Datei als eine NIfTI-Datei (.nii oder .nii.gz) speichern, zum Beispiel mit nibabel oder ITK-SNAP",
        GiveOneFrame:
            "Give one frame of it, for example one split off with fslsplit" |
            "Ein einzelnes Teilbild angeben, zum Beispiel mit fslsplit abgetrennt",
        GiveGrey:
            "Give the scan itself in grey values, not a colour or complex map made from it" |
            "Die Aufnahme selbst in Grauwerten angeben, keine daraus gemachte Farb- oder komplexe Karte",

        SizesDisagree { sform: String, pixdim: String, taken: String }:
            "The header's sform and its pixdim, which the qform uses, disagree: voxels are {sform} mm by the sform and {pixdim} mm by the qform and pixdim (x, y, z). The size of {taken} is taken, and every distance and volume depends on it" |
            "sform und pixdim des Kopfes, auf dem die qform beruht, widersprechen sich: Voxel sind nach der sform {sform} mm und nach qform und pixdim {pixdim} mm groß (x, y, z). Die Größe von {taken} gilt, und jeder Abstand und jedes Volumen hängt davon ab",
        PlacesDisagree:
            "The header's sform and qform disagree on how the patient lies; the sform is taken, so check left and right" |
            "sform und qform des Kopfes widersprechen sich darin, wie der Patient liegt; die sform gilt, daher links und rechts prüfen",
        SformUnusable:
            "The header's sform spans no space and is left out; its qform or pixdim is taken instead" |
            "Die sform des Kopfes spannt keinen Raum auf und bleibt außer Acht; stattdessen gilt die qform oder pixdim",
    }
}
