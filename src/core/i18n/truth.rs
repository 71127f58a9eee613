//! The comparison with a ground truth.

strings! {
    /// Strings of the comparison with a ground truth.
    TruthStrings {
        title: "Ground truth" | "Referenz",
        compare: "Compare with the ground truth" | "Mit der Referenz vergleichen",
        compare_title: "Show where mask and ground truth agree and where they differ"
            | "Zeigen, wo Maske und Referenz übereinstimmen und wo nicht",
        dsc: "DSC" | "DSC",
        precision: "Precision" | "Präzision",
        recall: "Recall" | "Sensitivität",
        difference: "{difference} mL compared with the ground truth of {volume} mL"
            | "{difference} mL gegenüber {volume} mL der Referenz",
        true_positive: "both" | "beide",
        false_positive: "mask only" | "nur Maske",
        false_negative: "ground truth only" | "nur Referenz",
        so_far: "over {done} of {all} slices so far" | "bisher über {done} von {all} Schichten",
        over_all: "over all {all} slices" | "über alle {all} Schichten",
    }
}
