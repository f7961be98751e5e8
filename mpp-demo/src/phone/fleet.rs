//! The phones: each with SDK instances and a folder of its own, and what its app holds in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mpp_api::central::PhoneEvent;
use mpp_core::{Clock, ConsentRequestId, LanguageTag, MobileNumber, Timestamp};
use mpp_private_share::PrivateShareSdk;
use mpp_sdk::{MppSdk, Screen, UploadStep};

use super::desk::{DemoDesk, Invitation};
use super::sharing::{SdkSharing, Share, Sharing};
use super::view::{DemoLink, Draft, Flash, PhoneHead, Problem, Progress};

/// How many pages of news are read at most for one screen.
const MOST_NEWS_PAGES: usize = 64;

/// How long central may wait for news when some are expected.
const NEWS_HOLD: Duration = Duration::from_secs(1);

/// Whose phone it is.
#[derive(Clone)]
pub struct Owner {
    /// The phone's number, from 1; stands in addresses in place of anything personal.
    pub number: usize,
    /// The owner's name.
    pub name: String,
    /// The mobile number.
    pub mobile: MobileNumber,
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("number", &self.number).finish_non_exhaustive()
    }
}

/// One customer's phone.
#[derive(Debug)]
pub struct Phone {
    owner: Owner,
    mpp: Arc<MppSdk>,
    sharing: Arc<dyn Sharing>,
    memory: Mutex<Memory>,
}

/// What the app holds in memory; lost when it is closed, which the SDKs are made for.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The deep links that came, oldest first.
    pub(super) invitations: Vec<Received>,
    /// The consent screens opened and not decided.
    pub(super) screens: BTreeMap<ConsentRequestId, OpenScreen>,
    /// The shares begun.
    pub(super) shares: BTreeMap<ConsentRequestId, Share>,
    /// Until when the login code asked for last is taken.
    pub(super) code_until: Option<Timestamp>,
    /// The language the customer chose last.
    pub(super) language: Option<LanguageTag>,
    /// The news so far, oldest first.
    pub(super) news: Vec<PhoneEvent>,
    /// What the next page tells.
    pub(super) flash: Option<Flash>,
}

/// A deep link that came.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) invitation: Invitation,
    pub(super) at: Timestamp,
    pub(super) opened: bool,
}

/// A consent screen with what the customer has chosen so far.
#[derive(Debug)]
pub(super) struct OpenScreen {
    pub(super) screen: Screen,
    pub(super) draft: Draft,
}

impl Phone {
    /// A phone with its two SDK instances.
    #[must_use]
    pub fn new(owner: Owner, mpp: Arc<MppSdk>, private_share: Arc<PrivateShareSdk>) -> Self {
        let sharing = SdkSharing::new(Arc::clone(&mpp), private_share, owner.mobile.clone());
        Self::with_sharing(owner, mpp, Arc::new(sharing))
    }

    /// A phone that shares accounts in a way of its own; for tests of the page.
    #[must_use]
    pub fn with_sharing(owner: Owner, mpp: Arc<MppSdk>, sharing: Arc<dyn Sharing>) -> Self {
        Self { owner, mpp, sharing, memory: Mutex::default() }
    }

