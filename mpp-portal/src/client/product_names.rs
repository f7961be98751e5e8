//! The names of this enterprise's products, for lists that know them by their identifiers.

use std::collections::{BTreeMap, BTreeSet};

use mpp_api::ApiError;
use mpp_core::ProductId;

use super::product_versions::ProductVersions;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::view::{Cell, Filter};

/// Products by the names of their newest versions.
#[derive(Debug, Clone, Default)]
pub(super) struct ProductNames {
    names: BTreeMap<ProductId, (u32, String)>,
    /// The sources that any version asks for.
    sources: BTreeSet<String>,
    /// Whether every product is among them.
    is_complete: bool,
}

impl ProductNames {
    /// Asks for them. Who may see a list and not the products gets none, and sees identifiers.
    ///
    /// # Errors
    /// When the interface does not answer.
    pub(super) async fn load(signed: &Signed) -> Result<Self, ApiError> {
        if !signed.person.may("see_products") {
            return Ok(Self::default());
        }
        let versions = ProductVersions::load(signed).await?;
        let mut known = Self { is_complete: versions.is_complete, ..Self::default() };
        for product in versions.items {
            known.sources.extend(product.sources);
            let name = known.names.entry(product.product_id).or_default();
            if name.0 <= product.version {
                *name = (product.version, product.name);
            }
        }
        Ok(known)
    }

    /// The product in a row: its name, and the identifier under it.
    pub(super) fn cell(&self, id: ProductId) -> Cell {
        match self.names.get(&id) {
            Some((_, name)) => Cell::known(name, id, None),
            None => Cell::id(id),
        }
    }

    /// What a product is called, or its identifier; in words where there is none.
    pub(super) fn label(&self, signed: &Signed, id: Option<ProductId>) -> String {
        let Some(id) = id else { return signed.words.get("label.no_product").to_owned() };
        self.names.get(&id).map_or_else(|| id.to_string(), |(_, name)| name.clone())
    }

    /// A filter by product: chosen by name, unless some are not known or the wish names none of them. `others` are choices
    /// besides.
    pub(super) fn filter(
        &self,
        signed: &Signed,
        wanted: Option<&str>,
        others: impl IntoIterator<Item = (String, String)>,
    ) -> Filter {
        let label = signed.words.get("col.product");
        let named = self.names.iter().map(|(id, (_, name))| (id.to_string(), name.clone()));
        let mut choices: Vec<_> = named.chain(others).collect();
        choices.sort_by_key(|(_, label)| label.to_lowercase());
        let is_known = |wanted: &str| choices.iter().any(|(value, _)| value == wanted);
        if self.is_complete && wanted.is_none_or(is_known) {
            Filter::choices("product", label, wanted, choices)
        } else {
            Filter::text("product", label, wanted)
        }
    }

    /// A filter by source, with those at hand that products ask for.
    pub(super) fn source_filter(&self, signed: &Signed, wanted: Option<&str>) -> Filter {
        Filter::suggested("source", signed.words.get("col.source"), wanted, self.sources.iter().cloned())
    }

    /// The product in a row, with the way to one of its versions.
    pub(super) fn cell_at(&self, id: ProductId, version: u32) -> Cell {
        let href = format!("{PREFIX}/products/{id}/{version}");
        match self.names.get(&id) {
            Some((_, name)) => Cell::known(name, id, Some(href)),
            None => Cell::id_at(id, href),
        }
    }
}
