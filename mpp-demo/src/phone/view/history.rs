//! Consents given, what was done under them, and the proofs of erasure.

use mpp_api::central::{ConsentView, PhoneEvent, UseView};
use mpp_core::{ErasureCause, ErasureReceipt, ParcelId};
use mpp_sdk::KeptRequest;

use super::evidence::{self, SignedText};
use super::{Frame, Language, Terms, figures, when};

/// The list of consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The phone's number.
    pub number: usize,
    /// The consents, newest first; `None` when central cannot be asked now.
    pub consents: Option<Vec<ConsentCard>>,
}

/// One consent with everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneConsentPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The phone's number.
    pub number: usize,
    /// The consent.
    pub consent: ConsentCard,
    /// What was done under it, newest first.
    pub uses: Vec<UseRow>,
    /// The signed artefact this phone keeps.
    pub artefact: Option<SignedText>,
    /// The request it belongs to, for its receipt.
    pub request: String,
    /// Whether news could be read, so that receipts are complete.
    pub receipts_known: bool,
}

/// How a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Active,
    /// The customer suspended it.
    Paused,
    /// The customer withdrew it.
    Withdrawn,
    /// Its time has run out.
    Expired,
}

impl Standing {
    fn of(state: &str) -> Self {
        match state {
            "active" => Self::Active,
            "paused" => Self::Paused,
            "revoked" => Self::Withdrawn,
            _ => Self::Expired,
        }
    }

    /// In a word.
    #[must_use]
    pub const fn word(&self, language: &Language) -> &'static str {
        match self {
            Self::Active => language.either("Active", "चालू"),
            Self::Paused => language.either("Paused", "रोकी गई"),
            Self::Withdrawn => language.either("Withdrawn", "वापस ली गई"),
            Self::Expired => language.either("Expired", "अवधि समाप्त"),
        }
    }

    /// As a style class.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Active => "good",
            Self::Paused => "wait",
            Self::Withdrawn | Self::Expired => "over",
        }
    }

    /// Whether it can be paused.
    #[must_use]
    pub const fn can_pause(&self) -> bool {
        matches!(self, Self::Active)
    }

    /// Whether it can be resumed.
    #[must_use]
    pub const fn can_resume(&self) -> bool {
        matches!(self, Self::Paused)
    }

    /// Whether it can be withdrawn.
    #[must_use]
    pub const fn can_withdraw(&self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentCard {
    /// Its name in addresses.
    pub consent: String,
    /// The source's name.
    pub title: String,
    /// Who receives the data.
    pub partner: String,
    /// How it stands.
    pub standing: Standing,
    /// The terms in words.
    pub terms: Terms,
    /// How often it was used, in words.
    pub used: String,
}

/// One use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseRow {
    /// What happened.
    pub what: &'static str,
    /// When.
    pub at: String,
    /// The proof of erasure, checked by this phone.
    pub receipt: Option<ReceiptRow>,
}

/// A proof of erasure whose signature this phone has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Why the parcel was erased.
    pub cause: &'static str,
    /// When.
    pub erased_at: String,
    /// The digest of what is gone, in groups of four.
    pub digest: Vec<String>,
    /// The receipt as it was signed.
    pub signed: SignedText,
}

/// The consents as the list shows them, newest first.
#[must_use]
pub fn consent_cards(consents: &[ConsentView], language: Language) -> Vec<ConsentCard> {
    let mut cards: Vec<ConsentCard> = consents.iter().map(|view| consent_card(view, language)).collect();
    cards.reverse();
    cards
}

/// One consent as its page shows it.
#[must_use]
pub fn consent_card(consent: &ConsentView, language: Language) -> ConsentCard {
    let fetched = consent.uses.iter().filter(|used| used.what == "fetched").count();
    let used = match fetched {
        0 => language.either("Not used yet", "अभी उपयोग नहीं").to_owned(),
        1 => language.either("Used once", "एक बार उपयोग").to_owned(),
        many => {
            let many = figures::grouped(u64::try_from(many).unwrap_or(u64::MAX));
            if language.is_hindi() {
                format!("{many} बार उपयोग")
            } else {
                format!("Used {many} times")
            }
        }
    };
    ConsentCard {
        consent: consent.consent_id.to_string(),
        title: consent.title.clone(),
        partner: consent.partner_name.clone(),
        standing: Standing::of(&consent.state),
        terms: Terms::of(&consent.terms, language),
        used,
    }
}

