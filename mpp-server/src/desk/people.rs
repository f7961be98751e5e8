//! People: what administrators do.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use mpp_api::Page;
use mpp_api::desk::{InviteStaff, InvitedStaff, SessionView, SetRoles, StaffView};
use mpp_core::{StaffId, StaffSessionId};
use mpp_store::Cursor;
use serde::Deserialize;

use super::views::{roles, session_view, staff_view};
use super::{Reception, StaffCaller, refusal};
use crate::http::{JsonBody, Refusal, RouteGroup, page_size};

/// How many people a page holds, unless the caller wants another number.
const PAGE: u32 = 100;

pub(super) fn group<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group
        .get("/v1/desk/people", "Staff accounts", people)
        .post("/v1/desk/people", "Invites a person", invite)
        .post("/v1/desk/people/{id}/roles", "Sets a person's roles", set_roles)
        .post("/v1/desk/people/{id}/disable", "Shuts a person's account", disable)
}

pub(super) fn sessions<A: Copy>(group: RouteGroup<Reception, A>) -> RouteGroup<Reception, A> {
    group.get("/v1/desk/people/{id}/sessions", "A person's sessions", sessions_of).post(
        "/v1/desk/people/{id}/sessions/{session}/end",
        "Ends a person's session",
        end_session,
    )
}

/// The query of the list.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PeopleQuery {
    /// The cursor that the page before ended with; the first page without.
    after: Option<String>,
    /// How many entries at most; 200 at most.
    limit: Option<u32>,
}

async fn people(
    State(reception): State<Reception>,
    query: Result<Query<PeopleQuery>, QueryRejection>,
) -> Result<Json<Page<StaffView>>, Refusal> {
    let Query(query) =
        query.map_err(|_| Refusal::invalid_request("the query has an unknown or wrong parameter"))?;
    let cursor: Option<Cursor> = query
        .after
        .map(|text| text.parse())
        .transpose()
        .map_err(|_| Refusal::invalid_request("the cursor is not one of this list"))?;
    let page =
        reception.desk.people(cursor, page_size(query.limit, PAGE)).await.map_err(|error| refusal(&error))?;
    let next = page.next.map(|cursor| cursor.to_string());
    Ok(Json(Page { items: page.items.into_iter().map(staff_view).collect(), next }))
}

async fn invite(
    State(reception): State<Reception>,
    StaffCaller(by): StaffCaller,
    JsonBody(body): JsonBody<InviteStaff>,
) -> Result<Json<InvitedStaff>, Refusal> {
    let roles = roles(&body.roles).map_err(|error| refusal(&error))?;
    let invited = reception.desk.invite(&by, &body.id, &body.name, &roles).await;
    let invited = invited.map_err(|error| refusal(&error))?;
    Ok(Json(InvitedStaff {
        id: invited.id,
        invitation: invited.token.as_str().to_owned(),
        until: invited.until,
    }))
}

async fn set_roles(
    State(reception): State<Reception>,
    StaffCaller(by): StaffCaller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<SetRoles>,
) -> Result<Json<()>, Refusal> {
    let wanted = roles(&body.roles).map_err(|error| refusal(&error))?;
    let shown = body.shown.map(|shown| roles(&shown)).transpose().map_err(|error| refusal(&error))?;
    let set = reception.desk.set_roles(&by, &named(&id)?, &wanted, shown.as_deref()).await;
    set.map(Json).map_err(|error| refusal(&error))
}

async fn disable(
    State(reception): State<Reception>,
    StaffCaller(by): StaffCaller,
    Path(id): Path<String>,
) -> Result<Json<()>, Refusal> {
    reception.desk.disable(&by, &named(&id)?).await.map(Json).map_err(|error| refusal(&error))
}

async fn sessions_of(
    State(reception): State<Reception>,
    Path(id): Path<String>,
) -> Result<Json<Vec<SessionView>>, Refusal> {
    let sessions = reception.desk.sessions(&named(&id)?).await.map_err(|error| refusal(&error))?;
    Ok(Json(sessions.into_iter().map(session_view).collect()))
}

async fn end_session(
    State(reception): State<Reception>,
    StaffCaller(by): StaffCaller,
    Path((id, session)): Path<(String, String)>,
) -> Result<Json<()>, Refusal> {
    let session: StaffSessionId = session.parse().map_err(|_| Refusal::not_found())?;
    let ended = reception.desk.end_session(&by, Some(&named(&id)?), session).await;
    ended.map(|_| Json(())).map_err(|error| refusal(&error))
}

fn named(id: &str) -> Result<StaffId, Refusal> {
    id.parse().map_err(|_| Refusal::not_found())
}
