//! Who is looking: a visitor with a language, or somebody with a session.

use axum::extract::{FromRequestParts, OriginalUri, Query};
use axum::http::header::{COOKIE, HeaderMap, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use mpp_api::desk::{DeskClient, PersonView};
use mpp_api::{ApiError, Caller};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::portal::{PREFIX, Portal};
use crate::trouble::Trouble;
use crate::view::{Frame, NavEntry};
use crate::words::{Language, Words};

/// The cookie of the language.
const LANGUAGE: &str = "mpp-language";
/// The longest session lasts as long on the server; the browser keeps the cookie until it is closed.
const ATTRIBUTES: &str = "Path=/; HttpOnly; Secure; SameSite=Strict";

/// Anybody.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) portal: Portal,
    pub(crate) words: Words,
    /// Where this page can be read again; absent on the answer to a form.
    place: Option<String>,
    /// What went well a moment ago, by the name of its text.
    done: Option<String>,
    /// The secret of a sign-in through the provider, and where it leads afterwards.
    pub(crate) attempt: Option<(Zeroizing<String>, String)>,
}

impl Visitor {
    /// A frame without a menu.
    pub(crate) fn frame(&self, title: &str) -> Frame {
        Frame {
            words: self.words,
            portal: self.portal.kind.name,
            owner: self.portal.owner().to_owned(),
            title: title.to_owned(),
            nav: Vec::new(),
            here: "",
            place: self.place.clone().unwrap_or_else(|| "/".to_owned()),
            person: None,
            find_hint: None,
            done: self.done.clone(),
            problem: None,
        }
    }
}

impl FromRequestParts<Portal> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Self::Rejection> {
        let chosen = cookie(&parts.headers, LANGUAGE).and_then(|tag| Language::of_tag(&tag));
        let words = Words(chosen.unwrap_or_else(|| Language::wanted(&parts.headers)));
        let query = parts.uri.query().unwrap_or("").as_bytes();
        let told = url::form_urlencoded::parse(query).find(|(name, _)| name == "done");
        // only texts of ours are shown: an address cannot make a page say anything else
        let done = told.and_then(|(_, name)| words.find(&format!("done.{name}"))).map(str::to_owned);
        let attempt = cookie(&parts.headers, &attempt_cookie(portal)).map(|kept| opened_attempt(&kept));
        Ok(Self { portal: portal.clone(), words, place: place_of(parts), done, attempt })
    }
}

/// What a provider answered is good once: the place it leads to is not read again.
const READ_ONCE: &str = "/single-sign-on";

/// The place of a page within the portal, without what went well a moment ago; `None` for what cannot be read again.
fn place_of(parts: &Parts) -> Option<String> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let asked = asked_of(parts);
    let path = asked.path().strip_prefix(PREFIX).filter(|path| *path != READ_ONCE)?;
    let path = if path.is_empty() { "/" } else { path };
    let query = asked_for(asked.query().unwrap_or(""), &["done"]);
    Some(if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
}

/// What was asked for; nested routers see the path without the prefix.
fn asked_of(parts: &Parts) -> &Uri {
    parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

/// The filters of a query, without those of these names. A form sends what was left empty, too; that was not asked for, and neither
/// were the spaces around a word.
pub(crate) fn asked_for(query: &str, without: &[&str]) -> String {
    let pairs =
        url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !without.contains(&name.as_ref()));
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        let value = value.trim();
        if !value.is_empty() {
            kept.append_pair(&name, value);
        }
    }
    kept.finish()
}

/// What the address of a page asks for, such as the filters of a list. What went well a moment ago stands there too, and is none of
/// it. An address that cannot be read is answered with a page that says so.
#[derive(Debug)]
pub(crate) struct Filters<T>(pub(crate) T);

impl<T: DeserializeOwned> Filters<T> {
    fn read(query: &str) -> Option<Self> {
        let address: Uri = format!("/?{}", asked_for(query, &["done"])).parse().ok()?;
        Query::try_from_uri(&address).ok().map(|Query(filters)| Self(filters))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<Portal> for Filters<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        if let Some(filters) = Self::read(parts.uri.query().unwrap_or("")) {
            return Ok(filters);
        }
        let signed = Signed::from_request_parts(parts, portal).await?;
        Err(Trouble::NotFound.answer(&signed))
    }
}

/// Somebody with a session.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    visitor: Visitor,
    pub(crate) person: PersonView,
    /// The interface, called by this person.
    pub(crate) caller: Caller,
}

