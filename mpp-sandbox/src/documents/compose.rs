//! What all documents share: the root element, the holders, the branch, the size.

use mpp_core::{FiType, Timestamp};

use super::account::{Account, Institution};
use super::movement::Selection;
use super::person::Person;
use super::xml::Xml;
use super::{deposit, fixed_deposit, funds, insurance};

/// What a document is about and how much of it may be told.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) person: &'a Person,
    pub(crate) account: &'a Account,
    pub(crate) link_reference: &'a str,
    pub(crate) selection: &'a Selection,
    pub(crate) now: Timestamp,
    /// The document is made at least so long; 0 leaves it as it is.
    pub(crate) padding_bytes: usize,
}

impl Order<'_> {
    /// The branch's name, with the canary in it so that a summary alone can be found too.
    pub(crate) fn branch(&self) -> String {
        format!("{} {}", self.person.city, self.person.canary)
    }

    /// The branch's IFSC.
    pub(crate) fn ifsc(&self) -> String {
        format!("{}0000123", self.account.institution.code())
    }
}

/// The document of one account, as the FIP sends it before encryption.
pub(crate) fn compose(order: &Order<'_>) -> Vec<u8> {
    let mut xml = Xml::new();
    match order.account.fi_type {
        FiType::TermDeposit | FiType::RecurringDeposit => fixed_deposit::write(&mut xml, order),
        FiType::MutualFunds => funds::write(&mut xml, order),
        FiType::InsurancePolicies => insurance::write_policy(&mut xml, order),
        FiType::LifeInsurance => insurance::write_life(&mut xml, order),
        _ => deposit::write(&mut xml, order),
    }
    let missing = order.padding_bytes.saturating_sub(xml.len());
    if missing > 0 {
        xml.filler(missing);
    }
    xml.into_bytes()
}

/// The root element of `order`'s document.
pub(crate) fn root(
    xml: &mut Xml,
    order: &Order<'_>,
    kind: &str,
    version: &str,
    inside: impl FnOnce(&mut Xml),
) {
    let folder = match kind {
        "mutualfunds" => "mutual_funds",
        "insurance" => "insurance_policies",
        same => same,
    };
    let namespace = format!("http://api.rebit.org.in/FISchema/{folder}");
    let mut attributes = vec![("xmlns", namespace.as_str()), ("type", kind), ("version", version)];
    let demat = format!("XXXXXXXXXXXX{}", order.account.tail);
    match kind {
        "mutualfunds" => {
            attributes.push(("maskedDematID", &demat));
            attributes.push(("maskedFolioNo", &order.account.masked));
        }
        "life_insurance" => attributes.push(("maskedPolicyNumber", &order.account.masked)),
        _ => attributes.push(("maskedAccNumber", &order.account.masked)),
    }
    attributes.push(("linkedAccRef", order.link_reference));
    xml.element("Account", &attributes, inside);
}

/// The `Profile` of a document with a single holder.
pub(crate) fn holders(xml: &mut Xml, order: &Order<'_>) {
    let person = order.person;
    let (name, born, address) = (person.name(), person.born.to_string(), person.address());
    let demat = format!("XXXXXXXXXXXX{}", order.account.tail);
    let mut attributes = vec![
        ("name", name.as_str()),
        ("dob", &born),
        ("mobile", person.mobile.digits()),
        ("nominee", "REGISTERED"),
        ("landline", ""),
        ("address", &address),
        ("email", &person.email),
        ("pan", &person.pan),
    ];
    match order.account.institution {
        Institution::Sahyadri | Institution::Narmada => attributes.push(("ckycRegistered", "YES")),
        Institution::DeccanFunds => {
            attributes.push(("dematId", &demat));
            attributes.push(("folioNo", &order.account.masked));
            attributes.push(("kycCompliance", "true"));
        }
        Institution::GodavariLife => {
            attributes.push(("rank", "1"));
            attributes.push(("ckycCompliance", "true"));
        }
    }
    let single: &[(&str, &str)] = &[("type", "SINGLE")];
    let kind = if order.account.institution == Institution::DeccanFunds { &[] } else { single };
    xml.element("Profile", &[], |xml| {
        xml.element("Holders", kind, |xml| xml.leaf("Holder", &attributes));
    });
}
