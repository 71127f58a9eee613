//! What `web` says to people.

messages! {
    /// Messages of `web`.
    WebMessage {
        InternalMessage: "A message between the page and its workers" | "Eine Nachricht zwischen der Seite und ihren Workern",
        MessageNotUnderstood { why: String }: "it could not be read ({why})" | "sie war nicht lesbar ({why})",
        ReloadPage: "Reload the page" | "Die Seite neu laden",
        ReloadAndTryAgain: "Reload the page and try again" | "Die Seite neu laden und noch einmal versuchen",
        AComputeWorker: "A compute worker" | "Ein Rechen-Worker",
        NotStarted { why: String }: "it could not be started ({why})" | "er ließ sich nicht starten ({why})",
        ImportStopped { why: String }: "the import stopped ({why})" | "der Import brach ab ({why})",
        CloseOtherTabs: "Close other tabs to free memory, and drop it again" | "Andere Tabs schließen, um Speicher freizugeben, und noch einmal ablegen",
        KeepingTheModel: "Keeping the model in this browser" | "Das Modell in diesem Browser zu behalten",
        BrowserRefused { why: String }: "the browser refused ({why})" | "der Browser lehnte es ab ({why})",
        DropModelNextTime: "The model stays in use until the page is closed; drop it again the next time"
            | "Das Modell bleibt in Gebrauch, bis die Seite geschlossen wird; es beim nächsten Mal wieder ablegen",
        BrowserEndedWorker: "the browser has ended it" | "der Browser hat ihn beendet",
        TheNetwork: "The network" | "Das Netz",
        ReloadOrOtherBrowser: "Reload the page, or use another browser" | "Die Seite neu laden oder einen anderen Browser verwenden",
        OpenFileAgain: "Check that it is still there, and open it again" | "Prüfen, ob sie noch da ist, und sie noch einmal öffnen",
        TheModelAt { url: String }: "The model {url}" | "Das Modell {url}",
        NotFetched { why: String }: "it could not be fetched ({why})" | "es ließ sich nicht laden ({why})",
        ServerAnswered { status: u16 }: "the server answered {status}" | "der Server antwortete {status}",
        CheckModelAddress: "Check the address after ?model=" | "Die Adresse hinter ?model= prüfen",
        WebGpu: "WebGPU" | "WebGPU",
        DeviceNotOpened { why: String }: "the device could not be opened ({why})" | "das Gerät ließ sich nicht öffnen ({why})",
        WebGpuFailed { why: String }: "WebGPU failed, so the CPU computes: {why}" | "WebGPU ist ausgefallen, daher rechnet die CPU: {why}",
        NoTimestampQueries: "The GPU lacks timestamp queries, so the CPU computes" | "Der GPU fehlen Zeitstempel-Abfragen, daher rechnet die CPU",
        NoWebGpu: "This browser offers no WebGPU, so the CPU computes" | "Dieser Browser bietet kein WebGPU, daher rechnet die CPU",
        CpuComputesInstead: "The CPU computes instead" | "Stattdessen rechnet die CPU",
        FineTuning: "Fine-tuning" | "Das Nachtrainieren",
        SamplesDamaged: "its samples came damaged" | "seine Beispiele kamen beschädigt an",
        NoModelLoaded: "no model is loaded" | "kein Modell ist geladen",
        DeviceFailed { why: String }: "the device failed ({why})" | "das Gerät hat versagt ({why})",
        OpenWithCpu: "Open the page again with ?device=cpu" | "Die Seite mit ?device=cpu neu öffnen",
        TheDevice: "The device" | "Das Gerät",
        NetworkFailedOnDevice { why: String }: "the network failed on it ({why})" | "das Netz versagte auf ihm ({why})",
        BufferTooLarge { mib: usize, most: usize }:
            "the model needs a buffer of {mib} MiB, expected at most {most} MiB"
            | "das Modell braucht einen Puffer von {mib} MiB, erwartet höchstens {most} MiB",
        ResultsDiffer: "its results differ from the CPU's" | "seine Ergebnisse weichen von denen der CPU ab",
        Slice { number: usize }: "Slice {number}" | "Schicht {number}",
    }
}
