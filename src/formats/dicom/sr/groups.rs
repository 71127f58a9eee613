//! The groups of measurements: one for each organ, and one for each drawn shape.

use super::content::{Concept, Relationship, SOURCE, coded, container, number, uid_reference, with_children, words};
use super::place::PlacedShape;
use super::{MeasuredOrgan, ReportContent};
use crate::core::drawn_measurement::DrawnShape;
use crate::core::organ_codes::is_anatomical;
use crate::formats::dicom::derived::{Elements, SegProvenance};
use crate::formats::dicom::identity::Identity;
use crate::formats::dicom::value::uid;
use crate::formats::measurement_table::MeasurementRow;

const GROUP: Concept = Concept::dcm("125007", "Measurement Group");
const MILLILITRE: Concept = Concept::unit("ml", "milliliter");
const MILLIMETRE: Concept = Concept::unit("mm", "millimeter");
const SQUARE_MILLIMETRE: Concept = Concept::unit("mm2", "square millimeter");
const DEGREE: Concept = Concept::unit("deg", "degree");
const HOUNSFIELD: Concept = Concept::unit("[hnsf'U]", "Hounsfield unit");
const MEAN: Concept = Concept::sct("373098007", "Mean");
const DEVIATION: Concept = Concept::sct("386136009", "Standard Deviation");
const MINIMUM: Concept = Concept::sct("255605001", "Minimum");
const MAXIMUM: Concept = Concept::sct("56851009", "Maximum");

/// The group of an organ (TID 1501). The same organ of the same series is always the same tracked thing.
pub(super) fn organ(organ: &MeasuredOrgan, identity: &Identity, making: &SegProvenance<'_>) -> Elements {
    let of = &organ.organ;
    let codes = of.codes();
    let mut children = tracking(&of.title(), &["organ", &of.name], identity);
    children.push(coded(Relationship::Contains, Concept::sct("276214006", "Finding category"), codes.category.into()));
    children.push(coded(Relationship::Contains, Concept::dcm("121071", "Finding"), codes.property_type.into()));
    if is_anatomical(&of.name) {
        let site = Concept::sct("363698007", "Finding Site");
        let side = codes
            .side
            .map(|side| coded(Relationship::ConceptModifier, Concept::sct("272741003", "Laterality"), side.into()));
        let site = coded(Relationship::ConceptModifier, site, codes.property_type.into());
        children.push(with_children(site, side.into_iter().collect()));
    }
    children.extend(algorithm(making));
    children.extend(organ.volume_ml.map(|ml| number(Concept::sct("118565006", "Volume"), ml, MILLILITRE)));
    if let Some([mean_hu, sd_hu]) = organ.hu {
        children.extend([hounsfield(mean_hu, MEAN), hounsfield(sd_hu, DEVIATION)]);
    }
    let comment = |comment: &String| words(Relationship::Contains, Concept::dcm("121106", "Comment"), comment);
    children.extend(organ.comments.iter().map(comment));
    container(GROUP, Some("1501"), children)
}

/// The group of a drawn shape (TID 1501; TID 1410 for an ellipse); `None` if the size of voxels is unknown.
pub(super) fn drawn(index: usize, content: &ReportContent<'_>, identity: &Identity) -> Option<Elements> {
    let row = &content.drawn[index];
    let place = PlacedShape::of(&row.drawn, content, identity)?;
    let sizes = row.drawn.sizes(&content.grid);
    let kind = match row.drawn.shape {
        DrawnShape::Length { .. } => "Length",
        DrawnShape::Angle { .. } => "Angle",
        DrawnShape::Ellipse { .. } => "Ellipse",
    };
    let mut children = tracking(&format!("{kind} {}", index + 1), &["drawn", &format!("{:?}", row.drawn)], identity);
    let measured =
        |number: Elements| with_children(number, vec![place.item(Relationship::InferredFrom, SOURCE, identity)]);
    let length = sizes.length_mm.map(|mm| number(Concept::sct("410668003", "Length"), mm, MILLIMETRE));
    let angle = sizes.angle_deg.map(|deg| number(Concept::sct("1483009", "Angle"), deg, DEGREE));
    children.extend(length.into_iter().chain(angle).map(measured));
    if !matches!(row.drawn.shape, DrawnShape::Ellipse { .. }) {
        return Some(container(GROUP, Some("1501"), children));
    }
    children.extend(sizes.area_mm2.map(|mm2| number(Concept::sct("42798000", "Area"), mm2, SQUARE_MILLIMETRE)));
    children.extend(ellipse_hounsfield(row));
    children.push(place.item(Relationship::Contains, Concept::dcm("111030", "Image Region"), identity));
    Some(container(GROUP, Some("1410"), children))
}

/// What an ellipse holds.
fn ellipse_hounsfield(row: &MeasurementRow) -> Vec<Elements> {
    let Some(found) = row.statistics else { return Vec::new() };
    vec![
        hounsfield(found.mean_hu, MEAN),
        hounsfield(found.sd_hu, DEVIATION),
        hounsfield(found.min_hu.into(), MINIMUM),
        hounsfield(found.max_hu.into(), MAXIMUM),
    ]
}

/// A number in Hounsfield units, and how it was derived from the voxels (TID 300).
fn hounsfield(value: f64, derivation: Concept) -> Elements {
    let derived = coded(Relationship::ConceptModifier, Concept::dcm("121401", "Derivation"), derivation);
    with_children(number(Concept::dcm("112031", "Attenuation Coefficient"), value, HOUNSFIELD), vec![derived])
}

/// What is tracked (TID 4108): a name for people, and a UID that follows from the series and from `parts`.
fn tracking(name: &str, parts: &[&str], identity: &Identity) -> Vec<Elements> {
    let parts: Vec<&str> = ["tracking", &identity.series_uid].into_iter().chain(parts.iter().copied()).collect();
    vec![
        words(Relationship::ObservationContext, Concept::dcm("112039", "Tracking Identifier"), name),
        uid_reference(
            Relationship::ObservationContext,
            Concept::dcm("112040", "Tracking Unique Identifier"),
            &uid(&parts),
        ),
    ]
}

/// What made the mask that was measured (TID 4019).
fn algorithm(making: &SegProvenance<'_>) -> Vec<Elements> {
    let said = |value, meaning, text: &str| words(Relationship::ConceptModifier, Concept::dcm(value, meaning), text);
    let hand = if making.corrected { ", corrected by a person" } else { "" };
    vec![
        said("111001", "Algorithm Name", "Islet"),
        said("111003", "Algorithm Version", env!("CARGO_PKG_VERSION")),
        said("111002", "Algorithm Parameters", &format!("{}{hand}", making.model())),
    ]
}
