//! Signing out: what the provider says of people who signed out there (OpenID Connect Back-Channel Logout 1.0), and where
//! somebody who signed out here can do so there too (RP-Initiated Logout 1.0).

use mpp_core::{Span, Timestamp};
use mpp_staff::{SignOutNotice, SignedOut};
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{ClientId, JsonWebKey, JsonWebKeyId, LogoutRequest, PostLogoutRedirectUrl};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::{ALGORITHMS, BELIEVED_FOR, CLOCKS_DIFFER, IdentityProvider, OLDEST_TOKEN, is_safe};
use crate::desk::single_sign_on::failure::{BadToken, NoticeFailure};

/// The longest notice that is looked at, in bytes.
const LONGEST_NOTICE: usize = 16 * 1024;
/// How often the provider is asked for its keys on account of notices: anybody can send one.
const ASKED_EVERY: Span = Span::from_minutes(1);
/// What makes a token a notice of a sign-out.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The head of a notice, of which nothing is to be believed.
#[derive(Deserialize)]
struct Head {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    typ: Option<String>,
    /// Extensions that must be understood; none is.
    crit: Option<Value>,
}

/// A notice as it came.
struct Received<'t> {
    head: Head,
    signed: &'t str,
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

impl<'t> Received<'t> {
    fn read(notice: &'t str) -> Result<Self, BadToken> {
        if notice.len() > LONGEST_NOTICE {
            return Err(BadToken::Form);
        }
        let (signed, signature) = notice.rsplit_once('.').ok_or(BadToken::Form)?;
        let (head, claims) = signed.split_once('.').ok_or(BadToken::Form)?;
        let head: Head = serde_json::from_slice(&decoded(head)?).map_err(|_| BadToken::Form)?;
        if head.crit.is_some() || !head.typ.as_deref().is_none_or(is_notice_type) {
            return Err(BadToken::Form);
        }
        // neither `none` nor anything that rests on the shared secret
        if !ALGORITHMS.contains(&head.alg) {
            return Err(BadToken::Signature);
        }
        let claims = serde_json::from_slice(&decoded(claims)?).map_err(|_| BadToken::Form)?;
        Ok(Self { head, signed, signature: decoded(signature)?, claims })
    }

    fn was_signed_with(&self, key: &CoreJsonWebKey) -> bool {
        key.verify_signature(&self.head.alg, self.signed.as_bytes(), &self.signature).is_ok()
    }

    /// A claim that is a text when it is there.
    fn text(&self, name: &str) -> Result<Option<&str>, BadToken> {
        match self.claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(BadToken::Form),
        }
    }

    /// A claim that is a time when it is there. Parts of a second are let go.
    fn moment(&self, name: &str) -> Result<Option<Timestamp>, BadToken> {
        let Some(said) = self.claims.get(name) else { return Ok(None) };
        let whole = said.as_number().map(ToString::to_string).ok_or(BadToken::Form)?;
        let whole = whole.split('.').next().and_then(|seconds| seconds.parse::<i64>().ok());
        let millis = whole.and_then(|seconds| seconds.checked_mul(1000)).ok_or(BadToken::Form)?;
        Timestamp::from_unix_millis(millis).map(Some).map_err(|_| BadToken::Form)
    }

    /// Whether it is meant for this client and for nobody else.
    fn is_for(&self, client: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => one == client,
            Some(Value::Array(all)) => !all.is_empty() && all.iter().all(|one| one == client),
            _ => false,
        }
    }

    /// Whether it tells of a sign-out, and cannot be taken for an identity token.
    fn tells_of_a_sign_out(&self) -> bool {
        let event = self.claims.get("events").and_then(|events| events.get(EVENT));
        event.is_some_and(Value::is_object) && !self.claims.contains_key("nonce")
    }
}

impl IdentityProvider {
    /// What a notice says, after everything that section 2.6 of the standard asks for was checked.
    ///
    /// # Errors
    /// [`NoticeFailure`]: the provider did not sign it as far as can be seen, or what it signed is not to be believed.
    pub(in crate::desk::single_sign_on) async fn sign_out_notice(
        &self,
        notice: &str,
    ) -> Result<SignOutNotice, NoticeFailure> {
        let received = Received::read(notice).map_err(NoticeFailure::Unproved)?;
        let keys = self.keys_for(&received.head).await?;
        if !keys.iter().any(|key| received.was_signed_with(key)) {
            return Err(NoticeFailure::Unproved(BadToken::Signature));
        }
        self.believed(&received).map_err(NoticeFailure::Unfit)
    }

