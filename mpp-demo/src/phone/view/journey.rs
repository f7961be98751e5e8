//! A decided request on its way: which step it is at, and what the customer can do there.

use std::collections::BTreeMap;

use mpp_api::central::{ConsentView, PhoneEvent};
use mpp_core::{ParcelId, Source, Timestamp};
use mpp_private_share::{AccountOutcome, AccountReport};
use mpp_sdk::{KeptRequest, Phase, Shared, UploadStep};

use super::delivery::{DeliveryRow, delivery_rows};
use super::{Frame, Labels, Language, Problem, account_kind, figures, when};

/// How a share is going, as its task tells it.
#[derive(Debug, Clone)]
pub enum Progress {
    /// The consent is being raised at the Account Aggregator.
    Preparing,
    /// The customer has to decide at the Account Aggregator.
    Approving {
        /// Its page.
        page: String,
    },
    /// Data is fetched, opened, checked and sealed on this phone.
    Fetching,
    /// Sealed parcels go to central.
    Uploading {
        /// How far each parcel is.
        parcels: BTreeMap<ParcelId, UploadStep>,
    },
    /// Everything is done.
    Finished(Box<Shared>),
    /// It ended early.
    Stopped(Problem),
}

/// Where the sign-in to the private data share stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Nobody is signed in and no code was asked for.
    Needed,
    /// A code is on its way.
    CodeSent {
        /// Until when it is taken.
        until: Timestamp,
    },
    /// The customer is signed in.
    Done,
}

/// How far along the journey a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Milestone {
    SignIn,
    Approve,
    Fetch,
    HandOver,
    Done,
}

/// One step in the row at the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepView {
    /// What it is called.
    pub label: &'static str,
    /// Whether it is behind us.
    pub done: bool,
    /// Whether it is the present one.
    pub current: bool,
}

/// What the middle of the screen shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The link has to be opened again: the app was closed in between.
    LinkAgain,
    /// The company has taken the request back.
    TakenBack {
        /// The app's words, in the language the customer chose.
        words: &'static Labels,
        /// That language, as a tag.
        language: &'static str,
    },
    /// The request has run out.
    RunOut {
        /// The app's words, in the language the customer chose.
        words: &'static Labels,
        /// That language, as a tag.
        language: &'static str,
    },
    /// A code can be asked for.
    SignIn,
    /// The code from the SMS can be given.
    Code {
        /// Until when it is taken.
        until: String,
        /// The newest message, as a phone shows it above the app.
        message: Option<String>,
    },
    /// Everything is ready for sharing to begin.
    Ready,
    /// Something is going on that needs nobody.
    Working {
        /// What.
        title: &'static str,
        /// In more words.
        text: &'static str,
    },
    /// The customer has to decide at the Account Aggregator.
    Approve {
        /// Its page.
        page: String,
    },
    /// Parcels go to central.
    Upload {
        /// Each with its progress.
        parcels: Vec<ParcelRow>,
    },
    /// It ended early.
    Stopped {
        /// Why.
        problem: Problem,
        /// What the button to go on says; `None` when there is no going on.
        resume: Option<&'static str>,
    },
    /// Nothing is left to do on this phone.
    Done {
        /// What became of each account; empty when this phone shared none (or was restarted since).
        accounts: Vec<AccountRow>,
        /// How far each consent's data has come; empty when everything was refused.
        deliveries: Vec<DeliveryRow>,
    },
}

/// A parcel on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelRow {
    /// Its place, from 1.
    pub number: usize,
    /// How many bytes central has.
    pub sent: u64,
    /// How many there are.
    pub size: u64,
    /// Both in words.
    pub text: String,
    /// Whether it is there whole.
    pub done: bool,
}

/// What became of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its kind.
    pub kind: &'static str,
    /// Who holds it.
    pub holder: String,
    /// What became of it.
    pub outcome: String,
    /// Whether it was delivered.
    pub delivered: bool,
}

/// A decided request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The request, as addresses name it.
    pub request: String,
    /// Who receives the data.
    pub recipient: String,
    /// When it was opened.
    pub opened_at: String,
    /// The steps of the journey.
    pub steps: Vec<StepView>,
    /// What the middle shows.
    pub stage: Stage,
    /// Whether there is a receipt to look at.
    pub has_receipt: bool,
}

