//! Messages of `formats::nrrd` and `formats::metaimage`, and of headers whose voxels are in other files.

messages! {
    /// Messages about NRRD and MetaImage files and detached headers: a reason completes "FILE: ...", a note is a sentence.
    NrrdMessage {
        MissingField { name: String }: "its header has no `{name}`" | "ihr Kopf hat kein `{name}`",
        BadField { name: String, found: String, expected: String }:
            "its {name} is {found}, expected {expected}" | "ihr Feld {name} ist {found}, erwartet {expected}",
        BadSizes { sizes: String }:
            "its sizes `{sizes}` are not as many numbers as its dimension says" |
            "ihre Größen `{sizes}` sind nicht so viele Zahlen, wie ihre Dimension angibt",
        SizesNotAboveZero { sizes: String }:
            "its sizes are {sizes}, expected three above zero" | "ihre Größen sind {sizes}, erwartet drei über null",
        NotOneImage { sizes: String }:
            "its sizes are {sizes}, expected one 3-D image" | "ihre Größen sind {sizes}, erwartet ein einziges 3-D-Bild",
        SpaceWithTime { space: String }:
            "its space is {space}, which has time, expected one 3-D image" |
            "ihr Raum ist {space}, der Zeit enthält, erwartet ein einziges 3-D-Bild",
        NotANumber { found: String }:
            "its voxels hold `{found}`, expected a number" | "ihre Voxel enthalten `{found}`, erwartet eine Zahl",
        PathOutside { path: String }:
            "its voxels are in `{path}`, expected a file beside the header" |
            "ihre Voxel liegen in `{path}`, erwartet eine Datei neben dem Kopf",
        DataFileMissing { files: String }:
            "it is a detached header whose voxels are in `{files}`, which did not come with it" |
            "sie ist ein Kopf, dessen Voxel in `{files}` liegen; diese Datei kam nicht mit",
        EndsInSkip:
            "it ends within the lines or bytes that are to be left out before its voxels" |
            "sie endet in den Zeilen oder Bytes, die vor ihren Voxeln auszulassen sind",
        TooManyDataFiles { found: usize, most: usize }:
            "its voxels are in {found} files, expected at most {most}" |
            "ihre Voxel liegen in {found} Dateien, erwartet höchstens {most}",

        SaveAgain:
            "Save it as one .nrrd file, raw or gzip, or as NIfTI, for example with 3D Slicer or SimpleITK" |
            "Die Datei als eine .nrrd-Datei (raw oder gzip) oder als NIfTI speichern, zum Beispiel mit 3D Slicer oder SimpleITK",
        GiveBoth:
            "Give header and voxels together (both files, their folder, or a zip), or save it as one .nrrd or .nii.gz file" |
            "Kopf und Voxel zusammen angeben (beide Dateien, ihren Ordner oder ein Zip) oder als eine .nrrd- oder .nii.gz-Datei speichern",

        SegmentsOverlap { voxels: usize }:
            "{voxels} voxels lie in several segments; the pancreas comes first there, then the later segment" |
            "{voxels} Voxel liegen in mehreren Segmenten; dort geht das Pankreas vor, dann das spätere Segment",
    }
}
