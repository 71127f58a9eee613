//! The tabs beside the picture.

strings! {
    /// Strings of the tabs beside the picture.
    TabsStrings {
        title: "Panels" | "Bereiche",
        result: "Result" | "Ergebnis",
        explain: "Explain" | "Erklären",
        correct: "Correct" | "Korrigieren",
        learn: "Learn" | "Lernen",
        series: "Series" | "Serien",
        series_title: "The series of the drop, and ways to open more" | "Die Serien der Ablage und Wege, mehr zu öffnen",
        waiting: "waits for your decision" | "wartet auf Ihre Entscheidung",
    }
}
