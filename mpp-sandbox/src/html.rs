//! Small server-rendered pages: light and dark, readable on a phone, without scripts.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::documents::push_escaped;

/// The style sheet of all pages.
const STYLE: &str = "
:root{color-scheme:light dark;--bg:#f6f7f9;--fg:#15202b;--card:#fff;--line:#d5dbe1;--accent:#0b6bcb;--bad:#b3261e;--soft:#5b6875}
@media (prefers-color-scheme:dark){:root{--bg:#0f151b;--fg:#e7edf3;--card:#19222b;--line:#33414e;--accent:#6cb2ff;--bad:#ff8a80;--soft:#9fb0bf}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1rem}h1{font-size:1.35rem}h2{font-size:1.1rem;margin:1.4rem 0 .4rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem;margin:.7rem 0;overflow-wrap:anywhere}
small,.soft{color:var(--soft)}.bad{color:var(--bad);font-weight:600}label{display:block;margin:.5rem 0}
input[type=text],input[type=tel]{width:100%;font:inherit;padding:.6rem;border:1px solid var(--line);border-radius:.4rem;background:var(--bg);color:var(--fg)}
button{font:inherit;width:100%;padding:.7rem;margin:.3rem 0;border:0;border-radius:.4rem;background:var(--accent);color:#fff;cursor:pointer}
@media (prefers-color-scheme:dark){button{color:#08131e}}button.plain{background:transparent;color:var(--accent);border:1px solid var(--accent)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem .8rem;margin:0}dt{color:var(--soft)}dd{margin:0}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem;text-align:left;overflow-wrap:anywhere}
a{color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
";

/// A page being written.
#[derive(Debug)]
pub(crate) struct Page {
    title: String,
    body: String,
}

impl Page {
    /// A page with this title and heading.
    pub(crate) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), body: String::new() }
    }

    /// A paragraph of text.
    pub(crate) fn paragraph(&mut self, words: &str) {
        self.raw(&format!("<p>{}</p>", text(words)));
    }

    /// A heading of a section.
    pub(crate) fn heading(&mut self, words: &str) {
        self.raw(&format!("<h2>{}</h2>", text(words)));
    }

    /// What went wrong, announced to screen readers.
    pub(crate) fn problem(&mut self, words: &str) {
        self.raw(&format!("<p class=\"bad\" role=\"alert\">{}</p>", text(words)));
    }

    /// A list of names and values in a card.
    pub(crate) fn facts(&mut self, facts: &[(&str, String)]) {
        self.raw("<dl class=\"card\">");
        for (name, value) in facts {
            self.raw(&format!("<dt>{}</dt><dd>{}</dd>", text(name), text(value)));
        }
        self.raw("</dl>");
    }

    /// Markup whose variable parts are escaped already.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// The page as HTML.
    pub(crate) fn finish(self) -> String {
        let title = text(&self.title);
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <style>{STYLE}</style></head><body><main><h1>{title}</h1>{}</main></body></html>",
            self.body
        )
    }

    /// The page as an answer that is neither stored nor framed.
    pub(crate) fn respond(self) -> Response {
        let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        let mut response = axum::response::Html(self.finish()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

/// `words` escaped for use as text or as an attribute's value.
pub(crate) fn text(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    push_escaped(&mut escaped, words);
    escaped
}

/// A button that posts `fields` to `action`.
pub(crate) fn button_form(action: &str, fields: &[(&str, &str)], words: &str, class: &str) -> String {
    let hidden: String = fields
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", text(name), text(value))
        })
        .collect();
    format!(
        "<form method=\"post\" action=\"{}\">{hidden}<button class=\"{class}\">{}</button></form>",
        text(action),
        text(words)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_text_cannot_become_markup() {
        let mut page = Page::new("<script>");
        page.facts(&[("a", "\"><img>".to_owned())]);
        let html = page.finish();
        assert!(!html.contains("<script>") && !html.contains("<img>"));
    }
}
