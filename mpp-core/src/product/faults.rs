//! What keeps a product from being offered: all of it, so that its author can mend it in one go. Fair use
//! is judged alike on every day.

use super::{InvalidProduct, ProductItem};
use crate::{Notice, Source, SourceKind, Timestamp, fair_use};

/// Something that keeps a product from being offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFault {
    /// Which item is at fault, from 0; `None` where it is the product as a whole.
    pub item: Option<usize>,
    /// What is wrong.
    pub reason: InvalidProduct,
}

impl ProductFault {
    /// The stable code for clients, of the very term where one term is wrong.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.reason {
            InvalidProduct::Terms { reason, .. } => reason.code(),
            other => other.code(),
        }
    }
}

/// What is wrong with a product that says this.
pub(super) fn of(name: &str, items: &[ProductItem], notice: &Notice, now: Timestamp) -> Vec<ProductFault> {
    let whole = [
        (InvalidProduct::NoName, name.trim().is_empty()),
        (InvalidProduct::NoItem, items.is_empty()),
        (InvalidProduct::NoticeIncomplete, !notice.is_complete()),
    ];
    let whole = whole.into_iter().filter(|(_, holds)| *holds);
    let mut faults: Vec<ProductFault> =
        whole.map(|(reason, _)| ProductFault { item: None, reason }).collect();
    for (at, item) in items.iter().enumerate() {
        let mut found = of_item(item, now);
        let same = items.iter().enumerate().any(|(other, known)| other != at && known.source == item.source);
        if same {
            found.insert(0, InvalidProduct::SourceTwice(item.source.clone()));
        }
        faults.extend(found.into_iter().map(|reason| ProductFault { item: Some(at), reason }));
    }
    faults
}

fn of_item(item: &ProductItem, now: Timestamp) -> Vec<InvalidProduct> {
    let mut faults = Vec::new();
    let named = |words: &String| !words.trim().is_empty();
    if !named(&item.title) || item.data_items.is_empty() || !item.data_items.iter().all(named) {
        faults.push(InvalidProduct::NoDataItem(item.source.clone()));
    }
    let aggregator = item.source == Source::AccountAggregator;
    let financial = item.kind == SourceKind::FinancialInformation;
    if aggregator != financial || financial == item.terms.fi_types.is_empty() {
        faults.push(InvalidProduct::KindAgainstSource(item.source.clone()));
    }
    match item.parameters(now) {
        Err(reason) => faults.push(InvalidProduct::Terms { source_of: item.source.clone(), reason }),
        Ok(_) if aggregator => {
            let beyond = fair_use::violations_on_any_day(&item.terms);
            faults.extend(beyond.into_iter().map(InvalidProduct::FairUse));
        }
        Ok(_) => {}
    }
    faults
}
