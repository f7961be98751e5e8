//! Step 0: products, as partners publish them.

use mpp_core::{PartnerId, Product, ProductId, Source, Standing};
use mpp_store::{RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::records::{PartnerRecord, ProductHeadRecord, ProductRecord};
use super::{CentralError, CentralService};

impl CentralService {
    /// Makes an approved product version known. Publishing the same version again changes nothing.
    ///
    /// # Errors
    /// When the version is another partner's, not approved, beyond fair use, names an unknown source, or is not
    /// newer than what was published before, and when the product is retired.
    pub async fn publish_product(&self, partner: PartnerId, product: Product) -> Result<(), CentralError> {
        let product = &product;
        self.until_settled(|| self.try_publish_product(partner, product)).await
    }

    async fn try_publish_product(&self, partner: PartnerId, product: &Product) -> Result<(), CentralError> {
        let mut change = Change::new(self);
        if product.partner != partner {
            return Err(CentralError::NotFound);
        }
        let owner = self.partner_record(partner).await?;
        refuse_suspended(&owner.record)?;
        self.check_product(product, &change)?;
        let known_head =
            self.store().get::<ProductHeadRecord>(&ProductHeadRecord::key_of(product.id)).await?;
        // whose it is comes first: which versions another enterprise has is not told
        if known_head.as_ref().is_some_and(|known| known.record.partner != partner) {
            return Err(CentralError::NotFound);
        }
        let record = ProductRecord { product: product.clone() };
        let key = ProductRecord::key_of(product.id, product.version);
        if let Some(known) = self.store().get::<ProductRecord>(&key).await? {
            let same = known.record == record;
            return if same { Ok(()) } else { Err(CentralError::ProductVersionTaken) };
        }
        let head = ProductHeadRecord { id: product.id, partner, newest: product.version, retired_at: None };
        match known_head {
            None => change.insert(&head),
            Some(known) if known.record.retired_at.is_some() => return Err(CentralError::ProductRetired),
            Some(known) if known.record.newest >= product.version => {
                return Err(CentralError::ProductVersionTaken);
            }
            Some(mut known) => {
                known.record = head;
                change.update(&known);
            }
        }
        change.insert(&record);
        change.rests_on(&owner);
        let subject = Subject {
            partner: Some(partner),
            product: Some(product.id),
            product_version: Some(product.version),
            ..Subject::default()
        };
        change.audit(Action::ProductPublished, Actor::Partner(partner), &subject);
        change.commit().await
    }

    /// Approved by two, within fair use, and every provider known and of the kind the product says.
    fn check_product(&self, product: &Product, change: &Change<'_>) -> Result<(), CentralError> {
        if !approved_by_two(product) {
            return Err(CentralError::ProductNotApproved);
        }
        product.check(change.now())?;
        for item in &product.items {
            if let Source::Provider(id) = &item.source {
                let provider = self.parts.providers.provider(id).ok_or(CentralError::SourceUnknown)?;
                if provider.kind() != item.kind {
                    return Err(CentralError::SourceUnknown);
                }
            }
        }
        Ok(())
    }

    /// Nobody is asked for a partner's product any more; what was asked before goes on. Retiring it again changes nothing.
    ///
    /// # Errors
    /// [`CentralError::ProductUnknown`] when the partner has published no such product.
    pub async fn retire_product(&self, partner: PartnerId, id: ProductId) -> Result<(), CentralError> {
        self.until_settled(|| async move {
            let mut change = Change::new(self);
            let mut head = self.product_head(partner, id).await?;
            if head.record.retired_at.is_some() {
                return Ok(());
            }
            head.record.retired_at = Some(change.now());
            change.update(&head);
            let subject = Subject { partner: Some(partner), product: Some(id), ..Subject::default() };
            change.audit(Action::ProductRetired, Actor::Partner(partner), &subject);
            change.commit().await
        })
        .await
    }

    /// Which version of a partner's product counts, and whether it is retired.
    pub(super) async fn product_head(
        &self,
        partner: PartnerId,
        id: ProductId,
    ) -> Result<Versioned<ProductHeadRecord>, CentralError> {
        let head = self.store().get::<ProductHeadRecord>(&ProductHeadRecord::key_of(id)).await?;
        head.filter(|head| head.record.partner == partner).ok_or(CentralError::ProductUnknown)
    }

    pub(super) async fn product_version(
        &self,
        id: ProductId,
        version: mpp_core::ProductVersion,
    ) -> Result<Product, CentralError> {
        let found = self.store().get::<ProductRecord>(&ProductRecord::key_of(id, version)).await?;
        found.map(|read| read.record.product).ok_or(CentralError::Inconsistent("a product version is gone"))
    }
}

/// What a partner sends may say anything: the author may not approve here either.
fn approved_by_two(product: &Product) -> bool {
    match &product.state {
        mpp_core::ProductState::Approved { author, approver, .. } => author != approver,
        mpp_core::ProductState::Draft { .. } | mpp_core::ProductState::Retired { .. } => false,
    }
}

pub(super) const fn refuse_retired(product: &ProductHeadRecord) -> Result<(), CentralError> {
    match product.retired_at {
        None => Ok(()),
        Some(_) => Err(CentralError::ProductRetired),
    }
}

pub(super) fn refuse_suspended(partner: &PartnerRecord) -> Result<(), CentralError> {
    match partner.partner.standing {
        Standing::Active => Ok(()),
        Standing::Suspended => Err(CentralError::PartnerSuspended),
    }
}
