//! The solid organs: liver, spleen, kidneys, gall bladder, and the pancreas.

use super::Organ;
use super::form::{Form, Part, position, spline};
use super::paint::{PaintedShape, Tissue};
use super::patient::{Patient, Rng};
use super::point::Knot;

/// The liver, two lobes with their vessels.
pub(super) fn liver(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let tissue = Tissue::grainy(patient.hu.liver, 6.0, 5.0);
    let (size, seed, [dx, dy, dz]) = (rng.between(0.94, 1.05), rng.seed(), rng.shift(5.0));
    let lobe = |part: Part| {
        PaintedShape::new(Organ::Liver, tissue, Form::new([part], 14.0))
            .bumpy(5.0, 42.0, seed)
            .within(patient.inside(1.5))
    };
    let right = Part::ellipsoid(patient.at(-80.0 + dx, -4.0 + dy, 26.0 + dz), patient.radii([58.0, 80.0, 92.0], size));
    let left_tip = rng.between(0.9, 1.15);
    let left =
        Part::ellipsoid(patient.at(-20.0, -58.0 + dy, 62.0 + dz), patient.radii([78.0, 34.0, 42.0], size * left_tip));
    // The visceral face: below it and to the left of it there is no liver.
    let face = Part::HalfSpace { normal: [0.72, -0.25, -0.65], offset: -18.0 + rng.between(-8.0, 6.0) };
    let vessel = Tissue::plain(0.8 * patient.hu.portal + 0.2 * patient.hu.liver);
    let tree = |knots: &[Knot]| {
        let form = Form::tube(&patient.knots(knots, [dx, dy, dz]));
        PaintedShape::new(Organ::Liver, vessel, form).within(patient.inside(6.0))
    };
    vec![
        lobe(left.turned([0, 2], 0.06)),
        lobe(right.turned([0, 2], -0.06)).cut(face),
        tree(&[[-27.0, 0.0, 82.0, 5.0], [-48.0, -8.0, 72.0, 4.0], [-80.0, -10.0, 55.0, 3.0], [-108.0, 6.0, 30.0, 2.0]]),
        tree(&[[-28.0, -4.0, 82.0, 4.5], [-40.0, -30.0, 72.0, 3.5], [-62.0, -54.0, 50.0, 2.0]]),
        tree(&[[-27.0, -4.0, 84.0, 4.0], [-14.0, -36.0, 76.0, 3.5], [6.0, -60.0, 66.0, 2.0]]),
        tree(&[
            [-50.0, -22.0, 36.0, 5.0],
            [-72.0, -18.0, 38.0, 4.0],
            [-95.0, 12.0, 34.0, 3.0],
            [-110.0, 34.0, 24.0, 2.0],
        ]),
        tree(&[[-72.0, -18.0, 38.0, 4.0], [-92.0, -36.0, 32.0, 3.0], [-104.0, -46.0, 14.0, 1.8]]),
        tree(&[[-50.0, -22.0, 38.0, 5.0], [-36.0, -44.0, 50.0, 3.5], [-6.0, -62.0, 58.0, 2.0]]),
    ]
}

/// The spleen.
pub(super) fn spleen(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let (size, [dx, dy, dz]) = (rng.between(0.82, 1.12), rng.shift(5.0));
    let part = Part::ellipsoid(patient.at(99.0 + dx, 30.0 + dy, 36.0 + dz), patient.radii([22.0, 42.0, 50.0], size));
    // Hollow towards the stomach and the kidney.
    let hilum = Part::HalfSpace { normal: [-0.85, -0.45, -0.2], offset: -80.0 * patient.scale[0] };
    let form = Form::new([part.turned([0, 1], 0.2)], 12.0);
    let shape = PaintedShape::new(Organ::Spleen, Tissue::grainy(patient.hu.spleen, 6.0, 5.0), form);
    vec![shape.cut(hilum).bumpy(4.0, 30.0, rng.seed()).within(patient.inside(2.0)).in_fat(1.0)]
}

/// Both kidneys: cortex, medulla and the fat of the sinus.
pub(super) fn kidneys(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let mut shapes = Vec::new();
    for (organ, side, z) in [(Organ::RightKidney, -1.0, -22.0), (Organ::LeftKidney, 1.0, -8.0)] {
        let (size, [dx, dy, dz]) = (rng.between(0.9, 1.08), rng.shift(4.0));
        let center = [side * 61.0 + dx, 44.0 + dy, z + dz];
        let turned = |part: Part| part.turned([0, 2], side * 0.09).turned([0, 1], side * 0.22);
        let place = |inwards: f32, forwards: f32, radii: [f32; 3]| {
            let at = patient.at(center[0] - side * inwards, center[1] - forwards, center[2]);
            turned(Part::ellipsoid(at, patient.radii(radii, size)))
        };
        let of = |tissue: Tissue, parts: Vec<Part>| PaintedShape::new(organ, tissue, Form::new(parts, 6.0));
        let cortex = of(Tissue::grainy(patient.hu.cortex, 10.0, 5.0), vec![place(0.0, 0.0, [24.0, 29.0, 54.0])])
            .bumpy(2.0, 22.0, rng.seed())
            .within(patient.inside(2.0))
            .in_fat(2.0 + 6.0 * patient.lean_to_fat);
        let medulla = of(Tissue::grainy(patient.hu.medulla, 20.0, 9.0), vec![place(3.0, 2.0, [15.0, 19.0, 44.0])])
            .bumpy(5.0, 11.0, rng.seed());
        let fat = Tissue::grainy(patient.hu.fat + 10.0, 12.0, 5.0);
        let sinus = Form::new([place(11.0, 6.0, [11.0, 10.0, 26.0]), place(24.0, 12.0, [14.0, 7.0, 16.0])], 6.0);
        let sinus = PaintedShape::new(Organ::Background, fat, sinus).bumpy(4.0, 9.0, rng.seed());
        let pelvis = of(Tissue::plain(rng.between(10.0, 120.0)), vec![place(14.0, 7.0, [5.0, 4.0, 12.0])]);
        shapes.extend([cortex, medulla, sinus, pelvis]);
    }
    shapes
}

