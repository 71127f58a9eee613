//! Lists of studies and series, and where the server is that has them.

use web_sys::AbortController;

use super::address::ServerAddress;
use super::asking_end::AskingEnd;
use super::fetching::{ServerRequests, Unanswered};
use crate::core::i18n::messages::DicomWebMessage;
use crate::formats::dicomweb::answer::is_elsewhere;
use crate::formats::dicomweb::listing::{ServerSeries, ServerStudy, merged, read_series, read_studies};
use crate::formats::dicomweb::query;

/// The server, and its studies. One that is not known is looked for.
pub(super) async fn find(
    controller: &AbortController,
    known: Option<ServerAddress>,
    words: &str,
) -> Result<(ServerAddress, Vec<ServerStudy>), AskingEnd> {
    let known = match ServerAddress::given() {
        Some(address) => Some(address.map_err(AskingEnd::Failed)?),
        None => known,
    };
    let candidates = match known {
        Some(address) => vec![address],
        None => ServerAddress::usual(),
    };
    let is_sure = candidates.len() == 1;
    let mut telling = None;
    for address in &candidates {
        match list_studies(controller, address, words).await {
            Ok(studies) => return Ok((address.clone(), studies)),
            Err(Unanswered::Refused(reason)) if !is_sure && is_elsewhere(&reason) => {}
            Err(reason) => {
                telling.get_or_insert(AskingEnd::at(address.path(), reason));
            }
        }
    }
    let paths: Vec<&str> = candidates.iter().map(ServerAddress::path).collect();
    let nowhere = || AskingEnd::at("", DicomWebMessage::NoneFound { paths: paths.join(", ") }.into());
    Err(telling.unwrap_or_else(nowhere))
}

async fn list_studies(
    controller: &AbortController,
    server: &ServerAddress,
    words: &str,
) -> Result<Vec<ServerStudy>, Unanswered> {
    let requests = ServerRequests { signal: controller.signal() };
    let mut lists = Vec::new();
    for address in query::studies(server.path(), words) {
        let (head, body) = requests.list(&address).await?;
        head.expect_list()?;
        lists.push(read_studies(&body)?);
    }
    Ok(merged(lists))
}

/// The series of a study.
pub(super) async fn list_series(
    controller: &AbortController,
    server: &ServerAddress,
    study: &str,
) -> Result<Vec<ServerSeries>, Unanswered> {
    let requests = ServerRequests { signal: controller.signal() };
    let (head, body) = requests.list(&query::series(server.path(), study)).await?;
    head.expect_list()?;
    Ok(read_series(&body)?)
}
