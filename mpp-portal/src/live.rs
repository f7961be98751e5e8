//! Parts of pages that stay true while somebody looks: sent again when they change, as server-sent events.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::future::{Either, select};
use futures::stream;

use crate::signed::Signed;

/// When is looked for the first time: the page is of a moment ago, and who goes on at once need not be told.
const FIRST: Duration = Duration::from_millis(500);
/// How often is looked whether something changed.
const EVERY: Duration = Duration::from_secs(2);
/// How often is looked before the browser has to ask again, which it does once its person has done something: a page left
/// open must not keep its session for ever.
const LOOKS: u32 = 300;

/// Where a stream stands.
struct Watch<F> {
    signed: Signed,
    part: F,
    shown: Option<String>,
    looks: u32,
}

/// The part as a stream. It ends when the part cannot be made any more, when the server stops, and after ten minutes.
pub(crate) fn stream<F, R>(signed: Signed, part: F) -> Response
where
    F: Fn(Signed) -> R + Send + 'static,
    R: Future<Output = Option<String>> + Send + 'static,
{
    let watch = Watch { signed, part, shown: None, looks: 0 };
    let events = stream::unfold(Some(watch), |watch| async move {
        let mut watch = watch?;
        match next(&mut watch).await {
            Some(event) => Some((Ok::<_, Infallible>(event), Some(watch))),
            None => Some((Ok(Event::default().event("end").data("end")), None)),
        }
    });
    Sse::new(events).into_response()
}

/// The next change; `None` at the end.
async fn next<F, R>(watch: &mut Watch<F>) -> Option<Event>
where
    F: Fn(Signed) -> R,
    R: Future<Output = Option<String>>,
{
    while watch.looks < LOOKS {
        let wait = Box::pin(tokio::time::sleep(if watch.looks == 0 { FIRST } else { EVERY }));
        if let Either::Right(_) = select(wait, watch.signed.portal.stopping()).await {
            return None;
        }
        watch.looks = watch.looks.saturating_add(1);
        let html = (watch.part)(watch.signed.clone()).await?;
        if watch.shown.as_ref() != Some(&html) {
            let event = Event::default().event("part").data(html.replace('\r', ""));
            watch.shown = Some(html);
            return Some(event);
        }
    }
    None
}
