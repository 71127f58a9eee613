//! Cine: slices shown one after the other.

strings! {
    /// Strings of cine.
    CineStrings {
        title: "Play through the slices" | "Schichten abspielen",
        play: "Play through the slices of the active plane; any other move through them stops it"
            | "Die Schichten der aktiven Ebene abspielen; jede andere Bewegung durch sie hält an",
        pause: "Pause" | "Anhalten",
        speed: "Slices per second" | "Schichten je Sekunde",
        per_second: "{count} per s" | "{count} je s",
        back_and_forth: "At the end turn back, and do not begin again" | "Am Ende umkehren und nicht von vorn beginnen",
    }
}
