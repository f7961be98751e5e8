//! The people who may sign in to a portal.

use mpp_api::Page;
use mpp_api::desk::{DeskClient, InviteStaff, LinkSignOn, StaffView};
use serde_json::json;

use super::arguments::{Staff, StaffCommand};
use super::connection::{call_name, desk};
use super::output::Output;
use super::{Failure, Surroundings};

pub(super) async fn run(
    staff: Staff,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let (server, desk) = desk(&staff, surroundings)?;
    let call = call_name(staff.idempotency_key.as_ref(), surroundings);
    match staff.command {
        StaffCommand::Invite { id, name, roles } => {
            let invited = desk.invite(&call, &InviteStaff { id, name, roles }).await?;
            // behind the `#`, where browsers keep it to themselves
            let link = server.join("portal/welcome").map_or_else(|_| server.to_string(), String::from);
            let link = format!("{link}#{}", invited.invitation);
            let lines = [
                ("account", invited.id.to_string()),
                ("link", link.clone()),
                ("good until", invited.until.to_string()),
            ];
            output.one(&json!({ "id": invited.id, "link": link, "until": invited.until }), &lines)
        }
        StaffCommand::List => list(&desk, output).await,
        StaffCommand::Disable { id } => {
            desk.disable(&call, &id).await?;
            output.one(&json!({ "id": id, "state": "disabled" }), &[("disabled", id.to_string())])
        }
        StaffCommand::Link { id, sign_on } => {
            desk.link_sign_on(&id, &LinkSignOn { name: sign_on }).await?;
            output.one(&json!({ "id": id, "signOn": "linked" }), &[("linked", id.to_string())])
        }
        StaffCommand::Unlink { id } => {
            desk.unlink_sign_on(&id).await?;
            output.one(&json!({ "id": id, "signOn": "none" }), &[("unlinked", id.to_string())])
        }
    }
}

async fn list(desk: &DeskClient, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut people: Vec<StaffView> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items, next } = desk.people(after.as_deref()).await?;
        people.extend(items);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    output.list(&people, ["ACCOUNT", "NAME", "STATE", "ROLES", "INVITED BY"], |person| {
        let roles = person.roles.join(" ");
        [
            person.id.to_string(),
            person.name.clone(),
            person.state.clone(),
            roles,
            person.invited_by.to_string(),
        ]
    })
}
