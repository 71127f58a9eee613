//! The organs of the open series: which are shown, and which the tools act on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leptos::prelude::*;

use super::display::Display;
use super::series::SeriesView;
use crate::app::protocol::{OrganInfo, OrganSource, OrgansInfo, PropagationInfo, Request};
use crate::core::organ_colours::{Rgb, organ_rgb};
use crate::imaging::overlay::{MASK_RGB, OrganLook};
use crate::web::page::io::persistence::Persistence;
use crate::web::page::io::session_client::SessionClient;

/// The look of every label; `None` for those that are not painted.
pub(crate) type OrganLooks = Arc<[Option<OrganLook>; 256]>;

/// The organs of the open series.
#[derive(Clone, Copy)]
pub(crate) struct OrganList {
    session: SessionClient,
    series: SeriesView,
    display: Display,
    persistence: Persistence,
    /// The organs, once they are measured.
    pub(crate) info: RwSignal<Option<OrgansInfo>>,
    /// Labels of organs that are hidden; the active one is hidden with the mask.
    hidden: RwSignal<BTreeSet<u8>>,
    /// Opacities of organs that have their own, by label.
    opacities: RwSignal<BTreeMap<u8, f32>>,
    /// The organ whose opacity is set in the list: the one that was chosen last.
    pub(crate) selected: RwSignal<Option<u8>>,
    /// What was typed to find an organ.
    pub(crate) search: RwSignal<String>,
    /// The voxel that the view went to by itself.
    went_to: StoredValue<Option<[usize; 3]>>,
    /// True once the view has gone to the middle of the pancreas of this mask.
    has_gone: StoredValue<bool>,
    looks: Memo<OrganLooks>,
}

impl OrganList {
    /// No organs are known.
    pub(crate) fn new(session: SessionClient, series: SeriesView, display: Display, persistence: Persistence) -> Self {
        let info = RwSignal::new(None);
        let hidden = RwSignal::new(BTreeSet::new());
        let opacities = RwSignal::new(BTreeMap::new());
        let own = move || if display.outline_only.get() { BTreeMap::new() } else { opacities.get() };
        let looks = Memo::new(move |_| info.with(|info| hidden.with(|hidden| looks(info.as_ref(), hidden, &own()))));
        Self {
            session,
            series,
            display,
            persistence,
            info,
            hidden,
            opacities,
            selected: RwSignal::new(None),
            search: RwSignal::new(String::new()),
            went_to: StoredValue::new(None),
            has_gone: StoredValue::new(false),
            looks,
        }
    }

    /// Another series or another model is in use.
    pub(crate) fn reset(&self) {
        self.info.set(None);
        self.hidden.set(BTreeSet::new());
        self.opacities.set(BTreeMap::new());
        self.selected.set(None);
        self.search.set(String::new());
        self.has_gone.set_value(false);
    }

    /// Takes note of the organs. Returns true if the tools act on another organ than before.
    pub(crate) fn receive(&self, info: OrgansInfo) -> bool {
        let before = self.info.with_untracked(|info| info.as_ref().map(|info| (info.key.clone(), info.active)));
        let before = before.filter(|(key, _)| *key != info.key).map(|(_, active)| active);
        let is_other = before.is_some();
        if is_other {
            self.series.truth.set(None);
            self.series.propagation.set(PropagationInfo::default());
            self.series.review.set(None);
            self.swap_visibility(before, info.active);
            if info.organs.iter().any(|organ| organ.label == info.active && organ.corrected == 0) {
                self.persistence.restore(&info.key);
            }
        }
        self.info.set(Some(info));
        if !self.has_gone.get_value() {
            self.has_gone.set_value(true);
            self.go_to_mask();
        }
        is_other
    }

    /// True if there are several organs.
    pub(crate) fn are_several(&self) -> bool {
        self.info.with(|info| info.as_ref().is_some_and(|info| info.organs.len() > 1))
    }

    /// The organ that the tools act on.
    pub(crate) fn active(&self) -> Option<OrganInfo> {
        self.info.with(|info| {
            let info = info.as_ref()?;
            info.organ(info.active).cloned()
        })
    }

    /// The name of the organ that the tools act on; `None` for the pancreas.
    pub(crate) fn other_name(&self) -> Option<String> {
        let is_first = |info: &OrgansInfo| info.organs.first().is_some_and(|organ| organ.label == info.active);
        let is_pancreas = self.info.with(|info| info.as_ref().is_none_or(is_first));
        self.active().filter(|_| !is_pancreas).map(|organ| organ.name)
    }

    /// The file that the organs come from, if they are not the model's.
    pub(crate) fn label_map(&self) -> Option<String> {
        self.info.with(|info| match &info.as_ref()?.source {
            OrganSource::Model => None,
            OrganSource::LabelMap { name } => Some(name.clone()),
        })
    }

    /// The looks of the organs that are painted below the mask.
    pub(crate) fn looks(&self) -> OrganLooks {
        self.looks.get()
    }

    /// The opacity that an organ has for itself.
    pub(crate) fn own_opacity(&self, label: u8) -> Option<f32> {
        self.opacities.with(|opacities| opacities.get(&label).copied())
    }

    /// Gives an organ an opacity of its own, or that of all organs again.
    pub(crate) fn set_own_opacity(&self, label: u8, opacity: Option<f32>) {
        self.opacities.update(|opacities| match opacity {
            Some(opacity) => drop(opacities.insert(label, opacity)),
            None => drop(opacities.remove(&label)),
        });
    }

