//! What the pages look like.

use axum::response::Response;
use mpp_core::FiType;

use crate::aa::consent_record::{ConsentRecord, ConsentStatus, Standing};
use crate::aa::{DiscoveredAccount, LinkedAccount};
use crate::documents::Institution;
use crate::html::{Page, button_form, text};
use crate::rebit::date;

/// Asks for the mobile number.
pub(super) fn login(handle: &str, problem: Option<&str>) -> Response {
    let mut page = Page::new("Onemoney");
    page.paragraph("Your Account Aggregator. Log in with your mobile number; we text you a code.");
    show(&mut page, problem);
    page.raw(&format!(
        "<form method=\"post\" action=\"/aa/web/login\"><input type=\"hidden\" name=\"handle\" value=\"{}\">\
         <label>Mobile number<input type=\"tel\" name=\"mobile\" inputmode=\"numeric\" maxlength=\"10\" required \
         autocomplete=\"tel-national\"></label><button>Text me a code</button></form>",
        text(handle)
    ));
    page.respond()
}

/// Asks for the login code.
pub(super) fn login_otp(login_id: &str, handle: &str, mobile: &str, problem: Option<&str>) -> Response {
    let mut page = Page::new("Enter the code");
    page.paragraph("We texted you a code of six digits. It holds for three minutes.");
    otp_form(
        &mut page,
        "/aa/web/login/verify",
        &[("loginId", login_id), ("handle", handle), ("mobile", mobile)],
        "Log in",
        problem,
    );
    inbox_hint(&mut page, mobile);
    page.respond()
}

/// Asks for an institution's code.
pub(super) fn link_otp(
    handle: &str,
    reference: &str,
    name: &str,
    mobile: &str,
    problem: Option<&str>,
) -> Response {
    let mut page = Page::new("Confirm with your institution");
    page.paragraph(&format!("{name} texted you a code of six digits."));
    let fields = [("handle", handle), ("refNumber", reference), ("name", name)];
    otp_form(&mut page, "/aa/web/link/verify", &fields, "Link", problem);
    inbox_hint(&mut page, mobile);
    back(&mut page, handle);
    page.respond()
}

/// Asks for the approval code.
pub(super) fn approval_otp(handle: &str, links: &[String], mobile: &str, problem: Option<&str>) -> Response {
    let mut page = Page::new("Confirm your approval");
    page.paragraph("We texted you a code of six digits. Entering it approves sharing the data you chose.");
    let mut fields = vec![("handle", handle)];
    fields.extend(links.iter().map(|link| ("link", link.as_str())));
    otp_form(&mut page, "/aa/web/approve", &fields, "Approve", problem);
    inbox_hint(&mut page, mobile);
    back(&mut page, handle);
    page.respond()
}

/// What went wrong.
pub(super) fn problem(words: &str, handle: &str) -> Response {
    let mut page = Page::new("Onemoney");
    page.problem(words);
    back(&mut page, handle);
    page.respond()
}

/// The end of the matter.
pub(super) fn done(words: &str) -> Response {
    let mut page = Page::new("Done");
    page.paragraph(words);
    page.raw("<p><a href=\"/aa/web/consents\">All my consents</a></p>");
    page.respond()
}

/// All consents with what can be done about them.
pub(super) fn consents(records: &[ConsentRecord]) -> Response {
    let mut page = Page::new("My consents");
    if records.is_empty() {
        page.paragraph("Nobody has asked for your data.");
    }
    for record in records {
        let purpose = record.detail.purpose.text.clone().unwrap_or_default();
        page.facts(&[
            ("For", purpose),
            ("Recipient", recipient(record)),
            ("Asked", day(&record.requested_at.to_string())),
            ("Status", status_words(record).to_owned()),
        ]);
        match &record.standing {
            Standing::Pending => page.raw(&format!(
                "<p><a href=\"/aa/web/consent?handle={}\">Look and decide</a></p>",
                text(&record.handle)
            )),
            Standing::Granted(grant) => {
                for (to, words) in steps(grant.status) {
                    let fields = [("consentId", grant.id.as_str()), ("to", to.word())];
                    page.raw(&button_form("/aa/web/change", &fields, words, "plain"));
                }
            }
            Standing::Rejected | Standing::Failed | Standing::Lapsed => {}
        }
    }
    page.raw(&button_form("/aa/web/logout", &[], "Log out", "plain"));
    page.respond()
}

