//! Audit logs on the wire: what they are asked for, and their checkpoints.

use std::str::FromStr;

use mpp_api::desk::{AuditKindsView, AuditSearchQuery, CheckpointView};
use mpp_services::AuditSearch;
use mpp_services::log::NewestCheckpoint;

use crate::http::Refusal;

/// The words a role's log can be asked for: what can have been done, by whatever kind of actor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogWords {
    /// What the role itself writes. The desk of its staff writes beside it.
    pub(crate) actions: &'static [&'static str],
    /// The kinds of actors.
    pub(crate) actors: &'static [&'static str],
}

impl LogWords {
    fn all_actions(self) -> impl Iterator<Item = &'static str> {
        self.actions.iter().chain(mpp_staff::AUDITED_ACTIONS).copied()
    }

    /// For whoever chooses among them.
    pub(crate) fn view(self) -> AuditKindsView {
        AuditKindsView {
            actions: self.all_actions().map(str::to_owned).collect(),
            actors: self.actors.iter().copied().map(str::to_owned).collect(),
        }
    }

    /// What is asked for, where it can be.
    pub(crate) fn search(self, query: &AuditSearchQuery) -> Result<AuditSearch, Refusal> {
        Ok(AuditSearch {
            action: one_of("action", query.action.as_deref(), self.all_actions())?,
            from: part("from", query.from.as_deref())?,
            to: part("to", query.to.as_deref())?,
            actor: one_of("actor", query.actor.as_deref(), self.actors.iter().copied())?,
            actor_id: part("actorId", query.actor_id.as_deref())?,
            about: part("about", query.about.as_deref())?.into_iter().collect(),
        })
    }
}

fn one_of(
    name: &'static str,
    text: Option<&str>,
    mut known: impl Iterator<Item = &'static str>,
) -> Result<Option<&'static str>, Refusal> {
    let found = |text: &str| known.find(|known| *known == text).ok_or_else(|| refused(name));
    text.map(found).transpose()
}

fn part<T: FromStr>(name: &'static str, text: Option<&str>) -> Result<Option<T>, Refusal> {
    text.map(str::parse).transpose().map_err(|_| refused(name))
}

fn refused(name: &'static str) -> Refusal {
    Refusal::invalid_request(format!("{name} is not valid"))
}

/// A checkpoint for the staff who look at a log.
pub(crate) fn checkpoint_view(newest: NewestCheckpoint) -> CheckpointView {
    CheckpointView { size: newest.size, root: newest.root, signed_at: newest.signed_at, note: newest.note }
}
