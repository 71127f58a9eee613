//! The codes of an organ by its name, as DICOM and 3D Slicer write them: SNOMED CT (`SCT`).
//!
//! Types are those that TotalSegmentator gives the same structures; categories are those of DICOM (PS3.16 CID 7150).
//! Colours are in [`organ_colours`](super::organ_colours).

/// A code of SNOMED CT and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnomedCode {
    /// Code Value (0008,0100).
    pub value: &'static str,
    /// Code Meaning (0008,0104).
    pub meaning: &'static str,
}

/// What a segment shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrganCodes {
    /// Segmented Property Category.
    pub category: SnomedCode,
    /// Segmented Property Type.
    pub property_type: SnomedCode,
    /// Its modifier: the side, where the name has one and the type has not.
    pub side: Option<SnomedCode>,
}

const fn code(value: &'static str, meaning: &'static str) -> SnomedCode {
    SnomedCode { value, meaning }
}

const ANATOMICAL_STRUCTURE: SnomedCode = code("91723000", "Anatomical Structure");
const ALTERED_STRUCTURE: SnomedCode = code("49755003", "Morphologically Abnormal Structure");
const TISSUE: SnomedCode = code("85756007", "Tissue");
const NEOPLASM: SnomedCode = code("108369006", "Neoplasm");
const CYST: SnomedCode = code("367643001", "Cyst");
const LEFT: SnomedCode = code("7771000", "Left");
const RIGHT: SnomedCode = code("24028007", "Right");

/// Words that say tumour, and one that says cyst.
const TUMOUR: [&str; 4] = ["tumour", "tumor", "cancer", "neoplasm"];
const CYSTIC: &str = "cyst";

/// The codes of an organ. A name that is in no table is a tissue, as in 3D Slicer. Words may stand in any order, joined
/// by spaces or underscores.
pub fn organ_codes(name: &str) -> OrganCodes {
    let words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let side = [("left", LEFT), ("right", RIGHT)].into_iter().find(|(word, _)| has(word)).map(|(_, side)| side);
    if TUMOUR.into_iter().any(has) {
        return OrganCodes { category: ALTERED_STRUCTURE, property_type: NEOPLASM, side: None };
    }
    if has(CYSTIC) {
        return OrganCodes { category: ALTERED_STRUCTURE, property_type: CYST, side: None };
    }
    let without_side: Vec<String> =
        words.iter().filter(|word| !matches!(&word[..], "left" | "right")).cloned().collect();
    if let Some(property_type) = property_type(&words) {
        return OrganCodes { category: ANATOMICAL_STRUCTURE, property_type, side: None };
    }
    match property_type(&without_side) {
        Some(property_type) => OrganCodes { category: ANATOMICAL_STRUCTURE, property_type, side },
        None => OrganCodes { category: TISSUE, property_type: TISSUE, side: None },
    }
}

/// True if a name is exactly that of an anatomical structure, left or right, so that it says nothing else.
pub fn is_anatomical(name: &str) -> bool {
    organ_codes(name).category == ANATOMICAL_STRUCTURE
}

/// The type of exactly these words, in any order.
fn property_type(words: &[String]) -> Option<SnomedCode> {
    let mut wanted: Vec<&str> = words.iter().map(String::as_str).collect();
    wanted.sort_unstable();
    TYPES.iter().find_map(|&(name, value, meaning)| {
        let mut parts: Vec<&str> = name.split(' ').collect();
        parts.sort_unstable();
        (parts == wanted).then_some(SnomedCode { value, meaning })
    })
}

