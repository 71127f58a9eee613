//! The line on top.

strings! {
    /// Strings of the line on top.
    HeaderStrings {
        name: "Islet" | "Islet",
        size_unknown: "pixel size unknown" | "Pixelgröße unbekannt",
        synthetic: "synthetic" | "synthetisch",
        starting: "starting" | "startet",
        webgpu: "WebGPU" | "WebGPU",
        cpu: "CPU x {workers}" | "CPU x {workers}",
        where_it_runs: "Where the network runs; ?device=cpu or webgpu chooses" | "Wo das Netz rechnet; ?device=cpu oder webgpu wählt",
        language: "Language" | "Sprache",
        local: "nothing leaves this machine" | "nichts verlässt diesen Rechner",
        local_title: "The page makes no request with your data: it has no server to send it to"
            | "Die Seite verschickt keine Daten: es gibt keinen Server, der sie bekäme",
    }
}
