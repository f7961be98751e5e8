//! The names of products, for lists that know them by their identifiers.

use std::collections::{BTreeMap, BTreeSet};

use mpp_api::ApiError;
use mpp_api::central::PublishedProductView;
use mpp_core::ProductId;

use super::partner_names::PartnerNames;
use crate::signed::Signed;
use crate::view::{Cell, Filter};

/// How many pages of products are read for a list, a hundred each. With more a filter is written, not chosen, and the
/// rows of the others show identifiers.
const MOST_PAGES: usize = 10;

/// Products by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct ProductNames {
    products: BTreeMap<ProductId, PublishedProductView>,
    /// Whether every product is among them.
    complete: bool,
}

impl ProductNames {
    /// Asks for them. Who may see a list and not the partners gets none, and sees identifiers.
    ///
    /// # Errors
    /// When the interface does not answer.
    pub(super) async fn load(signed: &Signed) -> Result<Self, ApiError> {
        let mut known = Self::default();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let page = match signed.operator().products(after.as_deref()).await {
                Err(ApiError::Refused(problem)) if problem.status == 403 => return Ok(known),
                page => page?,
            };
            known.products.extend(page.items.into_iter().map(|product| (product.product_id, product)));
            after = page.next;
            if after.is_none() {
                known.complete = true;
                break;
            }
        }
        Ok(known)
    }

    /// The product in a row: its name, and the identifier under it.
    pub(super) fn cell(&self, id: ProductId) -> Cell {
        match self.products.get(&id) {
            Some(product) => Cell::known(&product.name, id, None),
            None => Cell::id(id),
        }
    }

    /// One version of a product: its name and the version's number, with the identifier under it.
    pub(super) fn cell_of(&self, id: ProductId, version: u32) -> Cell {
        match self.products.get(&id) {
            Some(product) => Cell::known(&format!("{} (v{version})", product.name), id, None),
            None => Cell::id(format!("{id} v{version}")),
        }
    }

    /// A filter by product: chosen by name with the partner's beside it, unless some are not known or the wish names none
    /// of them.
    pub(super) fn filter(&self, signed: &Signed, partners: &PartnerNames, wanted: Option<&str>) -> Filter {
        let label = signed.words.get("col.product");
        let known = |wanted: &str| wanted.parse().is_ok_and(|id: ProductId| self.products.contains_key(&id));
        if self.complete && wanted.is_none_or(known) {
            Filter::choices(
                "product",
                label,
                wanted,
                self.choices(partners, &signed.words.of("status", "retired")),
            )
        } else {
            Filter::text("product", label, wanted)
        }
    }

    /// A filter by source, with those at hand that products ask for.
    pub(super) fn source_filter(&self, signed: &Signed, wanted: Option<&str>) -> Filter {
        let known: BTreeSet<&String> = self.products.values().flat_map(|product| &product.sources).collect();
        Filter::suggested("source", signed.words.get("col.source"), wanted, known.into_iter().cloned())
    }

    fn choices(&self, partners: &PartnerNames, retired: &str) -> Vec<(String, String)> {
        let choice = |product: &PublishedProductView| {
            let label = match partners.name(product.partner_id) {
                Some(partner) => format!("{} ({partner})", product.name),
                None => product.name.clone(),
            };
            let label = match product.retired_at {
                Some(_) => format!("{label}, {retired}"),
                None => label,
            };
            (product.product_id.to_string(), label)
        };
        let mut choices: Vec<_> = self.products.values().map(choice).collect();
        choices.sort_by_key(|(_, label)| label.to_lowercase());
        choices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_core::PartnerId;

    #[test]
    fn a_product_is_shown_by_its_name_with_the_identifier_under_it() {
        let (loan, card, unknown) = (
            ProductId::from_random([1; 16]),
            ProductId::from_random([2; 16]),
            ProductId::from_random([3; 16]),
        );
        let kaveri = PartnerId::from_random([4; 16]);
        let published = |product_id, name: &str| PublishedProductView {
            product_id,
            partner_id: kaveri,
            name: name.to_owned(),
            newest_version: 2,
            sources: Vec::new(),
            retired_at: None,
        };
        let card_of_before = PublishedProductView {
            retired_at: Some("2026-01-15T09:30:00Z".parse().unwrap()),
            ..published(card, "credit card")
        };
        let products = [published(loan, "Personal loan"), card_of_before];
        let products = products.into_iter().map(|product| (product.product_id, product)).collect();
        let known = ProductNames { products, complete: true };
        assert_eq!(known.cell(loan), Cell::known("Personal loan", loan, None));
        assert_eq!(known.cell(unknown), Cell::id(unknown));
        assert_eq!(known.cell_of(loan, 3), Cell::known("Personal loan (v3)", loan, None));
        assert_eq!(known.cell_of(unknown, 3), Cell::id(format!("{unknown} v3")));
        let labels: Vec<String> = known
            .choices(&PartnerNames::only(kaveri, "Kaveri"), "Retired")
            .into_iter()
            .map(|(_, label)| label)
            .collect();
        assert_eq!(labels, ["credit card (Kaveri), Retired", "Personal loan (Kaveri)"]);
    }
}