    /// The phone's number.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.owner.number
    }

    /// Its head as screens show it.
    #[must_use]
    pub fn head(&self) -> PhoneHead {
        PhoneHead {
            number: self.owner.number,
            owner: self.owner.name.clone(),
            masked_mobile: self.owner.mobile.masked(),
        }
    }

    /// A deep link arrives.
    pub fn receive(&self, invitation: Invitation, at: Timestamp) {
        self.with_memory(|memory| memory.invitations.push(Received { invitation, at, opened: false }));
    }

    pub(super) fn mpp(&self) -> &MppSdk {
        &self.mpp
    }

    pub(super) fn sharing(&self) -> &dyn Sharing {
        &*self.sharing
    }

    pub(super) fn shared_sharing(&self) -> Arc<dyn Sharing> {
        Arc::clone(&self.sharing)
    }

    /// Works on the memory; never across an await.
    pub(super) fn with_memory<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        work(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn say(&self, flash: Flash) {
        self.with_memory(|memory| memory.flash = Some(flash));
    }

    pub(super) fn say_done(&self, words: &str) {
        self.say(Flash::Done(words.to_owned()));
    }

    pub(super) fn say_problem(&self, problem: Problem) {
        self.say(Flash::Problem(problem));
    }

    pub(super) fn take_flash(&self) -> Option<Flash> {
        self.with_memory(|memory| memory.flash.take())
    }

    pub(super) fn set_progress(&self, request: ConsentRequestId, progress: Progress) {
        self.with_memory(|memory| {
            if let Some(share) = memory.shares.get_mut(&request) {
                share.progress = progress;
            }
        });
    }

    pub(super) fn upload_went_on(&self, request: ConsentRequestId, step: UploadStep) {
        self.with_memory(|memory| {
            let Some(share) = memory.shares.get_mut(&request) else { return };
            if !matches!(share.progress, Progress::Uploading { .. }) {
                share.progress = Progress::Uploading { parcels: BTreeMap::new() };
            }
            if let Progress::Uploading { parcels } = &mut share.progress {
                parcels.insert(step.parcel, step);
            }
        });
    }

    /// The news for this phone so far, and more of them until there are `enough` or central has none; the SDK
    /// verifies the erasure receipts among them. When central cannot be asked, what is known already.
    pub(super) async fn news(&self, enough: impl Fn(&[PhoneEvent]) -> bool) -> News {
        for _ in 0..MOST_NEWS_PAGES {
            let known = self.with_memory(|memory| memory.news.clone());
            if enough(&known) {
                return News { events: known, complete: true };
            }
            let after = known.last().map_or(0, |event| event.sequence);
            match self.mpp.news(after, NEWS_HOLD).await {
                Ok(page) if page.is_empty() => return News { events: known, complete: true },
                Ok(page) => self.with_memory(|memory| memory.take_in(page)),
                Err(error) => {
                    tracing::warn!(phone = self.number(), code = error.code(), "no news: {error}");
                    return News { events: known, complete: false };
                }
            }
        }
        News { events: self.with_memory(|memory| memory.news.clone()), complete: false }
    }
}

/// News for a phone.
#[derive(Debug)]
pub(super) struct News {
    /// What is known, oldest first.
    pub(super) events: Vec<PhoneEvent>,
    /// Whether central could be asked for the rest.
    pub(super) complete: bool,
}

impl Memory {
    /// Takes in a page of news; another page of the app may have been faster.
    fn take_in(&mut self, page: Vec<PhoneEvent>) {
        let last = self.news.last().map_or(0, |event| event.sequence);
        self.news.extend(page.into_iter().filter(|event| event.sequence > last));
    }
}

/// All phones of the demo.
#[derive(Debug)]
pub struct PhoneFleet {
    phones: Vec<Arc<Phone>>,
    desk: Arc<dyn DemoDesk>,
    clock: Arc<dyn Clock>,
    elsewhere: Vec<DemoLink>,
}

impl PhoneFleet {
    /// The phones, with the demo around them.
    #[must_use]
    pub const fn new(phones: Vec<Arc<Phone>>, desk: Arc<dyn DemoDesk>, clock: Arc<dyn Clock>) -> Self {
        Self { phones, desk, clock, elsewhere: Vec::new() }
    }

    /// With links to other places of the demo on the first page.
    #[must_use]
    pub fn with_links(self, elsewhere: Vec<DemoLink>) -> Self {
        Self { elsewhere, ..self }
    }

    /// The phone with this number.
    #[must_use]
    pub fn phone(&self, number: usize) -> Option<&Arc<Phone>> {
        self.phones.iter().find(|phone| phone.number() == number)
    }

    pub(super) fn phones(&self) -> &[Arc<Phone>] {
        &self.phones
    }

    pub(super) fn desk(&self) -> &dyn DemoDesk {
        &*self.desk
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn elsewhere(&self) -> &[DemoLink] {
        &self.elsewhere
    }
}
