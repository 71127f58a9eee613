//! The colour of an organ by its name, as data sets and models have it.
//!
//! The colours are those of the table "GenericAnatomyColors" of 3D Slicer, which 3D Slicer also writes
//! as Recommended Display CIELab Value (0062,000D) into DICOM segmentations. Names are those of
//! TotalSegmentator, AMOS, BTCV and the Medical Segmentation Decathlon: words in any order, joined by
//! spaces or underscores, with or without a side.

/// A colour in sRGB, each part from 0 to 255.
pub type Rgb = [u8; 3];

/// How much darker every other one of numbered bones is, so that neighbours can be told apart.
const DARKER: f32 = 0.8;

/// The colour of an organ. A name that is in no table gets one of sixteen distinct colours by its label
/// value, those that 3D Slicer gives regions without a meaning.
pub fn organ_rgb(name: &str, label: u8) -> Rgb {
    let words = words(name);
    let has_all = |wanted: &&(&str, Rgb)| wanted.0.split(' ').all(|part| words.iter().any(|word| word == part));
    let in_table = || ORGANS.iter().find(has_all).map(|(_, rgb)| *rgb);
    let Some(rgb) = vertebra_rgb(&words).or_else(in_table) else {
        return REGIONS[usize::from(label) % REGIONS.len()];
    };
    if is_even_bone(&words) { rgb.map(|part| (f32::from(part) * DARKER).round() as u8) } else { rgb }
}

/// The colour of a vertebra by its part of the spine, such as that of `vertebrae_T12`.
fn vertebra_rgb(words: &[String]) -> Option<Rgb> {
    let place = words.iter().skip_while(|word| !is_vertebra(word)).nth(1)?;
    match place.chars().next()? {
        'c' => Some([255, 255, 207]),
        't' => Some([226, 202, 134]),
        'l' | 's' => Some([212, 188, 102]),
        _ => None,
    }
}

fn is_vertebra(word: &str) -> bool {
    matches!(word, "vertebra" | "vertebrae")
}

/// The words of a name in lower case.
fn words(name: &str) -> Vec<String> {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// True for ribs and vertebrae with an even number, such as `rib_left_4` and `vertebrae_T12`.
fn is_even_bone(words: &[String]) -> bool {
    let is_numbered = words.iter().any(|word| word == "rib" || is_vertebra(word));
    let digits = words.last().map(|word| word.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned());
    let number = digits.and_then(|digits| digits.parse::<u32>().ok());
    is_numbered && number.is_some_and(|number| number % 2 == 0)
}

/// The words that a name must have, and its colour; the first that fits counts.
const ORGANS: &[(&str, Rgb)] = &[
    ("kidney cyst", [205, 205, 100]),
    ("pancreas", [249, 180, 111]),
    ("spleen", [157, 108, 162]),
    ("splenic vein", [0, 151, 206]),
    ("kidney", [185, 102, 83]),
    ("gallbladder", [139, 150, 98]),
    ("gall bladder", [139, 150, 98]),
    ("liver", [221, 130, 101]),
    ("hepatic vessel", [0, 151, 206]),
    ("stomach", [216, 132, 105]),
    ("adrenal", [249, 186, 150]),
    ("lung upper", [172, 138, 115]),
    ("lung middle", [202, 164, 140]),
    ("lung lower", [224, 186, 162]),
    ("lung", [197, 165, 145]),
    ("esophagus", [211, 171, 143]),
    ("oesophagus", [211, 171, 143]),
    ("trachea", [182, 228, 255]),
    ("thyroid", [62, 162, 114]),
    ("small bowel", [205, 167, 142]),
    ("small intestine", [205, 167, 142]),
    ("duodenum", [255, 253, 229]),
    ("colon", [204, 168, 143]),
    ("rectum", [204, 168, 143]),
    ("bladder", [222, 154, 132]),
    ("prostate", [230, 158, 140]),
    ("uterus", [255, 181, 158]),
    ("sacrum", [212, 188, 102]),
    ("atrium left", [203, 108, 81]),
    ("atrium right", [210, 115, 89]),
    ("ventricle left", [152, 55, 13]),
    ("ventricle right", [181, 85, 57]),
    ("appendage", [203, 108, 81]),
    ("heart", [206, 110, 84]),
    ("aorta", [224, 97, 76]),
    ("pulmonary vein", [186, 77, 64]),
    ("pulmonary artery", [0, 122, 171]),
    ("brachiocephalic trunk", [216, 101, 79]),
    ("artery", [216, 101, 79]),
    ("arteries", [216, 101, 79]),
    ("vein", [0, 151, 206]),
    ("vena", [0, 151, 206]),
    ("postcava", [0, 151, 206]),
    ("spinal cord", [244, 214, 49]),
    ("brain", [250, 250, 225]),
    ("skull", [241, 213, 144]),
    ("sternum", [244, 217, 154]),
    ("costal", [111, 184, 210]),
    ("rib", [253, 232, 158]),
    ("clavicula", [205, 179, 108]),
    ("clavicle", [205, 179, 108]),
    ("scapula", [198, 175, 125]),
    ("humerus", [198, 175, 125]),
    ("femur", [255, 238, 170]),
    ("hip", [255, 238, 170]),
    ("gluteus", [206, 111, 93]),
    ("iliopsoas", [171, 85, 68]),
    ("autochthon", [188, 95, 76]),
    ("muscle", [192, 104, 88]),
    ("fat", [230, 220, 70]),
    ("skin", [177, 122, 101]),
    ("body", [177, 122, 101]),
    ("bone", [241, 214, 145]),
    ("tumour", [144, 238, 144]),
    ("tumor", [144, 238, 144]),
    ("cancer", [144, 238, 144]),
    ("lesion", [144, 238, 144]),
    ("cyst", [205, 205, 100]),
    ("lymph", [68, 172, 100]),
];

/// The colours of regions without a meaning.
const REGIONS: [Rgb; 16] = [
    [185, 232, 61],
    [0, 226, 255],
    [251, 159, 255],
    [230, 169, 29],
    [0, 194, 113],
    [104, 160, 249],
    [221, 108, 158],
    [137, 142, 0],
    [230, 70, 0],
    [0, 147, 0],
    [0, 147, 248],
    [231, 0, 206],
    [129, 78, 0],
    [0, 116, 0],
    [0, 0, 255],
    [157, 0, 0],
];
