//! Passkeys: signing in with one, one's own, and those of others.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::desk::{
    AddPasskey, BeginPasskey, PasskeyChallengeView, PasskeySiteView, PasskeyView, SignInWithPasskey, SignedIn,
};
use mpp_core::StaffId;
use mpp_staff::{Passkey, PasskeyChallenge, PasskeySite};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::views::signed_in;
use super::{Reception, StaffCaller, refusal};
use crate::http::{JsonBody, Refusal, RouteGroup};

/// Passkeys of staff; without this section there are none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeySection {
    /// The portal's address as browsers see it.
    pub origin: PasskeySite,
}

pub(super) fn entrance<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/passkeys/site", "For which site passkeys are made, if any", site)
        .post("/v1/desk/passkeys/sign-in/begin", "Begins signing in with a passkey", begin_sign_in)
        .post("/v1/desk/passkeys/sign-in", "Signs in with a passkey", sign_in)
}

pub(super) fn own<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/passkeys", "The caller's passkeys", passkeys)
        .post("/v1/desk/passkeys/begin", "Begins adding a passkey, with the password", begin)
        .post("/v1/desk/passkeys", "Adds a passkey", add)
        .post("/v1/desk/passkeys/{passkey}/remove", "Removes a passkey of the caller", remove)
}

pub(super) fn others<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group.get("/v1/desk/people/{id}/passkeys", "A person's passkeys", passkeys_of).post(
        "/v1/desk/people/{id}/passkeys/{passkey}/remove",
        "Removes a person's passkey",
        remove_of,
    )
}

async fn site(State(reception): State<Reception>) -> Json<PasskeySiteView> {
    let site = reception.desk.passkeys_at();
    Json(PasskeySiteView {
        host: site.map(|site| site.host().to_owned()),
        origin: site.map(|site| site.origin().to_owned()),
    })
}

async fn begin_sign_in(State(reception): State<Reception>) -> Result<Json<PasskeyChallengeView>, Refusal> {
    let challenge = reception.desk.begin_passkey_sign_in().await;
    challenge.map(challenge_view).map_err(|error| refusal(&error))
}

async fn sign_in(
    State(reception): State<Reception>,
    JsonBody(body): JsonBody<SignInWithPasskey>,
) -> Result<Json<SignedIn>, Refusal> {
    let (key, answer) = (Zeroizing::new(body.ceremony), body.answer.to_string());
    let opened = reception.desk.sign_in_with_passkey(&key, &answer).await;
    Ok(Json(signed_in(&opened.map_err(|error| refusal(&error))?)))
}

async fn passkeys(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
) -> Result<Json<Vec<PasskeyView>>, Refusal> {
    listed(&reception, &person.id).await
}

async fn begin(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    JsonBody(body): JsonBody<BeginPasskey>,
) -> Result<Json<PasskeyChallengeView>, Refusal> {
    let challenge = reception.desk.begin_passkey(&person, Zeroizing::new(body.password)).await;
    challenge.map(challenge_view).map_err(|error| refusal(&error))
}

async fn add(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    JsonBody(body): JsonBody<AddPasskey>,
) -> Result<Json<PasskeyView>, Refusal> {
    let (key, answer) = (Zeroizing::new(body.ceremony), body.answer.to_string());
    let added = reception.desk.add_passkey(&person, &key, &body.name, &answer).await;
    added.map(|passkey| Json(passkey_view(passkey))).map_err(|error| refusal(&error))
}

async fn remove(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(passkey): Path<String>,
) -> Result<Json<()>, Refusal> {
    let passkey = passkey.parse().map_err(|_| Refusal::not_found())?;
    let removed = reception.desk.remove_passkey(&person, &person.id, passkey).await;
    removed.map(Json).map_err(|error| refusal(&error))
}

async fn passkeys_of(
    State(reception): State<Reception>,
    Path(id): Path<String>,
) -> Result<Json<Vec<PasskeyView>>, Refusal> {
    listed(&reception, &named(&id)?).await
}

async fn remove_of(
    State(reception): State<Reception>,
    StaffCaller(by): StaffCaller,
    Path((id, passkey)): Path<(String, String)>,
) -> Result<Json<()>, Refusal> {
    let passkey = passkey.parse().map_err(|_| Refusal::not_found())?;
    let removed = reception.desk.remove_passkey(&by, &named(&id)?, passkey).await;
    removed.map(Json).map_err(|error| refusal(&error))
}

async fn listed(reception: &Reception, staff: &StaffId) -> Result<Json<Vec<PasskeyView>>, Refusal> {
    let found = reception.desk.passkeys(staff).await.map_err(|error| refusal(&error))?;
    Ok(Json(found.into_iter().map(passkey_view).collect()))
}

fn named(id: &str) -> Result<StaffId, Refusal> {
    id.parse().map_err(|_| Refusal::not_found())
}

fn challenge_view(challenge: PasskeyChallenge) -> Json<PasskeyChallengeView> {
    let PasskeyChallenge { key, options } = challenge;
    Json(PasskeyChallengeView { ceremony: key.as_str().to_owned(), options })
}

fn passkey_view(passkey: Passkey) -> PasskeyView {
    let Passkey { id, name, added_at, used_at } = passkey;
    PasskeyView { passkey_id: id, name, added_at, used_at }
}
