//! The comparison with a label.

strings! {
    /// Strings of the comparison with a label.
    TruthStrings {
        title: "Label" | "Label",
        compare: "Compare with the label" | "Mit dem Label vergleichen",
        compare_title: "Show where mask and label agree and where they do not" | "Zeigen, wo Maske und Label übereinstimmen und wo nicht",
        dsc: "DSC" | "DSC",
        precision: "Precision" | "Präzision",
        recall: "Recall" | "Sensitivität",
        volume: "Volume" | "Volumen",
        difference: "{difference} mL to the label's {volume} mL" | "{difference} mL zu den {volume} mL des Labels",
        true_positive: "both" | "beide",
        false_positive: "mask only" | "nur Maske",
        false_negative: "label only" | "nur Label",
        so_far: "over {done} of {all} slices so far" | "bisher über {done} von {all} Schichten",
        over_all: "over all {all} slices" | "über alle {all} Schichten",
    }
}
