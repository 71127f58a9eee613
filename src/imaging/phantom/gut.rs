//! Hollow organs: stomach, duodenum, small bowel and colon, each a wall around fluid, contrast,
//! stool or gas.

use super::Organ;
use super::form::{Form, Part};
use super::paint::{PaintedShape, Tissue};
use super::patient::{Patient, Rng};
use super::point::{Knot, Point};

const GAS: f32 = -950.0;

/// A hollow organ: the wall, then `content` inside it `wall_mm` deeper, then gas in front of
/// `gas_y`, if any.
fn hollow(wall: PaintedShape, wall_mm: f32, content: Tissue, gas_y: Option<f32>) -> Vec<PaintedShape> {
    let lumen = wall.lining(wall_mm, content);
    let gas = gas_y.map(|y| wall.lining(wall_mm, Tissue::plain(GAS)).within(Part::InFrontOf { y }));
    [wall, lumen].into_iter().chain(gas).collect()
}

/// The content of small bowel and stomach: water-like fluid, or oral contrast agent.
fn oral_contrast(opaque: bool, rng: &mut Rng) -> Tissue {
    if opaque {
        Tissue::grainy(rng.between(150.0, 330.0), 60.0, 6.0)
    } else {
        Tissue::grainy(rng.between(10.0, 40.0), 14.0, 7.0)
    }
}

/// The stomach, with an air-fluid level in most cases.
pub(super) fn stomach(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let fill = rng.between(0.72, 1.1);
    let shift = rng.shift(4.0);
    let reference: [Knot; 7] = [
        [52.0, 16.0, 100.0, 24.0],
        [56.0, 8.0, 72.0, 30.0],
        [58.0, -26.0, 48.0, 26.0],
        [48.0, -54.0, 28.0, 22.0],
        [22.0, -68.0, 14.0, 17.0],
        [-8.0, -66.0, 6.0, 14.0],
        [-30.0, -52.0, 2.0, 9.0],
    ];
    let knots: Vec<Knot> = reference.iter().map(|&[x, y, z, r]| [x, y, z, r * fill]).collect();
    let form = Form::tube(&patient.knots(&knots, shift));
    let wall = PaintedShape::new(Organ::Stomach, Tissue::grainy(patient.hu.wall, 10.0, 5.0), form)
        .bumpy(2.5, 16.0, rng.seed())
        .within(patient.inside(2.0))
        .in_fat(1.0 + patient.lean_to_fat);
    let gas_y = rng.chance(0.85).then(|| rng.between(-70.0, -34.0) * patient.scale[1]);
    let opaque = rng.chance(0.35);
    hollow(wall, rng.between(3.0, 5.0), oral_contrast(opaque, rng), gas_y)
}

/// The duodenum, a C around the pancreas's head.
pub(super) fn duodenum(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let size = rng.between(0.8, 1.1);
    let reference: [Knot; 8] = [
        [-32.0, -50.0, 3.0, 9.0],
        [-50.0, -42.0, 6.0, 10.0],
        [-64.0, -22.0, -8.0, 10.5],
        [-66.0, -10.0, -32.0, 11.0],
        [-54.0, -4.0, -56.0, 11.0],
        [-22.0, -10.0, -62.0, 10.0],
        [12.0, -14.0, -58.0, 10.0],
        [28.0, -22.0, -40.0, 9.0],
    ];
    let knots: Vec<Knot> = reference.iter().map(|&[x, y, z, r]| [x, y, z, r * size]).collect();
    let form = Form::tube(&patient.knots(&knots, rng.shift(3.0)));
    let wall = PaintedShape::new(Organ::Duodenum, Tissue::grainy(patient.hu.wall + 8.0, 14.0, 4.0), form)
        .bumpy(2.0, 10.0, rng.seed())
        .in_fat(1.0);
    let gas_y = rng.chance(0.4).then(|| rng.between(-52.0, -36.0) * patient.scale[1]);
    let opaque = rng.chance(0.2);
    hollow(wall, rng.between(3.0, 5.0), oral_contrast(opaque, rng), gas_y)
}

