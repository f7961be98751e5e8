//! The versions of this enterprise's products, and which of them customers are asked for.

use std::collections::BTreeMap;

use mpp_api::ApiError;
use mpp_api::client::ProductView;
use mpp_core::ProductId;

use crate::signed::Signed;
use crate::templates::Tick;
use crate::view::for_file;

/// How many pages of versions are read, two hundred each. With more, a filter is written, not chosen, and forms say that some are
/// missing.
const MOST_PAGES: usize = 10;

/// Versions of products, the oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct ProductVersions {
    pub(super) items: Vec<ProductView>,
    /// Whether these are all of them.
    pub(super) is_complete: bool,
}

impl ProductVersions {
    /// Asks for them.
    ///
    /// # Errors
    /// When the interface refuses or does not answer.
    pub(super) async fn load(signed: &Signed) -> Result<Self, ApiError> {
        let mut known = Self::default();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = signed.staff().products(for_file(after.as_deref())).await?;
            known.items.extend(page.items);
            after = page.next;
            if after.is_none() {
                known.is_complete = true;
                break;
            }
        }
        Ok(known)
    }

    /// The products customers can be asked for, each once: with its newest approved version that central knows, since the server
    /// asks for no other.
    /// `chosen` is ticked.
    pub(super) fn offered(&self, chosen: &str) -> Vec<Tick> {
        let mut newest: BTreeMap<ProductId, &ProductView> = BTreeMap::new();
        let offered = |product: &&ProductView| product.state == "approved" && product.published;
        for product in self.items.iter().filter(offered) {
            let known = newest.entry(product.product_id).or_insert(product);
            if known.version < product.version {
                *known = product;
            }
        }
        let mut ticks: Vec<Tick> = newest
            .into_iter()
            .map(|(id, product)| Tick {
                value: id.to_string(),
                label: format!("{} (v{})", product.name, product.version),
                ticked: chosen == id.to_string(),
            })
            .collect();
        ticks.sort_by_key(|tick| tick.label.to_lowercase());
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_offered_once_with_its_newest_version_that_central_knows() {
        let version = |product: u8, version: u32, name: &str, state: &str| ProductView {
            product_id: ProductId::from_random([product; 16]),
            version,
            name: name.to_owned(),
            state: state.to_owned(),
            published: state != "draft",
            sources: Vec::new(),
        };
        let items = vec![
            version(1, 1, "Loan", "approved"),
            version(2, 1, "card", "approved"),
            version(1, 3, "Loan", "approved"),
            version(1, 2, "Loan of before", "approved"),
            ProductView { published: false, ..version(1, 4, "Loan", "approved") },
            version(1, 5, "Loan", "draft"),
            version(3, 1, "Lease", "draft"),
            version(4, 1, "Gold", "retired"),
        ];
        let loan = ProductId::from_random([1; 16]).to_string();
        let offered = ProductVersions { items, is_complete: true }.offered(&loan);
        let shown: Vec<_> = offered.iter().map(|tick| (tick.label.as_str(), tick.ticked)).collect();
        assert_eq!(shown, [("card (v1)", false), ("Loan (v3)", true)]);
    }
}
