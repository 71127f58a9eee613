//! The panel with the correction tools.

strings! {
    /// Strings of the panel with the correction tools.
    CorrectStrings {
        title: "Correct" | "Korrigieren",
        undo: "Undo" | "Zurück",
        undo_title: "Undo the last change, on whatever slice" | "Die letzte Änderung zurücknehmen, auf welcher Schicht auch immer",
        redo: "Redo" | "Wieder",
        redo_title: "Redo" | "Wiederherstellen",
        discard: "Discard" | "Verwerfen",
        discard_title: "Forget what was corrected on this slice" | "Die Korrektur dieser Schicht vergessen",
        fill_holes: "Fill holes" | "Löcher füllen",
        fill_holes_title: "Fill every hole of the mask on this slice" | "Jedes Loch der Maske in dieser Schicht füllen",
        interpolate: "Interpolate" | "Interpolieren",
        interpolate_title: "Fill the slices between corrected ones" | "Die Schichten zwischen korrigierten füllen",
        clear: "Clear" | "Leeren",
        clear_title: "Empty this slice" | "Diese Schicht leeren",
        size: "Size" | "Größe",
        size_title: "Brush size" | "Pinselgröße",
        only_hu: "Only HU" | "Nur HU",
        only_hu_title: "The brush paints only pixels in this range of HU" | "Der Pinsel malt nur Pixel in diesem HU-Bereich",
        lowest_hu: "Lowest HU" | "Niedrigste HU",
        highest_hu: "Highest HU" | "Höchste HU",
        accept: "Accept slice" | "Schicht bestätigen",
        accepted: "Accepted" | "Bestätigt",
        accept_title: "This slice's mask is right: learn from it" | "Die Maske dieser Schicht stimmt: daraus lernen",
        next: "Correct next: slice {slice}" | "Als nächstes: Schicht {slice}",
        next_unknown: "Correct next: not yet known" | "Als nächstes: noch unbekannt",
        next_title: "Where the model doubts most, away from what is corrected" | "Wo das Modell am meisten zweifelt, fern von Korrigiertem",
        save_slices: "Save slices" | "Schichten sichern",
        save_slices_title: "Save the series with its accepted slices as a data set that train reads. It holds the images."
            | "Die Serie mit ihren bestätigten Schichten als Datensatz sichern, den train liest. Er enthält die Bilder.",
        save_model: "Save model" | "Modell sichern",
        save_model_title: "Save the model in use; drop the file here to use it again"
            | "Das benutzte Modell sichern; die Datei hierher ziehen, um es wieder zu benutzen",
        keep: "Keep in this browser" | "Im Browser behalten",
        keep_title: "Keep corrections in this browser's own storage, on this machine, and bring them back when the same series is opened"
            | "Korrekturen im eigenen Speicher dieses Browsers behalten, auf diesem Rechner, und zurückholen, wenn dieselbe Serie geöffnet wird",
        wipe: "Wipe" | "Löschen",
        wipe_title: "Remove every correction kept in this browser" | "Alle in diesem Browser behaltenen Korrekturen löschen",
        keeping: "Keeping the corrections" | "Das Behalten der Korrekturen",
        browser_refused: "the browser refused ({why})" | "der Browser hat abgelehnt ({why})",
        save_instead: "Save them as a file instead" | "Sichern Sie sie stattdessen als Datei",
    }
}
