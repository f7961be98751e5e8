//! Style, scripts and pictures, served from this program: nothing is loaded from elsewhere.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const STYLE: &str = include_str!("../assets/portal.css");
const SCRIPT: &str = include_str!("../assets/portal.js");
const MOVES: &str = include_str!("../assets/moves.js");
const PASSKEYS: &str = include_str!("../assets/passkeys.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// Which state of the files this program has: pages name it behind their addresses, so that browsers keep them for as long as they
/// like and still show no page with the style of an earlier program.
static EDITION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    [STYLE, SCRIPT, MOVES, PASSKEYS, ICON].hash(&mut hasher);
    format!("{:016x}", hasher.finish())
});

/// The files; nested at the portal's prefix.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/portal.css", get(|| file("text/css; charset=utf-8", STYLE)))
        .route("/assets/portal.js", get(|| file("text/javascript; charset=utf-8", SCRIPT)))
        .route("/assets/moves.js", get(|| file("text/javascript; charset=utf-8", MOVES)))
        .route("/assets/passkeys.js", get(|| file("text/javascript; charset=utf-8", PASSKEYS)))
        .route("/assets/icon.svg", get(|| file("image/svg+xml", ICON)))
}

/// The query behind the address of a file.
pub(crate) fn edition() -> &'static str {
    &EDITION
}

/// How long a browser may keep a file it asked for with this query.
pub(crate) fn keeping(query: Option<&str>) -> &'static str {
    if query == Some(edition()) { "private, max-age=31536000, immutable" } else { "private, no-cache" }
}

async fn file(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_this_edition_are_kept() {
        assert!(keeping(Some(edition())).contains("immutable"));
        for other in [None, Some(""), Some("0000000000000000")] {
            assert_eq!(keeping(other), "private, no-cache");
        }
    }
}
