//! The panel for fine-tuning.

strings! {
    /// Strings of the fine-tuning panel.
    FineTuneStrings {
        tune: "Fine-tune" | "Nachtrainieren",
        tune_on: "Fine-tune on {count} slices" | "Mit {count} Schichten nachtrainieren",
        tune_title: "Train on the accepted slices, on this machine. One in four is held out for validation."
            | "Mit den bestätigten Schichten trainieren, auf diesem Rechner. Jede vierte wird zur Validierung zurückgehalten.",
        accept_more: "Accept at least two slices, spread over the organ. About five are enough to adapt the model to a patient."
            | "Bestätigen Sie mindestens zwei über das Organ verteilte Schichten. Etwa fünf genügen, um das Modell an einen Patienten anzupassen.",
        settings: "Settings" | "Einstellungen",
        parts: "Trained part" | "Trainierter Teil",
        parts_title: "The part of the network that is trained" | "Der Teil des Netzes, der trainiert wird",
        parts_gates: "gates" | "die Gates",
        parts_decoder: "decoder" | "der Decoder",
        parts_all: "all" | "alles",
        steps: "Steps" | "Schritte",
        steps_title: "Leave this empty for a number that suits the accepted slices"
            | "Leer lassen für eine Anzahl, die zu den bestätigten Schichten passt",
        rate: "Learning rate" | "Lernrate",
        preparing: "preparing" | "Vorbereitung",
        left: "about {time} left" | "noch etwa {time}",
        step: "Step {done} of {total}, {left}" | "Schritt {done} von {total}, {left}",
        seconds: "{count} s" | "{count} s",
        minutes: "{count} min" | "{count} min",
        learning: "Learning from {learned} slices, {held_out} held out"
            | "Lernt aus {learned} Schichten, {held_out} zurückgehalten",
        learning_completed: "Learning from {learned} slices and {completed} that follow from them, {held_out} held out"
            | "Lernt aus {learned} Schichten und {completed}, die aus ihnen folgen, {held_out} zurückgehalten",
        held_out_dsc: ": DSC {dsc}" | ": DSC {dsc}",
        losses: "Loss at each step" | "Loss in jedem Schritt",
        loss: "Loss: {loss}" | "Loss {loss}",
        stop: "Stop" | "Anhalten",
        stop_title: "Stop early and offer the best model so far"
            | "Vorzeitig anhalten und das bisher beste Modell anbieten",
        better: "The new model is better on the held-out slices."
            | "Das neue Modell ist auf den zurückgehaltenen Schichten besser.",
        better_but_forgets: "The new model is better on the held-out slices, but worse on phantoms."
            | "Das neue Modell ist auf den zurückgehaltenen Schichten besser, aber auf Phantomen schlechter.",
        forgets: "The new model has lost more on phantoms than it has gained: keep the old one."
            | "Das neue Modell hat auf Phantomen mehr verloren als gewonnen: das alte behalten.",
        no_better: "The new model is not better on the held-out slices: keep the old one."
            | "Das neue Modell ist auf den zurückgehaltenen Schichten nicht besser: das alte behalten.",
        propagation_better: "On the held-out slices the masks completed from accepted slices are better than the new model. They stay shown if you keep it."
            | "Auf den zurückgehaltenen Schichten sind die aus bestätigten Schichten ergänzten Masken besser als das neue Modell. Sie bleiben sichtbar, wenn es behalten wird.",
        dsc: "DSC" | "DSC",
        before: "before" | "vorher",
        after: "after" | "nachher",
        held_out: "held out" | "zurückgehalten",
        completed: "completed" | "ergänzt",
        phantoms: "phantoms" | "Phantome",
        compare_title: "Switch between the masks of the old and the new model"
            | "Zwischen den Masken des alten und des neuen Modells wechseln",
        show_before: "Show the mask before" | "Maske von vorher zeigen",
        keep_new: "Keep new model" | "Neues behalten",
        keep_old: "Keep old model" | "Altes behalten",
    }
}