/// The gall bladder, which one in eight lacks.
pub(super) fn gallbladder(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    if rng.chance(0.12) {
        return Vec::new();
    }
    let (r, shift) = (rng.between(8.0, 15.0), rng.shift(5.0));
    let knots = [[-48.0, -32.0, 8.0, 0.35 * r], [-58.0, -42.0, -8.0, 0.8 * r], [-66.0, -54.0, -30.0, r]];
    let form = Form::tube(&patient.knots(&knots, shift));
    let wall = PaintedShape::new(Organ::Gallbladder, Tissue::plain(60.0), form).within(patient.inside(2.0));
    let bile = wall.lining(1.2, Tissue::plain(rng.between(4.0, 18.0)));
    vec![wall.in_fat(0.5), bile]
}

/// The pancreas before it is filled: its centre line from the head's lower end to the tip of the
/// tail.
pub(super) struct Gland {
    /// Along the line, in the case's own mm.
    pub(super) line: Vec<Knot>,
}

/// Ratio of height to thickness of a section of the pancreas.
const HEIGHT: f32 = 1.3;

/// The course of the pancreas: low in the head, over the spine in the body, up (or not) to the
/// spleen in the tail.
pub(super) fn gland(patient: &Patient, rng: &mut Rng) -> Gland {
    let reference: [Knot; 8] = [
        [-36.0, -8.0, -38.0, 7.5],
        [-45.0, -13.0, -22.0, 13.0],
        [-41.0, -23.0, -5.0, 12.5],
        [-17.0, -41.0, 5.0, 7.5],
        [7.0, -48.0, 11.0, 8.0],
        [33.0, -36.0, 18.0, 9.0],
        [59.0, -10.0, 24.0, 9.0],
        [84.0, 13.0, 28.0, 6.0],
    ];
    let (arch, lift, reach) = (rng.between(-6.0, 7.0), rng.between(-24.0, 16.0), rng.between(0.84, 1.04));
    let (thick, drop, shift) = (rng.between(0.86, 1.16), rng.between(-8.0, 4.0), rng.shift(3.0));
    let bend = rng.between(-7.0, 7.0);
    let vary = |(i, &[x, y, z, r]): (usize, &Knot)| {
        let along = (i as f32 - 3.0) / 4.0;
        let (head, tail) = ((-along).max(0.0), along.max(0.0));
        let hump = 4.0 * tail * (1.0 - tail);
        [
            x * if tail > 0.0 { reach } else { 1.0 },
            y - arch * hump,
            z + lift * tail + bend * hump + drop * head,
            thick * r,
        ]
    };
    let knots: Vec<Knot> = reference.iter().enumerate().map(vary).collect();
    Gland { line: spline(&patient.knots(&knots, shift)) }
}

/// The pancreas itself, lobulated, with its duct.
pub(super) fn pancreas(gland: &Gland, patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let tissue = Tissue { marbling: rng.between(0.15, 0.6), ..Tissue::grainy(patient.hu.pancreas, 14.0, 4.0) };
    let form = Form::chain(&gland.line, [1.0, 1.0, 1.0 / HEIGHT]);
    let duct: Vec<Knot> = gland.line.iter().skip(8).map(|&[x, y, z, _]| [x, y, z, 1.0]).collect();
    let duct = Form::chain(&duct[..duct.len() - 4], [1.0; 3]);
    vec![
        PaintedShape::new(Organ::Pancreas, tissue, form)
            .bumpy(rng.between(2.0, 3.0), rng.between(7.5, 10.5), rng.seed())
            .in_fat(rng.between(0.0, 0.8) + 0.8 * patient.lean_to_fat),
        PaintedShape::new(Organ::Pancreas, Tissue::plain(rng.between(25.0, 60.0)), duct),
    ]
}

/// A tube next to the gland: `offset` gives what to add to the place of each point of its line, and
/// the radius there.
pub(super) fn along_gland(gland: &Gland, offset: impl Fn(f32) -> Knot) -> Vec<Knot> {
    gland
        .line
        .iter()
        .map(|knot| {
            let [x, y, z] = position(*knot);
            let [dx, dy, dz, r] = offset(knot[3]);
            [x + dx, y + dy, z + dz, r]
        })
        .collect()
}
