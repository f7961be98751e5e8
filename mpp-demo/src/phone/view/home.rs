//! The phone's first screen, the list of phones, and the text messages.

use mpp_core::Timestamp;
use mpp_sdk::{KeptRequest, Phase};

use super::{Frame, Language, PhoneHead, when};

/// The list of phones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhonesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The phones.
    pub phones: Vec<PhoneCard>,
    /// Other places of the demo.
    pub elsewhere: Vec<DemoLink>,
}

/// A phone in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneCard {
    /// Which phone.
    pub head: PhoneHead,
    /// The first letter of the owner's name.
    pub initial: String,
    /// How it stands in a few words.
    pub summary: String,
    /// Whether something waits for its owner.
    pub waiting: bool,
}

/// Another place of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLink {
    /// What it is.
    pub title: String,
    /// Where it is.
    pub address: String,
}

/// How staff sign in to the portals of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The accounts.
    pub accounts: Vec<StaffCard>,
}

/// An account, with what an authenticator app would show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffCard {
    /// Where the portal is.
    pub portal: String,
    /// Whose portal.
    pub title: String,
    /// The name of the account.
    pub id: String,
    /// The password.
    pub password: String,
    /// The present code of the second factor.
    pub code: String,
}

/// An invitation to decide, as it lies in the phone's notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationCard {
    /// Its number among the phone's invitations.
    pub number: usize,
    /// Who sent it.
    pub from: String,
    /// When it came.
    pub received: String,
}

/// A request this phone knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// Its name in addresses.
    pub request: String,
    /// Who asked.
    pub partner: String,
    /// When it was opened.
    pub opened: String,
    /// Where it stands.
    pub standing: &'static str,
    /// Whether the customer has something to do.
    pub waiting: bool,
}

/// The phone's first screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomePage {
    /// What surrounds it.
    pub frame: Frame,
    /// The phone's number.
    pub number: usize,
    /// The owner's name.
    pub owner: String,
    /// What waits to be opened.
    pub invitations: Vec<InvitationCard>,
    /// What was opened, newest first.
    pub requests: Vec<RequestRow>,
}

/// The text messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The phone's number.
    pub number: usize,
    /// The messages, newest first; `None` when they cannot be read now.
    pub messages: Option<Vec<MessageCard>>,
}

/// A text message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageCard {
    /// Who sent it.
    pub from: String,
    /// What it says.
    pub text: String,
    /// When it came.
    pub received: String,
}

impl MessageCard {
    /// A message as the screen shows it.
    #[must_use]
    pub fn new(from: &str, text: &str, received: Timestamp) -> Self {
        Self { from: from.to_owned(), text: text.to_owned(), received: when::precise(received) }
    }
}

impl PhoneCard {
    /// A phone whose owner has so many invitations, and requests in these phases.
    #[must_use]
    pub fn new(head: PhoneHead, invitations: usize, requests: &[KeptRequest]) -> Self {
        let initial = head.owner.chars().next().map_or_else(String::new, |first| first.to_string());
        let under_way = requests
            .iter()
            .filter(|request| !matches!(request.phase, Phase::Complete | Phase::Cancelled | Phase::Expired))
            .count();
        let waiting = invitations.saturating_add(under_way);
        let summary = match (waiting, requests.len()) {
            (0, 0) => "Nothing yet".to_owned(),
            (0, 1) => "1 request completed".to_owned(),
            (0, many) => format!("{many} requests completed"),
            (1, _) => "1 request waits".to_owned(),
            (many, _) => format!("{many} requests wait"),
        };
        Self { head, initial, summary, waiting: waiting > 0 }
    }
}

/// The requests a phone knows, newest first.
#[must_use]
pub fn request_rows(requests: &[KeptRequest], language: Language) -> Vec<RequestRow> {
    let row = |request: &KeptRequest| {
        let (standing, waiting) = match &request.phase {
            Phase::Open => (language.either("Waits for your decision", "आपके निर्णय की प्रतीक्षा में"), true),
            Phase::Decided { .. } => {
                (language.either("Approved, not shared yet", "स्वीकार किया, अभी साझा नहीं"), true)
            }
            Phase::Uploading { .. } => {
                (language.either("Sealed, being handed over", "सीलबंद, सौंपा जा रहा है"), true)
            }
            Phase::Complete if request.artefacts.is_empty() => (language.either("Refused", "अस्वीकार"), false),
            Phase::Complete => (language.either("Completed", "पूरा हुआ"), false),
            Phase::Cancelled => (language.either("Taken back by the company", "कंपनी ने वापस लिया"), false),
            Phase::Expired => (language.either("Ran out undecided", "बिना निर्णय के समय समाप्त"), false),
        };
        RequestRow {
            request: request.request.to_string(),
            partner: request.recipient.partner_name.clone(),
            opened: when::moment(request.opened_at, language),
            standing,
            waiting,
        }
    };
    requests.iter().rev().map(row).collect()
}
