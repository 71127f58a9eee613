//! What `nn` says to people about models of whole volumes.

messages! {
    /// Messages about models that segment whole volumes.
    VolumeMessage {
        TheScan: "The scan" | "Die Aufnahme",

        NetworkOption { option: String, found: String }: "the network's {option} is {found}, which this version does not know" | "{option} des Netzes ist {found}, was diese Version nicht kennt",
        NormWithoutWeights: "its norms have no weights, expected norms with weights and biases" | "seine Normalisierungen haben keine Gewichte, erwartet Normalisierungen mit Gewichten und Bias",
        StemChannels { found: usize }: "its stem has {found} channels, expected as many as the first stage" | "sein Stamm hat {found} Kanäle, erwartet so viele wie die erste Stufe",
        NetworkCount { found: usize }: "it holds {found} networks, expected one, or two with a region that the first finds" | "sie enthält {found} Netze, erwartet eines, oder zwei mit einer Region, die das erste findet",
        OutputCount { outputs: usize, channels: usize }: "it names {outputs} outputs, but its network has {channels}" | "sie benennt {outputs} Ausgänge, aber ihr Netz hat {channels}",
        NoFold: "it holds no weights" | "sie enthält keine Gewichte",
        LabelTooLarge { name: String, value: usize }: "the label {name} has the value {value}, expected at most 255" | "das Label {name} hat den Wert {value}, erwartet höchstens 255",
        RegionUnknown { organ: String, known: String }: "its first network does not find {organ}; it knows {known}" | "ihr erstes Netz findet {organ} nicht; es kennt {known}",
        Margin { found: String }: "the margin is {found} mm, expected 0 to 200" | "der Rand ist {found} mm, erwartet 0 bis 200",
        SeveralChannels { found: usize }: "it reads {found} images at once, expected one CT" | "es liest {found} Bilder zugleich, erwartet ein CT",
        PreviousStage { stage: String }: "it reads the labels of the configuration {stage} beside the image" | "es liest die Labels der Konfiguration {stage} neben dem Bild",
        StagesDiffer: "the two models are not the stages of one cascade: the second must read the labels of the first" | "die beiden Modelle sind nicht die Stufen einer Kaskade: Das zweite muss die Labels des ersten lesen",
        ResamplingOrder { found: usize }: "it resamples with splines of order {found}, expected 0, 1 or 3" | "es interpoliert mit Splines der Ordnung {found}, erwartet 0, 1 oder 3",
        AnisotropyThreshold { found: String }: "it resamples an axis on its own above a ratio of {found}, expected 3" | "es interpoliert eine Achse für sich ab einem Verhältnis von {found}, erwartet 3",
        RegionNotFound { organs: String }: "the first network finds no {organs} on this scan" | "das erste Netz findet auf dieser Aufnahme kein {organs}",
        NoVoxelSize: "the image has no voxel size, expected one in mm" | "das Bild hat keine Voxelgröße, erwartet eine in mm",
        TooLarge { mib: usize, most: usize }: "segmenting it takes about {mib} MiB of memory, and {most} MiB are there" | "die Segmentierung braucht etwa {mib} MiB Speicher, und {most} MiB sind da",
        NotOfSlices: "it segments whole volumes, expected a model of slices" | "es segmentiert ganze Volumen, erwartet ein Schichtmodell",
        ExportOfCascade { networks: usize }: "it is a cascade of {networks} networks, expected one network: an ONNX graph has no step that finds a region and crops to it" | "es ist eine Kaskade aus {networks} Netzen, erwartet ein Netz: Ein ONNX-Graph hat keinen Schritt, der eine Region findet und darauf zuschneidet",
        ExportOfFolds { folds: usize }: "it holds the weights of {folds} folds, expected those of one" | "es enthält die Gewichte von {folds} Folds, erwartet die von einem",
        OptionOfSlices { preset: String }: "it is for networks of slices, found --preset {preset}" | "sie ist für Schichtnetze, gefunden --preset {preset}",
        OptionOfVolumes { preset: String }: "it is for networks of volumes, found --preset {preset}" | "sie ist für Volumennetze, gefunden --preset {preset}",

        RegionOfSlices: "the model reads slices, expected a model of volumes: a network of slices must see whole slices" | "das Modell liest Schichten, erwartet ein Volumenmodell: Ein Schichtnetz muss ganze Schichten sehen",

        UseVolumeModel: "Give a model of volumes as --model, or leave --roi-model out" | "Mit --model ein Volumenmodell angeben, oder --roi-model weglassen",
        GiveMargin: "Give a margin such as 20" | "Einen Rand wie 20 angeben",
        LeaveOptionOut: "Leave it out" | "Die Option weglassen",
        ExportOneNetwork: "Import each network on its own with `islet import`, of several folds with --fold, and export that" | "Jedes Netz für sich mit `islet import` importieren, von mehreren Folds einen mit --fold, und das exportieren",
        UseUsualPlans: "Use a model trained with the usual plans of nnU-Net v2" | "Ein Modell verwenden, das mit den üblichen Plänen von nnU-Net v2 trainiert wurde",
        ImportAgain: "Import the model again with `islet import --nnunet`" | "Das Modell mit `islet import --nnunet` neu importieren",
        SwapModels: "Give the model that finds the organs first, and the one that segments them second" | "Zuerst das Modell angeben, das die Organe findet, dann das, das sie segmentiert",
        GiveBothStages: "Give --nnunet twice: the model of the earlier stage, then this one" | "--nnunet zweimal angeben: das Modell der früheren Stufe, dann dieses",
        UsePancreasModel: "Use a model that knows the pancreas" | "Ein Modell verwenden, das das Pankreas kennt",
        UseWholeSeries: "Open the whole abdomen, or use a model without a region" | "Das ganze Abdomen öffnen, oder ein Modell ohne Region verwenden",
        OpenWithVoxelSize: "Open the series as DICOM, NIfTI or NRRD with its voxel size" | "Die Serie als DICOM, NIfTI oder NRRD mit ihrer Voxelgröße öffnen",
        CropFirst: "Crop the scan to the abdomen, or use `islet predict` on a machine with more memory" | "Die Aufnahme auf das Abdomen zuschneiden, oder `islet predict` auf einem Rechner mit mehr Speicher verwenden",
        UseSliceModel: "Use a model of slices, such as the one Islet ships" | "Ein Schichtmodell verwenden, etwa das mitgelieferte",
    }
}