impl std::ops::Deref for Signed {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl Signed {
    /// A frame with the menu of what the person may do.
    pub(crate) fn frame(&self, here: &'static str, title: &str) -> Frame {
        let menu = self.portal.kind.nav.iter().filter(|(_, action)| self.person.may(action));
        let around = self.visitor.frame(title);
        // who sent a form goes on from the page in the menu
        let place =
            if self.visitor.place.is_some() || here.is_empty() { around.place } else { here.to_owned() };
        Frame {
            nav: menu.map(|(entry, _)| entry.clone()).collect::<Vec<NavEntry>>(),
            here,
            place,
            person: Some(self.person.id.to_string()),
            find_hint: self.person.may("see_consents").then_some(self.portal.kind.finds),
            ..around
        }
    }

    pub(crate) fn desk(&self) -> DeskClient {
        DeskClient::new(self.caller.clone())
    }

    /// The page for an answer that is a refusal.
    pub(crate) fn refused(&self, error: &ApiError) -> Response {
        Trouble::of(error).answer(self)
    }

    /// Leads on to another page, which says what went well.
    pub(crate) fn lead_to(&self, place: &str, done: &str) -> Response {
        let mark = if place.contains('?') { '&' } else { '?' };
        Redirect::to(&format!("{PREFIX}{place}{mark}done={done}")).into_response()
    }
}

impl FromRequestParts<Portal> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        let Ok(visitor) = Visitor::from_request_parts(parts, portal).await;
        let key = cookie(&parts.headers, portal.kind.cookie);
        let caller = key.as_deref().and_then(|key| portal.with_session(key));
        let Some(caller) = caller else { return Err(to_sign_in(parts)) };
        match DeskClient::new(caller.clone()).me().await {
            Ok(person) => Ok(Self { visitor, person, caller }),
            Err(error) if error.code() == Some("unauthenticated") => Err(to_sign_in(parts)),
            Err(error) => Err(Trouble::of(&error).page(&visitor, StatusCode::BAD_GATEWAY)),
        }
    }
}

/// The place of the entrance that leads to another place afterwards.
pub(crate) fn sign_in_before(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("/sign-in?next={next}")
}

/// The way to the entrance, which leads back afterwards.
fn to_sign_in(parts: &Parts) -> Response {
    let place = asked_of(parts).path_and_query().map_or("/", |place| place.as_str());
    let place = place.strip_prefix(PREFIX).unwrap_or("/");
    // only reading can be gone back to
    let back = if parts.method == Method::GET { place } else { "/" };
    Redirect::to(&format!("{PREFIX}{}", sign_in_before(back))).into_response()
}

/// Lets the browser keep a session.
pub(crate) fn keep_session(portal: &Portal, key: &str, mut response: Response) -> Response {
    let text = Zeroizing::new(format!("{}={key}; {ATTRIBUTES}", portal.kind.cookie));
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// Lets the browser forget the session.
pub(crate) fn forget_session(portal: &Portal, mut response: Response) -> Response {
    let text = format!("{}=; {ATTRIBUTES}; Max-Age=0", portal.kind.cookie);
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The cookie of a sign-in through the provider, which comes back from another site.
fn attempt_cookie(portal: &Portal) -> String {
    format!("{}-sign-on", portal.kind.cookie)
}

const ATTEMPT_ATTRIBUTES: &str = "Path=/; HttpOnly; Secure; SameSite=Lax";

/// Lets the browser keep a sign-in through the provider for ten minutes, with the place it leads to.
pub(crate) fn keep_attempt(portal: &Portal, key: &str, next: &str, mut response: Response) -> Response {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let name = attempt_cookie(portal);
    let text = Zeroizing::new(format!("{name}={key}~{next}; {ATTEMPT_ATTRIBUTES}; Max-Age=600"));
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// Lets the browser forget a sign-in through the provider.
pub(crate) fn forget_attempt(portal: &Portal, mut response: Response) -> Response {
    let text = format!("{}=; {ATTEMPT_ATTRIBUTES}; Max-Age=0", attempt_cookie(portal));
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

fn opened_attempt(kept: &str) -> (Zeroizing<String>, String) {
    let (key, next) = kept.split_once('~').unwrap_or((kept, ""));
    let next = url::form_urlencoded::parse(next.as_bytes()).next().map(|(next, _)| next.into_owned());
    (Zeroizing::new(key.to_owned()), next.unwrap_or_default())
}

/// Lets the browser keep a language. Who comes back from the provider's site is spoken to in it too, hence `Lax`.
pub(crate) fn keep_language(language: Language, mut response: Response) -> Response {
    let text = format!("{LANGUAGE}={}; Path=/; Secure; SameSite=Lax; Max-Age=31536000", language.tag());
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<Zeroizing<String>> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| Zeroizing::new(value.to_owned()))
}
