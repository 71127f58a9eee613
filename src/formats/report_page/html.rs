//! HTML as text: what is written into it is escaped, and the head that allows nothing but its own style and pictures.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::core::i18n::Language;

const STYLE: &str = include_str!("style.css");

/// HTML that is being written.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds HTML as it is.
    pub(super) fn raw(&mut self, html: &str) -> &mut Self {
        self.0.push_str(html);
        self
    }

    /// Adds a text or a number, escaped for content and for attributes in quotes.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        self.raw(&escape(&text.to_string()))
    }

    /// Adds a text as an element: `element("p", "class=small", "...")`.
    pub(super) fn element(&mut self, name: &str, attributes: &str, text: impl Display) -> &mut Self {
        let space = if attributes.is_empty() { "" } else { " " };
        self.raw("<").raw(name).raw(space).raw(attributes).raw(">").text(text).raw("</").raw(name).raw(">")
    }
}

/// Text with the special characters of HTML escaped, for content and for attributes in quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // What no document may contain.
            '\0' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The whole file.
pub(super) fn document(language: Language, title: &str, class: &str, body: Html) -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let mut page = Html::default();
    page.raw("<!doctype html>\n<html lang=").raw(language.code()).raw(">\n<head>\n<meta charset=utf-8>\n");
    page.raw("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'sha256-").raw(&hash);
    page.raw("'; img-src data:; base-uri 'none'; form-action 'none'\">\n<meta name=referrer content=no-referrer>\n");
    page.raw("<meta name=viewport content=\"width=device-width\">\n<title>").text(title).raw("</title>\n<style>");
    page.raw(STYLE).raw("</style>\n</head>\n<body class=\"").raw(class).raw("\">\n");
    page.raw(&body.0).raw("</body>\n</html>\n");
    page.0
}
