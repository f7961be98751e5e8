//! People and sessions on the wire.

use mpp_api::desk::{PersonView, SessionView, SignedIn, StaffView};
use mpp_staff::{Action, OpenSession, Person, Role, SessionKey, StaffError, StaffMember, StaffStanding};

pub(super) fn person_view(person: &Person) -> PersonView {
    let may = Action::ALL.into_iter().filter(|action| person.require(*action).is_ok());
    PersonView {
        id: person.id.clone(),
        roles: names(&person.roles),
        may: may.map(|action| action.name().to_owned()).collect(),
        session_id: person.session,
    }
}

pub(super) fn signed_in((key, person): &(SessionKey, Person)) -> SignedIn {
    SignedIn { session_key: key.secret().to_owned(), person: person_view(person) }
}

pub(super) fn session_view(session: OpenSession) -> SessionView {
    let OpenSession { id, since, seen, until, .. } = session;
    SessionView { session_id: id, since, seen, until }
}

pub(super) fn staff_view(member: StaffMember) -> StaffView {
    let (state, until) = match member.standing {
        StaffStanding::Invited { until } => ("invited", Some(until)),
        StaffStanding::Active => ("active", None),
        StaffStanding::Disabled => ("disabled", None),
    };
    StaffView {
        id: member.id,
        name: member.name,
        roles: names(&member.roles),
        state: state.to_owned(),
        until,
        invited_by: member.invited_by,
        invited_at: member.invited_at,
    }
}

pub(super) fn roles(names: &[String]) -> Result<Vec<Role>, StaffError> {
    let known = names.iter().map(|name| Role::of_name(name).ok_or(StaffError::Invalid("the list of roles")));
    known.collect()
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}
