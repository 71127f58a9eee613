//! The trunk: table, body wall, lungs, vertebrae and ribs.

use super::Organ;
use super::form::{Form, Part};
use super::paint::{PaintedShape, Tissue};
use super::patient::{Patient, Rng, TALL_MM};
use super::point::Knot;

/// The table's top and bottom, under a back whose lowest line is at `back_mm`.
pub(super) fn table(back_mm: f32) -> Vec<PaintedShape> {
    let sheet = |lowest: f32, depth: f32| {
        let part = Part::ellipsoid([0.0, lowest - depth, 0.0], [265.0, depth, 10.0 * TALL_MM]);
        let behind = Part::HalfSpace { normal: [0.0, -1.0, 0.0], offset: 0.6 * depth - lowest };
        let form = Form::new([part], 1.0);
        PaintedShape::new(Organ::Background, Tissue::plain(260.0), form).shell(2.8).within(behind)
    };
    vec![sheet(back_mm + 10.0, 170.0), sheet(back_mm + 38.0, 150.0)]
}

/// Skin, subcutaneous fat, muscles, and the fat of the cavity.
pub(super) fn wall(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let [a, b] = patient.body;
    let (fat, muscle) = (Tissue::plain(patient.hu.fat), Tissue::grainy(patient.hu.muscle, 12.0, 5.0));
    let (outer_seed, inner_seed) = (rng.seed(), rng.seed());
    let ring = |inset: f32, tissue: Tissue| {
        // The fat is thinner over the back.
        let part = Part::ellipsoid([0.0, 0.06 * inset, 0.0], [a - inset, b - 0.94 * inset, TALL_MM]).squared(0.2);
        // The back is flat where it lies on the table.
        let back = Part::HalfSpace { normal: [0.0, 1.0, 0.0], offset: 0.97 * b - 0.88 * inset };
        PaintedShape::new(Organ::Background, tissue, Form::new([part], 24.0)).cut(back)
    };
    let skin = |inset: f32, tissue: Tissue| ring(inset, tissue).bumpy(3.5, 70.0, outer_seed);
    let layer = |inset: f32, tissue: Tissue| ring(patient.fat_mm + inset, tissue).bumpy(3.0, 45.0, inner_seed);
    let long = |x: f32, y: f32, radii: [f32; 2], tilt: f32| {
        let radii = patient.radii([radii[0], radii[1], TALL_MM], 1.0);
        Part::ellipsoid(patient.at(x, y, 0.0), radii).squared(0.3).turned([0, 1], tilt)
    };
    let seed = rng.seed();
    let of_muscle =
        |parts: Vec<Part>| PaintedShape::new(Organ::Background, muscle, Form::new(parts, 4.0)).bumpy(2.0, 16.0, seed);
    let cavity =
        PaintedShape::new(Organ::Background, Tissue::plain(patient.hu.fat), Form::new([patient.inside(0.0)], 1.0));
    let psoas = |side: f32| Part::Capsule {
        from: patient.at(side * 22.0, 44.0, 12.0),
        to: patient.at(side * 42.0, 44.0, -110.0),
        radii: [4.0, 25.0],
        weights: [1.0; 3],
    };
    let crus = |side: f32| Part::Capsule {
        from: patient.at(side * 18.0, 14.0, 110.0),
        to: patient.at(side * 17.0, 28.0, -40.0),
        radii: [6.0, 3.5],
        weights: [1.0; 3],
    };
    vec![
        skin(0.0, Tissue::plain(15.0)).shell(4.0),
        skin(2.0, fat).shell(patient.fat_mm + 12.0),
        layer(0.0, muscle).shell(50.0),
        layer(4.4, fat).shell(0.6),
        cavity,
        of_muscle(vec![long(31.0, -92.0, [27.0, 6.0], -0.04), long(-31.0, -92.0, [27.0, 6.0], 0.04)]),
        of_muscle(vec![long(29.0, 86.0, [25.0, 17.0], -0.1), long(-29.0, 86.0, [25.0, 17.0], 0.1)]),
        of_muscle(vec![long(64.0, 72.0, [22.0, 8.0], -0.22), long(-64.0, 72.0, [22.0, 8.0], 0.22)]),
        of_muscle(vec![psoas(1.0), psoas(-1.0)]).bumpy(1.0, 14.0, seed).in_fat(1.5),
        of_muscle(vec![crus(1.0), crus(-1.0)]).bumpy(1.0, 10.0, seed),
    ]
}

