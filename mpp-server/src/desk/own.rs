//! Signing in, joining, and one's own account.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::desk::{
    ChangePassword, InvitationView, Join, OpenInvitation, PersonView, SessionView, SignIn, SignedIn,
    SignedOutView,
};
use mpp_core::StaffSessionId;
use mpp_staff::{CameBy, Credentials};
use zeroize::Zeroizing;

use super::views::{person_view, session_view, signed_in};
use super::{Reception, StaffCaller, refusal};
use crate::http::{JsonBody, Refusal, RouteGroup};

pub(super) fn entrance<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .post("/v1/desk/sign-in", "Signs in with name, password and code", sign_in)
        .post("/v1/desk/invitations/open", "Opens an invitation: a second factor to set up", open_invitation)
        .post(
            "/v1/desk/invitations/join",
            "Takes an invitation: sets a password and a second factor, and signs in",
            join,
        )
}

pub(super) fn group<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/me", "Who the caller is and what they may do", me)
        .get("/v1/desk/sessions", "The caller's sessions", sessions)
        .post("/v1/desk/sessions/{session}/end", "Ends a session of the caller", end_session)
        .post("/v1/desk/sign-out", "Ends this session", sign_out)
        .post("/v1/desk/password", "Changes the caller's password", change_password)
}

async fn sign_in(
    State(reception): State<Reception>,
    JsonBody(body): JsonBody<SignIn>,
) -> Result<Json<SignedIn>, Refusal> {
    let SignIn { name, password, code } = body;
    let credentials = Credentials { name, password: Zeroizing::new(password), code: Zeroizing::new(code) };
    let opened = reception.desk.sign_in(credentials).await.map_err(|error| refusal(&error))?;
    Ok(Json(signed_in(&opened)))
}

async fn open_invitation(
    State(reception): State<Reception>,
    JsonBody(body): JsonBody<OpenInvitation>,
) -> Result<Json<InvitationView>, Refusal> {
    let invitation = Zeroizing::new(body.invitation);
    let opened = match body.shown.map(Zeroizing::new) {
        Some(shown) => reception.desk.show_invitation_again(&invitation, &shown).await,
        None => reception.desk.open_invitation(&invitation).await,
    };
    let opened = opened.map_err(|error| refusal(&error))?;
    Ok(Json(InvitationView {
        id: opened.id,
        name: opened.name,
        secret: opened.secret.as_str().to_owned(),
        setup_uri: opened.setup_uri.as_str().to_owned(),
    }))
}

async fn join(
    State(reception): State<Reception>,
    JsonBody(body): JsonBody<Join>,
) -> Result<Json<SignedIn>, Refusal> {
    let (invitation, code) = (Zeroizing::new(body.invitation), Zeroizing::new(body.code));
    let joined = reception.desk.join(&invitation, Zeroizing::new(body.password), &code).await;
    Ok(Json(signed_in(&joined.map_err(|error| refusal(&error))?)))
}

async fn me(StaffCaller(person): StaffCaller) -> Json<PersonView> {
    Json(person_view(&person))
}

async fn sessions(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
) -> Result<Json<Vec<SessionView>>, Refusal> {
    let sessions = reception.desk.sessions(&person.id).await.map_err(|error| refusal(&error))?;
    Ok(Json(sessions.into_iter().map(session_view).collect()))
}

async fn end_session(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    Path(session): Path<String>,
) -> Result<Json<()>, Refusal> {
    let session: StaffSessionId = session.parse().map_err(|_| Refusal::not_found())?;
    let ended = reception.desk.end_session(&person, Some(&person.id), session).await;
    ended.map(|_| Json(())).map_err(|error| refusal(&error))
}

async fn sign_out(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
) -> Result<Json<SignedOutView>, Refusal> {
    let Some(session) = person.session else { return Ok(Json(SignedOutView::default())) };
    let ended = reception.desk.end_session(&person, Some(&person.id), session).await;
    let at_provider = match ended.map_err(|error| refusal(&error))? {
        CameBy::Provider => reception.sign_out_at_provider().await,
        CameBy::OwnProof => None,
    };
    Ok(Json(SignedOutView { at_provider }))
}

async fn change_password(
    State(reception): State<Reception>,
    StaffCaller(person): StaffCaller,
    JsonBody(body): JsonBody<ChangePassword>,
) -> Result<Json<()>, Refusal> {
    let ChangePassword { present, fresh } = body;
    let changed =
        reception.desk.change_password(&person, Zeroizing::new(present), Zeroizing::new(fresh)).await;
    changed.map(Json).map_err(|error| refusal(&error))
}
