//! The talk with the provider: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636).

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use mpp_core::{Clock, Span, Timestamp};
use mpp_staff::{Named, SignOnKey, VouchedIdentity};
use mpp_transport::Transport;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AuthType, AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, Client,
    ClientId, ClientSecret, CsrfToken, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdToken, IdTokenClaims, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl,
    RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, SubjectIdentifier, TokenResponse,
    UserInfoClaims, UserInfoError,
};
use url::Url;

use super::SingleSignOnSection;
use super::config::is_safe;
use super::failure::{BadToken, SignOnFailure};
use super::identity::{Claims, FurtherClaims};
use crate::runtime::StartError;

mod exchange;
mod sign_out;

/// How long what the provider says about itself is believed without asking again.
const BELIEVED_FOR: Span = Span::from_hours(1);
/// How far the provider's clock may be ahead of ours, and how old a token may be.
const CLOCKS_DIFFER: Span = Span::from_minutes(5);
const OLDEST_TOKEN: Span = Span::from_minutes(10);

/// Signatures that only the provider can make. None of those that rest on the shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Fields = IdTokenFields<
    FurtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Token =
    IdToken<FurtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type TokenClaims = IdTokenClaims<FurtherClaims, CoreGenderClaim>;
type Asking = Client<
    FurtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type Metadata = ProviderMetadataWithLogout;
type Known = Option<(Metadata, Timestamp)>;

/// What a provider sent a browser back with.
pub(super) struct ProviderAnswer {
    pub(super) code: Option<String>,
    pub(super) error: Option<String>,
    pub(super) issuer: Option<String>,
}

/// The provider the configuration names, and this server's registration there.
pub(crate) struct IdentityProvider {
    section: SingleSignOnSection,
    issuer: IssuerUrl,
    secret: ClientSecret,
    return_address: RedirectUrl,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    /// What it said about itself, and when.
    known: Mutex<Known>,
    /// When it was last asked for its keys on account of a notice; held while it is asked.
    asked_for_notices: tokio::sync::Mutex<Option<Timestamp>>,
}

impl fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityProvider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl IdentityProvider {
    /// The provider of a section; it is asked nothing before somebody signs in.
    ///
    /// # Errors
    /// When the section cannot be used or the secret is not where it says.
    pub(crate) fn new(
        section: SingleSignOnSection,
        base_url: &Url,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        const WHAT: &str = "single sign-on";
        section.check().map_err(|source| StartError::part(WHAT, source))?;
        let secret = section.client_secret.read().map_err(|source| StartError::part(WHAT, source))?;
        let back = section.return_address(base_url).map_err(|source| StartError::part(WHAT, source))?;
        // providers are compared letter by letter, and most write themselves without a stroke at the end
        let written = section.issuer.as_str();
        let bare = if section.issuer.path() == "/" { written.trim_end_matches('/') } else { written };
        Ok(Self {
            issuer: IssuerUrl::new(bare.to_owned()).map_err(|source| StartError::part(WHAT, source))?,
            secret: ClientSecret::new(secret.as_str().to_owned()),
            return_address: RedirectUrl::from_url(back),
            section,
            transport,
            clock,
            known: Mutex::new(None),
            asked_for_notices: tokio::sync::Mutex::default(),
        })
    }

    /// What the button calls it.
    pub(in crate::desk) fn name(&self) -> &str {
        self.section.name.trim()
    }

