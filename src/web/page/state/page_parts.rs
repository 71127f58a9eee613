//! Which parts of the page are made. One after the other, in tasks of their own: all of them at once would be felt.

use std::time::Duration;

use leptos::prelude::*;

use super::series::SeriesView;
use super::shell::Tab;

/// The time between the tasks that make panels that are not shown.
const BETWEEN_PANELS: Duration = Duration::from_millis(50);

/// A part that is made once, as soon as the page stands, so that a series that is opened finds it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PagePart {
    /// The slider through the slices, and the line above it.
    Slider,
    /// The pictures.
    Pictures,
    /// The row of buttons above the pictures.
    Toolbar,
}

impl PagePart {
    /// In the order in which they are made.
    const ALL: [Self; 3] = [Self::Slider, Self::Pictures, Self::Toolbar];
}

/// What is made anew when a series is opened or closed, since most of it changes then: first what is shown (the size of the
/// organ, the panel of the chosen tab, the buttons below the list of series), then every panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MadeAnew {
    /// Whether a series is open.
    is_open: bool,
    /// How many steps are taken.
    steps: usize,
}

/// The step that makes what is shown, and one for each panel.
const STEPS: usize = 1 + Tab::ALL.len();

/// The parts that are made. They outlive a change of the language, which draws all of them again at once.
#[derive(Clone, Copy)]
pub(crate) struct PageParts {
    parts: RwSignal<usize>,
    anew: RwSignal<MadeAnew>,
    is_open: Memo<bool>,
    /// True while the next part waits for its task.
    is_scheduled: StoredValue<bool>,
}

impl PageParts {
    /// Nothing is made yet.
    pub(crate) fn new(series: SeriesView) -> Self {
        Self {
            parts: RwSignal::new(0),
            anew: RwSignal::new(MadeAnew { is_open: false, steps: 0 }),
            is_open: Memo::new(move |_| series.is_open()),
            is_scheduled: StoredValue::new(false),
        }
    }

    /// Begins to make them, some of them anew whenever a series is opened or closed.
    pub(crate) fn follow(&self) {
        let this = *self;
        Effect::new(move |_| {
            this.anew.set(MadeAnew { is_open: this.is_open.get(), steps: 0 });
            this.schedule();
        });
    }

    /// True if a part is made.
    pub(crate) fn has(&self, part: PagePart) -> bool {
        place(&PagePart::ALL, part) < self.parts.get()
    }

    /// True if what is shown is made for what is open now.
    pub(crate) fn has_shown(&self) -> bool {
        self.steps() > 0
    }

    /// True if a panel is made for what is open now.
    pub(crate) fn has_panel(&self, tab: Tab) -> bool {
        self.steps() > 1 + place(&Tab::ALL, tab)
    }

    /// The steps that are taken for what is open now.
    fn steps(&self) -> usize {
        let MadeAnew { is_open, steps } = self.anew.get();
        if is_open == self.is_open.get() { steps } else { 0 }
    }

    /// Has the next part made in a task of its own, and those after it.
    fn schedule(&self) {
        let (parts, steps) = (self.parts.get_untracked(), self.anew.with_untracked(|anew| anew.steps));
        if steps == STEPS || self.is_scheduled.get_value() {
            return;
        }
        self.is_scheduled.set_value(true);
        let this = *self;
        let has_parts = parts == PagePart::ALL.len();
        let make = move || {
            this.is_scheduled.set_value(false);
            match has_parts {
                true => this.anew.update(|anew| anew.steps += 1),
                false => this.parts.update(|parts| *parts += 1),
            }
            this.schedule();
        };
        set_timeout(make, if has_parts && steps > 0 { BETWEEN_PANELS } else { Duration::ZERO });
    }
}

/// The place of an item among all of its kind; after the last, if it is none of them.
fn place<T: PartialEq>(all: &[T], item: T) -> usize {
    all.iter().position(|other| *other == item).unwrap_or(all.len())
}
