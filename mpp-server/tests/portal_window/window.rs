//! A portal as a browser without scripts meets it.

use http::{HeaderName, HeaderValue, Method};
use mpp_transport::{ConnectionSettings, HyperTransport, Request, Response, Transport};
use url::Url;

/// A browser without scripts at the portal of a server, with the cookies it was given.
pub(crate) struct Window {
    server: Url,
    cookies: String,
}

impl Window {
    /// A window with these cookies, as browsers send them.
    pub(crate) fn with_cookies(server: &Url, cookies: &str) -> Self {
        Self { server: server.clone(), cookies: cookies.to_owned() }
    }

    /// A window with a session's cookie.
    pub(crate) fn signed_in(server: &Url, cookie: &str, session: &str) -> Self {
        Self::with_cookies(server, &format!("{cookie}={session}"))
    }

    pub(crate) async fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send_body(method, path, "application/x-www-form-urlencoded", body).await
    }

    pub(crate) async fn send_body(&self, method: Method, path: &str, kind: &str, body: String) -> Response {
        self.carry(
            Request::new(method, self.server.join(path).unwrap()),
            &[("sec-fetch-site", "same-origin")],
            (kind, body),
        )
        .await
    }

    /// A form posted from wherever these headers say.
    #[allow(dead_code, reason = "not everybody who includes this file posts from elsewhere")]
    pub(crate) async fn post_from(
        &self,
        site: &[(&str, &str)],
        path: &str,
        form: &[(&str, &str)],
    ) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::new(Method::POST, self.server.join(path).unwrap());
        self.carry(request, site, ("application/x-www-form-urlencoded", body)).await
    }

    async fn carry(
        &self,
        mut request: Request,
        site: &[(&str, &str)],
        (kind, body): (&str, String),
    ) -> Response {
        for (name, value) in site.iter().chain(&[("content-type", kind), ("cookie", self.cookies.as_str())]) {
            request.headers.insert(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        request.body = body.into();
        HyperTransport::new(ConnectionSettings::default()).unwrap().send(request).await.unwrap()
    }

    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        let answer = self.send(Method::GET, path, &[]).await;
        let status = answer.status.as_u16();
        (status, String::from_utf8_lossy(&answer.body.collect(1_000_000).await.unwrap()).into_owned())
    }
}

/// The session an answer lets the browser keep under this cookie.
pub(crate) fn session_of(answer: &Response, cookie: &str) -> Option<String> {
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    let mut values = cookies.filter_map(|line| line.strip_prefix(cookie)?.strip_prefix('='));
    values.next().map(|value| value.split(';').next().unwrap_or_default().to_owned())
}
