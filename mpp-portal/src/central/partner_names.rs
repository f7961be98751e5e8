//! The names of partners, for lists that know them by their identifiers.

use std::collections::BTreeMap;

use mpp_api::ApiError;
use mpp_core::PartnerId;

use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::Tick;
use crate::view::{Cell, Filter};

/// How many pages of partners are read for a list, a hundred each. With more a filter is written, not chosen, and the
/// rows of the others show identifiers.
const MOST_PAGES: usize = 10;

/// Partners by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct PartnerNames {
    names: BTreeMap<PartnerId, String>,
    /// Whether every partner is among them.
    complete: bool,
}

impl PartnerNames {
    /// Asks for them. Who may see a list and not the partners gets none, and sees identifiers.
    ///
    /// # Errors
    /// When the interface does not answer.
    pub(super) async fn load(signed: &Signed) -> Result<Self, ApiError> {
        let mut known = Self::default();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let page = match signed.operator().partners(after.as_deref()).await {
                Err(ApiError::Refused(problem)) if problem.status == 403 => return Ok(known),
                page => page?,
            };
            known
                .names
                .extend(page.items.into_iter().map(|partner| (partner.partner_id, partner.legal_name)));
            after = page.next;
            if after.is_none() {
                known.complete = true;
                break;
            }
        }
        Ok(known)
    }

    /// One partner alone, for its own page.
    pub(super) fn only(id: PartnerId, name: &str) -> Self {
        Self { names: BTreeMap::from([(id, name.to_owned())]), complete: false }
    }

    /// The name of a partner, where it is known.
    pub(super) fn name(&self, id: PartnerId) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// The partner in a row, with the way to its page.
    pub(super) fn cell(&self, id: PartnerId) -> Cell {
        let href = format!("{PREFIX}/partners/{id}");
        match self.names.get(&id) {
            Some(name) => Cell::Link { href, text: name.clone() },
            None => Cell::id_at(id, href),
        }
    }

    /// A filter by partner: chosen by name, unless some are not known or the wish names none of them.
    pub(super) fn filter(&self, signed: &Signed, wanted: Option<&str>) -> Filter {
        let label = signed.words.get("col.partner");
        let known = |wanted: &str| wanted.parse().is_ok_and(|id: PartnerId| self.names.contains_key(&id));
        if self.complete && wanted.is_none_or(known) {
            let choices = self.by_name().into_iter().map(|(id, name)| (id.to_string(), name.to_owned()));
            Filter::choices("partner", label, wanted, choices)
        } else {
            Filter::text("partner", label, wanted)
        }
    }

    /// The partners to choose from in a form, the chosen one marked.
    pub(super) fn ticks(&self, chosen: &str) -> Vec<Tick> {
        let tick = |(id, name): (&PartnerId, &str)| {
            let value = id.to_string();
            Tick { ticked: value == chosen, value, label: name.to_owned() }
        };
        self.by_name().into_iter().map(tick).collect()
    }

    fn by_name(&self) -> Vec<(&PartnerId, &str)> {
        let mut partners: Vec<_> = self.names.iter().map(|(id, name)| (id, name.as_str())).collect();
        partners.sort_by_key(|(_, name)| name.to_lowercase());
        partners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_shown_by_its_name_where_that_is_known() {
        let (kaveri, unknown) = (PartnerId::from_random([1; 16]), PartnerId::from_random([2; 16]));
        let names = BTreeMap::from([
            (kaveri, "Kaveri Finance Ltd".to_owned()),
            (PartnerId::from_random([3; 16]), "arvind Credit".to_owned()),
        ]);
        let known = PartnerNames { names, complete: true };
        assert!(matches!(known.cell(kaveri), Cell::Link { text, .. } if text == "Kaveri Finance Ltd"));
        assert_eq!(known.cell(unknown), Cell::id_at(unknown, format!("{PREFIX}/partners/{unknown}")));
        let ticks = known.ticks(&kaveri.to_string());
        let shown: Vec<_> = ticks.iter().map(|tick| (tick.label.as_str(), tick.ticked)).collect();
        assert_eq!(shown, [("arvind Credit", false), ("Kaveri Finance Ltd", true)]);
    }
}
