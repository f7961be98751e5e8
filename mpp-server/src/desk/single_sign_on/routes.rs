//! Signing in through the provider, and linking accounts to names there.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::desk::{
    FinishSignOn, LinkSignOn, SignOnBegun, SignOnCode, SignOnFinished, SignOnLinkView, SignOnProvider,
    SignOutAtProvider, SignOutNotification, SignedIn,
};
use mpp_core::StaffId;
use mpp_staff::SignOnOutcome;
use zeroize::Zeroizing;

use super::IdentityProvider;
use super::failure::{NoticeFailure, SignOnFailure};
use super::provider::ProviderAnswer;
use crate::desk::views::signed_in;
use crate::desk::{Reception, StaffCaller, refusal};
use crate::http::{FormBody, JsonBody, Refusal, RouteGroup};

pub(in crate::desk) fn entrance<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/single-sign-on", "Which provider vouches for staff, if any", provider)
        .post("/v1/desk/single-sign-on/begin", "Begins signing in through the provider", begin)
        .post("/v1/desk/single-sign-on/finish", "Takes the provider's answer", finish)
        .post(
            "/v1/desk/single-sign-on/code",
            "Gives the second factor after the provider's answer",
            with_code,
        )
        .post(
            "/v1/desk/single-sign-on/back-channel",
            "Takes the provider's word that somebody signed out there, and ends their sessions",
            back_channel,
        )
}

pub(in crate::desk) fn links<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/single-sign-on/links", "Which accounts are linked to names at the provider", all_links)
        .post("/v1/desk/people/{id}/single-sign-on", "Links an account to a name at the provider", link)
        .post(
            "/v1/desk/people/{id}/single-sign-on/end",
            "Ends the link of an account to the provider",
            unlink,
        )
}

async fn provider(State(reception): State<Reception>) -> Json<SignOnProvider> {
    let name = reception.identity_provider().ok().map(|provider| provider.name().to_owned());
    Json(SignOnProvider { name })
}

async fn begin(State(reception): State<Reception>) -> Result<Json<SignOnBegun>, Refusal> {
    let provider = reception.identity_provider()?;
    let key = reception.desk.begin_sign_on().await.map_err(SignOnFailure::from)?;
    let address = provider.address_for(&key).await?;
    Ok(Json(SignOnBegun { attempt: key.secret().to_owned(), address, provider: provider.name().to_owned() }))
}

async fn finish(
    State(reception): State<Reception>,
    JsonBody(body): JsonBody<FinishSignOn>,
) -> Result<Json<SignOnFinished>, Refusal> {
    let FinishSignOn { attempt, state, code, error, issuer } = body;
    let provider = reception.identity_provider()?;
    let attempt = Zeroizing::new(attempt);
    let taken = reception.desk.take_sign_on(&attempt, &state).await.map_err(SignOnFailure::from)?;
    let identity = provider.vouched(taken.key(), ProviderAnswer { code, error, issuer }).await?;
    let outcome = reception.desk.sign_on(&taken, identity).await.map_err(SignOnFailure::from)?;
    Ok(Json(match outcome {
        SignOnOutcome::Opened(key, person) => SignOnFinished::SignedIn(signed_in(&(key, person))),
        SignOnOutcome::CodeNeeded(key) => SignOnFinished::CodeNeeded { attempt: key.secret().to_owned() },
    }))
}

async fn with_code(
    State(reception): State<Reception>,
    JsonBody(body): JsonBody<SignOnCode>,
) -> Result<Json<SignedIn>, Refusal> {
    let (attempt, code) = (Zeroizing::new(body.attempt), Zeroizing::new(body.code));
    let opened = reception.desk.sign_on_with_code(&attempt, &code).await;
    Ok(Json(signed_in(&opened.map_err(|error| refusal(&error))?)))
}

/// What the provider sends by itself (OpenID Connect Back-Channel Logout 1.0, section 2.5).
async fn back_channel(
    State(reception): State<Reception>,
    FormBody(body): FormBody<SignOutNotification>,
) -> Result<Json<()>, Refusal> {
    let provider = reception.provider.as_deref().ok_or(NoticeFailure::NotConfigured)?;
    let notice = provider.sign_out_notice(&body.logout_token).await?;
    let ended = reception.desk.signed_out_at_provider(&notice).await.map_err(NoticeFailure::from)?;
    tracing::info!(sessions = ended, "somebody signed out at the provider");
    Ok(Json(()))
}

async fn all_links(State(reception): State<Reception>) -> Result<Json<Vec<SignOnLinkView>>, Refusal> {
    let links = reception.desk.sign_on_links().await.map_err(|error| refusal(&error))?;
    let view = |link: mpp_staff::SignOnLink| SignOnLinkView {
        staff: link.staff,
        name: link.name,
        bound: link.bound,
    };
    Ok(Json(links.into_iter().map(view).collect()))
}

async fn link(
    State(reception): State<Reception>,
    StaffCaller(by): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<LinkSignOn>,
) -> Result<Json<()>, Refusal> {
    let linked = reception.desk.link_sign_on(&by, &named(&id)?, &body.name).await;
    linked.map(Json).map_err(|error| refusal(&error))
}

async fn unlink(
    State(reception): State<Reception>,
    StaffCaller(by): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<()>, Refusal> {
    let ended = reception.desk.unlink_sign_on(&by, &named(&id)?).await;
    ended.map(Json).map_err(|error| refusal(&error))
}

fn named(id: &str) -> Result<StaffId, Refusal> {
    id.parse().map_err(|_| Refusal::not_found())
}

impl Reception {
    fn identity_provider(&self) -> Result<&IdentityProvider, SignOnFailure> {
        self.provider.as_deref().ok_or(SignOnFailure::NotConfigured)
    }

    /// Where somebody who came through the provider and signed out here can do so there too.
    pub(in crate::desk) async fn sign_out_at_provider(&self) -> Option<SignOutAtProvider> {
        let provider = self.provider.as_deref()?;
        let address = provider.sign_out_address().await?;
        Some(SignOutAtProvider { provider: provider.name().to_owned(), address })
    }
}
