//! Consent requests as a list.

use jiff::civil::Date;
use mpp_core::{
    CaseRef, ConsentRequestId, MobileNumber, PartnerId, ProductId, ProductVersion, Source, Timestamp,
};
use mpp_store::{IndexName, IndexValue, Page, RecordReaderExt};

use super::Look;
use crate::central::records::{ProductHeadRecord, RequestRecord, index};
use crate::central::{CentralError, CentralService};
use crate::looking::Days;

/// Which requests are wanted; every part that is there must hold.
#[derive(Debug, Clone, Default)]
pub struct RequestSearch {
    /// Of this partner.
    pub partner: Option<PartnerId>,
    /// In the state of this name.
    pub status: Option<String>,
    /// For this product.
    pub product: Option<ProductId>,
    /// That ask for this source.
    pub source: Option<Source>,
    /// With this reference.
    pub case_ref: Option<CaseRef>,
    /// Of the customer with this number. It is turned into central's name of the customer and not kept.
    pub mobile: Option<MobileNumber>,
    /// Placed on this day in India or later.
    pub from: Option<Date>,
    /// Placed on this day in India or earlier.
    pub to: Option<Date>,
}

/// A request in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestRow {
    /// The request.
    pub id: ConsentRequestId,
    /// Who asks.
    pub partner: PartnerId,
    /// For which product.
    pub product: ProductId,
    /// In which version.
    pub product_version: ProductVersion,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The name of its state.
    pub status: &'static str,
    /// The sources that are asked for.
    pub sources: Vec<Source>,
    /// How many items the customer approved.
    pub approved: usize,
}

impl RequestRow {
    pub(super) fn of(record: &RequestRecord) -> Self {
        let request = &record.request;
        Self {
            id: request.id,
            partner: request.partner,
            product: request.product,
            product_version: request.product_version,
            case_ref: request.case_ref.clone(),
            placed_at: request.placed_at,
            status: request.state.state_name(),
            sources: request.items.iter().map(|item| item.source.clone()).collect(),
            approved: record.evidence.as_ref().map_or(0, |evidence| evidence.consents.len()),
        }
    }
}

impl CentralService {
    /// Requests, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn search_requests(
        &self,
        search: &RequestSearch,
        look: &Look,
    ) -> Result<Page<RequestRow>, CentralError> {
        let customer = search.mobile.as_ref().map(|mobile| self.customer_ref(mobile));
        let keep = |record: &RequestRecord| {
            let request = &record.request;
            let same_customer = customer.as_ref().is_none_or(|customer| request.customer == *customer);
            let asks = |source: &Source| request.items.iter().any(|item| item.source == *source);
            same_customer
                && search.partner.is_none_or(|partner| request.partner == partner)
                && search.status.as_ref().is_none_or(|status| request.state.state_name() == status)
                && search.product.is_none_or(|product| request.product == product)
                && search.source.as_ref().is_none_or(asks)
                && search.case_ref.as_ref().is_none_or(|case_ref| request.case_ref == *case_ref)
        };
        let partner = self.partner_of(search).await?;
        let index = customer
            .as_ref()
            .map(|customer| (index::CUSTOMER, IndexValue::new(customer)))
            .or_else(|| leading_index(search, partner));
        let days = Days { from: search.from, to: search.to };
        let page = self
            .look_within((days, |record: &RequestRecord| record.request.placed_at), index, look, keep)
            .await?;
        page.try_map(|record| Ok(RequestRow::of(&record)))
    }

    /// Whose requests are wanted, also where only a product is named.
    async fn partner_of(&self, search: &RequestSearch) -> Result<Option<PartnerId>, CentralError> {
        let Some(product) = search.product.filter(|_| search.partner.is_none()) else {
            return Ok(search.partner);
        };
        let head = self.store().get::<ProductHeadRecord>(&ProductHeadRecord::key_of(product)).await?;
        Ok(head.map(|read| read.record.partner))
    }
}

/// The index that narrows most.
fn leading_index(search: &RequestSearch, partner: Option<PartnerId>) -> Option<(IndexName, IndexValue)> {
    if let Some(case_ref) = &search.case_ref {
        return Some((index::CASE_REF, IndexValue::new(case_ref)));
    }
    if let (Some(from), Some(to)) = (search.from, search.to)
        && from == to
    {
        return Some((index::DAY, IndexValue::new(from)));
    }
    match (partner, &search.status, &search.source) {
        (Some(partner), Some(status), _) => {
            Some((index::PARTNER_STATUS, IndexValue::new(format_args!("{partner}/{status}"))))
        }
        (Some(partner), None, _) => Some((index::PARTNER, IndexValue::new(partner))),
        (None, Some(status), _) => Some((index::STATUS, IndexValue::new(status))),
        (None, None, Some(source)) => Some((index::SOURCE, IndexValue::new(source))),
        (None, None, None) => None,
    }
}
