//! The address of a server of DICOMweb, which is always of the page's own origin.

use leptos::prelude::*;
use web_sys::Url;

use crate::core::error::UserError;
use crate::core::i18n::messages::DicomWebMessage;
use crate::formats::dicomweb::answer::refusal;
use crate::formats::dicomweb::query::USUAL_PATHS;

/// The parameter of the page's address that gives the path.
const PARAMETER: &str = "dicomweb";

/// The address of a server: a path of the page's own origin, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerAddress {
    /// The path, such as `/dicom-web`.
    path: String,
}

impl ServerAddress {
    /// The address that `?dicomweb=` gives, if the page's address has it.
    pub(crate) fn given() -> Option<Result<Self, UserError>> {
        let query = window().location().search().ok()?;
        let path = web_sys::UrlSearchParams::new_with_str(&query).ok()?.get(PARAMETER)?;
        Some(Self::relative_to_page(&path))
    }

    /// Where a server may be, the likeliest first.
    pub(crate) fn usual() -> Vec<Self> {
        let mut addresses: Vec<Self> = Vec::new();
        for address in USUAL_PATHS.iter().filter_map(|path| Self::relative_to_page(path).ok()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
    }

    fn relative_to_page(path: &str) -> Result<Self, UserError> {
        let own = window().location().origin().unwrap_or_default();
        let base = document().base_uri().ok().flatten().unwrap_or_default();
        let url = Url::new_with_base(path, &base).ok();
        // Blobs have an origin too, and no path.
        let is_own = |url: &Url| url.origin() == own && url.href().starts_with(&own);
        match url.filter(is_own) {
            Some(url) => Ok(Self { path: url.pathname().trim_end_matches('/').to_owned() }),
            None => Err(refusal("", DicomWebMessage::OtherOrigin { found: path.to_owned(), own })),
        }
    }

    /// The path, which is an address of its own: a browser takes it for one of the page's origin.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}
