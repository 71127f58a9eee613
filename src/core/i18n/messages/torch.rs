//! Messages of `formats::torch`.

messages! {
    /// Messages of `formats::torch`: a reason completes "FILE: ...".
    TorchMessage {
        NoCheckpoint:
            "it is no zip, expected a checkpoint as torch.save writes it" |
            "sie ist kein Zip, erwartet ein Checkpoint, wie torch.save ihn schreibt",
        OldCheckpoint:
            "it is a checkpoint in the format from before PyTorch 1.6, expected the zip that torch.save writes since then" |
            "sie ist ein Checkpoint im Format vor PyTorch 1.6, erwartet das Zip, das torch.save seither schreibt",
        TorchScript:
            "it is a TorchScript program, expected a checkpoint, which holds tensors alone" |
            "sie ist ein TorchScript-Programm, erwartet ein Checkpoint, der nur Tensoren enthält",
        NoPickle:
            "it holds no `data.pkl`, expected a checkpoint as torch.save writes it" |
            "sie enthält keine `data.pkl`, erwartet ein Checkpoint, wie torch.save ihn schreibt",
        NotStored { path: String }:
            "its `{path}` is compressed, expected it stored as torch.save does" |
            "ihre `{path}` ist komprimiert, erwartet unkomprimiert, wie torch.save sie ablegt",
        MoreThanHeld { path: String, bytes: u64, held: u64 }:
            "its `{path}` declares {bytes} bytes, the whole file has {held}" |
            "ihre `{path}` gibt {bytes} Bytes an, die ganze Datei hat {held}",
        PickleTooLarge { bytes: u64, most: u64 }:
            "its `data.pkl` has {bytes} bytes, expected at most {most}" |
            "ihre `data.pkl` hat {bytes} Bytes, erwartet höchstens {most}",
        ByteOrder { found: String }:
            "its byte order is `{found}`, expected `little`" |
            "ihre Bytereihenfolge ist `{found}`, erwartet `little`",
        PickleEnds { at: usize }:
            "its pickle ends early, at byte {at}" | "ihr Pickle endet zu früh, bei Byte {at}",
        PickleInstruction { found: u8, at: usize }:
            "its pickle has the instruction {found} at byte {at}, expected one of protocols 2 to 5" |
            "ihr Pickle hat bei Byte {at} die Anweisung {found}, erwartet eine der Protokolle 2 bis 5",
        PickleContradicts { at: usize }:
            "its pickle contradicts itself at byte {at}" | "ihr Pickle widerspricht sich bei Byte {at}",
        PickleTooLong { most: usize }:
            "its pickle has more than {most} values, expected those of a checkpoint" |
            "ihr Pickle hat mehr als {most} Werte, erwartet die eines Checkpoints",
        NoTensor { tensor: String, found: String }:
            "its `{tensor}` is {found}, expected a tensor" | "ihr `{tensor}` ist {found}, erwartet ein Tensor",
        CallRefused { tensor: String, function: String }:
            "its `{tensor}` asks to run `{function}`, which was not run, expected a tensor" |
            "ihr `{tensor}` verlangt, `{function}` auszuführen, was nicht geschah; erwartet ein Tensor",
        StorageKind { tensor: String, found: String }:
            "its `{tensor}` lies in a `{found}`, expected a FloatStorage, DoubleStorage, HalfStorage or BFloat16Storage" |
            "ihr `{tensor}` liegt in einem `{found}`, erwartet ein FloatStorage, DoubleStorage, HalfStorage oder BFloat16Storage",
        NoStorage { tensor: String, path: String }:
            "the numbers of its `{tensor}` should lie in `{path}`, which it does not hold" |
            "die Zahlen ihres `{tensor}` sollten in `{path}` liegen, das sie nicht enthält",
        StorageSize { tensor: String, numbers: u64, bytes: u64 }:
            "the storage of its `{tensor}` declares {numbers} numbers and has {bytes} bytes, expected as many as these need" |
            "der Speicher ihres `{tensor}` gibt {numbers} Zahlen an und hat {bytes} Bytes, erwartet so viele, wie diese brauchen",
        ViewMalformed { tensor: String, shape: String, strides: String }:
            "its `{tensor}` has the shape {shape} and the strides {strides}, expected as many of each and each number in its own place" |
            "ihr `{tensor}` hat die Form {shape} und die Schrittweiten {strides}, erwartet von beidem gleich viele und jede Zahl an ihrem eigenen Platz",
        ViewOutside { tensor: String, last: u64, numbers: u64 }:
            "its `{tensor}` reaches to number {last} of a storage of {numbers}" |
            "ihr `{tensor}` reicht bis zur Zahl {last} eines Speichers von {numbers}",
        ReadTwice:
            "its tensors take more bytes than it has" | "ihre Tensoren brauchen mehr Bytes, als sie hat",
        NotFinite { tensor: String }:
            "its `{tensor}` holds numbers that are not finite" |
            "ihr `{tensor}` enthält Zahlen, die nicht endlich sind",

        SaveAgain:
            "Load it with a current PyTorch and save it again with torch.save" |
            "Mit einem aktuellen PyTorch laden und mit torch.save neu speichern",
        GiveCheckpoint:
            "Give the checkpoint that the training wrote, such as checkpoint_final.pth" |
            "Den Checkpoint angeben, den das Training geschrieben hat, etwa checkpoint_final.pth",
        DoNotTrust:
            "Get the checkpoint from its authors again, and do not open this one with Python" |
            "Den Checkpoint neu von seinen Autoren beziehen und diesen nicht mit Python öffnen",
    }
}
