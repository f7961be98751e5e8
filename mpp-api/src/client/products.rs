//! Products before they are kept, and the versions of one.

use std::time::Duration;

use mpp_core::ProductId;
use serde::{Deserialize, Serialize};

use super::{DefineProduct, ProductView, StaffClient};
use crate::ApiError;

/// What is wrong with a product that is not kept yet (`POST /v1/staff/products/check`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckedProductView {
    /// Everything that keeps it from being offered; empty for a sound one.
    pub faults: Vec<ProductFaultView>,
}

/// Something that keeps a product from being offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProductFaultView {
    /// Which item is at fault, from 0; absent where it is the product as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// The stable code; `unreadable` for an item or a notice that is none.
    pub code: String,
    /// The same in words.
    pub detail: String,
}

impl StaffClient {
    /// Looks for everything that is wrong with a product, without keeping it.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn check_product(&self, product: &DefineProduct) -> Result<CheckedProductView, ApiError> {
        self.0.post("/v1/staff/products/check", "unrepeated", product).await
    }

    /// The versions of a product, oldest first (`GET /v1/staff/products/{id}/versions`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn product_versions(&self, product: ProductId) -> Result<Vec<ProductView>, ApiError> {
        self.0.get(&format!("/v1/staff/products/{product}/versions"), Duration::ZERO).await
    }
}