/// The uses of a consent, newest first, each with its proof of erasure. `news` has been verified by the SDK.
#[must_use]
pub fn use_rows(uses: &[UseView], news: &[PhoneEvent], language: Language) -> Vec<UseRow> {
    let row = |used: &UseView| UseRow {
        what: use_words(&used.what, language),
        at: when::moment(used.at, language),
        receipt: used
            .parcel_id
            .filter(|_| used.what == "erased")
            .and_then(|parcel| receipt_of(parcel, news, language)),
    };
    uses.iter().rev().map(row).collect()
}

/// Whether every erasure among the uses has its proof.
#[must_use]
pub fn has_all_receipts(uses: &[UseView], news: &[PhoneEvent]) -> bool {
    let erased = uses.iter().filter(|used| used.what == "erased").filter_map(|used| used.parcel_id);
    erased.into_iter().all(|parcel| {
        news.iter().any(|event| event.parcel_id == Some(parcel) && event.erasure_receipt.is_some())
    })
}

fn receipt_of(parcel: ParcelId, news: &[PhoneEvent], language: Language) -> Option<ReceiptRow> {
    let told =
        news.iter().find(|event| event.parcel_id == Some(parcel) && event.erasure_receipt.is_some())?;
    let text = told.erasure_receipt.as_deref()?;
    let receipt: ErasureReceipt = evidence::payload(text)?;
    Some(ReceiptRow {
        cause: match receipt.cause {
            ErasureCause::Acknowledged => {
                language.either("The recipient has it and acknowledged", "प्राप्तकर्ता के पास है और उसने पुष्टि की")
            }
            ErasureCause::Expired => language.either("Nobody collected it in time", "समय पर किसी ने नहीं लिया"),
            ErasureCause::Withdrawn => language.either("You withdrew the consent", "आपने सहमति वापस ली"),
        },
        erased_at: when::moment(receipt.erased_at, language),
        digest: receipt.sha256.map(|digest| figures::in_fours(&digest.to_string())).unwrap_or_default(),
        signed: SignedText::new(text),
    })
}

/// The artefact this phone keeps for a consent.
#[must_use]
pub fn kept_artefact(requests: &[KeptRequest], consent: &ConsentView) -> Option<SignedText> {
    let mut artefacts = requests.iter().flat_map(|request| &request.artefacts);
    let kept = artefacts.find(|artefact| artefact.consent == consent.consent_id)?;
    Some(SignedText::new(&kept.signed))
}

fn use_words(what: &str, language: Language) -> &'static str {
    match what {
        "fetched" => language.either("Fetched from the source and sealed", "स्रोत से लिया और सीलबंद किया"),
        "delivered" => language.either("Handed to the recipient", "प्राप्तकर्ता को सौंपा"),
        "erased" => language.either("Erased at MPP central", "MPP सेंट्रल पर मिटाया"),
        "expired" => language.either("Expired uncollected", "बिना लिए अवधि समाप्त"),
        "failed" => language.either("The source could not deliver", "स्रोत दे नहीं सका"),
        "no_record" => language.either("The source had nothing about you", "स्रोत के पास आपके बारे में कुछ नहीं"),
        _ => language.either("Something else was recorded", "कुछ और दर्ज हुआ"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_done_depends_on_the_standing() {
        let can = |state| {
            let standing = Standing::of(state);
            (standing.can_pause(), standing.can_resume(), standing.can_withdraw())
        };
        assert_eq!(can("active"), (true, false, true));
        assert_eq!(can("paused"), (false, true, true));
        assert_eq!(can("revoked"), (false, false, false));
        assert_eq!(can("expired"), (false, false, false));
    }
}
