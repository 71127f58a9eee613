//! Another series beside the open one.

strings! {
    /// Strings of another series beside the open one.
    BesideStrings {
        show: "Beside" | "Daneben",
        show_title: "Show this series beside the open one, at the same place in the patient"
            | "Diese Serie neben der offenen zeigen, an derselben Stelle im Patienten",
        shift: "Shift, mm" | "Versatz, mm",
        shift_title: "Distance in mm towards the head by which this series is shifted, for patients who lay elsewhere"
            | "Strecke in mm zum Kopf, um die diese Serie versetzt ist, wenn der Patient anders lag",
        close: "Show the open series alone" | "Nur die offene Serie zeigen",
        outside: "This series does not reach here." | "Diese Serie reicht nicht bis hierher.",
    }
}
