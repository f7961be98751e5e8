//! The desk as routes, the same at central and at a client server: signing in, sessions, people. And the one check of who
//! may call what: every route of staff names an [`Action`], and [`require`] asks for it before anything else happens.

mod caller;
mod exports;
mod lengths;
mod logs;
mod own;
mod passkeys;
mod people;
mod portal;
mod refusals;
mod saved_views;
mod setup;
mod single_sign_on;
mod views;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use mpp_core::{Span, StaffId};
use mpp_staff::{Action, Person, StaffDesk};
use tokio::task::JoinHandle;

use crate::http::{Idempotency, RouteGroup, answer_repeats};
use crate::runtime::{Stopping, spawn_chore};

pub(crate) use caller::{StaffCaller, require};
pub(crate) use lengths::in_words;
pub(crate) use logs::{LogWords, checkpoint_view};
pub use passkeys::PasskeySection;
pub(crate) use portal::with_portal;
pub(crate) use refusals::refusal;
pub(crate) use setup::Setup;
pub(crate) use single_sign_on::IdentityProvider;
pub use single_sign_on::{InvalidSignOn, SecondFactorSection, SingleSignOnSection};

/// The largest body of a call of staff.
const LARGEST_BODY: usize = 1024 * 1024;

/// The staff member a configured bearer key belongs to.
pub(crate) type ConfiguredKeys = Arc<dyn Fn(&str) -> Option<StaffId> + Send + Sync>;

/// Who may call, and the accounts behind it.
#[derive(Clone)]
pub(crate) struct Reception {
    desk: Arc<StaffDesk>,
    configured: ConfiguredKeys,
    /// What configured keys are called for repeats: `operator` at central, `staff` at a client server.
    called: &'static str,
    /// Who vouches for people, when the configuration names somebody.
    provider: Option<Arc<IdentityProvider>>,
}

impl std::fmt::Debug for Reception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reception").field("called", &self.called).finish_non_exhaustive()
    }
}

impl Reception {
    /// The desk with the keys of the configuration beside it.
    pub(crate) fn new(desk: Arc<StaffDesk>, called: &'static str, configured: ConfiguredKeys) -> Self {
        Self { desk, configured, called, provider: None }
    }

    /// The reception with a provider that vouches for people.
    pub(crate) fn with_provider(self, provider: Option<IdentityProvider>) -> Self {
        Self { provider: provider.map(Arc::new), ..self }
    }

    /// Removes sessions that have ended and failed sign-ins of long ago, and accounts that have been shut for longer than
    /// `former_kept`, now and every hour.
    pub(crate) fn keep_tidy(&self, stopping: Stopping, former_kept: Span) -> JoinHandle<()> {
        let desk = Arc::clone(&self.desk);
        spawn_chore(stopping, Duration::from_secs(3600), move || {
            let desk = Arc::clone(&desk);
            async move {
                if let Err(error) = desk.forget_old().await {
                    tracing::warn!(%error, "old sessions and failed sign-ins could not be removed");
                }
                match desk.forget_former(former_kept).await {
                    Ok(0) => {}
                    Ok(accounts) => tracing::info!(accounts, "accounts shut long ago were removed"),
                    Err(error) => tracing::warn!(%error, "accounts shut long ago could not be removed"),
                }
            }
        })
    }

    async fn person(&self, bearer_key: &str) -> Result<Person, mpp_staff::StaffError> {
        match (self.configured)(bearer_key) {
            Some(name) => Ok(Person::with_configured_key(name)),
            None => self.desk.person(bearer_key).await,
        }
    }
}

/// Routes that a group of callers shares, with the action they take.
pub(crate) type StaffGroup<S, A> = (Action, RouteGroup<S, A>);

/// The routers of groups of staff routes, each behind its own action.
pub(crate) fn staff_router<S: Clone + Send + Sync + 'static, A: Copy>(
    groups: Vec<StaffGroup<S, A>>,
    reception: &Reception,
    answers: &Idempotency,
) -> Router<S> {
    let mut router = Router::new();
    for (action, group) in groups {
        // layers run from the last to the first: first who calls, then whether it was called before
        let guarded = group
            .into_router()
            .layer(from_fn_with_state(answers.clone(), answer_repeats))
            .layer(from_fn_with_state((reception.clone(), action), require));
        router = router.merge(guarded);
    }
    router
}

/// The desk's own routes for people who are signed in; `access` names an action's callers in the record of a role.
fn groups<A: Copy>(access: impl Fn(Action) -> A) -> Vec<StaffGroup<Reception, A>> {
    let group = |action| RouteGroup::new(access(action));
    vec![(Action::ManageStaff, people::group(group(Action::ManageStaff)))]
}

/// The desk's routes whose calls are never stored: sessions, passwords, and what is the same when done again.
fn unstored<A: Copy>(access: impl Fn(Action) -> A) -> Vec<StaffGroup<Reception, A>> {
    let group = |action| RouteGroup::new(access(action));
    vec![
        (Action::SeeOwnAccount, own::group(group(Action::SeeOwnAccount))),
        (Action::SeeOwnAccount, passkeys::own(group(Action::SeeOwnAccount))),
        (Action::ManageStaff, passkeys::others(group(Action::ManageStaff))),
        (Action::ManageStaff, single_sign_on::links(people::sessions(group(Action::ManageStaff)))),
        (Action::SeeOwnAccount, saved_views::group(group(Action::SeeOwnAccount))),
        (Action::SeeOwnAccount, exports::group(group(Action::SeeOwnAccount))),
    ]
}

/// The desk's routes for anybody: what is to be proved stands in the body.
fn entrance<A: Copy>(anybody: A) -> RouteGroup<Reception, A> {
    single_sign_on::entrance(passkeys::entrance(own::entrance(RouteGroup::new(anybody))))
}

/// Every route of the desk, for the record of a role.
pub(crate) fn all_routes<A: Copy>(
    access: impl Fn(Action) -> A,
    anybody: A,
) -> impl Iterator<Item = crate::http::Route<A>> {
    let stored = groups(&access).into_iter().map(|(_, group)| group.answering_repeats());
    let guarded = stored.chain(unstored(&access).into_iter().map(|(_, group)| group));
    guarded.chain([entrance(anybody)]).flat_map(RouteGroup::into_routes).collect::<Vec<_>>().into_iter()
}

/// Everything of the desk as one router.
pub(crate) fn router(reception: &Reception, answers: &Idempotency) -> Router {
    let mut unguarded = Router::new();
    for (action, group) in unstored(|action| action) {
        let guard = from_fn_with_state((reception.clone(), action), require);
        unguarded = unguarded.merge(group.into_router().layer(guard));
    }
    staff_router(groups(|action| action), reception, answers)
        .merge(unguarded)
        .merge(entrance(()).into_router())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(reception.clone())
}