/// What a journey's page is made from.
#[derive(Debug)]
pub struct JourneyFacts<'a> {
    /// What the SDK keeps about it.
    pub kept: &'a KeptRequest,
    /// The language the customer chose.
    pub language: Language,
    /// How its share is going, if one was begun since the app started.
    pub progress: Option<&'a Progress>,
    /// Where the sign-in stands.
    pub sign_in: SignIn,
    /// The newest text message.
    pub message: Option<String>,
    /// The consents, as central tells them; none when it cannot be asked.
    pub consents: &'a [ConsentView],
    /// The news about this request, verified by the SDK.
    pub news: &'a [PhoneEvent],
}

/// The page of a decided request.
#[must_use]
pub fn journey_page(facts: &JourneyFacts<'_>, frame: Frame) -> JourneyPage {
    let (milestone, stage) = standing(facts);
    let kept = facts.kept;
    let live = match &stage {
        Stage::Working { .. } | Stage::Approve { .. } | Stage::Upload { .. } => true,
        Stage::Done { deliveries, .. } => deliveries.iter().any(|delivery| !delivery.is_final()),
        Stage::LinkAgain
        | Stage::TakenBack { .. }
        | Stage::RunOut { .. }
        | Stage::SignIn
        | Stage::Code { .. }
        | Stage::Ready
        | Stage::Stopped { .. } => false,
    };
    JourneyPage {
        frame: if live { frame.that_changes() } else { frame },
        request: kept.request.to_string(),
        recipient: kept.recipient.partner_name.clone(),
        opened_at: when::moment(kept.opened_at, facts.language),
        steps: match &stage {
            // a journey that does not go on has no steps to come
            Stage::TakenBack { .. } | Stage::RunOut { .. } => Vec::new(),
            _ => steps(milestone, shares_accounts(kept), facts.language),
        },
        stage,
        has_receipt: kept.receipt.is_some(),
    }
}

impl JourneyPage {
    /// Whether nothing more is expected to happen by itself.
    #[must_use]
    pub const fn stands_still(&self) -> bool {
        !self.frame.live
    }
}

fn shares_accounts(kept: &KeptRequest) -> bool {
    kept.artefacts.iter().any(|artefact| artefact.source == Source::AccountAggregator)
}

fn standing(facts: &JourneyFacts<'_>) -> (Milestone, Stage) {
    let (words, language) = (facts.language.labels(), facts.language.tag());
    match (&facts.kept.phase, facts.progress) {
        (Phase::Open, _) => (Milestone::SignIn, Stage::LinkAgain),
        (Phase::Cancelled, _) => (Milestone::SignIn, Stage::TakenBack { words, language }),
        (Phase::Expired, _) => (Milestone::SignIn, Stage::RunOut { words, language }),
        (Phase::Complete, progress) => (Milestone::Done, done(facts, progress)),
        (Phase::Decided { .. } | Phase::Uploading { .. }, Some(progress)) => under_way(progress, facts),
        (Phase::Uploading { waiting, .. }, None) if !waiting.is_empty() => {
            (Milestone::HandOver, interrupted(facts.language))
        }
        (Phase::Decided { .. } | Phase::Uploading { .. }, None) => before(facts),
    }
}

fn before(facts: &JourneyFacts<'_>) -> (Milestone, Stage) {
    match facts.sign_in {
        SignIn::Needed => (Milestone::SignIn, Stage::SignIn),
        SignIn::CodeSent { until } => {
            let until = when::precise(until);
            (Milestone::SignIn, Stage::Code { until, message: facts.message.clone() })
        }
        SignIn::Done => (Milestone::Approve, Stage::Ready),
    }
}

fn interrupted(language: Language) -> Stage {
    let problem = Problem::try_again(
        (
            "The upload was interrupted",
            "The sealed data is safe on this phone for 24 hours. Going on sends only what is missing.",
        ),
        ("सौंपना बीच में रुक गया", "सीलबंद डेटा इस फ़ोन पर 24 घंटे सुरक्षित है। आगे बढ़ने पर केवल जो बाकी है वही भेजा जाता है।"),
        "upload_interrupted",
    );
    Stage::Stopped { problem, resume: Some(resume_upload(language)) }
}

const fn resume_upload(language: Language) -> &'static str {
    language.either("Resume the upload", "सौंपना फिर शुरू करें")
}

