//! What the page says to people when the worker that holds the series has died.

use super::Message;

messages! {
    /// Messages of the page about a session worker that has died.
    RecoveryMessage {
        Back { name: String, why: Message }: "The worker that holds the series stopped ({why}): {name} was opened again, and its masks are computed anew" | "Der Worker mit der Serie wurde beendet ({why}): {name} wurde wieder geöffnet, und die Masken werden neu berechnet",
        BackCorrected { name: String, count: usize, why: Message }: "The worker that holds the series stopped ({why}): {name} was opened again, its {count} corrected slices are back, and all other masks are computed anew" | "Der Worker mit der Serie wurde beendet ({why}): {name} wurde wieder geöffnet, {count} korrigierte Schichten sind wieder da, und alle anderen Masken werden neu berechnet",
        BackCorrectedOne { name: String, why: Message }: "The worker that holds the series stopped ({why}): {name} was opened again, its corrected slice is back, and all other masks are computed anew" | "Der Worker mit der Serie wurde beendet ({why}): {name} wurde wieder geöffnet, die korrigierte Schicht ist wieder da, und alle anderen Masken werden neu berechnet",
        Restarted { why: Message }: "The worker that opens files stopped ({why}) and was started again" | "Der Worker, der Dateien öffnet, wurde beendet ({why}) und neu gestartet",
        FineTuningLost: "A fine-tuning that ran, or whose model was not decided on, is lost and can be started again" | "Ein laufendes Nachtrainieren oder eines, über dessen Modell noch nicht entschieden war, ist verloren und kann neu gestartet werden",
        TheSample: "The sample" | "Das Beispiel",
        StoppedTwice { why: Message }: "the worker that opens files stopped over it twice ({why}), so it is left out" | "der Worker, der Dateien öffnet, wurde dabei zweimal beendet ({why}), daher wird sie ausgelassen",
        FreeMemoryOrOthers: "Close other tabs to free memory and open it again, or open other files" | "Andere Tabs schließen, um Speicher freizugeben, und sie noch einmal öffnen, oder andere Dateien öffnen",
        MemoryOrFlaw { error: String }: "memory ran out, or the program has a flaw; the browser says: {error}" | "der Speicher war erschöpft, oder das Programm hat einen Fehler; der Browser sagt: {error}",
    }
}
