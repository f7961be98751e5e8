//! The templates: each joins values with the HTML of the same name under `templates`.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::view::{Cell, Choice, Field, Files, Frame, PostButton, Sheet, Table};
use crate::words::Words;

/// Pages as answers.
pub(crate) trait Answer: Template {
    /// The page with a status.
    fn answer(&self, status: StatusCode) -> Response {
        match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!("a page could not be written: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// The page.
    fn show(&self) -> Response {
        self.answer(StatusCode::OK)
    }
}

impl<T: Template> Answer for T {}

/// Makes the templates of one list.
macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident = $path:literal { $($field:ident: $kind:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Template)]
        #[template(path = $path)]
        pub(crate) struct $name {
            pub(crate) frame: Frame,
            $(pub(crate) $field: $kind,)*
        }
    )+};
}

/// A labelled value.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: Cell,
}

/// A number that leads to the rows behind it.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) label: String,
    pub(crate) value: String,
    /// Where its rows are, for who may see them.
    pub(crate) href: Option<String>,
    pub(crate) tone: &'static str,
}

impl Figure {
    /// The same, which is bad when there are any.
    pub(crate) fn bad_when_any(self, count: u64) -> Self {
        let tone = if count > 0 { "bad" } else { self.tone };
        Self { tone, ..self }
    }
}

/// A box that can be ticked.
#[derive(Debug, Clone)]
pub(crate) struct Tick {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) ticked: bool,
}

/// The field of a form that has only one.
#[derive(Debug, Clone)]
pub(crate) struct OnlyField {
    pub(crate) label: String,
    pub(crate) hint: String,
    /// What the button says.
    pub(crate) act: String,
    /// The kind of text, as a browser knows it.
    pub(crate) kind: &'static str,
    /// The most characters.
    pub(crate) longest: usize,
    pub(crate) required: bool,
    pub(crate) value: String,
}

/// One step of a file.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) when: crate::moment::Moment,
    pub(crate) what: String,
    /// Who caused it, where the words do not say so.
    pub(crate) actor: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) proof: Option<String>,
    pub(crate) tone: &'static str,
}

/// A bar of a chart, drawn by the server.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// By which name somebody signs in through the provider; empty when not at all.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignOnRow {
    pub(crate) name: String,
    pub(crate) bound: bool,
}

/// A person as administrators see one.
#[derive(Debug, Clone)]
pub(crate) struct PersonRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) state: Cell,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) invited: String,
    pub(crate) oneself: bool,
    /// How the person signs in through the provider, when there is one.
    pub(crate) sign_on: Option<SignOnRow>,
    pub(crate) once: String,
}

/// One's own passkeys.
#[derive(Debug, Clone)]
pub(crate) struct PasskeyCard {
    /// The host that passkeys are bound to.
    pub(crate) host: String,
    /// The address at which they may be used.
    pub(crate) origin: String,
    pub(crate) table: Table,
}

