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
        Damaged:
            "The file is damaged or cut short; export or copy it again" |
            "Die Datei ist beschädigt oder unvollständig; exportieren oder kopieren Sie sie neu",
        PictureNote:
            "A picture has no Hounsfield units and no size: its grey is taken as an abdomen window (level 40, width 400), and distances and volumes are unknown" |
            "Ein Bild hat keine Hounsfield-Einheiten und keine Größe: Sein Grau gilt als Abdomenfenster (Level 40, Breite 400); Abstände und Volumen sind unbekannt",
        PictureFormatUnknown { error: String }:
            "its format cannot be told ({error})" | "ihr Format ist nicht erkennbar ({error})",
        PictureUnreadable { error: String }:
            "the picture cannot be decoded ({error})" | "das Bild lässt sich nicht dekodieren ({error})",
        PictureMoreThanHeld { width: u32, height: u32, bytes: usize }:
            "it declares {width} x {height} pixels, more than its {bytes} bytes can hold" |
            "es gibt {width} x {height} Pixel an, mehr als seine {bytes} Bytes enthalten können",
        SavePicture:
            "Save it again as PNG or JPEG, at most 8192 x 8192 pixels" |
            "Speichern Sie es neu als PNG oder JPEG mit höchstens 8192 x 8192 Pixeln",
        Picture16Note:
            "A picture of 16 bits has no Hounsfield units and no size, and 16 bits are not an 8-bit window: its whole range is taken as an abdomen window (level 40, width 400), which is right only if it was saved so, and distances and volumes are unknown" |
            "Ein Bild mit 16 Bit hat keine Hounsfield-Einheiten und keine Größe, und 16 Bit sind kein 8-Bit-Fenster: Sein ganzer Wertebereich gilt als Abdomenfenster (Level 40, Breite 400), was nur stimmt, wenn es so gespeichert wurde; Abstände und Volumen sind unbekannt",
        PictureOffsetNote { low: i32, high: i32 }:
            "A grey picture of 16 bits whose values less 32768 are {low} to {high}: they are taken as Hounsfield units plus 32768, as DeepLesion stores them; the size of its pixels is unknown, and so are distances and volumes" |
            "Ein Graubild mit 16 Bit, dessen Werte abzüglich 32768 von {low} bis {high} reichen: Sie gelten als Hounsfield-Einheiten plus 32768, wie DeepLesion sie speichert; die Größe seiner Pixel und damit Abstände und Volumen sind unbekannt",
        PictureTurned:
            "The picture is turned or mirrored as its EXIF orientation says, and the mask lies on the turned picture" |
            "Das Bild ist gedreht oder gespiegelt, wie seine EXIF-Ausrichtung es sagt, und die Maske liegt auf dem gedrehten Bild",
        IsPlaceholder:
            "it is a placeholder of git-annex, Git LFS or a link, and not the file that it stands for" |
            "sie ist ein Platzhalter von git-annex, Git LFS oder ein Link und nicht die Datei, für die sie steht",
        FetchFile:
            "Fetch the file itself, for example with `git annex get` or `git lfs pull`" |
            "Die Datei selbst holen, zum Beispiel mit `git annex get` oder `git lfs pull`",
        DeadLink:
            "it could not be read, as a link to a file that is not there; if it is a slice, it is missing from the series" |
            "sie war nicht lesbar, wie ein Link auf eine Datei, die es nicht gibt; falls sie eine Schicht ist, fehlt sie der Serie",
        IsEmpty: "it is empty, expected a CT image" | "sie ist leer, erwartet ein CT-Bild",
        IsPdf: "it is a PDF, expected a CT image" | "sie ist ein PDF, erwartet ein CT-Bild",
        IsText: "it is a text, expected a CT image" | "sie ist ein Text, erwartet ein CT-Bild",
        UnknownKind { bytes: String }:
            "its content, which begins with bytes {bytes}, is of no known kind, expected a CT image" |
            "ihr Inhalt, der mit den Bytes {bytes} beginnt, ist von keiner bekannten Art, erwartet ein CT-Bild",
        GiveCtFiles:
            "Give the DICOM files of a CT series, NIfTI (.nii, .nii.gz), NRRD, MetaImage, a PNG or a JPEG, or a zip of them" |
            "Geben Sie die DICOM-Dateien einer CT-Serie an, NIfTI (.nii, .nii.gz), NRRD, MetaImage, ein PNG oder JPEG, oder ein Zip davon",
        ZipInsideZip:
            "it is a zip inside a zip, expected files and folders" |
            "sie ist ein Zip in einem Zip, erwartet Dateien und Ordner",
        UnpackOuter: "Unpack the outer one" | "Entpacken Sie das äußere",
        SeveralStacks { stacks: usize }:
            "The series' files differ in size, orientation, pixel spacing or unit; they are listed as {stacks} series" |
            "Die Dateien der Serie unterscheiden sich in Größe, Lage, Pixelabstand oder Einheit; sie sind als {stacks} Serien aufgeführt",
        InFile { name: Message, file: String }: "{file} ({name})" | "{file} ({name})",
    }
}
