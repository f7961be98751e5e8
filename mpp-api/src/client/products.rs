//! Products before they are kept, and the versions of one.

use std::time::Duration;

use mpp_core::{ProductId, StaffId, Timestamp};
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

    /// Proposes that nobody is asked for a product any more; a second person approves it.
    ///
    /// # Errors
    /// See [`ApiError`]; `product_retired` when it is already.
    pub async fn propose_retirement(
        &self,
        idempotency_key: &str,
        product: ProductId,
    ) -> Result<RetirementView, ApiError> {
        self.0.post(&retirement(product), idempotency_key, &()).await
    }

    /// Retires a product as somebody else proposed: for good, and every version of it. Requests that were placed go on.
    ///
    /// # Errors
    /// See [`ApiError`]; `same_person` when whoever proposed it tries.
    pub async fn approve_retirement(
        &self,
        idempotency_key: &str,
        product: ProductId,
    ) -> Result<(), ApiError> {
        self.0.post(&format!("{}/approve", retirement(product)), idempotency_key, &()).await
    }

    /// Takes the proposal to retire a product back.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn withdraw_retirement(
        &self,
        idempotency_key: &str,
        product: ProductId,
    ) -> Result<(), ApiError> {
        self.0.post(&format!("{}/withdraw", retirement(product)), idempotency_key, &()).await
    }
}

fn retirement(product: ProductId) -> String {
    format!("/v1/staff/products/{product}/retirement")
}

/// That a product be retired, where it waits for a second person (`POST /v1/staff/products/{id}/retirement`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RetirementView {
    /// Who proposed it.
    pub proposed_by: StaffId,
    /// When.
    pub proposed_at: Timestamp,
}
