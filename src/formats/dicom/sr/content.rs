//! The content items of a structured report (PS3.3 C.17.3).

use dicom_core::{PrimitiveValue, VR};
use dicom_dictionary_std::tags;

use crate::core::organ_codes::SnomedCode;
use crate::formats::dicom::derived::Elements;
use crate::formats::dicom::value::{code, decimals, element, items, text};

/// A coded concept: code value, coding scheme and code meaning.
#[derive(Clone, Copy)]
pub(super) struct Concept {
    value: &'static str,
    scheme: &'static str,
    meaning: &'static str,
}

impl Concept {
    /// A concept of DICOM's own.
    pub(super) const fn dcm(value: &'static str, meaning: &'static str) -> Self {
        Self { value, scheme: "DCM", meaning }
    }

    /// A concept of SNOMED CT.
    pub(super) const fn sct(value: &'static str, meaning: &'static str) -> Self {
        Self { value, scheme: "SCT", meaning }
    }

    /// A unit.
    pub(super) const fn unit(value: &'static str, meaning: &'static str) -> Self {
        Self { value, scheme: "UCUM", meaning }
    }

    /// A concept of another scheme.
    pub(super) const fn of_scheme(scheme: &'static str, value: &'static str, meaning: &'static str) -> Self {
        Self { value, scheme, meaning }
    }
}

/// What an item was taken from.
pub(super) const SOURCE: Concept = Concept::sct("260753009", "Source");

impl From<SnomedCode> for Concept {
    fn from(of: SnomedCode) -> Self {
        Self::sct(of.value, of.meaning)
    }
}

/// How an item belongs to the one that it is in (RelationshipType).
#[derive(Clone, Copy)]
pub(super) enum Relationship {
    Contains,
    ConceptModifier,
    ObservationContext,
    InferredFrom,
    SelectedFrom,
}

impl Relationship {
    fn name(self) -> &'static str {
        match self {
            Self::Contains => "CONTAINS",
            Self::ConceptModifier => "HAS CONCEPT MOD",
            Self::ObservationContext => "HAS OBS CONTEXT",
            Self::InferredFrom => "INFERRED FROM",
            Self::SelectedFrom => "SELECTED FROM",
        }
    }
}

/// An item of any kind, with what its kind has.
pub(super) fn item(how: Relationship, kind: &str, name: Concept, value: Elements) -> Elements {
    let mut elements = vec![
        text(tags::RELATIONSHIP_TYPE, VR::CS, how.name()),
        text(tags::VALUE_TYPE, VR::CS, kind),
        code(tags::CONCEPT_NAME_CODE_SEQUENCE, name.value, name.scheme, name.meaning),
    ];
    elements.extend(value);
    elements
}

/// An item with others in it.
pub(super) fn with_children(mut item: Elements, children: Vec<Elements>) -> Elements {
    if !children.is_empty() {
        item.push(items(tags::CONTENT_SEQUENCE, children));
    }
    item
}

/// A code.
pub(super) fn coded(how: Relationship, name: Concept, value: Concept) -> Elements {
    item(how, "CODE", name, vec![code(tags::CONCEPT_CODE_SEQUENCE, value.value, value.scheme, value.meaning)])
}

/// A text.
pub(super) fn words(how: Relationship, name: Concept, value: &str) -> Elements {
    item(how, "TEXT", name, vec![text(tags::TEXT_VALUE, VR::UT, value)])
}

/// A UID.
pub(super) fn uid_reference(how: Relationship, name: Concept, value: &str) -> Elements {
    item(how, "UIDREF", name, vec![text(tags::UID, VR::UI, value)])
}

/// A number in a unit, as a decimal and to the last bit.
pub(super) fn number(name: Concept, value: f64, unit: Concept) -> Elements {
    let measured = vec![
        code(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, unit.value, unit.scheme, unit.meaning),
        element(tags::FLOATING_POINT_VALUE, VR::FD, PrimitiveValue::from(value)),
        decimals(tags::NUMERIC_VALUE, &[value]),
    ];
    item(Relationship::Contains, "NUM", name, vec![items(tags::MEASURED_VALUE_SEQUENCE, [measured])])
}

/// A container, after a template of DICOM (`DCMR`) if it has one.
pub(super) fn container(name: Concept, template: Option<&str>, children: Vec<Elements>) -> Elements {
    with_children(item(Relationship::Contains, "CONTAINER", name, container_value(template)), children)
}

/// The root of all items, which belongs to no other.
pub(super) fn root(name: Concept, template: &str, children: Vec<Elements>) -> Elements {
    let mut elements = container(name, Some(template), children);
    elements.retain(|element| element.header().tag != tags::RELATIONSHIP_TYPE);
    elements
}

fn container_value(template: Option<&str>) -> Elements {
    let template = template.map(|template| {
        let of = vec![text(tags::MAPPING_RESOURCE, VR::CS, "DCMR"), text(tags::TEMPLATE_IDENTIFIER, VR::CS, template)];
        items(tags::CONTENT_TEMPLATE_SEQUENCE, [of])
    });
    let continuity = text(tags::CONTINUITY_OF_CONTENT, VR::CS, "CONTINUOUS");
    [continuity].into_iter().chain(template).collect()
}
