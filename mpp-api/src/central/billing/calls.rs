//! The calls: of Moneyone's staff, and of a client server for its own bills.

use std::time::Duration;

use bytes::Bytes;
use mpp_billing::{BillDocument, PartyForm, PricePlanForm, UsageRow};
use mpp_core::{BillId, PartnerId, PricePlanId};

use super::{
    BillRowView, BillSearchQuery, BillStep, BillView, CancelBill, CloseMonth, DraftCreditNote,
    NoteRegistration, PricePlanView, Reconcile, ReconciliationView, SetBillingAddress, UsageSummaryQuery,
};
use crate::address::with_query;
use crate::central::{OperatorClient, PartnerClient};
use crate::{ApiError, Page, Place};

/// The largest PDF that is taken, in bytes.
const LARGEST_PDF: usize = 32 * 1024 * 1024;

impl OperatorClient {
    /// Use per day, partner, product, source and unit.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn usage_summary(&self, query: &UsageSummaryQuery) -> Result<Vec<UsageRow>, ApiError> {
        let mut pairs = vec![("from", query.from.as_str()), ("to", query.to.as_str())];
        pairs.extend(query.partner.as_deref().map(|partner| ("partner", partner)));
        self.0.get(&with_query("/v1/operator/usage/summary", &pairs), Duration::ZERO).await
    }

    /// The partner as it would stand on a bill; `None` before it has a billing address.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn billing_party(&self, partner: PartnerId) -> Result<Option<PartyForm>, ApiError> {
        self.0.get(&format!("/v1/operator/partners/{partner}/billing-address"), Duration::ZERO).await
    }

    /// Sets where a partner's bills go.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn set_billing_address(
        &self,
        idempotency_key: &str,
        partner: PartnerId,
        address: &SetBillingAddress,
    ) -> Result<(), ApiError> {
        self.0
            .post(&format!("/v1/operator/partners/{partner}/billing-address"), idempotency_key, address)
            .await
    }

    /// Lists price plans, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn price_plans(
        &self,
        place: impl Into<Place<'_>> + Send,
    ) -> Result<Page<PricePlanView>, ApiError> {
        self.0.get(&place.into().on("/v1/operator/price-plans", &[]), Duration::ZERO).await
    }

    /// One price plan.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn price_plan(&self, plan: &PricePlanId) -> Result<PricePlanView, ApiError> {
        self.0.get(&format!("/v1/operator/price-plans/{}", segment(plan.as_str())), Duration::ZERO).await
    }

    /// Proposes a price plan.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn propose_plan(
        &self,
        idempotency_key: &str,
        plan: &PricePlanForm,
    ) -> Result<PricePlanView, ApiError> {
        self.0.post("/v1/operator/price-plans", idempotency_key, plan).await
    }

    /// Approves a price plan that somebody else proposed, or throws a proposed one away (`approve`, `withdraw`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn decide_plan(
        &self,
        idempotency_key: &str,
        plan: &PricePlanId,
        approve: bool,
    ) -> Result<PricePlanView, ApiError> {
        let step = if approve { "approve" } else { "withdraw" };
        let path = format!("/v1/operator/price-plans/{}/{step}", segment(plan.as_str()));
        self.0.post(&path, idempotency_key, &()).await
    }

    /// Lists bills, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bills(&self, query: &BillSearchQuery) -> Result<Page<BillRowView>, ApiError> {
        self.0.get(&with_query("/v1/operator/bills", &query.pairs()), Duration::ZERO).await
    }

    /// One bill.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bill(&self, bill: BillId) -> Result<BillView, ApiError> {
        self.0.get(&format!("/v1/operator/bills/{bill}"), Duration::ZERO).await
    }

    /// The document of a bill that is out, as JSON.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bill_document(&self, bill: BillId) -> Result<BillDocument, ApiError> {
        self.0.get(&format!("/v1/operator/bills/{bill}/document"), Duration::ZERO).await
    }

    /// The document of a bill that is out, as PDF.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bill_pdf(&self, bill: BillId) -> Result<Bytes, ApiError> {
        let response = self.0.get_stream(&format!("/v1/operator/bills/{bill}/document.pdf")).await?;
        Ok(response.collect(LARGEST_PDF).await?)
    }

    /// Closes a month of a partner.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn close_month(&self, idempotency_key: &str, of: &CloseMonth) -> Result<BillView, ApiError> {
        self.0.post("/v1/operator/bills", idempotency_key, of).await
    }

    /// Takes a bill a step further.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn step_bill(
        &self,
        idempotency_key: &str,
        bill: BillId,
        step: BillStep,
    ) -> Result<BillView, ApiError> {
        let path = format!("/v1/operator/bills/{bill}/{}", step.path());
        self.0.post(&path, idempotency_key, &()).await
    }

    /// Makes an invoice void.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn cancel_bill(
        &self,
        idempotency_key: &str,
        bill: BillId,
        why: &CancelBill,
    ) -> Result<BillView, ApiError> {
        self.0.post(&format!("/v1/operator/bills/{bill}/cancel"), idempotency_key, why).await
    }

    /// Drafts a credit note on an invoice.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn draft_credit_note(
        &self,
        idempotency_key: &str,
        invoice: BillId,
        note: &DraftCreditNote,
    ) -> Result<BillView, ApiError> {
        self.0.post(&format!("/v1/operator/bills/{invoice}/credit-notes"), idempotency_key, note).await
    }

    /// Notes what the invoice registration portal said.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn note_registration(
        &self,
        idempotency_key: &str,
        bill: BillId,
        said: &NoteRegistration,
    ) -> Result<BillView, ApiError> {
        self.0.post(&format!("/v1/operator/bills/{bill}/registration"), idempotency_key, said).await
    }

    /// Compares logs of a month.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn reconcile(&self, wanted: &Reconcile) -> Result<ReconciliationView, ApiError> {
        // nothing is changed by it, so that it needs no name to be done once under
        self.0.post("/v1/operator/reconciliations", "reconcile", wanted).await
    }
}

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

impl PartnerClient {
    /// Lists this partner's bills that are out, the newest first (`GET /v1/bills`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bills(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<BillRowView>, ApiError> {
        self.0.get(&place.into().on("/v1/bills", &[]), Duration::ZERO).await
    }

    /// The document of one of this partner's bills (`GET /v1/bills/{id}`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bill(&self, bill: BillId) -> Result<BillDocument, ApiError> {
        self.0.get(&format!("/v1/bills/{bill}"), Duration::ZERO).await
    }
}
