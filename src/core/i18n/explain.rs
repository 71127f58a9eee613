//! The panel that explains the mask, and the slices to review first.

strings! {
    /// Strings of the explanation panel.
    ExplainStrings {
        title: "Attention" | "Aufmerksamkeit",
        gate: "Gate {number}" | "Gate {number}",
        gate_title: "{px} x {px} pixels over the network's input"
            | "{px} x {px} Pixel über der Eingabe des Netzes",
        computing: "computing…" | "wird berechnet…",
        lowest: "0" | "0",
        highest: "1" | "1",
        meaning: "Attention, not probability: how much of the skip connection the gate lets through at each point."
            | "Aufmerksamkeit, keine Wahrscheinlichkeit: wie viel der Skip-Verbindung das Gate an jeder Stelle durchlässt.",
        open_gate: "Hold gate {number} open" | "Gate {number} offen halten",
        open_gate_title: "Run the network with this gate fully open, and show what changes on this slice"
            | "Das Netz mit ganz geöffnetem Gate ausführen und zeigen, was sich in dieser Schicht ändert",
        open_gate_volume_title: "Segment the whole scan once more with this gate fully open, and show what changes"
            | "Die ganze Aufnahme noch einmal mit ganz geöffnetem Gate segmentieren und zeigen, was sich ändert",
        open_gate_takes: "This segments the whole scan once more, which takes about {time}."
            | "Dafür wird die ganze Aufnahme noch einmal segmentiert, was etwa {time} dauert.",
        open_gate_takes_as_long: "This segments the whole scan once more, which takes as long as the mask has taken."
            | "Dafür wird die ganze Aufnahme noch einmal segmentiert, was so lange dauert wie die Maske.",
        choose_gate: "Hold a gate open" | "Ein Gate offen halten",
        gained: "gained" | "kommt hinzu",
        lost: "lost" | "fällt weg",
        pixels: "{count} px" | "{count} px",
        pixels_mm2: "{count} px, {mm2} mm²" | "{count} px, {mm2} mm²",
        agreement: "DSC, open gate and normal" | "DSC, offenes Gate und normal",
        mean_change: "Mean change of probability" | "Mittlere Änderung der Wahrschein\u{ad}lichkeit",
        ablation_note: "This compares the network's own masks of this slice, without corrections and clean-up."
            | "Verglichen werden die Masken des Netzes in dieser Schicht, ohne Korrekturen und Bereinigung.",
        maps: "Maps" | "Karten",
        probability: "Probability" | "Wahrscheinlichkeit",
        probability_title: "Show the probability from which the mask is made"
            | "Die Wahrscheinlichkeit zeigen, aus der die Maske entsteht",
        probability_note: "Probability of pancreas as predicted by the network. The mask begins at {threshold}."
            | "Vom Netz vorhergesagte Wahrscheinlichkeit für Pankreas. Die Maske beginnt bei {threshold}.",
        mean_note: "Mean probability of the image and its mirror image. The mask begins at {threshold}."
            | "Mittlere Wahrscheinlichkeit von Bild und Spiegelbild. Die Maske beginnt bei {threshold}.",
        uncertainty: "Uncertainty" | "Unsicherheit",
        uncertainty_title: "Show where the network is uncertain" | "Zeigen, wo das Netz unsicher ist",
        uncertainty_note: "Uncertainty: 1 where the probability is 0.5, 0 where it is 0 or 1."
            | "Unsicherheit: 1 bei einer Wahrscheinlichkeit von 0,5, 0 bei 0 und 1.",
        disagreement_note: "Disagreement: how much the probability changes when the image is mirrored."
            | "Abweichung: wie stark sich die Wahrscheinlichkeit ändert, wenn das Bild gespiegelt wird.",
        review_first: "Review these slices first" | "Diese Schichten zuerst prüfen",
        review_rank: "Slice {slice}, rank {rank}" | "Schicht {slice}, Rang {rank}",
        by_uncertainty: "Slices with probabilities near 0.5." | "Schichten mit Wahrscheinlichkeiten nahe 0,5.",
        by_accepted_slices: "Slices where the mask completed from accepted slices is least certain."
            | "Schichten, in denen die aus bestätigten Schichten ergänzte Maske am unsichersten ist.",
        by_mirrored_input: "Slices where the mirrored input disagrees."
            | "Schichten, in denen die gespiegelte Eingabe abweicht.",
        review_empty: "No slice is uncertain." | "Keine Schicht ist unsicher.",
        review_pending: "Available once all slices are segmented."
            | "Verfügbar, sobald alle Schichten segmentiert sind.",
        check_mirrored: "Check with mirrored input" | "Mit gespiegelter Eingabe prüfen",
        check_title: "Run the network on the mirror image of every slice, too. A model that was trained without mirrored images often disagrees."
            | "Das Netz auch auf das Spiegelbild jeder Schicht anwenden. Ein Modell, das ohne gespiegelte Bilder trainiert wurde, weicht oft ab.",
        stop_check: "Stop: {done} of {all} slices" | "Anhalten: {done} von {all} Schichten",
        checked: "Checked with mirrored input" | "Mit gespiegelter Eingabe geprüft",
        use_mean: "Use the mean of both" | "Den Mittelwert verwenden",
        use_mean_title: "Make the mask from the mean probability of the image and its mirror image"
            | "Die Maske aus der mittleren Wahrscheinlichkeit von Bild und Spiegelbild bilden",
    }
}
