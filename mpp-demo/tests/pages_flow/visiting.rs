//! Somebody who taps at a phone, without a browser.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use tower::ServiceExt;

use crate::phones::Stage;

pub const AGGREGATOR: &str = "http://127.0.0.1:1/aa/web?handle=h1";

pub struct Visitor {
    pub router: Router,
    /// What the browser asks for, as `Accept-Language`.
    pub reads: Option<&'static str>,
}

pub struct Shown {
    pub status: StatusCode,
    pub location: String,
    pub policy: String,
    pub text: String,
}

impl Visitor {
    pub fn reading(self, languages: &'static str) -> Self {
        Self { reads: Some(languages), ..self }
    }

    pub async fn send(&self, mut request: Request<Body>) -> Shown {
        if let Some(languages) = self.reads {
            request.headers_mut().insert(header::ACCEPT_LANGUAGE, languages.parse().unwrap());
        }
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let header = |name| {
            let value = response.headers().get(name);
            value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
        };
        let (location, policy) = (header(header::LOCATION), header(header::CONTENT_SECURITY_POLICY));
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Shown { status, location, policy, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub async fn get(&self, path: &str) -> Shown {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Shown {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Posts, and looks at the page it leads to.
    pub async fn tap(&self, path: &str, form: &[(&str, &str)]) -> Shown {
        let answer = self.post(path, form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let shown = self.get(&answer.location).await;
        Shown { location: answer.location, ..shown }
    }

    /// Looks again and again until the page says `words`.
    pub async fn until(&self, path: &str, words: &str) -> Shown {
        for _ in 0..10_000 {
            let shown = self.get(path).await;
            if shown.text.contains(words) {
                return shown;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never said {words:?}: {}", self.get(path).await.text);
    }

    /// Begins a case and opens its message; where the consent screen is.
    pub async fn open_request(&self) -> String {
        self.tap("/phone/1/cases", &[]).await;
        let shown = self.tap("/phone/1/open", &[("invitation", "0")]).await;
        assert!(shown.location.starts_with("/phone/1/requests/"), "{}", shown.location);
        shown.location
    }

    pub async fn approve_all(&self, place: &str) -> Shown {
        let all = [("item-1", "approve"), ("item-2", "approve"), ("item-3", "approve")];
        self.tap(&format!("{place}/decide"), &all).await
    }
}

pub async fn stage() -> (Stage, Visitor) {
    let stage = Stage::new("Asha Rao", AGGREGATOR).await;
    let visitor = Visitor { router: stage.router(), reads: None };
    (stage, visitor)
}

pub fn count(text: &str, words: &str) -> usize {
    text.matches(words).count()
}
