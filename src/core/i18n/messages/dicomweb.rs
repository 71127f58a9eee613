//! What is said about servers of DICOMweb.

use super::Message;

messages! {
    /// Messages about servers of DICOMweb.
    DicomWebMessage {
        TheServer: "The server" | "Der Server",
        TheServerAt { path: String }: "The server at {path}" | "Der Server unter {path}",
        OtherOrigin { found: String, own: String }:
            "its address is {found}, and this page asks {own} alone"
            | "seine Adresse ist {found}, und diese Seite fragt nur {own}",
        OneOrigin: "Serve the page and DICOMweb behind one reverse proxy, and give its path after ?dicomweb="
            | "Die Seite und DICOMweb hinter einem gemeinsamen Reverse-Proxy bereitstellen und seinen Pfad hinter ?dicomweb= angeben",
        NoneFound { paths: String }: "no DICOMweb was found at {paths}" | "unter {paths} war kein DICOMweb zu finden",
        GivePath: "If there is one, give its path after ?dicomweb= in the address of this page"
            | "Wenn es eines gibt, seinen Pfad hinter ?dicomweb= in der Adresse dieser Seite angeben",
        NotLetIn { status: u16 }: "it does not let you in (status {status})"
            | "er lässt Sie nicht hinein (Status {status})",
        SignIn: "Sign in to it in another tab, then try again; what is open stays as it is"
            | "Melden Sie sich in einem anderen Tab bei ihm an und versuchen Sie es erneut; was offen ist, bleibt wie es ist",
        NotThere: "there is nothing at this address (status 404)" | "unter dieser Adresse ist nichts (Status 404)",
        CheckPath: "Check the path of DICOMweb, and whether it is still there"
            | "Prüfen Sie den Pfad von DICOMweb und ob es noch da ist",
        WebPage: "it answered with a web page, not as DICOMweb does"
            | "er antwortete mit einer Webseite und nicht wie DICOMweb",
        CheckPathOrSignIn: "Check the path of DICOMweb, and whether you have to sign in first"
            | "Prüfen Sie den Pfad von DICOMweb und ob Sie sich erst anmelden müssen",
        Answered { status: u16 }: "it answered with status {status}" | "er antwortete mit Status {status}",
        NoType { expected: String }: "its answer does not say what it is, expected {expected}"
            | "seine Antwort sagt nicht, was sie ist, erwartet {expected}",
        OtherType { found: String, expected: String }: "it answered with {found}, expected {expected}"
            | "er antwortete mit {found}, erwartet {expected}",
        NotReadable { why: String }: "its list cannot be read ({why})" | "seine Liste ist nicht lesbar ({why})",
        NoUid { name: String }: "an entry of its list has no valid {name}"
            | "ein Eintrag seiner Liste hat keine gültige {name}",
        NoParts: "its answer is not divided as its head says" | "seine Antwort ist nicht so geteilt, wie ihr Kopf sagt",
        EndsEarly: "its answer ends early" | "seine Antwort endet zu früh",
        OtherCount { found: usize, expected: usize }: "it sent {found} files for one address, expected {expected}"
            | "er sandte {found} Dateien für eine Adresse, erwartet {expected}",
        FewerImages { found: usize, said: usize }: "it counts {said} images in the series and lists {found}"
            | "er zählt {said} Bilder in der Serie und listet {found}",
        AskOperator: "What is open stays as it is; ask whoever runs the server"
            | "Was offen ist, bleibt wie es ist; fragen Sie, wer den Server betreibt",
        Unreachable { why: String }: "it cannot be reached ({why})" | "er ist nicht erreichbar ({why})",
        Interrupted { done: usize, total: usize, why: Message }:
            "the download ended after {done} of {total} images: {why}"
            | "das Laden endete nach {done} von {total} Bildern: {why}",
        TryAgain: "What is open stays as it is; try again when the server answers"
            | "Was offen ist, bleibt wie es ist; versuchen Sie es erneut, wenn der Server antwortet",
        StoreRefused { why: Message }: "it did not store the file: {why}" | "er hat die Datei nicht gespeichert: {why}",
        NotConfirmed: "it answered without saying that it has stored the file"
            | "er antwortete, ohne zu sagen, dass er die Datei gespeichert hat",
        NoFailureReason: "it gives no reason" | "er nennt keinen Grund",
        OutOfResources { code: String }: "it has no room left ({code})" | "er hat keinen Platz mehr ({code})",
        NotOfItsClass { code: String }: "the content does not match the kind of object ({code})"
            | "der Inhalt passt nicht zur Art des Objekts ({code})",
        SyntaxNotSupported { code: String }: "it does not take this transfer syntax ({code})"
            | "er nimmt diese Transfersyntax nicht an ({code})",
        NotUnderstood { code: String }: "it does not understand the file ({code})"
            | "er versteht die Datei nicht ({code})",
        ProcessingFailed { code: String }: "it failed while processing the file ({code})"
            | "er scheiterte bei der Verarbeitung der Datei ({code})",
        AlreadyThere { code: String }: "it has an object with this UID already ({code})"
            | "er hat schon ein Objekt mit dieser UID ({code})",
        ClassNotSupported { code: String }: "it does not take this kind of object ({code})"
            | "er nimmt diese Art von Objekt nicht an ({code})",
        NotAuthorised { code: String }: "you may not store there ({code})" | "Sie dürfen dort nicht speichern ({code})",
        OtherCode { code: String }: "its code is {code}" | "sein Code ist {code}",
        ValuesChanged { code: String }: "it changed values of the file ({code})" | "er hat Werte der Datei geändert ({code})",
        ElementsDiscarded { code: String }: "it left out elements of the file ({code})"
            | "er hat Elemente der Datei weggelassen ({code})",
        Storing { name: Message }: "Sending {name} to the server" | "{name} wird an den Server gesendet",
        Stored { name: Message, path: String }: "Stored on the server at {path}: {name}"
            | "Auf dem Server unter {path} gespeichert: {name}",
        StoredWithWarning { name: Message, path: String, warning: Message }:
            "Stored on the server at {path}: {name}; it warns: {warning}"
            | "Auf dem Server unter {path} gespeichert: {name}; er warnt: {warning}",
    }
}
