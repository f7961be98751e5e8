//! The customer's decisions, item by item. Nothing is decided until the customer decides it.

use mpp_core::{Decision, ItemDecision, Source};

/// The decisions on a screen's items, all open at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    items: Vec<(Source, Option<Decision>)>,
}

/// Some items are not decided yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("every item must be approved or refused; {} still open", open.len())]
pub struct IncompleteDecisions {
    /// The open items.
    pub open: Vec<Source>,
}

impl Decisions {
    /// Open decisions on these items.
    #[must_use]
    pub fn open_for(items: impl IntoIterator<Item = Source>) -> Self {
        Self { items: items.into_iter().map(|source| (source, None)).collect() }
    }

    /// Decides an item; deciding again replaces the earlier decision. Unknown items are left alone.
    #[must_use]
    pub fn with(mut self, source: &Source, decision: Decision) -> Self {
        for (item, decided) in &mut self.items {
            if item == source {
                *decided = Some(decision);
            }
        }
        self
    }

    /// All items decided alike; a convenience for tests and batch tools, not for screens.
    #[must_use]
    pub fn all(mut self, decision: Decision) -> Self {
        self.items.iter_mut().for_each(|(_, decided)| *decided = Some(decision));
        self
    }

    /// The complete decisions.
    ///
    /// # Errors
    /// When an item is still open.
    pub fn complete(&self) -> Result<Vec<ItemDecision>, IncompleteDecisions> {
        let open: Vec<Source> = self
            .items
            .iter()
            .filter(|(_, decided)| decided.is_none())
            .map(|(source, _)| source.clone())
            .collect();
        if !open.is_empty() {
            return Err(IncompleteDecisions { open });
        }
        let decided = self.items.iter().filter_map(|(source, decided)| {
            decided.map(|decision| ItemDecision { source: source.clone(), decision })
        });
        Ok(decided.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_decided_in_advance() {
        let bureau: Source = "provider:sandbox-bureau".parse().unwrap();
        let decisions = Decisions::open_for([Source::AccountAggregator, bureau.clone()]);
        assert_eq!(decisions.complete().unwrap_err().open.len(), 2);
        let half = decisions.with(&bureau, Decision::Refused);
        assert_eq!(half.complete().unwrap_err().open, vec![Source::AccountAggregator]);
        let whole = half.with(&Source::AccountAggregator, Decision::Approved);
        assert_eq!(whole.complete().unwrap().len(), 2);
    }
}
