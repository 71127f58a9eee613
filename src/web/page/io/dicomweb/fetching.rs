//! One request to a server of the page's own origin, and its answer.
//!
//! Answers stay out of the browser's cache, because they are about patients. Cookies and other ways of signing in to this
//! origin go along.

use js_sys::{Array, IteratorNext, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Blob, File, Headers, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestInit,
    RequestMode, Response,
};

use crate::core::i18n::messages::DicomWebMessage;
use crate::formats::dicomweb::answer::{AnswerHead, DICOM, JSON, Packing};
use crate::formats::dicomweb::multipart::PartScanner;
use crate::web::transfer;

/// What ended a request.
pub(super) enum Unanswered {
    /// The person, or a request that took its place.
    Cancelled,
    /// The server, or the way to it.
    Refused(DicomWebMessage),
}

impl From<DicomWebMessage> for Unanswered {
    fn from(reason: DicomWebMessage) -> Self {
        Self::Refused(reason)
    }
}

/// Requests that end together.
#[derive(Clone)]
pub(super) struct ServerRequests {
    /// Ends them.
    pub(super) signal: AbortSignal,
}

/// An answer whose body has not come.
struct OpenAnswer {
    head: AnswerHead,
    response: Response,
}

impl ServerRequests {
    /// Asks for a list.
    pub(super) async fn list(&self, address: &str) -> Result<(AnswerHead, String), Unanswered> {
        let answer = self.ask(address, JSON, &RequestInit::new(), None).await?;
        let text = self.text(&answer).await?;
        Ok((answer.head, text))
    }

    /// Asks for a file, and makes one of this name.
    pub(super) async fn file(&self, address: &str, name: &str) -> Result<File, Unanswered> {
        let answer = self.ask(address, DICOM, &RequestInit::new(), None).await?;
        let packing = answer.head.expect_file()?;
        let body = self.body(&answer, packing).await?;
        File::new_with_blob_sequence(&Array::of1(&body), name).map_err(|error| self.failure(&error))
    }

    /// Gives the server a body of this type.
    pub(super) async fn store(
        &self,
        address: &str,
        content_type: &str,
        body: &Blob,
    ) -> Result<(AnswerHead, String), Unanswered> {
        let request = RequestInit::new();
        request.set_method("post");
        request.set_body(body);
        let answer = self.ask(address, JSON, &request, Some(content_type)).await?;
        let text = self.text(&answer).await?;
        Ok((answer.head, text))
    }

    async fn ask(
        &self,
        address: &str,
        accept: &str,
        request: &RequestInit,
        content_type: Option<&str>,
    ) -> Result<OpenAnswer, Unanswered> {
        let failed = |error: JsValue| self.failure(&error);
        let headers = Headers::new().map_err(failed)?;
        headers.set("accept", accept).map_err(failed)?;
        if let Some(content_type) = content_type {
            headers.set("content-type", content_type).map_err(failed)?;
        }
        request.set_headers(&headers);
        request.set_mode(RequestMode::SameOrigin);
        request.set_credentials(RequestCredentials::SameOrigin);
        request.set_cache(RequestCache::NoStore);
        request.set_signal(Some(&self.signal));
        let response = JsFuture::from(window().fetch_with_str_and_init(address, request)).await.map_err(failed)?;
        let response: Response = response.unchecked_into();
        let content_type = response.headers().get("content-type").ok().flatten().unwrap_or_default();
        Ok(OpenAnswer { head: AnswerHead { status: response.status(), content_type }, response })
    }

    async fn text(&self, answer: &OpenAnswer) -> Result<String, Unanswered> {
        let failed = |error: JsValue| self.failure(&error);
        let text = JsFuture::from(answer.response.text().map_err(failed)?).await.map_err(failed)?;
        Ok(text.as_string().unwrap_or_default())
    }

    /// The one file in an answer. Its pieces stay with the browser; only where the file begins and ends is found here.
    async fn body(&self, answer: &OpenAnswer, packing: Packing) -> Result<Blob, Unanswered> {
        let failed = |error: JsValue| self.failure(&error);
        let mut scanner = match &packing {
            Packing::Multipart { boundary } => Some(PartScanner::new(boundary)),
            Packing::Bare => None,
        };
        let pieces = Array::new();
        if let Some(stream) = answer.response.body() {
            let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
            loop {
                let read: IteratorNext = JsFuture::from(reader.read()).await.map_err(failed)?.unchecked_into();
                if read.done() {
                    break;
                }
                let piece: Uint8Array = read.value().unchecked_into();
                if let Some(scanner) = &mut scanner {
                    scanner.take(&piece.to_vec())?;
                }
                pieces.push(&piece);
            }
        }
        let whole = Blob::new_with_u8_array_sequence(&pieces).map_err(failed)?;
        let Some(scanner) = scanner else { return Ok(whole) };
        let parts = scanner.finish()?;
        let [part] = &parts[..] else {
            return Err(DicomWebMessage::OtherCount { found: parts.len(), expected: 1 }.into());
        };
        part.expect_dicom()?;
        let (start, end) = (part.content.start as f64, part.content.end as f64);
        whole.slice_with_f64_and_f64(start, end).map_err(failed)
    }

    fn failure(&self, error: &JsValue) -> Unanswered {
        match self.signal.aborted() {
            true => Unanswered::Cancelled,
            false => DicomWebMessage::Unreachable { why: transfer::text(error) }.into(),
        }
    }
}
