//! The panel for fine-tuning.

strings! {
    /// Strings of the panel for fine-tuning.
    FineTuneStrings {
        title: "Learn" | "Lernen",
        tune: "Fine-tune" | "Nachtrainieren",
        tune_on: "Fine-tune on {count} slices" | "Mit {count} Schichten nachtrainieren",
        tune_title: "Learn from the accepted slices, on this machine; one in four is set aside to judge by"
            | "Aus den bestätigten Schichten lernen, auf diesem Rechner; jede vierte bleibt zur Prüfung beiseite",
        accept_more: "Accept two slices or more, spread over the organ; five teach it a patient."
            | "Zwei oder mehr Schichten bestätigen, über das Organ verteilt; fünf bringen ihm einen Patienten bei.",
        settings: "Settings" | "Einstellungen",
        moves: "Moves" | "Es lernt",
        moves_title: "Which part of the network learns" | "Welcher Teil des Netzes lernt",
        moves_gates: "gates" | "die Gates",
        moves_decoder: "decoder" | "der Decoder",
        moves_all: "all" | "alles",
        steps: "Steps" | "Schritte",
        steps_title: "Empty for as many as suit the accepted slices" | "Leer: so viele, wie zu den bestätigten Schichten passen",
        rate: "Learning rate" | "Lernrate",
        preparing: "preparing" | "Vorbereitung",
        left: "about {time} left" | "noch etwa {time}",
        step: "Step {done} of {total}, {left}" | "Schritt {done} von {total}, {left}",
        seconds: "{count} s" | "{count} s",
        minutes: "{count} min" | "{count} min",
        learning: "Learning from {learned}, {held_out} set aside" | "Lernt aus {learned}, {held_out} beiseite",
        dsc_is: ": DSC {dsc}" | ": DSC {dsc}",
        losses: "Loss of each step" | "Verlust jedes Schritts",
        loss: "Loss {loss}" | "Verlust {loss}",
        stop: "Stop" | "Anhalten",
        stop_title: "Stop, and offer the best so far" | "Anhalten und das bisher Beste anbieten",
        better: "It is better on the slices set aside." | "Es ist auf den beiseitegelegten Schichten besser.",
        better_but_forgets: "It is better on the slices set aside, and has forgotten some of what it knew of phantoms."
            | "Es ist auf den beiseitegelegten Schichten besser und hat einiges über Phantome vergessen.",
        forgets: "It has forgotten more than it has learned: keep the old one." | "Es hat mehr vergessen als gelernt: das alte behalten.",
        no_better: "It is no better on the slices set aside: keep the old one."
            | "Es ist auf den beiseitegelegten Schichten nicht besser: das alte behalten.",
        dsc: "DSC" | "DSC",
        before: "before" | "vorher",
        after: "after" | "nachher",
        set_aside: "set aside" | "beiseite",
        phantoms: "phantoms" | "Phantome",
        compare_title: "Switch between the mask of the model before and the new one's"
            | "Zwischen der Maske des vorigen Modells und der des neuen wechseln",
        showing_before: "Showing: before" | "Gezeigt: vorher",
        showing_after: "Showing: after" | "Gezeigt: nachher",
        keep_new: "Keep the new" | "Neues behalten",
        keep_old: "Keep the old" | "Altes behalten",
    }
}