    /// Where a browser goes to sign out there too, if the provider has such a place. What it said long ago will do.
    pub(in crate::desk) async fn sign_out_address(&self) -> Option<Url> {
        let known = self.known().as_ref().map(|(metadata, _)| metadata.clone());
        let metadata = match known {
            Some(metadata) => metadata,
            None => match self.metadata(false).await {
                Ok(metadata) => metadata,
                Err(error) => {
                    tracing::warn!(%error, "nobody is offered to sign out at the provider too");
                    return None;
                }
            },
        };
        let place = metadata.additional_metadata().end_session_endpoint.clone();
        let place = place.filter(|place| is_safe(place.url()))?;
        let asked = LogoutRequest::from(place).set_client_id(ClientId::new(self.section.client_id.clone()));
        let asked = match &self.section.after_sign_out {
            Some(after) => asked.set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(after.clone())),
            None => asked,
        };
        Some(asked.http_get_url())
    }

    /// The keys the notice can have been signed with. The provider is asked for new ones when there is none of that name.
    async fn keys_for(&self, head: &Head) -> Result<Vec<CoreJsonWebKey>, NoticeFailure> {
        if let Some(keys) = self.known_keys(head) {
            return Ok(keys);
        }
        let mut asked = self.asked_for_notices.lock().await;
        // another notice may have had them fetched while this one waited
        if let Some(keys) = self.known_keys(head) {
            return Ok(keys);
        }
        let now = self.clock.now();
        if asked.is_some_and(|at| now.since(at) < ASKED_EVERY) {
            let failure = NoticeFailure::Unproved(BadToken::UnknownKey);
            return Err(if self.knows_keys() { failure } else { NoticeFailure::AskedAMomentAgo });
        }
        *asked = Some(now);
        self.metadata(true).await.map_err(NoticeFailure::Unchecked)?;
        self.known_keys(head).ok_or(NoticeFailure::Unproved(BadToken::UnknownKey))
    }

    fn knows_keys(&self) -> bool {
        let now = self.clock.now();
        self.known().as_ref().is_some_and(|(_, at)| now.since(*at) < BELIEVED_FOR)
    }

    fn known_keys(&self, head: &Head) -> Option<Vec<CoreJsonWebKey>> {
        let now = self.clock.now();
        let known = self.known();
        let (metadata, _) = known.as_ref().filter(|(_, at)| now.since(*at) < BELIEVED_FOR)?;
        let named = |key: &&CoreJsonWebKey| head.kid.is_none() || head.kid.as_ref() == key.key_id();
        let keys: Vec<_> = metadata.jwks().keys().iter().filter(named).cloned().collect();
        (!keys.is_empty()).then_some(keys)
    }

    fn believed(&self, received: &Received<'_>) -> Result<SignOutNotice, BadToken> {
        if received.text("iss")? != Some(self.issuer.as_str()) {
            return Err(BadToken::Issuer);
        }
        if !received.is_for(&self.section.client_id) {
            return Err(BadToken::Audience);
        }
        let now = self.clock.now();
        let made = received.moment("iat")?.ok_or(BadToken::Form)?;
        // drafts of the standard knew no `exp`; the ten minutes hold either way
        let expired = received.moment("exp")?.is_some_and(|until| until <= now);
        if expired || made < now.minus(OLDEST_TOKEN) || made > now.plus(CLOCKS_DIFFER) {
            return Err(BadToken::Expired);
        }
        if !received.tells_of_a_sign_out() {
            return Err(BadToken::Purpose);
        }
        let subject = received.text("sub")?.map(str::to_owned);
        let whom = match (received.text("sid")?.map(str::to_owned), subject) {
            (Some(session), subject) => SignedOut::Session { session, subject },
            (None, Some(subject)) => SignedOut::Person { subject },
            (None, None) => return Err(BadToken::Form),
        };
        Ok(SignOutNotice {
            issuer: self.issuer.as_str().to_owned(),
            name: received.text("jti")?.ok_or(BadToken::Form)?.to_owned(),
            whom,
            until: made.plus(OLDEST_TOKEN).plus(CLOCKS_DIFFER),
        })
    }
}

fn is_notice_type(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    matches!(kind.strip_prefix("application/").unwrap_or(&kind), "logout+jwt" | "jwt")
}

fn decoded(part: &str) -> Result<Vec<u8>, BadToken> {
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).map_err(|_| BadToken::Form)
}

#[cfg(test)]
mod tests;