pages! {
    /// Signing in.
    SignInPage = "sign_in.html" { name: String, next: String, passkeys: Option<String>, provider: Option<String> }
    /// A page that goes on by itself.
    OnwardPage = "onward.html" { lead: String, href: String, label: String }
    /// Signed out here, and where to do so at the provider.
    SignedOutPage = "signed_out.html" { provider: String, href: String }
    /// The code after the provider's answer.
    SignOnCodePage = "sign_on_code.html" { }
    /// Where an invitation is handed in.
    WelcomePage = "welcome.html" { }
    /// Choosing a password and setting up the second factor.
    JoinPage = "join.html" {
        id: String, name: String, invitation: String, secret: String, shown: String, picture: String
    }
    /// A list.
    SheetPage = "sheet.html" { sheet: Sheet }
    /// Today; the figures as they were written by [`FiguresPart`].
    OverviewPage = "overview.html" { figures: String }
    /// A file with facts, tables and what can be done.
    FilePage = "file.html" {
        facts: Vec<Fact>, steps: Vec<Step>, tables: Vec<Table>, links: Vec<(String, String)>,
        buttons: Vec<PostButton>, back: (String, String)
    }
    /// What something means that cannot be undone, with the button that does it.
    ConfirmPage = "confirm.html" {
        lead: String, facts: Vec<Fact>, action: String, once: String, act: String, back: (String, String)
    }
    /// A number over time.
    ChartPage = "chart.html" { lead: String, bars: Vec<Bar>, caption: String, sheet: Sheet }
    /// Taking a partner on.
    PartnerFormPage = "partner_form.html" { once: String, values: PartnerForm }
    /// A form of one field, filled with what holds.
    FieldPage = "field.html" { back: (String, String), action: String, once: String, field: OnlyField }
    /// A secret that is shown once.
    SecretPage = "secret.html" { lead: String, label: String, secret: String, facts: Vec<Fact>, back: (String, String) }
    /// The people.
    PeoplePage = "people.html" {
        people: Vec<PersonRow>, roles: Vec<Tick>, once: String, next: Option<String>, passkeys: bool
    }
    /// One's own account.
    AccountPage = "account.html" { facts: Vec<Fact>, sessions: Table, passkeys: Option<PasskeyCard> }
    /// Asking a customer for consent.
    CaseFormPage = "case_form.html" { once: String, products: Vec<Tick>, is_complete: bool, values: CaseForm }
    /// Where a file of many customers is handed in.
    UploadFormPage = "upload_form.html" {
        products: Vec<Tick>, is_complete: bool, columns: Vec<(&'static str, String)>, limit: String, example: String
    }
    /// What was found in such a file, or became of it; carries the file on.
    UploadPage = "upload.html" {
        lead: String, once: String, product: String, text: Carry, act: Option<String>,
        files: Vec<(&'static str, String)>, tables: Vec<Table>
    }
    /// One document.
    DocumentPage = "document.html" {
        facts: Vec<Fact>, lines: Vec<Line>, cut: Option<String>, action: String, masked: bool, may_unmask: bool
    }
    /// A product version as the customer will see it.
    ProductPage = "product.html" {
        facts: Vec<Fact>, buttons: Vec<PostButton>, waits_for_second: bool, waits_for_central: bool,
        next: Option<String>, compare: Option<String>, retire: Option<String>, proposed: Vec<Fact>,
        proposal: Vec<PostButton>, preview: Preview
    }
    /// Drafting a product version.
    ProductFormPage = "product_form.html" {
        hidden: Vec<(String, String)>, wrong: Vec<(String, String)>, name: Field, notice_version: Field,
        items: Vec<ItemForm>, items_faults: Vec<String>, notices: Vec<NoticeForm>, notices_faults: Vec<String>,
        json: String, json_open: bool, json_faults: Vec<String>, moved: Option<Moved>, preview: Preview
    }
    /// Two versions of a product beside each other.
    ComparePage = "compare.html" {
        lead: String, back: String, action: String, from: Vec<Choice>, to: Vec<Choice>, columns: Vec<String>,
        changed: Vec<ChangeGroup>, same: Vec<ChangeGroup>
    }
    /// Keys and endpoints.
    KeysPage = "keys.html" {
        facts: Vec<Fact>, is_enrolled: bool, is_complete: bool, proposed: Vec<Fact>, proposed_at: String,
        proposed_by_oneself: bool, own: Table,
        needed_for: Vec<Fact>, unsafe_keys: Vec<String>, applications: Table, may_change: bool, endpoint: String, once: String
    }
    /// Six weeks of ends of data lives.
    CalendarPage = "calendar.html" {
        facts: Vec<Fact>, is_complete: bool, from: String, choices: Vec<Choice>, earlier: String, now: String,
        later: String, weekdays: [String; 7], weeks: Vec<CalendarWeek>, overdue: Option<Table>, of_day: Option<Table>
    }
    /// Closing a month.
    ClosePage = "close.html" { partners: Vec<Tick>, values: CloseForm }
    /// Where a partner's bills go.
    AddressPage = "billing_address.html" { partner: String, standings: Vec<Tick>, values: AddressForm }
    /// A bill.
    BillPage = "bill.html" {
        here: String, once: [String; 3], facts: Vec<Fact>, buttons: Vec<PostButton>, waits_for_second: bool,
        supplier: PartyBlock, recipient: PartyBlock, lines: Table, sums: Vec<(String, String)>,
        words_of_sum: String, evidence: Option<Table>, evidence_holds: bool, shows_log: bool, log: Option<LogSummary>, related: Table,
        has_document: bool,
        printable: bool,
        may_cancel: bool, may_credit: bool, may_register: bool, credit_lines: Vec<CreditLine>
    }
    /// Proposing a price plan.
    PlanFormPage = "plan_form.html" { partners: Vec<Tick>, fields: PlanFields }
    /// A range of notifications that can be done again, and what it holds.
    ReplayPage = "replay.html" {
        lead: String, sheet: Sheet, first: Table, hidden: Vec<(&'static str, String)>, act: Option<String>,
        back: (String, String)
    }
    /// Logs held against each other.
    ReconcilePage = "reconcile.html" {
        partners: Vec<Tick>, values: ReconcileForm, compared: Vec<Compared>, logs: Table, may_bring: bool
    }
    /// A partner's signed log beside ours.
    PartnerLogPage = "partner_log.html" {
        here: String, facts: Vec<Fact>, agrees: bool, figures: Vec<(String, String)>, tables: Vec<Table>,
        cut: Option<String>, files: Files
    }
    /// This enterprise's own log of uses.
    OwnUsagePage = "own_usage.html" {
        lead: String, bars: Vec<Bar>, caption: String, month: String, is_over: bool, may_send: bool, once: String,
        sheet: Sheet
    }
    /// A file of a list; how it stands as it was written by [`ExportPart`].
    ExportPage = "export.html" { part: String, live: Option<String> }
    /// Something went wrong.
    TroublePage = "trouble.html" { what: String }
}

mod billing;
mod calendar;
mod product;

pub(crate) use product::{
    ChangeGroup, ChangeRow, ItemForm, Moved, NoticeForm, Piece, Preview, SeenItem, SeenNotice,
};

pub(crate) use calendar::{CalendarDayCell, CalendarLine, CalendarWeek};

pub(crate) use billing::{
    AddressForm, CloseForm, Compared, CreditLine, LogSummary, PartyBlock, PlanFields, PlanRow, ReconcileForm,
};

/// The figures of an overview, which stay true while somebody looks.
#[derive(Debug, Template)]
#[template(path = "figures.html")]
pub(crate) struct FiguresPart {
    /// What the figures are of, which changes with the day.
    pub(crate) lead: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) tables: Vec<Table>,
}

/// How a file of a list stands, which stays true while somebody looks.
#[derive(Debug, Template)]
#[template(path = "export_part.html")]
pub(crate) struct ExportPart {
    pub(crate) words: Words,
    /// How it stands, in words.
    pub(crate) said: String,
    pub(crate) tone: &'static str,
    pub(crate) facts: Vec<Fact>,
    /// How many rows there are while it is made, and of how many where that is known.
    pub(crate) progress: Option<(u64, Option<u64>)>,
    pub(crate) download: Option<String>,
    /// Where a browser without scripts looks again.
    pub(crate) look_again: Option<String>,
    pub(crate) to_list: Option<String>,
    pub(crate) buttons: Vec<PostButton>,
}

/// A line of a document.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) depth: usize,
}

/// The text of a file that a page carries on; customers stand in it, so it is never shown to developers.
#[derive(Clone)]
pub(crate) struct Carry(pub(crate) String);

impl std::fmt::Debug for Carry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Carry(..)")
    }
}

/// What was written into the form for a case.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct CaseForm {
    pub(crate) once: String,
    pub(crate) product: String,
    pub(crate) case_ref: String,
    pub(crate) mobile: String,
    pub(crate) name: String,
    pub(crate) date_of_birth: String,
    pub(crate) pan: String,
    pub(crate) pincode: String,
}

impl std::fmt::Debug for CaseForm {
    /// Leaves the customer out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseForm").field("case_ref", &self.case_ref).finish_non_exhaustive()
    }
}

/// What was written into the form for a partner.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(crate) struct PartnerForm {
    #[serde(default)]
    pub(crate) once: String,
    #[serde(default)]
    pub(crate) legal_name: String,
    #[serde(default)]
    pub(crate) gstin: String,
    #[serde(default)]
    pub(crate) contract_ref: String,
    #[serde(default)]
    pub(crate) contacts: String,
    #[serde(default)]
    pub(crate) price_plan: String,
    #[serde(default)]
    pub(crate) notification_url: String,
}

#[cfg(test)]
mod tests;
