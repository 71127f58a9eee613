//! Messages of `formats::zip`.

messages! {
    /// Messages of `formats::zip`: a reason completes "FILE: ...".
    ZipMessage {
        TableUnreadable { error: String }:
            "its table of contents cannot be read ({error})" | "ihr Inhaltsverzeichnis ist nicht lesbar ({error})",
        TooManyFiles { found: usize, most: usize }:
            "it holds {found} files, expected at most {most}" | "sie enthält {found} Dateien, erwartet höchstens {most}",
        EntryUnreadable { number: usize, error: String }:
            "its file number {number} cannot be read ({error})" | "ihre Datei Nummer {number} ist nicht lesbar ({error})",
        TooLarge { bytes: u64, most: u64 }:
            "it declares {bytes} bytes unpacked, expected at most {most}" |
            "sie gibt entpackt {bytes} Bytes an, erwartet höchstens {most}",
        FileTooLarge { path: String, bytes: u64, limit: u64 }:
            "its `{path}` declares {bytes} bytes unpacked, expected fewer than {limit}" |
            "ihre Datei `{path}` gibt entpackt {bytes} Bytes an, erwartet weniger als {limit}",
        SeveralEnds { found: usize }:
            "it holds {found} ends of a zip archive, expected one" |
            "sie enthält {found} Enden eines Zip-Archivs, erwartet eines",
        PathOutside { path: String }:
            "its path `{path}` leads out of the archive, expected one inside" |
            "ihr Pfad `{path}` führt aus dem Archiv hinaus, erwartet einer darin",
        Encrypted { path: String }:
            "`{path}` is encrypted, expected a plain file" | "`{path}` ist verschlüsselt, erwartet eine einfache Datei",
        OtherCompression { path: String, found: String }:
            "`{path}` is compressed with {found}, expected deflate or none" |
            "`{path}` ist mit {found} komprimiert, erwartet Deflate oder keine Kompression",
        NoMemory { path: String, bytes: u64 }:
            "`{path}` does not fit in memory, unpacked: {bytes} bytes" |
            "`{path}` passt entpackt nicht in den Speicher: {bytes} Bytes",
        CannotUnpack { path: String, error: String }:
            "`{path}` cannot be unpacked ({error})" | "`{path}` lässt sich nicht entpacken ({error})",
        UnpacksToLess { path: String, found: u64, declared: u64 }:
            "`{path}` unpacks to {found} bytes, expected the {declared} that it declares" |
            "`{path}` ergibt entpackt {found} Bytes, erwartet die angegebenen {declared}",
        UnpacksToMore { path: String, declared: u64 }:
            "`{path}` unpacks to more than the {declared} bytes that it declares" |
            "`{path}` ergibt entpackt mehr als die angegebenen {declared} Bytes",

        PackAgain:
            "Unpack it and give the folder, or pack the folder again as a plain zip" |
            "Entpacken Sie sie und geben Sie den Ordner an, oder packen Sie den Ordner neu als einfaches Zip",
    }
}
