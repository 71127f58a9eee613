//! The panel with the correction tools.

strings! {
    /// Strings of the correction panel.
    CorrectStrings {
        undo: "Undo" | "Rückgängig",
        undo_title: "Undo the last change, on any slice"
            | "Die letzte Änderung rückgängig machen, in jeder Schicht",
        redo: "Redo" | "Wiederholen",
        redo_title: "Redo the change that was undone last"
            | "Die zuletzt rückgängig gemachte Änderung wiederholen",
        discard: "Discard" | "Verwerfen",
        discard_title: "Discard the corrections of this slice" | "Die Korrekturen dieser Schicht verwerfen",
        fill_holes: "Fill holes" | "Löcher füllen",
        fill_holes_title: "Fill all holes of the mask on this slice"
            | "Alle Löcher der Maske in dieser Schicht füllen",
        interpolate: "Interpolate" | "Interpolieren",
        interpolate_title: "Interpolate the mask between corrected slices"
            | "Die Maske zwischen korrigierten Schichten interpolieren",
        interpolated: "{count} slices between corrected ones are filled; Undo takes that back."
            | "{count} Schichten zwischen korrigierten sind gefüllt; Rückgängig nimmt das zurück.",
        nothing_between: "Nothing to interpolate: correct two slices with others between them."
            | "Nichts zu interpolieren: zwei Schichten mit anderen dazwischen korrigieren.",
        whole_organ: "Whole organ" | "Ganzes Organ",
        smooth: "Smooth" | "Glätten",
        smooth_title: "Smooth the mask on all slices that are not accepted, by 2 mm"
            | "Die Maske in allen nicht bestätigten Schichten um 2 mm glätten",
        widen: "Grow 2 mm" | "2 mm größer",
        widen_title: "Add a margin of 2 mm to the mask on all slices that are not accepted"
            | "Die Maske in allen nicht bestätigten Schichten um einen Rand von 2 mm vergrößern",
        shrink: "Shrink 2 mm" | "2 mm kleiner",
        shrink_title: "Remove a margin of 2 mm from the mask on all slices that are not accepted"
            | "Die Maske in allen nicht bestätigten Schichten um einen Rand von 2 mm verkleinern",
        keep_largest: "Largest piece" | "Größtes Stück",
        keep_largest_title: "Remove every piece but the largest one, on all slices that are not accepted"
            | "Jedes Stück außer dem größten entfernen, in allen nicht bestätigten Schichten",
        take_truth: "Take the label" | "Label übernehmen",
        take_truth_title: "Make the dropped label the mask, on all slices that are not accepted"
            | "Das abgelegte Label zur Maske machen, in allen nicht bestätigten Schichten",
        whole_changed: "{count} slices have changed and are corrected slices now; Undo takes that back."
            | "{count} Schichten haben sich geändert und sind nun korrigiert; Rückgängig nimmt das zurück.",
        clear: "Clear" | "Leeren",
        clear_title: "Remove the mask from this slice" | "Die Maske aus dieser Schicht entfernen",
        size: "Size" | "Größe",
        size_title: "Brush size" | "Pinselgröße",
        only_hu: "HU range" | "HU-Bereich",
        only_hu_title: "Paint only pixels within this HU range" | "Nur Pixel in diesem HU-Bereich bemalen",
        lowest_hu: "Minimum HU" | "Minimale HU",
        highest_hu: "Maximum HU" | "Maximale HU",
        accept: "Accept slice" | "Schicht bestätigen",
        accept_coronal: "Accept coronal plane" | "Koronale Ebene bestätigen",
        accept_sagittal: "Accept sagittal plane" | "Sagittale Ebene bestätigen",
        accept_plane_title: "The mask of this plane is right, and so is what is up to 15 mm around it: the completed masks follow it. Undo takes that back"
            | "Die Maske dieser Ebene ist richtig, und was bis 15 mm um sie liegt: die ergänzten Masken folgen ihr. Rückgängig nimmt das zurück",
        accepted: "Accepted" | "Bestätigt",
        accept_title: "The mask of this slice is correct: use the slice for fine-tuning"
            | "Die Maske dieser Schicht ist richtig: die Schicht zum Nachtrainieren verwenden",
        next: "Next to correct: slice {slice}" | "Als Nächstes: Schicht {slice}",
        next_unknown: "Next to correct: not known yet" | "Als Nächstes: noch unbekannt",
        next_title: "The slice where the mask is most uncertain, away from corrected slices"
            | "Die Schicht, in der die Maske am unsichersten ist, abseits korrigierter Schichten",
        propagation_running: "Completing the other slices ..." | "Die übrigen Schichten werden ergänzt ...",
        propagated: "The other slices follow from {count} accepted slices."
            | "Die übrigen Schichten folgen aus {count} bestätigten Schichten.",
        propagated_heard: "The other slices follow from {count} accepted slices, and from the model as far as it agrees with them."
            | "Die übrigen Schichten folgen aus {count} bestätigten Schichten und aus dem Modell, soweit es mit ihnen übereinstimmt.",
        interpolation_shown: "The other slices are interpolated between the accepted ones."
            | "Die übrigen Schichten sind zwischen den bestätigten interpoliert.",
        complete: "Complete the other slices" | "Übrige Schichten ergänzen",
        complete_title: "Try every way to complete the other slices, judge each on accepted slices that are left out in turn, and show the best"
            | "Alle Wege versuchen, die übrigen Schichten zu ergänzen, jeden an der Reihe nach ausgelassenen bestätigten Schichten prüfen und den besten zeigen",
        complete_needs: "Accept three slices first: one of them is left out in turn, to judge by"
            | "Zuerst drei Schichten bestätigen: eine davon wird der Reihe nach ausgelassen, um daran zu prüfen",
        completing: "Checking on accepted slice {done} of {total} ..."
            | "Prüfung an bestätigter Schicht {done} von {total} ...",
        way: "Way" | "Weg",
        way_accepted: "Accepted slices" | "Bestätigte Schichten",
        way_interpolation: "Interpolation" | "Interpolation",
        way_model: "Model" | "Modell",
        way_title: "Show these masks" | "Diese Masken zeigen",
        way_doubtful: "This volume is less than half or more than twice what the accepted slices suggest"
            | "Dieses Volumen ist weniger als die Hälfte oder mehr als das Doppelte dessen, was die bestätigten Schichten nahelegen",
        way_unjudged: "No figure: the model has learned from corrected slices, or has not segmented them"
            | "Keine Zahl: das Modell hat aus korrigierten Schichten gelernt oder sie nicht segmentiert",
        best_way: "Best: {way} (accepted slices that were left out in turn to judge by: {total})."
            | "Am besten: {way} (bestätigte Schichten, die zum Urteilen einmal ausgelassen wurden: {total}).",
        no_way: "No way is convincing: accept more slices." | "Kein Weg überzeugt: weitere Schichten bestätigen.",
        accepted_slices: "Accepted" | "Bestätigt",
        go_to_accepted: "Go to accepted slice {slice}" | "Zur bestätigten Schicht {slice} gehen",
        predicted: "The other slices show the model's mask." | "Die übrigen Schichten zeigen die Maske des Modells.",
        show_predicted: "Show the model's mask" | "Maske des Modells zeigen",
        show_propagated: "Show the completed mask" | "Ergänzte Maske zeigen",
        mask_source_title: "Switch the slices that are not corrected between the two masks"
            | "Die nicht korrigierten Schichten zwischen den beiden Masken umschalten",
        save_slices: "Save slices" | "Schichten speichern",
        save_slices_title: "Save the series and its accepted slices as a dataset for training. The file contains the images."
            | "Die Serie und ihre bestätigten Schichten als Datensatz zum Trainieren speichern. Die Datei enthält die Bilder.",
        save_model: "Save model" | "Modell speichern",
        save_model_title: "Save the current model. Drop the file on this page to use it again."
            | "Das aktuelle Modell speichern. Die Datei auf diese Seite ziehen, um es wieder zu verwenden.",
        keep: "Store in this browser" | "Im Browser speichern",
        keep_title: "Store corrections in this browser, on this machine, and restore them when the same series is opened again"
            | "Korrekturen in diesem Browser speichern, auf diesem Rechner, und wiederherstellen, wenn dieselbe Serie erneut geöffnet wird",
        wipe: "Delete" | "Löschen",
        wipe_title: "Delete all corrections stored in this browser"
            | "Alle in diesem Browser gespeicherten Korrekturen löschen",
        keeping: "Storing the corrections" | "Das Speichern der Korrekturen",
        browser_refused: "the browser does not allow it ({why})" | "der Browser erlaubt es nicht ({why})",
        save_instead: "Save them as a file instead" | "Speichern Sie sie stattdessen als Datei",
    }
}
