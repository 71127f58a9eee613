//! Makes the surfaces of organs while nothing is requested, piece by piece.

use js_sys::Promise;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::DedicatedWorkerGlobalScope;

use super::Shared;
use crate::app::session::Session;
use crate::web::clock::now_ms;

/// Surfaces are made once nothing was requested for this time, so that a stroke or scrolling never waits for them, and a
/// mask that changes again and again is not followed at every step.
const QUIET_MS: f64 = 250.0;
/// How soon to look again after masks that are still to be recomputed.
const LOOK_AGAIN_MS: f64 = 50.0;

/// Makes the surfaces that the page waits for.
pub(super) fn make_surfaces(host: &Shared) {
    {
        let host = &mut *host.borrow_mut();
        if host.making_surfaces || !host.has_outdated_surfaces() {
            return;
        }
        host.making_surfaces = true;
    }
    let host = host.clone();
    spawn_local(async move {
        while host.borrow().has_outdated_surfaces() {
            let (scope, is_busy, quiet_in_ms) = {
                let host = host.borrow();
                (host.scope.clone(), host.has_outdated_masks(), host.requested_at_ms + QUIET_MS - now_ms())
            };
            let wait_ms = if is_busy { quiet_in_ms.max(LOOK_AGAIN_MS) } else { quiet_in_ms.max(0.0) };
            // The browser's timer always fires; an error here would only mean that it fires at once.
            JsFuture::from(after(&scope, wait_ms)).await.ok();
            let is_quiet = now_ms() - host.borrow().requested_at_ms >= QUIET_MS;
            if is_quiet && !host.borrow().has_outdated_masks() {
                let responses = host.borrow_mut().session.as_mut().map(Session::advance_surfaces).unwrap_or_default();
                host.borrow().reply_all(&responses);
            }
        }
        host.borrow_mut().making_surfaces = false;
    });
}

/// Resolves after some time, and after the messages that wait now have been delivered.
fn after(scope: &DedicatedWorkerGlobalScope, ms: f64) -> Promise {
    Promise::new(&mut |resolve, _| {
        let ms = ms.ceil() as i32;
        scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).expect("a timer can be set");
    })
}
