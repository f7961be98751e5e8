//! The library's requests over the server's own way out: rustls, no redirects, no proxy of the environment, a time limit.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use mpp_transport::{Request, Transport, TransportError};
use openidconnect::{HttpRequest, HttpResponse};
use url::Url;

use super::is_safe;

/// How long a provider may take: a person is waiting.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer of a provider that is read.
const LARGEST_ANSWER_BYTES: usize = 256 * 1024;

/// Carries the library's requests.
pub(super) fn over(
    transport: &Arc<dyn Transport>,
) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> + Send + Sync + 'static
{
    let transport = Arc::clone(transport);
    move |request| Box::pin(carry(Arc::clone(&transport), request))
}

async fn carry(transport: Arc<dyn Transport>, request: HttpRequest) -> Result<HttpResponse, TransportError> {
    let (head, body) = request.into_parts();
    let url = Url::parse(&head.uri.to_string())
        .map_err(|_| TransportError::Invalid { reason: "the provider names an address that is not one" })?;
    // what the provider says about itself must not lead past TLS
    if !is_safe(&url) {
        return Err(TransportError::Invalid { reason: "the provider names an address without TLS" });
    }
    let mut asked = Request::new(head.method, url).with_timeout(PATIENCE);
    asked.headers = head.headers;
    if !body.is_empty() {
        asked = asked.with_body(body);
    }
    let answer = transport.send(asked).await?;
    let (status, headers) = (answer.status, answer.headers.clone());
    let body = answer.collect(LARGEST_ANSWER_BYTES).await?;
    if status.is_server_error() {
        return Err(TransportError::interrupted("the provider answers with an error of its own"));
    }
    let mut response = HttpResponse::new(body.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
