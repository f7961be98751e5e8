//! The consent screen: every item on its own, nothing chosen in advance.

use std::collections::BTreeMap;

use mpp_api::central::{ConsentScreen, ScreenItem};
use mpp_core::{Decision, LanguageTag, NoticeText, PartnerKeyRecord};

use super::language::own_name;
use super::{Frame, Labels, Language, Terms, figures, when};

/// The consent screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The app's words in the language of the notice.
    pub words: &'static Labels,
    /// The language of the notice, as a tag.
    pub language: String,
    /// The languages the notice exists in.
    pub languages: Vec<LanguageChoice>,
    /// The request, as addresses name it.
    pub request: String,
    /// Who would receive the data.
    pub recipient: Recipient,
    /// The notice; `None` when its language is missing and English, too.
    pub notice: Option<NoticeView>,
    /// The items.
    pub items: Vec<ItemCard>,
    /// Until when a decision is taken.
    pub decide_by: String,
}

/// A language to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageChoice {
    /// Its tag.
    pub tag: String,
    /// Its name in itself.
    pub name: String,
    /// Whether it is the present one.
    pub current: bool,
}

/// Who would receive the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The registered name.
    pub name: String,
    /// The key's name, in groups of four.
    pub fingerprint: Vec<String>,
    /// Until when the key is valid.
    pub key_valid_until: String,
}

/// The notice in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// Its version.
    pub version: u32,
    /// Its parts.
    pub text: NoticeText,
}

/// What kind of source an item has; chooses its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourcePicture {
    /// Accounts.
    Accounts,
    /// A credit bureau.
    Bureau,
    /// A telecom operator.
    Telecom,
    /// Something else.
    Other,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCard {
    /// Its place, from 1.
    pub number: usize,
    /// The name of its field in the form.
    pub field: String,
    /// The source's name.
    pub title: String,
    /// How its data travels, in words.
    pub route: &'static str,
    /// Which picture stands for it.
    pub picture: SourcePicture,
    /// What is shared, in the partner's words.
    pub data_items: Vec<String>,
    /// The terms in words.
    pub terms: Terms,
    /// What the customer has chosen so far.
    pub choice: Option<Decision>,
    /// Whether a decision was asked for and not given.
    pub missing: bool,
}

impl ItemCard {
    /// Whether approval is chosen, for templates.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.choice == Some(Decision::Approved)
    }

    /// Whether refusal is chosen, for templates.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.choice == Some(Decision::Refused)
    }
}

/// What the customer has chosen so far on a screen that is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The language chosen.
    pub language: LanguageTag,
    /// The choices, by source; items not decided are absent.
    pub choices: BTreeMap<String, Decision>,
    /// Whether the customer tried to confirm.
    pub submitted: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self { language: LanguageTag::english(), choices: BTreeMap::new(), submitted: false }
    }
}

/// The name of an item's field in the form.
#[must_use]
pub fn field_of(place: usize) -> String {
    format!("item-{place}")
}

/// The consent screen as the customer sees it.
#[must_use]
pub fn consent_page(
    content: &ConsentScreen,
    recipient: &PartnerKeyRecord,
    draft: &Draft,
    frame: Frame,
) -> ConsentPage {
    let texts: BTreeMap<LanguageTag, NoticeText> =
        serde_json::from_value(content.notice.clone()).unwrap_or_default();
    let english = LanguageTag::english();
    let shown = [&draft.language, &english].into_iter().find_map(|tag| texts.get_key_value(tag));
    let tag = shown.map_or(&english, |(tag, _)| tag);
    let language = Language::of(tag);
    let item = |(at, item): (usize, &ScreenItem)| item_card(at.saturating_add(1), item, draft, language);
    ConsentPage {
        frame,
        words: language.labels(),
        language: tag.to_string(),
        languages: texts
            .keys()
            .map(|choice| LanguageChoice {
                tag: choice.to_string(),
                name: own_name(choice),
                current: choice == tag,
            })
            .collect(),
        request: content.consent_request_id.to_string(),
        recipient: Recipient {
            name: recipient.partner_name.clone(),
            fingerprint: figures::in_fours(recipient.kid.as_str()),
            key_valid_until: when::date(recipient.valid_to, language),
        },
        notice: shown.map(|(_, text)| NoticeView { version: content.notice_version, text: text.clone() }),
        items: content.items.iter().enumerate().map(item).collect(),
        decide_by: when::moment(content.expires_at, language),
    }
}

fn item_card(number: usize, item: &ScreenItem, draft: &Draft, language: Language) -> ItemCard {
    let picture = match item.kind.as_str() {
        "FINANCIAL_INFORMATION" => SourcePicture::Accounts,
        "CREDIT_BUREAU" => SourcePicture::Bureau,
        "TELECOM" => SourcePicture::Telecom,
        _ => SourcePicture::Other,
    };
    let choice = draft.choices.get(&item.source).copied();
    ItemCard {
        number,
        field: field_of(number),
        title: item.title.clone(),
        route: route(picture, language),
        picture,
        data_items: item.data_items.clone(),
        terms: Terms::of(&item.terms, language),
        choice,
        missing: draft.submitted && choice.is_none(),
    }
}

const fn route(picture: SourcePicture, language: Language) -> &'static str {
    match picture {
        SourcePicture::Accounts => language.either(
            "Through your Account Aggregator and this phone, sealed to the recipient here",
            "आपके अकाउंट एग्रीगेटर और इस फ़ोन से होकर, यहीं प्राप्तकर्ता के लिए सीलबंद",
        ),
        SourcePicture::Bureau | SourcePicture::Telecom | SourcePicture::Other => language.either(
            "Asked from the source by MPP central, sealed to the recipient while reading",
            "MPP सेंट्रल स्रोत से माँगता है और पढ़ते ही प्राप्तकर्ता के लिए सीलबंद करता है",
        ),
    }
}
