//! Slices as pictures: greys by the window's formula, inverted, and colours over them.

use islet::core::window::Window;
use islet::imaging::overlay::{FILL, Layers, OrganLayer, OrganLook, WindowLut, paint, paint_into};

#[test]
fn every_hounsfield_unit_has_the_grey_of_the_windows_formula() {
    let hu: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    let narrow = Window { level_hu: 12.5, width_hu: 1.0 };
    for window in Window::PRESETS.into_iter().chain([narrow]) {
        let rgba = paint(&hu, hu.len(), window, &Layers::NONE);
        let mut inverted = Vec::new();
        paint_into(&mut inverted, &hu, hu.len(), &WindowLut::new(window, true), &Layers::NONE);
        for (i, &hu) in hu.iter().enumerate() {
            let low = f64::from(window.level_hu) - f64::from(window.width_hu) / 2.0;
            let grey = ((f64::from(hu) - low) / f64::from(window.width_hu)).clamp(0.0, 1.0) * 255.0;
            let [r, g, b, a] = [0, 1, 2, 3].map(|c| rgba[4 * i + c]);
            assert!((f64::from(r) - grey).abs() <= 0.501, "{hu} HU is {r}, expected {grey}");
            assert_eq!([g, b, a], [r, r, 255]);
            assert_eq!(inverted[4 * i], 255 - r, "{hu} HU inverted");
        }
    }
}

#[test]
fn the_mask_is_orange_inside_and_full_on_its_outline() {
    let (hu, mut mask) = (vec![40i16; 25], vec![0u8; 25]);
    for y in 1..4 {
        mask[y * 5 + 1..y * 5 + 4].fill(1);
    }
    let layers = Layers { mask: Some(&mask), ..Layers::NONE };
    let rgba = paint(&hu, 5, Window::ABDOMEN, &layers);
    let pixel = |y: usize, x: usize| [0, 1, 2].map(|c| rgba[4 * (5 * y + x) + c]);
    assert_eq!(pixel(0, 0), [128; 3], "the level is mid grey");
    assert_eq!(pixel(1, 1), [230, 159, 0]);
    let mixed = [230.0, 159.0, 0.0].map(|c: f32| (128.0 + (c - 128.0) * FILL).round() as u8);
    assert_eq!(pixel(2, 2), mixed);
}

#[test]
fn organs_have_their_colours_below_the_mask_and_hidden_ones_are_left_out() {
    const LIVER: [u8; 3] = [221, 130, 101];
    let hu = vec![40i16; 49];
    let (mut organs, mut mask) = (vec![0u8; 49], vec![0u8; 49]);
    for y in 1..6 {
        organs[y * 7 + 1..y * 7 + 6].fill(5);
    }
    organs[0] = 6;
    mask[6 * 7 + 6] = 1;
    mask[7 + 1] = 1;
    let mut looks = [None; 256];
    looks[5] = Some(OrganLook { rgb: LIVER, fill: None });
    let layer = OrganLayer { labels: &organs, looks: &looks };
    let layers = Layers { organs: Some(layer), mask: Some(&mask), mask_rgb: [1, 2, 3], ..Layers::NONE };
    let pixel = |rgba: &[u8], y: usize, x: usize| [0, 1, 2].map(|c| rgba[4 * (7 * y + x) + c]);
    let rgba = paint(&hu, 7, Window::ABDOMEN, &layers);
    assert_eq!(pixel(&rgba, 1, 2), LIVER, "in full on the outline");
    let mixed = LIVER.map(|c| (128.0 + (f32::from(c) - 128.0) * FILL).round() as u8);
    assert_eq!(pixel(&rgba, 3, 3), mixed, "inside");
    assert_eq!(pixel(&rgba, 0, 0), [128; 3], "an organ without a colour is not painted");
    assert_eq!((pixel(&rgba, 6, 6), pixel(&rgba, 1, 1)), ([1, 2, 3], [1, 2, 3]), "the mask lies over the organs");
    let outlines = paint(&hu, 7, Window::ABDOMEN, &Layers { fill: 0.0, ..layers });
    assert_eq!((pixel(&outlines, 1, 2), pixel(&outlines, 3, 3)), (LIVER, [128; 3]), "outlines alone");
    let mut own = looks;
    own[5] = Some(OrganLook { rgb: LIVER, fill: Some(1.0) });
    let layer = OrganLayer { labels: &organs, looks: &own };
    let rgba =
        paint(&hu, 7, Window::ABDOMEN, &Layers { organs: Some(layer), fill: 0.0, mask_fill: Some(0.0), ..layers });
    assert_eq!((pixel(&rgba, 3, 3), pixel(&rgba, 6, 6)), (LIVER, [1, 2, 3]), "an opacity of its own");
}
