//! What `app` says to people about several organs.

use crate::core::i18n::organ_names::OrganName;

messages! {
    /// Messages of `app` about several organs.
    OrganMessage {
        OnlyPancreas { organ: OrganName }: "it would call its mask pancreas, but the tools act on {organ}" | "sie würde ihre Maske Pankreas nennen, aber die Werkzeuge bearbeiten {organ}",
        ChoosePancreas: "Choose the pancreas in the list of organs, or save NIfTI, which holds every organ under its value" | "In der Liste der Organe das Pankreas wählen oder NIfTI speichern, das jedes Organ unter seinem Wert enthält",
        TheMeasurements: "The JSON file" | "Die JSON-Datei",
        OrgansShown { count: usize, name: String }: "{count} organs are shown as {name} has them" | "{count} Organe sind so zu sehen, wie sie in {name} stehen",
    }
}
