//! Aorta, caval, portal and splenic veins with their larger branches.

use super::Organ;
use super::form::Form;
use super::paint::{PaintedShape, Tissue};
use super::patient::{Patient, Rng};
use super::point::Knot;
use super::viscera::{Gland, along_gland};

/// Aorta, inferior vena cava and the renal vessels.
pub(super) fn great(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let [dx, dy, _] = rng.shift(3.0);
    let vessel = |organ: Organ, hu: f32, knots: &[Knot], weights: [f32; 3]| {
        let form = Form::flat_tube(&patient.knots(knots, [dx, dy, 0.0]), weights);
        PaintedShape::new(organ, Tissue::plain(hu), form)
    };
    let artery = |knots: &[Knot]| vessel(Organ::Aorta, patient.hu.artery, knots, [1.0; 3]);
    let vein = |knots: &[Knot], weights: [f32; 3]| vessel(Organ::VenaCava, patient.hu.cava, knots, weights);
    let r = rng.between(8.5, 11.5);
    let wide = rng.between(0.65, 1.0);
    vec![
        vein(
            &[
                [-22.0, 10.0, -200.0, 9.0],
                [-24.0, 10.0, -40.0, 9.5],
                [-26.0, 4.0, 30.0, 10.0],
                [-27.0, -2.0, 200.0, 12.0],
            ],
            [wide, 1.0, 1.0],
        )
        .in_fat(1.0),
        vein(
            &[[50.0, 38.0, -10.0, 4.0], [26.0, 14.0, -8.0, 4.5], [2.0, 1.0, -8.0, 4.0], [-18.0, 7.0, -12.0, 5.0]],
            [1.0; 3],
        ),
        vein(&[[-48.0, 36.0, -22.0, 4.5], [-26.0, 12.0, -16.0, 5.0]], [1.0; 3]),
        artery(&[[2.0, 16.0, -12.0, 3.0], [-24.0, 24.0, -16.0, 2.5], [-46.0, 36.0, -22.0, 2.2]]),
        artery(&[[4.0, 16.0, -10.0, 3.0], [28.0, 24.0, -10.0, 2.5], [46.0, 38.0, -10.0, 2.2]]),
        artery(&[
            [2.0, 16.0, -200.0, r - 1.5],
            [5.0, 15.0, -40.0, r - 1.0],
            [4.0, 16.0, 40.0, r],
            [8.0, 22.0, 200.0, r + 2.0],
        ])
        .in_fat(1.0),
    ]
}

/// Around the pancreas: portal, splenic and superior mesenteric veins, coeliac and superior
/// mesenteric arteries.
pub(super) fn around(gland: &Gland, patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let vein = |form: Form| PaintedShape::new(Organ::PortalVein, Tissue::plain(patient.hu.portal), form);
    let artery = |form: Form| PaintedShape::new(Organ::Aorta, Tissue::plain(patient.hu.artery), form);
    let placed = |knots: &[Knot]| Form::tube(&patient.knots(knots, [0.0; 3]));
    let r = rng.between(3.8, 5.0);

    // Behind the gland from its neck (an eighth and three more of the line) to the tail, then on
    // into the hilum.
    let line = along_gland(gland, |thickness| [0.0, 0.9 * thickness + 0.5 * r, 1.0, r]);
    let neck = line[12];
    let mut splenic: Vec<Knot> = line.into_iter().skip(12).step_by(4).collect();
    let [x, y, z, _] = splenic[splenic.len() - 1];
    splenic.push([x + 10.0, y + 6.0, z + 4.0, 0.7 * r]);
    let behind_neck = [neck[0] + 1.0, neck[1] + 3.0, neck[2], r + 1.5];
    let hilum = patient.at(-50.0, -22.0, 38.0);
    let mesentery = patient.at(-12.0, -34.0, -110.0);
    let portal = [
        [mesentery[0], mesentery[1], mesentery[2], r + 0.5],
        [neck[0] + 2.0, neck[1] + 5.0, neck[2] - 34.0, r + 0.5],
        behind_neck,
        [0.5 * (neck[0] + hilum[0]), 0.5 * (neck[1] + hilum[1]) + 5.0, 0.5 * (neck[2] + hilum[2]), r + 2.0],
        [hilum[0], hilum[1], hilum[2], r + 1.0],
    ];
    let mesenteric =
        [[4.0, 8.0, 2.0, 3.8], [4.0, -4.0, -4.0, 3.6], [4.0, -18.0, -26.0, 3.4], [2.0, -28.0, -110.0, 3.0]];
    let above = along_gland(gland, |thickness| [0.0, 0.3 * thickness, 1.3 * thickness + 2.0, 1.9]);
    let wavy = |(i, knot): (usize, &Knot)| [knot[0], knot[1], knot[2] + if i % 2 == 0 { 4.0 } else { -1.0 }, knot[3]];
    let mut splenic_artery: Vec<Knot> = vec![[2.0 * patient.scale[0], -10.0 * patient.scale[1], neck[2] + 16.0, 2.6]];
    splenic_artery.extend(above.iter().skip(18).step_by(2).enumerate().map(wavy));
    vec![
        artery(placed(&mesenteric[1..])).in_fat(2.5),
        artery(placed(&mesenteric[..2])),
        artery(placed(&[
            [4.0, 12.0, 18.0, 3.8],
            [2.0, -10.0, 24.0, 3.2],
            [-22.0, -20.0, 26.0, 2.4],
            [-46.0, -26.0, 34.0, 1.8],
        ])),
        artery(Form::tube(&splenic_artery)),
        vein(Form::tube(&portal)).in_fat(0.8),
        vein(Form::tube(&splenic)),
    ]
}
