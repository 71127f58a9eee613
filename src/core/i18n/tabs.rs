//! The tabs beside the pictures.

strings! {
    /// Names of the tabs.
    TabsStrings {
        title: "Panels" | "Bereiche",
        result: "Result" | "Ergebnis",
        explain: "Explain" | "Erklären",
        correct: "Correct" | "Korrigieren",
        fine_tune: "Train" | "Training",
        series: "Series" | "Serien",
        series_title: "The dropped series, and buttons to open more"
            | "Die abgelegten Serien und Schaltflächen, um mehr zu öffnen",
        waiting: "A fine-tuned model is waiting for your decision"
            | "Ein nachtrainiertes Modell wartet auf Ihre Entscheidung",
    }
}
