//! The names of this enterprise's products, for lists that know them by their identifiers.

use std::collections::BTreeMap;

use mpp_api::ApiError;
use mpp_core::ProductId;

use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::view::Cell;

/// Products by the names of their newest versions.
#[derive(Debug, Clone, Default)]
pub(super) struct ProductNames(BTreeMap<ProductId, (u32, String)>);

impl ProductNames {
    /// Asks for them. Who may see a list and not the products gets none, and sees identifiers.
    ///
    /// # Errors
    /// When the interface does not answer.
    pub(super) async fn load(signed: &Signed) -> Result<Self, ApiError> {
        if !signed.person.may("see_products") {
            return Ok(Self::default());
        }
        let mut names: BTreeMap<ProductId, (u32, String)> = BTreeMap::new();
        for product in signed.staff().products().await?.items {
            let known = names.entry(product.product_id).or_default();
            if known.0 <= product.version {
                *known = (product.version, product.name);
            }
        }
        Ok(Self(names))
    }

    /// The product in a row: its name, and the identifier under it.
    pub(super) fn cell(&self, id: ProductId) -> Cell {
        match self.0.get(&id) {
            Some((_, name)) => Cell::known(name, id, None),
            None => Cell::id(id),
        }
    }

    /// The product in a row, with the way to one of its versions.
    pub(super) fn cell_at(&self, id: ProductId, version: u32) -> Cell {
        let href = format!("{PREFIX}/products/{id}/{version}");
        match self.0.get(&id) {
            Some((_, name)) => Cell::known(name, id, Some(href)),
            None => Cell::id_at(id, href),
        }
    }
}