fn under_way(progress: &Progress, facts: &JourneyFacts<'_>) -> (Milestone, Stage) {
    let language = facts.language;
    match progress {
        Progress::Preparing => (
            Milestone::Approve,
            Stage::Working {
                title: language.either("Asking your Account Aggregator", "आपके अकाउंट एग्रीगेटर से पूछा जा रहा है"),
                text: language.either(
                    "The request is raised in your own name. You will approve it there, with a code.",
                    "अनुरोध आपके अपने नाम से किया जाता है। आप वहाँ कोड से स्वीकृति देंगे।",
                ),
            },
        ),
        Progress::Approving { page } => (Milestone::Approve, Stage::Approve { page: page.clone() }),
        Progress::Fetching => (
            Milestone::Fetch,
            Stage::Working {
                title: language.either("Fetching and sealing on this phone", "इस फ़ोन पर लाना और सीलबंद करना"),
                text: language.either(
                    "Your banks send encrypted documents. This phone opens each, checks it, seals it to the \
                     recipient and wipes the open copy.",
                    "आपके बैंक कूटबद्ध दस्तावेज़ भेजते हैं। यह फ़ोन हर एक को खोलता, जाँचता, प्राप्तकर्ता के लिए \
                     सीलबंद करता और खुली प्रति मिटाता है।",
                ),
            },
        ),
        Progress::Uploading { parcels } => {
            (Milestone::HandOver, Stage::Upload { parcels: parcel_rows(parcels, language) })
        }
        Progress::Finished(_) => (Milestone::Done, done(facts, Some(progress))),
        Progress::Stopped(problem) => stopped(problem, facts),
    }
}

fn stopped(problem: &Problem, facts: &JourneyFacts<'_>) -> (Milestone, Stage) {
    let uploading = matches!(facts.kept.phase, Phase::Uploading { .. });
    let milestone = if uploading { Milestone::HandOver } else { Milestone::Approve };
    let language = facts.language;
    let go_on = if uploading {
        resume_upload(language)
    } else {
        language.either("Try again", "फिर कोशिश करें")
    };
    let resume = (problem.may_pass && !problem.warning).then_some(go_on);
    (milestone, Stage::Stopped { problem: problem.clone(), resume })
}

fn done(facts: &JourneyFacts<'_>, progress: Option<&Progress>) -> Stage {
    let report = match progress {
        Some(Progress::Finished(shared)) => Some(&shared.report),
        _ => None,
    };
    let accounts =
        report.map(|report| report.accounts.iter().map(|one| account_row(one, facts.language)).collect());
    let sealed = report.map_or(0, |report| report.parcels().count());
    let artefacts = &facts.kept.artefacts;
    Stage::Done {
        accounts: accounts.unwrap_or_default(),
        deliveries: delivery_rows(artefacts, facts.consents, facts.news, sealed, facts.language),
    }
}

fn account_row(report: &AccountReport, language: Language) -> AccountRow {
    let delivered = matches!(report.outcome, AccountOutcome::Sealed { .. });
    AccountRow {
        kind: account_kind(report.fi_type, language),
        holder: report.fip_id.to_string(),
        outcome: if delivered {
            language.either("sealed and handed over", "सीलबंद करके सौंपा गया").to_owned()
        } else {
            report.outcome.to_string()
        },
        delivered,
    }
}

fn parcel_rows(parcels: &BTreeMap<ParcelId, UploadStep>, language: Language) -> Vec<ParcelRow> {
    let of = language.either("of", "/");
    let row = |(at, step): (usize, &UploadStep)| ParcelRow {
        number: at.saturating_add(1),
        sent: step.sent,
        size: step.size,
        text: format!("{} {of} {}", figures::size(step.sent), figures::size(step.size)),
        done: step.sent >= step.size,
    };
    parcels.values().enumerate().map(row).collect()
}

fn steps(at: Milestone, accounts: bool, language: Language) -> Vec<StepView> {
    let done = (Milestone::Done, language.either("Done", "पूरा"));
    let row = if accounts {
        vec![
            (Milestone::SignIn, language.either("Sign in", "साइन इन")),
            (Milestone::Approve, language.either("Approve", "स्वीकृति")),
            (Milestone::Fetch, language.either("Seal", "सील")),
            (Milestone::HandOver, language.either("Hand over", "सौंपना")),
            done,
        ]
    } else {
        vec![done]
    };
    let decided =
        StepView { label: language.either("Decide", "निर्णय"), done: true, current: false };
    let later = row.into_iter().map(|(milestone, label)| StepView {
        label,
        done: milestone < at || at == Milestone::Done,
        current: milestone == at,
    });
    std::iter::once(decided).chain(later).collect()
}

#[cfg(test)]
mod tests;
