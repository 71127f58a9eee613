//! Names of organs for people, in every language.
//!
//! Data sets and models name organs in English: TotalSegmentator, AMOS, BTCV, the Medical Segmentation
//! Decathlon. Their words stand in any order, joined by spaces or underscores, with or without a side
//! and a number: `kidney_left`, `right kidney`, `rib_left_4`, `vertebrae_T12`.

use serde::{Deserialize, Serialize};

use super::Language;
use super::messages::Gap;

/// The name of an organ as a data set or a model has it; a message shows it in its own language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganName(pub String);

impl Gap for OrganName {
    fn in_language(&self, language: Language) -> String {
        organ_title(&self.0, language)
    }
}

/// A name for people: `adrenal_gland_left` is "adrenal gland left", and in German "Nebenniere links". A
/// name with a word that is in no table stays English.
pub fn organ_title(name: &str, language: Language) -> String {
    match language {
        Language::English => name.replace('_', " "),
        Language::German => german(name).unwrap_or_else(|| name.replace('_', " ")),
    }
}

fn german(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let mut words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut side = None;
    let mut number = None;
    words.retain(|word| match *word {
        "left" => side.replace("links").is_some(),
        "right" => side.replace("rechts").is_some(),
        "and" => false,
        word if word.bytes().any(|byte| byte.is_ascii_digit()) => number.replace(word.to_owned()).is_some(),
        _ => true,
    });
    if let ["vertebra" | "vertebrae"] = words[..] {
        return number.map_or_else(|| Some("Wirbel".into()), |place| german_vertebra(&place));
    }
    words.sort_unstable();
    let noun = ORGANS.iter().find(|(english, _)| english.split(' ').eq(words.iter().copied()))?.1;
    let parts = [Some(noun), number.as_deref(), side];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// A vertebra by its part of the spine and its number, such as `t12`.
fn german_vertebra(place: &str) -> Option<String> {
    let part = match place.chars().next()? {
        'c' => "Halswirbel",
        't' => "Brustwirbel",
        'l' => "Lendenwirbel",
        's' => "Kreuzbeinwirbel",
        _ => return None,
    };
    Some([part, &place[1..]].join(" "))
}

/// The words of a name in alphabetical order, without side and number, and its name in German.
const ORGANS: &[(&str, &str)] = &[
    ("abdominal fat", "Bauchfett"),
    ("adrenal gland", "Nebenniere"),
    ("aorta", "Aorta"),
    ("appendage atrial", "Vorhofohr"),
    ("appendix", "Appendix"),
    ("arteries", "Arterien"),
    ("artery", "Arterie"),
    ("artery carotid common", "A. carotis communis"),
    ("artery hepatic", "Leberarterie"),
    ("artery iliac", "A. iliaca"),
    ("artery mesenteric superior", "A. mesenterica superior"),
    ("artery pulmonary", "Lungenarterie"),
    ("artery splenic", "Milzarterie"),
    ("artery subclavian", "A. subclavia"),
    ("atrium heart", "Vorhof"),
    ("autochthon", "Autochthone Rückenmuskulatur"),
    ("bile common duct", "Ductus choledochus"),
    ("bile duct", "Gallengang"),
    ("bladder", "Harnblase"),
    ("bladder gall", "Gallenblase"),
    ("bladder urinary", "Harnblase"),
    ("body", "Körper"),
    ("body pancreas", "Pankreaskorpus"),
    ("bone", "Knochen"),
    ("bones", "Knochen"),
    ("bowel", "Darm"),
    ("bowel large", "Dickdarm"),
    ("bowel small", "Dünndarm"),
    ("brachiocephalic trunk", "Truncus brachiocephalicus"),
    ("brachiocephalic vein", "V. brachiocephalica"),
    ("brain", "Gehirn"),
    ("cancer", "Tumor"),
    ("cancer colon", "Kolonkarzinom"),
    ("cartilages costal", "Rippenknorpel"),
    ("cava inferior vena", "Untere Hohlvene"),
    ("cava superior vena", "Obere Hohlvene"),
    ("cava vena", "Hohlvene"),
    ("celiac trunk", "Truncus coeliacus"),
    ("clavicle", "Schlüsselbein"),
    ("clavicula", "Schlüsselbein"),
    ("colon", "Kolon"),
    ("cord spinal", "Rückenmark"),
    ("cyst", "Zyste"),
    ("cyst kidney", "Nierenzyste"),
    ("duct pancreatic", "Pankreasgang"),
    ("duodenum", "Duodenum"),
    ("esophagus", "Speiseröhre"),
    ("fat", "Fett"),
    ("fat subcutaneous", "Unterhautfett"),
    ("femur", "Oberschenkelknochen"),
    ("gallbladder", "Gallenblase"),
    ("gland thyroid", "Schilddrüse"),
    ("gluteus maximus", "M. gluteus maximus"),
    ("gluteus medius", "M. gluteus medius"),
    ("gluteus minimus", "M. gluteus minimus"),
    ("head pancreas", "Pankreaskopf"),
    ("heart", "Herz"),
    ("heart myocardium", "Herzmuskel"),
    ("heart ventricle", "Herzkammer"),
    ("hepatic vessel", "Lebergefäße"),
    ("hip", "Hüftbein"),
    ("humerus", "Oberarmknochen"),
    ("iliac vein", "V. iliaca"),
    ("iliac vena", "V. iliaca"),
    ("iliopsoas", "M. iliopsoas"),
    ("intestine", "Darm"),
    ("intestine large", "Dickdarm"),
    ("intestine small", "Dünndarm"),
    ("kidney", "Niere"),
    ("kidneys", "Nieren"),
    ("lesion", "Läsion"),
    ("liver", "Leber"),
    ("lobe lower lung", "Lungenunterlappen"),
    ("lobe lung middle", "Lungenmittellappen"),
    ("lobe lung upper", "Lungenoberlappen"),
    ("lung", "Lunge"),
    ("lungs", "Lungen"),
    ("lymph node", "Lymphknoten"),
    ("lymph nodes", "Lymphknoten"),
    ("muscle", "Muskel"),
    ("muscles", "Muskeln"),
    ("oesophagus", "Speiseröhre"),
    ("pancreas", "Pankreas"),
    ("pancreas tail", "Pankreasschwanz"),
    ("pancreas tumor", "Pankreastumor"),
    ("pancreas tumour", "Pankreastumor"),
    ("portal splenic vein vein", "Pfortader und Milzvene"),
    ("portal splenic veins", "Pfortader und Milzvene"),
    ("portal vein", "Pfortader"),
    ("postcava", "Untere Hohlvene"),
    ("prostate", "Prostata"),
    ("prostate uterus", "Prostata/Uterus"),
    ("pulmonary vein", "Lungenvene"),
    ("rectum", "Rektum"),
    ("rib", "Rippe"),
    ("ribs", "Rippen"),
    ("sacrum", "Kreuzbein"),
    ("scapula", "Schulterblatt"),
    ("skin", "Haut"),
    ("skull", "Schädel"),
    ("spine", "Wirbelsäule"),
    ("spleen", "Milz"),
    ("splenic vein", "Milzvene"),
    ("sternum", "Brustbein"),
    ("stomach", "Magen"),
    ("thyroid", "Schilddrüse"),
    ("trachea", "Luftröhre"),
    ("tumor", "Tumor"),
    ("tumour", "Tumor"),
    ("uterus", "Uterus"),
    ("vein", "Vene"),
    ("veins", "Venen"),
    ("vena", "Vene"),
    ("vessel", "Gefäß"),
    ("vessels", "Gefäße"),
];
