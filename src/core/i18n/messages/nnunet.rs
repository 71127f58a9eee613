//! Messages of `formats::nnunet`.

use super::Message;

messages! {
    /// Messages of `formats::nnunet`: a reason completes "FILE: ...", and what is expected completes a reason.
    NnunetMessage {
        JsonTooLarge { bytes: usize, most: usize }:
            "it has {bytes} bytes, expected at most {most}" | "sie hat {bytes} Bytes, erwartet höchstens {most}",
        NoObject { found: String }:
            "it is {found}, expected an object with fields" | "sie ist {found}, erwartet ein Objekt mit Feldern",
        Missing { key: String }: "it has no `{key}`, expected one" | "sie hat kein `{key}`, erwartet eines",
        Unexpected { key: String, found: String, expected: Message }:
            "its `{key}` is {found}, expected {expected}" | "ihr `{key}` ist {found}, erwartet {expected}",

        AnObject: "an object" | "ein Objekt",
        AText: "a text" | "ein Text",
        ANumber: "a number" | "eine Zahl",
        TrueOrFalse: "true or false" | "true oder false",
        Whole { least: usize, most: usize }:
            "a whole number from {least} to {most}" | "eine ganze Zahl von {least} bis {most}",
        ListOfTexts: "a list of texts" | "eine Liste von Texten",
        ListOfFlags: "a list of true and false" | "eine Liste aus true und false",
        SizePerStage { most: usize }:
            "a list of at most {most} whole numbers from 1 to {most}" |
            "eine Liste von höchstens {most} ganzen Zahlen von 1 bis {most}",
        ListFor { items: usize, most: usize }:
            "a list of {items} whole numbers from 1 to {most}" | "eine Liste von {items} ganzen Zahlen von 1 bis {most}",
        ListForAxes { items: usize, axes: usize, most: usize }:
            "a list of {items} lists, each of {axes} whole numbers from 1 to {most}" |
            "eine Liste von {items} Listen aus je {axes} ganzen Zahlen von 1 bis {most}",
        TwoOrThreeNumbers:
            "a list of two or three numbers above 0, as many as the patch has axes" |
            "eine Liste von zwei oder drei Zahlen über 0, so viele, wie der Patch Achsen hat",
        MultipleOfStrides { of: usize }:
            "multiples of the strides of all stages, here of {of} on the axis that is none" |
            "Vielfache der Schrittweiten aller Stufen, hier von {of} auf der Achse, die keines ist",
        ThreeAxes: "a list of the axes 0, 1 and 2" | "eine Liste der Achsen 0, 1 und 2",
        InverseOf { key: String }: "the inverse of `{key}`" | "die Umkehrung von `{key}`",
        LabelsByName { example: String }:
            "names with their values, such as {example}" | "Namen mit ihren Werten, etwa {example}",
        LabelValues { most: u64 }:
            "a whole number from 0 to {most}, or a list of them" | "eine ganze Zahl von 0 bis {most} oder eine Liste davon",
        LabelsFromZero:
            "at least two labels whose values go from 0, the background, up without a gap" |
            "mindestens zwei Labels, deren Werte von 0, dem Hintergrund, an lückenlos steigen",
        ChannelsFromZero { example: String }:
            "names by number from 0 up, such as {example}" | "Namen nach Nummern ab 0, etwa {example}",

        OtherReader { found: String }:
            "its images were read with `{found}`, expected SimpleITKIO, NibabelIO or one of their variants with Reorient" |
            "ihre Bilder wurden mit `{found}` gelesen, erwartet SimpleITKIO, NibabelIO oder deren Varianten mit Reorient",
        OtherPreprocessor { found: String }:
            "its preprocessor is `{found}`, expected DefaultPreprocessor" |
            "ihr Präprozessor ist `{found}`, erwartet DefaultPreprocessor",
        OtherLabelManager { found: String }:
            "its label manager is `{found}`, expected LabelManager" |
            "ihr Label-Manager ist `{found}`, erwartet LabelManager",
        OtherNormalization { found: String }:
            "a channel is normalised with `{found}`, expected CTNormalization, ZScoreNormalization, RescaleTo01Normalization, RGBTo01Normalization or NoNormalization" |
            "ein Kanal wird mit `{found}` normalisiert, erwartet CTNormalization, ZScoreNormalization, RescaleTo01Normalization, RGBTo01Normalization oder NoNormalization",
        NoIntensities { channel: usize }:
            "it has no mean, std and percentiles of the intensities of channel {channel}, which CTNormalization needs" |
            "ihr fehlen Mittelwert, Standardabweichung und Perzentile der Intensitäten von Kanal {channel}, die CTNormalization braucht",
        OtherResampling { key: String, found: String }:
            "its `{key}` is `{found}`, expected resample_data_or_seg_to_shape" |
            "ihr `{key}` ist `{found}`, erwartet resample_data_or_seg_to_shape",
        OtherArgument { of: String, found: String }:
            "its `{of}` has the argument `{found}`, which is not supported" |
            "ihr `{of}` hat das Argument `{found}`, das nicht unterstützt wird",
        OtherNetwork { found: String }:
            "its network is a `{found}`, expected PlainConvUNet or ResidualEncoderUNet" |
            "ihr Netzwerk ist ein `{found}`, erwartet PlainConvUNet oder ResidualEncoderUNet",
        OtherNetworkOption { found: String }:
            "its network has the option `{found}`, which is not supported" |
            "ihr Netzwerk hat die Option `{found}`, die nicht unterstützt wird",
        OtherBlock { found: String }:
            "its network has blocks of the kind `{found}`, expected BasicBlockD" |
            "ihr Netzwerk hat Blöcke der Art `{found}`, erwartet BasicBlockD",
        OtherConvolution { found: String, axes: usize }:
            "its network has convolutions of the kind `{found}`, expected Conv{axes}d for a patch of {axes} axes" |
            "ihr Netzwerk hat Faltungen der Art `{found}`, erwartet Conv{axes}d für einen Patch mit {axes} Achsen",
        OtherNorm { found: String, axes: usize }:
            "its network has the norm `{found}`, expected InstanceNorm{axes}d or BatchNorm{axes}d" |
            "ihr Netzwerk hat die Norm `{found}`, erwartet InstanceNorm{axes}d oder BatchNorm{axes}d",
        OtherNonlinearity { found: String }:
            "its network has the nonlinearity `{found}`, expected LeakyReLU or ReLU" |
            "ihr Netzwerk hat die Nichtlinearität `{found}`, erwartet LeakyReLU oder ReLU",
        EvenKernel:
            "its network has a kernel of an even size, expected odd ones" |
            "ihr Netzwerk hat einen Kernel gerader Größe, erwartet ungerade",
        StrideAtStart:
            "the first stage of its network has a stride, expected 1 on each axis" |
            "die erste Stufe ihres Netzwerks hat eine Schrittweite, erwartet 1 auf jeder Achse",
        OneStage:
            "its network has one stage, expected at least two" | "ihr Netzwerk hat eine Stufe, erwartet mindestens zwei",
        Circle { names: Vec<Message> }:
            "its configurations inherit from each other in a circle: {names}" |
            "ihre Konfigurationen erben im Kreis voneinander: {names}",
        NoConfiguration { wanted: String, found: Vec<Message> }:
            "it has no configuration `{wanted}`, expected one of {found}" |
            "sie hat keine Konfiguration `{wanted}`, erwartet eine von {found}",

        NoWeights { found: Vec<Message> }:
            "it holds {found}, expected `network_weights` with tensors, as nnU-Net v2 saves them" |
            "sie enthält {found}, erwartet `network_weights` mit Tensoren, wie nnU-Net v2 sie speichert",
        MirroringAxes { found: String }:
            "its `inference_allowed_mirroring_axes` is {found}, expected axes from 0 to 2, or None" |
            "ihr `inference_allowed_mirroring_axes` ist {found}, erwartet Achsen von 0 bis 2 oder None",

        NoModel:
            "it holds no checkpoint_final.pth, expected a model of nnU-Net v2" |
            "sie enthält keine checkpoint_final.pth, erwartet ein Modell von nnU-Net v2",
        NoCheckpoint:
            "it holds plans.json and neither checkpoint_final.pth nor checkpoint_best.pth, expected one in a folder such as fold_0" |
            "sie enthält plans.json, aber weder checkpoint_final.pth noch checkpoint_best.pth, erwartet eine davon in einem Ordner wie fold_0",
        Version1:
            "it is a model of nnU-Net v1, expected one of nnU-Net v2 (with plans.json)" |
            "sie ist ein Modell von nnU-Net v1, erwartet eines von nnU-Net v2 (mit plans.json)",
        MissingFile { file: String, folder: String }:
            "the folder `{folder}` holds no {file} and its checkpoint does not repeat it, expected one of both" |
            "der Ordner `{folder}` enthält keine {file} und sein Checkpoint wiederholt sie nicht, erwartet eines von beiden",
        SeveralModels { found: Vec<Message> }:
            "it holds several models, expected the choice of one: {found}" |
            "sie enthält mehrere Modelle, erwartet die Wahl eines davon: {found}",
        NoFold { wanted: String, found: Vec<Message> }:
            "it has no fold `{wanted}`, expected one of {found}" | "sie hat keinen Fold `{wanted}`, erwartet einen von {found}",
        UnknownConfiguration { found: Vec<Message> }:
            "neither its checkpoint nor its folder says which of the configurations {found} was trained" |
            "weder ihr Checkpoint noch ihr Ordner sagt, welche der Konfigurationen {found} trainiert wurde",
        OtherChannels { schemes: usize, channels: usize }:
            "its plans normalise {schemes} channels and its dataset.json names {channels}, expected as many" |
            "ihre Pläne normalisieren {schemes} Kanäle und ihre dataset.json nennt {channels}, erwartet gleich viele",
        UnpacksToTooMuch { path: String, bytes: u64, most: u64 }:
            "its `{path}` unpacks to {bytes} bytes, expected at most {most} for a zip of this size" |
            "ihre `{path}` ergibt entpackt {bytes} Bytes, erwartet höchstens {most} bei einem Zip dieser Größe",
        BestCheckpoint:
            "The training did not end: there is no checkpoint_final.pth, and checkpoint_best.pth is taken" |
            "Das Training wurde nicht beendet: Es gibt keine checkpoint_final.pth, genommen wird checkpoint_best.pth",

        TakeUnchanged:
            "Take plans.json, dataset.json and the checkpoints as the training wrote them" |
            "plans.json, dataset.json und die Checkpoints so nehmen, wie das Training sie geschrieben hat",
        UseUsual:
            "Take a model that nnU-Net v2 planned and trained as it is, or open an issue that names what is missing" |
            "Ein Modell nehmen, das nnU-Net v2 unverändert geplant und trainiert hat, oder das Fehlende in einem Issue nennen",
        GiveResultFolder:
            "Give nnU-Net's result folder (with plans.json, dataset.json and fold_0), or the zip of a release as it was published" |
            "Den Ergebnisordner von nnU-Net angeben (mit plans.json, dataset.json und fold_0) oder das Zip einer Veröffentlichung, wie sie ist",
        ChooseConfiguration:
            "Name one of them as the configuration" | "Eine davon als Konfiguration nennen",
        ChooseFold: "Name one of them as the fold" | "Einen davon als Fold nennen",
    }
}