const fn steps(status: ConsentStatus) -> &'static [(ConsentStatus, &'static str)] {
    match status {
        ConsentStatus::Active => {
            &[(ConsentStatus::Paused, "Pause"), (ConsentStatus::Revoked, "Revoke for good")]
        }
        ConsentStatus::Paused => {
            &[(ConsentStatus::Active, "Resume"), (ConsentStatus::Revoked, "Revoke for good")]
        }
        ConsentStatus::Revoked | ConsentStatus::Expired => &[],
    }
}

/// One request with the accounts to choose from. Nothing is ticked beforehand.
pub(super) fn consent(record: &ConsentRecord, linked: &[LinkedAccount]) -> Response {
    let mut page = Page::new("A request for your data");
    terms(&mut page, record);
    if !matches!(record.standing, Standing::Pending) {
        page.paragraph(&format!("Status: {}", status_words(record)));
        page.raw("<p><a href=\"/aa/web/consents\">All my consents</a></p>");
        return page.respond();
    }
    let fitting: Vec<&LinkedAccount> =
        linked.iter().filter(|account| record.detail.fi_types.contains(&account.fi_type)).collect();
    page.heading("Accounts to share");
    if fitting.is_empty() {
        page.paragraph("You have not linked an account for this yet.");
    } else {
        page.raw("<form method=\"post\" action=\"/aa/web/approve/otp\" class=\"card\">");
        page.raw(&hidden("handle", &record.handle));
        for account in &fitting {
            let label = format!(
                "{} · {} · {}",
                account.institution.display_name(),
                kind(account.fi_type),
                account.masked
            );
            page.raw(&checkbox("link", &account.link_ref, &label));
        }
        page.raw("<button>Continue with the chosen accounts</button></form>");
    }
    page.heading("Link more accounts");
    for institution in Institution::ALL {
        if institution.fi_types().iter().any(|held| record.detail.fi_types.contains(held)) {
            let fields = [("handle", record.handle.as_str()), ("fipId", institution.entity_id())];
            let words = format!("Look at {}", institution.display_name());
            page.raw(&button_form("/aa/web/discover", &fields, &words, "plain"));
        }
    }
    page.heading("Or");
    page.raw(&button_form("/aa/web/reject", &[("handle", &record.handle)], "Reject this request", "plain"));
    page.respond()
}

/// The accounts an institution named.
pub(super) fn discovered(
    handle: &str,
    institution: Institution,
    accounts: &[DiscoveredAccount],
    linked: &[LinkedAccount],
) -> Response {
    let mut page = Page::new(institution.display_name());
    page.paragraph("These accounts were found under your mobile number.");
    page.raw("<form method=\"post\" action=\"/aa/web/link\" class=\"card\">");
    page.raw(&hidden("handle", handle));
    page.raw(&hidden("fipId", institution.entity_id()));
    for account in accounts {
        let known = linked.iter().any(|link| link.reference == account.reference);
        let note = if known { " (linked already)" } else { "" };
        let label = format!("{} · {}{note}", kind(account.fi_type), account.masked);
        page.raw(&checkbox("account", &account.reference, &label));
    }
    page.raw("<button>Link the chosen accounts</button></form>");
    back(&mut page, handle);
    page.respond()
}

