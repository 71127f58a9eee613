//! The colours of organs, read from 3D Slicer's table GenericAnatomyColors of 2026-11.

use std::collections::BTreeSet;

use islet::core::organ_colours::organ_rgb;

#[test]
fn names_of_totalsegmentator_have_the_colours_of_slicers_table() {
    let expected = [
        ("pancreas", [249, 180, 111]),
        ("spleen", [157, 108, 162]),
        ("kidney_right", [185, 102, 83]),
        ("kidney_left", [185, 102, 83]),
        ("gallbladder", [139, 150, 98]),
        ("liver", [221, 130, 101]),
        ("stomach", [216, 132, 105]),
        ("adrenal_gland_left", [249, 186, 150]),
        ("lung_upper_lobe_left", [172, 138, 115]),
        ("lung_middle_lobe_right", [202, 164, 140]),
        ("lung_lower_lobe_right", [224, 186, 162]),
        ("esophagus", [211, 171, 143]),
        ("trachea", [182, 228, 255]),
        ("thyroid_gland", [62, 162, 114]),
        ("small_bowel", [205, 167, 142]),
        ("duodenum", [255, 253, 229]),
        ("colon", [204, 168, 143]),
        ("urinary_bladder", [222, 154, 132]),
        ("prostate", [230, 158, 140]),
        ("aorta", [224, 97, 76]),
        ("inferior_vena_cava", [0, 151, 206]),
        ("portal_vein_and_splenic_vein", [0, 151, 206]),
        ("iliac_artery_left", [216, 101, 79]),
        ("heart", [206, 110, 84]),
        ("spinal_cord", [244, 214, 49]),
        ("sternum", [244, 217, 154]),
        ("rib_left_3", [253, 232, 158]),
        ("vertebrae_C1", [255, 255, 207]),
        ("vertebrae_T11", [226, 202, 134]),
        ("vertebrae_L5", [212, 188, 102]),
        ("kidney_cyst_left", [205, 205, 100]),
        ("Left Kidney", [185, 102, 83]),
    ];
    for (name, rgb) in expected {
        assert_eq!(organ_rgb(name, 1), rgb, "{name}");
    }
}

#[test]
fn neighbouring_ribs_and_vertebrae_can_be_told_apart() {
    for (odd, even) in
        [("rib_right_5", "rib_right_6"), ("vertebrae_L1", "vertebrae_L2"), ("vertebrae_T9", "vertebrae_T10")]
    {
        let [odd, even] = [odd, even].map(|name| organ_rgb(name, 1));
        assert!(odd.iter().zip(even).all(|(odd, even)| i32::from(*odd) - i32::from(even) > 15), "{odd:?} {even:?}");
    }
}

#[test]
fn unknown_names_get_one_of_sixteen_distinct_colours_by_their_label() {
    assert_eq!(organ_rgb("Region 3", 0), [185, 232, 61], "region_0");
    assert_eq!(organ_rgb("something", 15), [157, 0, 0], "region_15");
    assert_eq!(organ_rgb("something", 16), [185, 232, 61]);
    let colours: BTreeSet<_> = (0..16).map(|label| organ_rgb("unheard of", label)).collect();
    assert_eq!(colours.len(), 16);
}
