//! Names of organs in every language.

use islet::core::i18n::Language::{English, German};
use islet::core::i18n::organ_names::organ_title;

/// The 117 structures of TotalSegmentator v2, task `total`; `*` stands for left and right, a range for numbers.
const TOTAL: &str = "spleen kidney_* gallbladder liver stomach pancreas adrenal_gland_* lung_upper_lobe_* lung_lower_lobe_* \
    lung_middle_lobe_right esophagus trachea thyroid_gland small_bowel duodenum colon urinary_bladder prostate kidney_cyst_* \
    sacrum vertebrae_S1 vertebrae_L5 vertebrae_T12 vertebrae_C7 heart aorta pulmonary_vein brachiocephalic_trunk \
    subclavian_artery_* common_carotid_artery_* brachiocephalic_vein_* atrial_appendage_left superior_vena_cava \
    inferior_vena_cava portal_vein_and_splenic_vein iliac_artery_* iliac_vena_* humerus_* scapula_* clavicula_* femur_* \
    hip_* spinal_cord gluteus_maximus_* gluteus_medius_* gluteus_minimus_* autochthon_* iliopsoas_* brain skull \
    rib_left_1 rib_right_12 sternum costal_cartilages";

#[test]
fn names_for_people_have_no_underscores() {
    assert_eq!(organ_title("adrenal_gland_left", English), "adrenal gland left");
    assert_eq!(organ_title("adrenal_gland_left", German), "Nebenniere links");
    assert_eq!(organ_title("Right Kidney", German), "Niere rechts");
    assert_eq!(organ_title("rib_left_4", German), "Rippe 4 links");
    assert_eq!(organ_title("vertebrae_T12", German), "Brustwirbel 12");
    assert_eq!(organ_title("prostate/uterus", German), "Prostata/Uterus");
    assert_eq!(organ_title("portal_vein_and_splenic_vein", German), "Pfortader und Milzvene");
}

#[test]
fn a_name_that_is_in_no_table_stays_as_it_is() {
    assert_eq!(organ_title("left_flux_capacitor", German), "left flux capacitor");
    assert_eq!(organ_title("", German), "");
}

#[test]
fn every_structure_of_totalsegmentator_has_a_german_name_of_its_own() {
    let names = TOTAL.split_whitespace().flat_map(|name| match name.split_once('*') {
        Some((start, _)) => vec![format!("{start}left"), format!("{start}right")],
        None => vec![name.to_owned()],
    });
    let german: Vec<(String, String)> = names.map(|name| (organ_title(&name, German), name)).collect();
    let untranslated: Vec<_> =
        german.iter().filter(|(title, name)| *title == organ_title(name, English) && title != "aorta").collect();
    assert!(untranslated.is_empty(), "{untranslated:?}");
    let distinct: std::collections::BTreeSet<_> = german.iter().map(|(title, _)| title).collect();
    assert_eq!(distinct.len(), german.len());
}
