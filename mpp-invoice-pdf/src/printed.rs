//! A document as finished text: what the template prints, in the order in which it prints it.

use mpp_billing::{BillDocument, DocumentLine, EInvoice, Party};
use serde::Serialize;

/// The data of the template.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrintedBill {
    title: String,
    number: String,
    cancelled: bool,
    supplier: PrintedParty,
    recipient: PrintedParty,
    facts: Vec<[String; 2]>,
    endorsement: Option<String>,
    lines: Vec<[String; 7]>,
    sums: Vec<[String; 2]>,
    payable: [String; 2],
    words: String,
    signatory: Option<String>,
}

#[derive(Debug, Serialize)]
struct PrintedParty {
    name: String,
    address: Vec<String>,
    gstin: String,
    state: String,
}

impl PrintedBill {
    pub(crate) fn of(document: &BillDocument) -> Self {
        Self {
            title: document.title.clone(),
            number: document.number.to_string(),
            cancelled: document.cancelled,
            supplier: party(&document.supplier),
            recipient: party(&document.recipient),
            facts: facts(document),
            endorsement: document.endorsement.clone(),
            lines: document.lines.iter().map(line).collect(),
            sums: sums(document),
            payable: [format!("Total payable ({})", document.currency), document.totals.payable.to_string()],
            words: document.payable_in_words.clone(),
            signatory: document.signatory.clone(),
        }
    }

    /// Every text that comes from outside the crate.
    pub(crate) fn foreign_texts(&self) -> impl Iterator<Item = &str> {
        let parties = [&self.supplier, &self.recipient];
        let parties = parties.into_iter().flat_map(|party| party.address.iter().chain([&party.name]));
        let facts = self.facts.iter().flatten().chain(self.lines.iter().flatten());
        parties.chain(facts).chain(&self.signatory).map(String::as_str)
    }
}

fn party(party: &Party) -> PrintedParty {
    PrintedParty {
        name: party.name().to_owned(),
        address: party.address().to_vec(),
        gstin: party.gstin().to_string(),
        state: party.state().to_string(),
    }
}

fn facts(document: &BillDocument) -> Vec<[String; 2]> {
    let yes_no = |holds: bool| if holds { "Yes" } else { "No" }.to_owned();
    let mut facts = vec![
        ("Number", document.number.to_string()),
        ("Date", document.date.to_string()),
        ("Financial year", document.financial_year.clone()),
        ("Period", format!("{} to {}", document.period_from, document.period_to)),
        ("Place of supply", document.place_of_supply.clone()),
        ("Inter-State supply", yes_no(document.inter_state)),
        ("Tax payable on reverse charge", yes_no(document.reverse_charge)),
    ];
    facts.extend(
        document
            .against
            .as_ref()
            .map(|original| ("Corrects invoice", format!("{} of {}", original.number, original.date))),
    );
    facts.extend(document.reason.clone().map(|reason| ("Reason", reason)));
    match &document.e_invoice {
        EInvoice::Issued { irn, .. } | EInvoice::Cancelled { irn, .. } => {
            facts.push(("IRN", irn.to_string()))
        }
        EInvoice::NotRequired | EInvoice::Pending | EInvoice::Failed { .. } => {}
    }
    facts.into_iter().map(|(name, value)| [name.to_owned(), value]).collect()
}

fn line(line: &DocumentLine) -> [String; 7] {
    [
        line.serial.to_string(),
        line.sac.to_string(),
        line.description.clone(),
        line.quantity.to_string(),
        line.unit.clone(),
        line.unit_price.to_string(),
        line.amount.to_string(),
    ]
}

fn sums(document: &BillDocument) -> Vec<[String; 2]> {
    let totals = &document.totals;
    let taxes = document
        .taxes
        .iter()
        .map(|tax| [format!("{} {} on {}", tax.kind.name(), tax.rate, tax.taxable), tax.amount.to_string()]);
    let mut sums = vec![["Taxable value".to_owned(), totals.taxable.to_string()]];
    sums.extend(taxes);
    sums.push(["Total tax".to_owned(), totals.tax.to_string()]);
    sums.push(["Total".to_owned(), totals.exact.to_string()]);
    sums.push(["Rounding".to_owned(), totals.rounding.to_string()]);
    sums
}