    /// Where a browser goes to sign in.
    ///
    /// # Errors
    /// When the provider does not answer or is not one that can be used.
    pub(super) async fn address_for(&self, key: &SignOnKey) -> Result<Url, SignOnFailure> {
        let asking = self.asking(false).await?;
        let (state, nonce) = (CsrfToken::new(key.state()), Nonce::new(key.nonce()));
        let verifier = PkceCodeVerifier::new(key.verifier().as_str().to_owned());
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let mut request = asking
            .authorize_url(flow, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in self.scopes() {
            request = request.add_scope(Scope::new((*scope).to_owned()));
        }
        for level in &self.section.second_factor.acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(level.clone()));
        }
        Ok(request.url().0)
    }

    /// Whom the provider vouches for: hands in the code, checks the identity token, and asks for the naming claim where the
    /// token does not have it.
    ///
    /// # Errors
    /// [`SignOnFailure`]: the person or the provider ended it, the code is not taken, the token is not to be believed.
    pub(super) async fn vouched(
        &self,
        key: &SignOnKey,
        answer: ProviderAnswer,
    ) -> Result<VouchedIdentity, SignOnFailure> {
        if answer.issuer.is_some_and(|issuer| issuer != self.issuer.as_str()) {
            return Err(SignOnFailure::OtherIssuer);
        }
        let code = match (answer.error.as_deref(), answer.code) {
            (None, Some(code)) => AuthorizationCode::new(code),
            (Some("access_denied" | "interaction_required" | "login_required"), _) => {
                return Err(SignOnFailure::Cancelled);
            }
            _ => return Err(SignOnFailure::Refused),
        };
        let asking = self.asking(false).await?;
        let tokens = self.tokens(&asking, key, code).await?;
        let token = tokens.id_token().ok_or(SignOnFailure::Token(BadToken::Missing))?;
        let nonce = Nonce::new(key.nonce());
        let claims = match self.verified(&asking, token, &nonce) {
            // the provider has new keys: once, it is asked for them
            Err(BadToken::UnknownKey) => {
                let asking = self.asking(true).await?;
                self.verified(&asking, token, &nonce).map_err(SignOnFailure::Token)?.clone()
            }
            verified => verified.map_err(SignOnFailure::Token)?.clone(),
        };
        let said = Claims::of(&claims);
        let mut named = said.named(&self.section.claim);
        if named == Named::Nothing && asking.user_info_url().is_some() {
            named = self.named_by_asking(&asking, tokens.access_token(), claims.subject()).await?;
        }
        Ok(VouchedIdentity {
            issuer: self.issuer.as_str().to_owned(),
            subject: claims.subject().as_str().to_owned(),
            session: said.session(),
            named,
            second_factor: said.second_factor(&self.section.second_factor),
        })
    }

    fn scopes(&self) -> &'static [&'static str] {
        match self.section.claim.as_str() {
            "sub" => &[],
            "email" => &["email"],
            _ => &["email", "profile"],
        }
    }

    /// Hands in the code, once.
    async fn tokens(
        &self,
        asking: &Asking,
        key: &SignOnKey,
        code: AuthorizationCode,
    ) -> Result<Tokens, SignOnFailure> {
        let carry = exchange::over(&self.transport);
        let request = asking
            .exchange_code(code)
            .map_err(|_| SignOnFailure::Unusable("it names no place to hand in codes"))?
            .set_pkce_verifier(PkceCodeVerifier::new(key.verifier().as_str().to_owned()));
        request.request_async(&carry).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) if is_about_us(said.error()) => {
                SignOnFailure::Unusable("it does not know this server's name and secret")
            }
            RequestTokenError::ServerResponse(_) => SignOnFailure::CodeRefused,
            RequestTokenError::Request(error) => SignOnFailure::Silent(error),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                SignOnFailure::Unusable("its answer to the code is not one")
            }
        })
    }

    fn verified<'t>(
        &self,
        asking: &Asking,
        token: &'t Token,
        nonce: &Nonce,
    ) -> Result<&'t TokenClaims, BadToken> {
        let now = self.clock.now();
        let (earliest, latest) = (instant(now.minus(OLDEST_TOKEN)), instant(now.plus(CLOCKS_DIFFER)));
        let now = instant(now);
        let verifier = asking
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || now)
            .set_issue_time_verifier_fn(move |made| {
                if made < earliest || made > latest { Err("made at another time".to_owned()) } else { Ok(()) }
            });
        token.claims(&verifier, nonce).map_err(|error| BadToken::from(&error))
    }

    async fn named_by_asking(
        &self,
        asking: &Asking,
        token: &AccessToken,
        subject: &SubjectIdentifier,
    ) -> Result<Named, SignOnFailure> {
        let carry = exchange::over(&self.transport);
        let request = asking
            .user_info(token.clone(), Some(subject.clone()))
            .map_err(|_| SignOnFailure::Unusable("it names no place to ask about people"))?;
        let said: Result<UserInfoClaims<FurtherClaims, CoreGenderClaim>, _> =
            request.request_async(&carry).await;
        let said = said.map_err(|error| match error {
            UserInfoError::Request(error) => SignOnFailure::Silent(error),
            UserInfoError::ClaimsVerification(error) => SignOnFailure::Token(BadToken::from(&error)),
            _ => SignOnFailure::Unusable("its answer about a person is not one"),
        })?;
        Ok(Claims::of(&said).named(&self.section.claim))
    }

    /// The client with what the provider says about itself; `anew` asks it again.
    async fn asking(&self, anew: bool) -> Result<Asking, SignOnFailure> {
        let metadata = self.metadata(anew).await?;
        if !is_safe(metadata.authorization_endpoint().url()) {
            return Err(SignOnFailure::Unusable("people would sign in without TLS"));
        }
        let methods = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        let in_body = methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
        let id = ClientId::new(self.section.client_id.clone());
        let asking = Asking::from_provider_metadata(metadata, id, Some(self.secret.clone()))
            .set_redirect_uri(self.return_address.clone());
        Ok(if in_body { asking.set_auth_type(AuthType::RequestBody) } else { asking })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn metadata(&self, anew: bool) -> Result<Metadata, SignOnFailure> {
        let now = self.clock.now();
        if let Some((metadata, at)) = self.known().as_ref()
            && !anew
            && now.since(*at) < BELIEVED_FOR
        {
            return Ok(metadata.clone());
        }
        // not under the lock: a provider that hangs keeps each person waiting once, not one after another
        let carry = exchange::over(&self.transport);
        let found = Metadata::discover_async(self.issuer.clone(), &carry).await;
        let found = found.map_err(|error| match error {
            DiscoveryError::Request(error) => SignOnFailure::Silent(error),
            DiscoveryError::Validation(_) => SignOnFailure::Unusable("it gives itself another name"),
            _ => SignOnFailure::Unusable("what it says about itself is not understood"),
        })?;
        *self.known() = Some((found.clone(), now));
        Ok(found)
    }
}

/// Whether the provider complains of this server and not of the code.
fn is_about_us(error: &CoreErrorResponseType) -> bool {
    matches!(error, CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient)
}

fn instant(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_unix_millis()).unwrap_or(DateTime::UNIX_EPOCH)
}
