//! Which parts of the page are made. One after the other, in tasks of their own: all of them at once would be felt.

use std::time::Duration;

use leptos::prelude::*;

use super::series::SeriesView;
use super::shell::Tab;

/// The time between the tasks that make panels: what is shown comes first.
const BETWEEN_PANELS: Duration = Duration::from_millis(50);

/// A part that is made once, as soon as the page stands, so that a series that is opened finds it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The slider through the slices, and the line above it.
    Slider,
    /// The pictures.
    Pictures,
    /// The row of buttons above the pictures.
    Toolbar,
    /// The size of the organ.
    Headline,
    /// The buttons below the list of series.
    SeriesButtons,
}

impl Part {
    /// In the order in which they are made.
    const ALL: [Self; 5] = [Self::Slider, Self::Pictures, Self::Toolbar, Self::Headline, Self::SeriesButtons];
}

/// The panels beside the pictures. They are made anew when a series is opened or closed, since most of what they hold
/// changes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Panels {
    /// Whether a series is open.
    is_open: bool,
    /// How many are made for that, in the order of the tabs.
    made: usize,
}

/// The parts that are made. They outlive a change of the language, which draws all of them again at once.
#[derive(Clone, Copy)]
pub(crate) struct PageParts {
    parts: RwSignal<usize>,
    panels: RwSignal<Panels>,
    is_open: Memo<bool>,
    /// True while the next part waits for its task.
    is_scheduled: StoredValue<bool>,
}

impl PageParts {
    /// Nothing is made yet.
    pub(crate) fn new(series: SeriesView) -> Self {
        Self {
            parts: RwSignal::new(0),
            panels: RwSignal::new(Panels { is_open: false, made: 0 }),
            is_open: Memo::new(move |_| series.is_open()),
            is_scheduled: StoredValue::new(false),
        }
    }

    /// Begins to make them, and makes the panels anew whenever a series is opened or closed.
    pub(crate) fn follow(&self) {
        let this = *self;
        Effect::new(move |_| {
            this.panels.set(Panels { is_open: this.is_open.get(), made: 0 });
            this.schedule();
        });
    }

    /// True if a part is made.
    pub(crate) fn has(&self, part: Part) -> bool {
        place(&Part::ALL, part) < self.parts.get()
    }

    /// True if a panel is made for what is open now.
    pub(crate) fn has_panel(&self, tab: Tab) -> bool {
        let Panels { is_open, made } = self.panels.get();
        is_open == self.is_open.get() && place(&Tab::ALL, tab) < made
    }

    /// Has the next part made in a task of its own, and those after it.
    fn schedule(&self) {
        let is_done = self.panels.with_untracked(|panels| panels.made == Tab::ALL.len());
        if is_done || self.is_scheduled.get_value() {
            return;
        }
        self.is_scheduled.set_value(true);
        let (this, has_parts) = (*self, self.parts.get_untracked() == Part::ALL.len());
        let make = move || {
            this.is_scheduled.set_value(false);
            match has_parts {
                true => this.panels.update(|panels| panels.made += 1),
                false => this.parts.update(|parts| *parts += 1),
            }
            this.schedule();
        };
        set_timeout(make, if has_parts { BETWEEN_PANELS } else { Duration::ZERO });
    }
}

/// The place of an item among all of its kind; after the last, if it is none of them.
fn place<T: PartialEq>(all: &[T], item: T) -> usize {
    all.iter().position(|other| *other == item).unwrap_or(all.len())
}