    /// The opacity of the mask inside its outline, if the active organ has its own.
    pub(crate) fn mask_fill(&self) -> Option<f32> {
        let active = self.active().filter(|_| !self.display.outline_only.get());
        active.and_then(|organ| self.own_opacity(organ.label))
    }

    /// The colour of the mask: that of the active organ if there are several.
    pub(crate) fn mask_rgb(&self) -> Rgb {
        let active = self.active().filter(|_| self.are_several());
        active.map_or(MASK_RGB, |organ| organ_rgb(&organ.name, organ.label))
    }

    /// The colour of an organ in the pictures: that of the mask if there are no others.
    pub(crate) fn rgb_of(&self, organ: &OrganInfo) -> Rgb {
        if self.are_several() { organ_rgb(&organ.name, organ.label) } else { MASK_RGB }
    }

    /// True if an organ is shown.
    pub(crate) fn is_visible(&self, label: u8) -> bool {
        if self.is_active(label) { self.display.mask_visible.get() } else { !self.hidden.with(|h| h.contains(&label)) }
    }

    /// The labels of all organs that are there and hidden.
    pub(crate) fn hidden_labels(&self) -> Vec<u8> {
        let listed = self.info.with(|info| {
            let found = info.iter().flat_map(|info| &info.organs).filter(|organ| organ.voxels > 0);
            found.map(|organ| organ.label).collect::<Vec<u8>>()
        });
        listed.into_iter().filter(|label| !self.is_visible(*label)).collect()
    }

    /// True if the tools act on this organ.
    pub(crate) fn is_active(&self, label: u8) -> bool {
        self.info.with(|info| info.as_ref().is_some_and(|info| info.active == label))
    }

    /// Shows or hides one organ.
    pub(crate) fn toggle(&self, label: u8) {
        if untrack(|| self.is_active(label)) {
            self.display.mask_visible.update(|visible| *visible = !*visible);
            return;
        }
        self.hidden.update(|hidden| {
            if !hidden.remove(&label) {
                hidden.insert(label);
            }
        });
    }

    /// Shows the organs for which `is_shown` is true, and hides all others.
    pub(crate) fn show(&self, is_shown: impl Fn(u8) -> bool) {
        let Some(info) = self.info.get_untracked() else { return };
        self.display.mask_visible.set(is_shown(info.active));
        let labels = info.organs.iter().map(|organ| organ.label);
        self.hidden.set(labels.filter(|label| *label != info.active && !is_shown(*label)).collect());
    }

    /// Lets the tools act on another organ.
    pub(crate) fn choose(&self, label: u8) {
        if untrack(|| self.is_active(label)) {
            return;
        }
        self.persistence.save_now();
        self.session.send(&Request::ChooseOrgan { label });
    }

    /// Lets the tools act on the pancreas, which is the first of the list.
    pub(crate) fn choose_pancreas(&self) {
        let first = self.info.with_untracked(|info| info.as_ref()?.organs.first().map(|organ| organ.label));
        if let Some(label) = first {
            self.choose(label);
        }
    }

    /// Moves the crosshair to the middle of an organ.
    pub(crate) fn go_to(&self, middle: [usize; 3]) {
        self.series.move_crosshair(middle.map(|index| index as f64));
    }

    /// True if a person has corrected an organ that the tools do not act on now.
    pub(crate) fn has_other_corrections(&self) -> bool {
        let is_other =
            |info: &OrgansInfo| info.organs.iter().any(|organ| organ.label != info.active && organ.corrected > 0);
        self.info.with_untracked(|info| info.as_ref().is_some_and(is_other))
    }

    /// The former active organ stays as visible as it was, and the new one is shown.
    fn swap_visibility(&self, before: Option<u8>, active: u8) {
        let was_visible = self.display.mask_visible.get_untracked();
        self.hidden.update(|hidden| {
            hidden.remove(&active);
            hidden.extend(before.filter(|_| !was_visible));
        });
        self.display.mask_visible.set(true);
    }

    /// Goes to the middle of the mask that has just been made, unless a person has moved the view or drawn already.
    fn go_to_mask(&self) {
        let here = untrack(|| self.series.crosshair()).map(|index| index as usize);
        let is_untouched = untrack(|| self.series.start()) == Some(here) || self.went_to.get_value() == Some(here);
        let active = untrack(|| self.active()).filter(|organ| is_untouched && organ.corrected == 0);
        if let Some(middle) = active.and_then(|organ| organ.middle) {
            self.went_to.set_value(Some(middle));
            self.go_to(middle);
        }
    }
}

/// The looks of all organs but the active one and those that are hidden; `own` has opacities by label.
fn looks(info: Option<&OrgansInfo>, hidden: &BTreeSet<u8>, own: &BTreeMap<u8, f32>) -> OrganLooks {
    let mut looks = [None; 256];
    if let Some(info) = info {
        let painted = info.organs.iter().filter(|organ| organ.label != info.active && !hidden.contains(&organ.label));
        painted.for_each(|organ| {
            let look = OrganLook { rgb: organ_rgb(&organ.name, organ.label), fill: own.get(&organ.label).copied() };
            looks[usize::from(organ.label)] = Some(look);
        });
    }
    Arc::new(looks)
}
