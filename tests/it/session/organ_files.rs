//! All organs of a model of whole volumes as files.

use islet::app::protocol::{Export, PatientData};
use islet::formats::Importer;

use super::organs::measured;
use super::series;
use super::volumes::{PANCREAS_VALUE, exported, segmented};

#[test]
fn all_organs_are_exported_with_their_names_as_seg_rtstruct_and_seg_nrrd() {
    let (mut session, _, labels) = segmented();
    let found = measured(&mut session).expect("a list of organs").organs;
    let file = series("a", 9).volume;
    let (geometry, dims) = (file.geometry.unwrap(), file.dims);
    for what in [
        Export::Seg { patient: PatientData::Include },
        Export::RtStruct { patient: PatientData::Include },
        Export::SegNrrd,
    ] {
        let (name, bytes) = exported(&mut session, what.clone());
        assert!(name.starts_with("a_organs."), "{name}");
        let mut importer = Importer::new();
        importer.add(&name, &bytes);
        let contents = importer.finish();
        let [map] = &contents.labels[..] else { panic!("{name}: {:?}", contents.refused) };
        // Segments and ROIs count those that are there; the segmentation of 3D Slicer has the values of the model.
        let there: Vec<u8> = found.iter().filter(|organ| organ.voxels > 0).map(|organ| organ.label).collect();
        let number = |label: &u8| there.iter().position(|other| other == label).map_or(0, |at| at as u8 + 1);
        let expected = match what {
            Export::SegNrrd => labels.clone(),
            _ => labels.iter().map(number).collect(),
        };
        let placed = map.on(&geometry, dims).unwrap();
        assert_eq!(placed.labels, expected, "{name}");
        let pancreas: Vec<u8> = labels.iter().map(|&label| u8::from(label == PANCREAS_VALUE)).collect();
        assert_eq!(map.truth(&placed).unwrap().mask.labels, pancreas, "{name}");
    }
}