fn terms(page: &mut Page, record: &ConsentRecord) {
    let detail = &record.detail;
    let kinds: Vec<&str> = detail.fi_types.iter().map(|fi_type| kind(*fi_type)).collect();
    let parts: Vec<String> =
        detail.consent_types.iter().map(|part| format!("{part:?}").to_lowercase()).collect();
    let once = match detail.fetch_type {
        mpp_core::FetchType::Onetime => "once".to_owned(),
        mpp_core::FetchType::Periodic => {
            format!("up to {} times per {:?}", detail.frequency.value, detail.frequency.unit).to_lowercase()
        }
    };
    page.facts(&[
        ("For", detail.purpose.text.clone().unwrap_or_default()),
        ("Recipient", recipient(record)),
        ("Data", kinds.join(", ")),
        ("Parts", parts.join(", ")),
        ("From", day(&detail.data_range.from)),
        ("To", day(&detail.data_range.to)),
        ("Fetched", once),
        ("Kept", format!("{} {:?}", detail.data_life.value, detail.data_life.unit).to_lowercase()),
        ("Holds until", day(&detail.consent_expiry)),
    ]);
}

/// The Indian calendar day of a date-time, as people write it.
fn day(date_time: &str) -> String {
    date(date_time)
        .map_or_else(|_| date_time.to_owned(), |at| at.day_in_india().strftime("%-d %B %Y").to_string())
}

fn recipient(record: &ConsentRecord) -> String {
    if record.detail.data_consumer.kind == "USER" {
        format!("you yourself, through {}", record.requester)
    } else {
        record.detail.data_consumer.id.clone()
    }
}

const fn status_words(record: &ConsentRecord) -> &'static str {
    match &record.standing {
        Standing::Pending => "waiting for you",
        Standing::Rejected => "rejected by you",
        Standing::Failed => "failed",
        Standing::Lapsed => "not answered in time",
        Standing::Granted(grant) => grant.status.word(),
    }
}

const fn kind(fi_type: FiType) -> &'static str {
    match fi_type {
        FiType::Deposit => "savings account",
        FiType::TermDeposit => "term deposit",
        FiType::RecurringDeposit => "recurring deposit",
        FiType::MutualFunds => "mutual funds",
        FiType::InsurancePolicies => "insurance policy",
        FiType::LifeInsurance => "life insurance",
        _ => "other",
    }
}

fn show(page: &mut Page, problem: Option<&str>) {
    if let Some(problem) = problem {
        page.problem(problem);
    }
}

fn back(page: &mut Page, handle: &str) {
    if handle.is_empty() {
        page.raw("<p><a href=\"/aa/web/consents\">All my consents</a></p>");
    } else {
        page.raw(&format!(
            "<p><a href=\"/aa/web/consent?handle={}\">Back to the request</a></p>",
            text(handle)
        ));
    }
}

/// There is no phone to receive the message on: the sandbox shows it.
fn inbox_hint(page: &mut Page, mobile: &str) {
    page.raw(&format!(
        "<p class=\"soft\">Sandbox: <a href=\"/sms/inbox/{}\" target=\"_blank\" rel=\"noopener\">read the text \
         message here</a>.</p>",
        text(mobile)
    ));
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", text(name), text(value))
}

fn checkbox(name: &str, value: &str, label: &str) -> String {
    format!(
        "<label><input type=\"checkbox\" name=\"{}\" value=\"{}\"> {}</label>",
        text(name),
        text(value),
        text(label)
    )
}

fn otp_form(page: &mut Page, action: &str, fields: &[(&str, &str)], words: &str, problem: Option<&str>) {
    show(page, problem);
    let hidden: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
    page.raw(&format!(
        "<form method=\"post\" action=\"{}\">{hidden}<label>Code<input type=\"text\" name=\"otp\" \
         inputmode=\"numeric\" autocomplete=\"one-time-code\" maxlength=\"6\" required></label>\
         <button>{}</button></form>",
        text(action),
        text(words)
    ));
}
