//! The line at the top.

strings! {
    /// Strings of the line at the top.
    HeaderStrings {
        name: "Islet" | "Islet",
        size_unknown: "pixel size unknown" | "Pixelgröße unbekannt",
        synthetic: "synthetic" | "synthetisch",
        starting: "starting" | "startet",
        webgpu: "WebGPU" | "WebGPU",
        cpu: "CPU x {workers}" | "CPU x {workers}",
        where_it_runs: "The device that runs the network; choose it with ?device=cpu or ?device=webgpu"
            | "Das Gerät, auf dem das Netz läuft; wählbar mit ?device=cpu oder ?device=webgpu",
        language: "Language" | "Sprache",
        local: "nothing leaves this machine" | "nichts verlässt diesen Rechner",
        local_title: "Your images are not uploaded: the page has no server to send them to"
            | "Ihre Bilder werden nicht hochgeladen: die Seite hat keinen Server dafür",
        server: "only stored masks leave this machine" | "nur gespeicherte Masken verlassen diesen Rechner",
        server_title: "Your images are not uploaded: a mask goes to the server at {path} when you store it there"
            | "Ihre Bilder werden nicht hochgeladen: Eine Maske geht an den Server unter {path}, wenn Sie sie dort speichern",
    }
}
