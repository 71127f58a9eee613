//! Every string of the page in every language: one file per panel, with the languages side by side.
//!
//! A key without a translation does not compile. `{name}` in a string is a gap for [`interpolate`]. What the core reports
//! to people, such as errors and notes, is in [`messages`].

pub mod messages;
pub mod organ_names;

use std::fmt::Display;

/// Declares the strings of a panel: `key: "English" | "German",`.
macro_rules! strings {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $en:literal | $de:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $(#[doc = $en] pub $key: &'static str,)*
        }

        impl $name {
            pub(super) const ENGLISH: Self = Self { $($key: $en,)* };
            pub(super) const GERMAN: Self = Self { $($key: $de,)* };
            pub(super) const KEYS: &'static [super::StringsEntry] = &[$((stringify!($key), [$en, $de]),)*];
        }
    };
}

/// Declares the panels.
macro_rules! panels {
    ($($panel:ident: $name:ident,)*) => {
        $(pub mod $panel;)*

        /// All strings in one language.
        #[derive(Clone, Copy, Debug)]
        pub struct Strings {
            $(#[doc = concat!("The strings in `src/core/i18n/", stringify!($panel), ".rs`.")] pub $panel: $panel::$name,)*
        }

        const ENGLISH: Strings = Strings { $($panel: $panel::$name::ENGLISH,)* };
        const GERMAN: Strings = Strings { $($panel: $panel::$name::GERMAN,)* };

        /// Every panel with its strings, in the order of [`Language::ALL`].
        pub const PANELS: &[(&str, &[StringsEntry])] = &[$((stringify!($panel), $panel::$name::KEYS),)*];
    };
}

/// A key and its string in each language.
pub type StringsEntry = (&'static str, [&'static str; 2]);

panels! {
    attributes: AttributesStrings,
    beside: BesideStrings,
    cine: CineStrings,
    correct: CorrectStrings,
    explain: ExplainStrings,
    export: ExportStrings,
    files: FilesStrings,
    finetune: FineTuneStrings,
    footer: FooterStrings,
    header: HeaderStrings,
    input_check: InputCheckStrings,
    keys: KeysStrings,
    measuring: MeasuringStrings,
    model: ModelStrings,
    notices: NoticesStrings,
    offline: OfflineStrings,
    organs: OrgansStrings,
    report: ReportStrings,
    result: ResultStrings,
    series: SeriesStrings,
    server: ServerStrings,
    slab: SlabStrings,
    surface: SurfaceStrings,
    tabs: TabsStrings,
    tools: ToolsStrings,
    truth: TruthStrings,
    viewer: ViewerStrings,
    volume: VolumeStrings,
    welcome: WelcomeStrings,
}

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All languages, in the order of the strings.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language tag (BCP 47).
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The name of the language in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a tag such as `de-AT`, if the page has it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// The strings of the language.
    pub fn strings(self) -> &'static Strings {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

/// A text with a capital at its beginning.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A string with its gaps filled: `interpolate("{n} slices", &[("n", &3)])`.
pub fn interpolate(template: &str, gaps: &[(&str, &dyn Display)]) -> String {
    gaps.iter()
        .fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()))
}
