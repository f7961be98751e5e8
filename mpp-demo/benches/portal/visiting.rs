//! Somebody at a portal with a clock in hand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use mpp_transport::{Request, Transport};
use url::Url;

use crate::transport;

/// The largest page that is read, in bytes.
const LARGEST_PAGE: usize = 16 * 1024 * 1024;

/// Somebody at a portal.
pub(crate) struct Visitor {
    at: Url,
    cookie: HeaderValue,
    transport: Arc<dyn Transport>,
}

/// A page as it came.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) bytes: usize,
    pub(crate) text: String,
    took: Duration,
}

impl Visitor {
    /// Somebody with this session.
    ///
    /// # Errors
    /// When the session is no cookie.
    pub(crate) fn new(at: &Url, cookie: &str, session: &str) -> anyhow::Result<Self> {
        let cookie = HeaderValue::from_str(&format!("{cookie}={session}"))?;
        Ok(Self { at: at.clone(), cookie, transport: transport()? })
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn get(&self, place: &str) -> anyhow::Result<Answered> {
        let request = Request::get(self.at.join(place)?)
            .with_header(header::COOKIE, self.cookie.clone())
            .with_timeout(Duration::from_secs(120));
        let begun = Instant::now();
        let answer = self.transport.send(request).await?;
        let status = answer.status;
        let bytes = answer.collect(LARGEST_PAGE).await?;
        let (took, text) = (begun.elapsed(), String::from_utf8_lossy(&bytes).into_owned());
        Ok(Answered { status, bytes: bytes.len(), text, took })
    }

    /// Sends a form; gives where the answer leads.
    ///
    /// # Errors
    /// When the server does not answer, or leads nowhere.
    pub(crate) async fn post(&self, place: &str, form: &[(&str, &str)]) -> anyhow::Result<String> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::new(Method::POST, self.at.join(place)?)
            .with_header(header::COOKIE, self.cookie.clone())
            .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .with_header(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("same-origin"))
            .with_timeout(Duration::from_secs(120));
        request.body = body.into();
        let answer = self.transport.send(request).await?;
        let place = answer.headers.get(header::LOCATION).context("the answer leads nowhere")?;
        Ok(place.to_str()?.to_owned())
    }

    /// The addresses that a page leads to and that begin like this.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn links(&self, place: &str, beginning: &str) -> anyhow::Result<Vec<String>> {
        let page = self.get(place).await?;
        let found =
            ["href=\"", "src=\""].into_iter().flat_map(|attribute| page.text.split(attribute).skip(1));
        let found =
            found.filter_map(|rest| rest.split('"').next()).filter(|link| link.starts_with(beginning));
        Ok(found.map(|link| link.replace("&#38;", "&").replace("&amp;", "&")).collect())
    }

    /// Where a list goes on.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn onward(&self, place: &str) -> anyhow::Result<Option<String>> {
        let path = place.split('?').next().unwrap_or(place);
        let links = self.links(place, &format!("{path}?")).await?;
        Ok(links.into_iter().find(|link| link.contains("after=") || link.contains("before=")))
    }

    /// Asks for every page so many times and prints how long that took.
    ///
    /// # Errors
    /// When a page is not there.
    pub(crate) async fn time_all(&self, places: &[String], rounds: usize) -> anyhow::Result<()> {
        println!("{:<60}{:>9}{:>9}{:>9}{:>10}", "page", "p50 ms", "p95 ms", "max ms", "bytes");
        for place in places {
            self.time(place, rounds).await?;
        }
        Ok(())
    }

    async fn time(&self, place: &str, rounds: usize) -> anyhow::Result<()> {
        let mut times = Vec::new();
        let mut size = 0;
        for _ in 0..rounds.max(1) {
            let page = self.get(place).await?;
            anyhow::ensure!(page.status == StatusCode::OK, "{place}: {}", page.status);
            size = page.bytes;
            times.push(page.took);
        }
        times.sort_unstable();
        let at = |share: usize| {
            let place = (times.len() * share / 100).min(times.len() - 1);
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        let shown: String = place.chars().take(59).collect();
        println!("{shown:<60}{:>9.1}{:>9.1}{:>9.1}{size:>10}", at(50), at(95), at(100));
        Ok(())
    }
}
