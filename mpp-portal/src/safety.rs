//! What every answer carries, and who may post.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::assets;

/// Scripts, styles and forms of this site only; in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Middleware: refuses posts that do not come from our own pages, and protects every answer.
pub async fn protect(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let keeping = if uri.path().contains("/assets/") { assets::keeping(uri.query()) } else { "no-store" };
    let allowed = request.method() != Method::POST || comes_from_here(request.headers());
    let mut response = if allowed {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "Please use the forms of this page.").into_response()
    };
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // "no-referrer" would make browsers send `Origin: null` with our own forms
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, keeping),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a post comes from a page of ours: browsers say so in `Sec-Fetch-Site`, older ones in `Origin`.
/// Whoever says neither is no browser with somebody's page in it, but is refused all the same.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let origin = text(header::ORIGIN).and_then(|origin| Url::parse(origin).ok());
    let authority =
        origin.as_ref().map(|origin| &origin[url::Position::BeforeHost..url::Position::AfterPort]);
    authority.is_some() && authority == text(header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    #[test]
    fn our_own_forms_may_post() {
        assert!(comes_from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(comes_from_here(&headers(&[
            ("origin", "http://127.0.0.1:8080"),
            ("host", "127.0.0.1:8080")
        ])));
    }

    #[test]
    fn other_sites_may_not() {
        for site in ["cross-site", "same-site", "none"] {
            assert!(!comes_from_here(&headers(&[("sec-fetch-site", site)])), "{site}");
        }
        assert!(!comes_from_here(&headers(&[("origin", "http://evil.example"), ("host", "127.0.0.1:8080")])));
        assert!(!comes_from_here(&headers(&[("origin", "null"), ("host", "127.0.0.1:8080")])));
        assert!(!comes_from_here(&HeaderMap::new()));
    }
}