/// Words of a name, code value and code meaning.
const TYPES: &[(&str, &str, &str)] = &[
    ("adrenal gland", "23451007", "Adrenal gland"),
    ("aorta", "15825003", "Aorta"),
    ("atrial appendage", "68786006", "Auricular appendage"),
    ("autochthon", "244849004", "Deep muscle of back"),
    ("brachiocephalic trunk", "12691009", "Brachiocephalic artery"),
    ("brachiocephalic vein", "8887007", "Brachiocephalic vein"),
    ("brain", "12738006", "Brain"),
    ("clavicula", "51299004", "Clavicle"),
    ("colon", "71854001", "Colon"),
    ("common carotid artery", "32062004", "Common carotid artery"),
    ("costal cartilages", "50016007", "Costal cartilage"),
    ("duodenum", "38848004", "Duodenum"),
    ("esophagus", "32849002", "Esophagus"),
    ("femur", "71341001", "Femur"),
    ("gallbladder", "28231008", "Gallbladder"),
    ("gluteus maximus", "181674001", "Gluteus maximus muscle"),
    ("gluteus medius", "78333006", "Gluteus medius muscle"),
    ("gluteus minimus", "75297007", "Gluteus minimus muscle"),
    ("heart", "80891009", "Heart"),
    ("hip", "29836001", "Hip"),
    ("humerus", "85050009", "Humerus"),
    ("iliac artery", "73634005", "Common iliac artery"),
    ("iliac vena", "46027005", "Common iliac vein"),
    ("iliopsoas", "68455001", "Iliopsoas muscle"),
    ("inferior vena cava", "64131007", "Inferior vena cava"),
    ("kidney", "64033007", "Kidney"),
    ("liver", "10200004", "Liver"),
    ("lung lower lobe", "90572001", "Lower lobe of lung"),
    ("lung middle lobe", "72481006", "Middle lobe of right lung"),
    ("lung upper lobe", "45653009", "Upper lobe of lung"),
    ("pancreas", "15776009", "Pancreas"),
    ("portal vein and splenic vein", "110765007", "Portal vein and splenic vein"),
    ("prostate", "41216001", "Prostate"),
    ("pulmonary vein", "122972007", "Pulmonary vein"),
    ("rib 1", "48535007", "First rib"),
    ("rib 10", "77644006", "Tenth rib"),
    ("rib 11", "58830002", "Eleventh rib"),
    ("rib 12", "43993008", "Twelfth rib"),
    ("rib 2", "78247007", "Second rib"),
    ("rib 3", "25888004", "Third rib"),
    ("rib 4", "25523003", "Fourth rib"),
    ("rib 5", "15339008", "Fifth rib"),
    ("rib 6", "59558009", "Sixth rib"),
    ("rib 7", "24915002", "Seventh rib"),
    ("rib 8", "5953002", "Eighth rib"),
    ("rib 9", "22565002", "Ninth rib"),
    ("sacrum", "54735007", "Sacrum"),
    ("scapula", "79601000", "Scapula"),
    ("skull", "89546000", "Skull"),
    ("small bowel", "30315005", "Small Intestine"),
    ("spinal cord", "2748008", "Spinal cord"),
    ("spleen", "78961009", "Spleen"),
    ("sternum", "56873002", "Sternum"),
    ("stomach", "69695003", "Stomach"),
    ("subclavian artery", "29700009", "Subclavian artery"),
    ("superior vena cava", "48345005", "Superior vena cava"),
    ("thyroid gland", "69748006", "Thyroid gland"),
    ("trachea", "44567001", "Trachea"),
    ("urinary bladder", "89837001", "Urinary bladder"),
    ("vertebrae c1", "14806007", "C1 vertebra"),
    ("vertebrae c2", "39976000", "C2 vertebra"),
    ("vertebrae c3", "113205007", "C3 vertebra"),
    ("vertebrae c4", "5329002", "C4 vertebra"),
    ("vertebrae c5", "36978003", "C5 vertebra"),
    ("vertebrae c6", "36054005", "C6 vertebra"),
    ("vertebrae c7", "87391001", "C7 vertebra"),
    ("vertebrae l1", "66794005", "L1 vertebra"),
    ("vertebrae l2", "14293000", "L2 vertebra"),
    ("vertebrae l3", "36470004", "L3 vertebra"),
    ("vertebrae l4", "11994002", "L4 vertebra"),
    ("vertebrae l5", "49668003", "L5 vertebra"),
    ("vertebrae s1", "65985001", "S1 vertebra"),
    ("vertebrae t1", "64864005", "T1 vertebra"),
    ("vertebrae t10", "7610001", "T10 vertebra"),
    ("vertebrae t11", "12989004", "T11 vertebra"),
    ("vertebrae t12", "23215003", "T12 vertebra"),
    ("vertebrae t2", "53733008", "T2 vertebra"),
    ("vertebrae t3", "1626008", "T3 vertebra"),
    ("vertebrae t4", "73071006", "T4 vertebra"),
    ("vertebrae t5", "56401006", "T5 vertebra"),
    ("vertebrae t6", "45296009", "T6 vertebra"),
    ("vertebrae t7", "62487009", "T7 vertebra"),
    ("vertebrae t8", "11068009", "T8 vertebra"),
    ("vertebrae t9", "82687006", "T9 vertebra"),
    ("gall bladder", "28231008", "Gallbladder"),
    ("oesophagus", "32849002", "Esophagus"),
    ("bladder", "89837001", "Urinary bladder"),
    ("small intestine", "30315005", "Small Intestine"),
    ("postcava", "64131007", "Inferior vena cava"),
    ("lung", "39607008", "Lung"),
    ("thyroid", "69748006", "Thyroid gland"),
    ("clavicle", "51299004", "Clavicle"),
    ("portal vein", "32764006", "Portal vein"),
    ("splenic vein", "35819009", "Splenic vein"),
    ("rib", "113197003", "Rib"),
    ("vertebra", "51282000", "Vertebra"),
    ("body", "22943007", "Trunk"),
    ("pulmonary artery", "81040000", "Pulmonary artery"),
];