/// The lungs' recesses behind liver and spleen.
pub(super) fn lungs(patient: &Patient) -> Vec<PaintedShape> {
    let lung = |side: f32| {
        let part = Part::ellipsoid(patient.at(side * 78.0, 32.0, 124.0), patient.radii([60.0, 64.0, 76.0], 1.0));
        PaintedShape::new(Organ::Lung, Tissue::grainy(-850.0, 40.0, 6.0), Form::new([part], 1.0))
            .within(patient.inside(1.5))
    };
    vec![lung(1.0), lung(-1.0)]
}

/// Vertebrae with discs and canal, and ribs.
pub(super) fn skeleton(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let bone = |form: Form| PaintedShape::new(Organ::Bone, Tissue::grainy(560.0, 120.0, 5.0), form);
    let marrow = Tissue::grainy(rng.between(160.0, 240.0), 70.0, 3.0);
    let column = |x: f32, y: f32, r: f32, weights: [f32; 3]| Part::Capsule {
        from: patient.at(x, y, -200.0),
        to: patient.at(x, y, 200.0),
        radii: [r, r],
        weights,
    };
    let disc = Form::new([column(0.0, 44.0, 16.5, [0.8, 1.0, 1.0])], 1.0);
    let mut shapes = vec![
        PaintedShape::new(Organ::Background, Tissue::plain(85.0), disc),
        PaintedShape::new(
            Organ::Background,
            Tissue::plain(20.0),
            Form::new([column(0.0, 70.0, 9.0, [0.9, 1.0, 1.0])], 1.0),
        ),
        PaintedShape::new(Organ::Background, Tissue::plain(50.0), Form::new([column(0.0, 70.0, 5.0, [1.0; 3])], 1.0)),
    ];
    let first = rng.between(-18.0, 18.0);
    for level in -4..=4 {
        let z = first + 37.0 * level as f32;
        let body = Part::ellipsoid(patient.at(0.0, 44.0, z), patient.radii([22.5, 18.0, 16.5], 1.0)).squared(0.9);
        let body = bone(Form::new([body], 1.0)).bumpy(1.0, 10.0, 3);
        shapes.extend([body.clone(), body.lining(2.0, marrow)]);
        let spoke = |from: [f32; 3], to: [f32; 3], radii: [f32; 2]| Part::Capsule {
            from: patient.at(from[0], from[1], z + from[2]),
            to: patient.at(to[0], to[1], z + to[2]),
            radii,
            weights: [1.0, 1.0, 0.6],
        };
        let mut arch = vec![spoke([0.0, 82.0, -4.0], [0.0, 99.0, -12.0], [3.5, 3.5])];
        for side in [-1.0, 1.0] {
            arch.push(spoke([side * 14.0, 57.0, 4.0], [side * 14.0, 70.0, 2.0], [4.0, 5.0]));
            arch.push(spoke([side * 14.0, 72.0, 2.0], [0.0, 83.0, -4.0], [4.5, 3.5]));
            arch.push(spoke([side * 14.0, 71.0, 2.0], [side * 40.0, 76.0, 2.0], [4.5, 2.5]));
        }
        let arch = bone(Form::new(arch, 2.0));
        shapes.extend([arch.clone(), arch.lining(1.8, Tissue::plain(300.0))]);
    }
    for pair in 0..9 {
        let z = 40.0 + first + 30.0 * pair as f32;
        let length = if pair == 0 { 0.75 } else { 2.0 };
        for side in [-1.0, 1.0] {
            let rib = bone(rib(patient, side, z, length));
            shapes.extend([rib.clone(), rib.lining(1.4, Tissue::plain(220.0))]);
        }
    }
    shapes
}

/// A rib that leaves the spine at `z` and comes round the wall, falling, up to the angle whose half
/// has tangent `length`.
fn rib(patient: &Patient, side: f32, z: f32, length: f32) -> Form {
    let [a, b] = patient.cavity;
    let knots: Vec<Knot> = (0..=10)
        .map(|i| {
            let t = 0.28 + (length - 0.28) * i as f32 / 10.0;
            let (sin, cos) = (2.0 * t / (1.0 + t * t), (1.0 - t * t) / (1.0 + t * t));
            [side * (a + 5.0) * sin, -5.0 + (b + 6.0) * cos, z - 210.0 * t / (1.0 + t), 4.0]
        })
        .collect();
    Form::flat_tube(&knots, [1.0, 1.0, 0.6])
}
