//! The size of the segmented pancreas in words. How it is computed is in [`crate::core::volumetry`].

use leptos::prelude::*;

use crate::core::i18n::interpolate;
use crate::core::i18n::messages::Message;
use crate::core::i18n::result::ResultStrings;
use crate::core::volumetry::{
    ADULT_PANCREAS_ML, Measurement, OrganSize, OrganSlices, SizeWarning, VolumeDoubt, doubt_by_accepted,
    measure_volume, pancreas_doubt,
};
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::series::SeriesView;

/// The measurement of the current mask, if a series is open.
pub(crate) fn measurement(series: &SeriesView) -> Option<Measurement> {
    series.info.with(|info| {
        let info = info.as_ref()?;
        let measured = series.pixels.with(|pixels| measure_volume(pixels, info.spacing_mm, info.voxel_mm3));
        Some(measured.with_dispute(info.notes.iter().any(Message::disputes_voxel_size)))
    })
}

/// The kind of a size, such as "Volume".
pub(crate) fn size_kind(strings: &ResultStrings, measurement: &Measurement) -> &'static str {
    let is_cut_off = |warning: &SizeWarning| {
        matches!(warning, SizeWarning::TouchesFirst | SizeWarning::TouchesLast | SizeWarning::TouchesBoth)
    };
    let is_unfinished = |warning: &SizeWarning| matches!(warning, SizeWarning::Unfinished { .. });
    match measurement.size {
        OrganSize::AreaCm2(_) => strings.area,
        OrganSize::Pixels(_) => strings.area_px,
        OrganSize::VolumeMl(_) if measurement.caveats.iter().any(is_unfinished) => strings.volume_so_far,
        OrganSize::VolumeMl(_) if measurement.caveats.iter().any(is_cut_off) => strings.volume_cut_off,
        OrganSize::VolumeMl(_) => strings.volume,
    }
}

/// The slices that the mask lies on.
pub(crate) fn range_text(strings: &ResultStrings, series: &SeriesView, measurement: &Measurement) -> String {
    match measurement.slices {
        Some(OrganSlices { count, first, last }) if series.pixels.with(Vec::len) > 1 => {
            interpolate(strings.range, &[("count", &count), ("first", &(first + 1)), ("last", &(last + 1))])
        }
        None if series.is_segmented() => strings.none.into(),
        _ => String::new(),
    }
}

/// The reasons why the size is not the organ's volume, as sentences.
pub(crate) fn warning_texts(strings: &ResultStrings, measurement: &Measurement) -> Vec<String> {
    let sentence = |warning: &SizeWarning| match warning {
        SizeWarning::LoneSlice => strings.lone_slice.into(),
        SizeWarning::NoSpacing => strings.no_spacing.into(),
        SizeWarning::Unfinished { done, all } => interpolate(strings.unfinished, &[("done", done), ("all", all)]),
        SizeWarning::TouchesFirst => strings.touches_first.into(),
        SizeWarning::TouchesLast => strings.touches_last.into(),
        SizeWarning::TouchesBoth => strings.touches_both.into(),
        SizeWarning::DisputedSpacing => strings.disputed_spacing.into(),
    };
    measurement.caveats.iter().map(sentence).collect()
}

/// What speaks against the volume, as sentences.
pub(crate) fn doubt_texts(strings: &ResultStrings, series: &SeriesView, organs: &OrganList) -> Vec<String> {
    let Some(measured) = measurement(series) else { return Vec::new() };
    let by_organ = if organs.other_name().is_none() { pancreas_doubt(&measured) } else { None };
    let voxel_mm3 = series.info.with(|info| info.as_ref().and_then(|info| info.voxel_mm3));
    let accepted = series.accepted_slices();
    let by_accepted = voxel_mm3.and_then(|mm3| series.pixels.with(|pixels| doubt_by_accepted(pixels, &accepted, mm3)));
    let sentence = |doubt: VolumeDoubt| match doubt {
        VolumeDoubt::UnusualForPancreas => {
            let [mean, deviation] = ADULT_PANCREAS_ML.map(|ml| format!("{ml:.0}"));
            interpolate(strings.unusual, &[("mean", &mean), ("deviation", &deviation)])
        }
        VolumeDoubt::FarFromAccepted { found_ml, expected_ml } => {
            let [found, expected] = [found_ml, expected_ml].map(|ml| strings.size(OrganSize::VolumeMl(ml)));
            interpolate(strings.far_from_accepted, &[("found", &found), ("expected", &expected)])
        }
    };
    by_organ.into_iter().chain(by_accepted).map(sentence).collect()
}