/// Loops of jejunum on the left and in front, and the vessels of their mesentery.
pub(super) fn small_bowel(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let opaque = rng.chance(0.5);
    let mut shapes = Vec::new();
    for _ in 0..26 {
        let (x, y, z) = (rng.between(-15.0, 88.0), rng.between(-62.0, -4.0), rng.between(-95.0, -26.0));
        let end = patient.at(x, y, z);
        let vessel = Form::tube(&[
            [4.0, -20.0, -30.0, 1.6],
            [0.5 * end[0] + 4.0, 0.5 * end[1] - 14.0, 0.5 * end[2] - 20.0, 1.3],
            [end[0], end[1], end[2], 1.0],
        ]);
        shapes.push(PaintedShape::new(Organ::Background, Tissue::plain(patient.hu.portal), vessel));
    }
    for loop_index in 0..22 {
        // The first ones lie on the left, the others in front and lower.
        let left = loop_index < 14;
        let (x, y, z) = if left {
            (rng.between(0.0, 90.0), rng.between(-60.0, -6.0), rng.between(-70.0, 2.0))
        } else {
            (rng.between(-60.0, 60.0), rng.between(-70.0, -20.0), rng.between(-100.0, -48.0))
        };
        let r = rng.between(8.0, 13.0);
        let mut at: Point = patient.at(x, y, z);
        let mut knots = vec![[at[0], at[1], at[2], r]];
        for _ in 0..3 {
            let step = rng.shift(20.0);
            at = [0, 1, 2].map(|i| at[i] + step[i]);
            knots.push([at[0], at[1].min(4.0), at[2].min(6.0), r]);
        }
        let wall =
            PaintedShape::new(Organ::Bowel, Tissue::grainy(patient.hu.wall + 10.0, 16.0, 4.0), Form::tube(&knots))
                .bumpy(1.8, 7.0, rng.seed())
                .within(patient.inside(4.0))
                .in_fat(1.2);
        let filled = opaque && rng.chance(0.7);
        let wall_mm = rng.between(2.5, 6.0);
        shapes.extend(hollow(wall, wall_mm, oral_contrast(filled, rng), None));
    }
    shapes
}

/// The colon: ascending, transverse in front, descending, with stool and gas.
pub(super) fn colon(patient: &Patient, rng: &mut Rng) -> Vec<PaintedShape> {
    let sag = rng.between(-30.0, 6.0);
    let reference: [Knot; 10] = [
        [-96.0, 22.0, -120.0, 20.0],
        [-98.0, 14.0, -80.0, 19.0],
        [-90.0, -22.0, -58.0, 17.0],
        [-62.0, -62.0, -56.0 + 0.5 * sag, 16.0],
        [-20.0, -72.0, -54.0 + sag, 16.0],
        [28.0, -72.0, -44.0 + sag, 16.0],
        [68.0, -58.0, -14.0 + 0.5 * sag, 16.0],
        [92.0, -28.0, 14.0, 15.0],
        [102.0, 14.0, -18.0, 12.0],
        [100.0, 24.0, -120.0, 12.0],
    ];
    let size = rng.between(0.75, 1.15);
    let knots: Vec<Knot> = reference.iter().map(|&[x, y, z, r]| [x, y, z, r * size]).collect();
    let form = Form::tube(&patient.knots(&knots, rng.shift(4.0)));
    let wall = PaintedShape::new(Organ::Bowel, Tissue::grainy(patient.hu.wall, 10.0, 5.0), form)
        .bumpy(4.0, 19.0, rng.seed())
        .within(patient.inside(2.0))
        .in_fat(1.5);
    let stool = Tissue::grainy(rng.between(-140.0, 20.0), 260.0, 6.0);
    let gas_y = rng.between(-78.0, -52.0) * patient.scale[1];
    hollow(wall, 2.2, stool, Some(gas_y))
}
