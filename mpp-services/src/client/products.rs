//! Products: drafted by one person, approved by another, published at central.

use mpp_core::{Persistence, Product, ProductContent, ProductFault, ProductId, ProductVersion, StaffId};
use mpp_store::{Cursor, IndexValue, LeasedJob, ListOrder, Page, Record, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::Job;
use super::records::{ProductRecord, index};
use super::retiring::{is_offered, is_retired};
use super::{ClientError, ClientService};

/// A product version as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductVersionView {
    /// The version itself.
    pub product: Product,
    /// Whether central knows it.
    pub is_published: bool,
}

/// Which product a draft is the next version of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revised {
    /// The product.
    pub product: ProductId,
    /// The version its author began from, where that matters.
    pub based_on: Option<ProductVersion>,
}

impl ClientService {
    /// Drafts a product, or the next version of one.
    ///
    /// # Errors
    /// [`ClientError::NotEnrolled`], [`ClientError::Product`] when it could not be offered as it stands,
    /// [`ClientError::NotFound`] when there is no such product, [`ClientError::ProductRetired`],
    /// [`ClientError::ProductMovedOn`] when somebody else has drafted a version since the one the author began from.
    pub async fn define_product(
        &self,
        author: &StaffId,
        product: Option<Revised>,
        content: ProductContent,
    ) -> Result<ProductVersionView, ClientError> {
        let partner = self.identity().await?.record.partner;
        let mut change = Change::new(self);
        let now = change.now();
        let draft = match product {
            None => {
                let id = ProductId::generate(self.entropy());
                Product::draft(id, partner, content, author.clone(), now)?
            }
            Some(revised) => {
                let read = self.newest_version(revised.product).await?;
                if is_retired(&read) {
                    return Err(ClientError::ProductRetired);
                }
                // whoever retires the product meanwhile must not miss this version
                change.rests_on(&read.record.key(), Some(&read));
                let newest = read.record.product;
                if revised.based_on.is_some_and(|version| version != newest.version) {
                    return Err(ClientError::ProductMovedOn);
                }
                newest.revise(content, author.clone(), now)?
            }
        };
        let record = ProductRecord { product: draft, published_at: None };
        change.insert(&record);
        change.audit(Action::ProductDrafted, &Actor::Staff(author.clone()), &subject_of(&record));
        match change.commit().await {
            // both saw the same newest version, and the other one was faster
            Err(error) if error.is_conflict() => Err(ClientError::ProductMovedOn),
            written => written.map(|()| view(record)),
        }
    }

    /// Everything that keeps a product from being offered now.
    #[must_use]
    pub fn check_product(&self, content: &ProductContent) -> Vec<ProductFault> {
        content.faults(self.now())
    }

    /// A second person approves a drafted version, which is then published at central. Approving again what central
    /// does not know yet only tries to publish it again.
    ///
    /// # Errors
    /// [`ClientError::Approval`] (`same_person` when the author approves), [`ClientError::Product`],
    /// [`ClientError::ProductSuperseded`] when a newer version is approved already, and what central refuses.
    /// When central does not answer, the version is approved and published later.
    pub async fn approve_product(
        &self,
        approver: &StaffId,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<ProductVersionView, ClientError> {
        self.until_settled(|| self.write_approval(approver, product, version)).await?;
        match self.publish(product, version).await {
            Ok(published) => Ok(view(published)),
            Err(error) if error.persistence() == Persistence::Temporary => {
                self.product_record(product, version).await.map(|read| view(read.record))
            }
            Err(error) => Err(error),
        }
    }

    /// One page of the product versions, oldest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn products(
        &self,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ProductVersionView>, ClientError> {
        let page = self.store().all::<ProductRecord>(ListOrder::OldestFirst, after, limit).await?;
        Ok(Page { items: page.items.into_iter().map(|read| view(read.record)).collect(), next: page.next })
    }

    /// One version of a product.
    ///
    /// # Errors
    /// [`ClientError::NotFound`].
    pub async fn product_version(
        &self,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<ProductVersionView, ClientError> {
        Ok(view(self.product_record(product, version).await?.record))
    }

    /// The versions of a product, oldest first.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when there is no such product.
    pub async fn product_versions(&self, product: ProductId) -> Result<Vec<ProductVersionView>, ClientError> {
        let mut versions: Vec<_> =
            self.versions(product).await?.into_iter().map(|read| view(read.record)).collect();
        if versions.is_empty() {
            return Err(ClientError::NotFound);
        }
        versions.sort_by_key(|version| version.product.version);
        Ok(versions)
    }

    /// The version customers are asked for: the newest that central knows.
    pub(super) async fn offered_version(&self, product: ProductId) -> Result<Product, ClientError> {
        let versions = self.versions(product).await?;
        if versions.iter().any(is_retired) {
            return Err(ClientError::ProductRetired);
        }
        let offered = versions.into_iter().filter(is_offered).map(|read| read.record.product);
        offered.max_by_key(|product| product.version).ok_or(ClientError::ProductNotApproved)
    }

    /// A version, when it is known here.
    pub(super) async fn known_version(
        &self,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<Option<Product>, ClientError> {
        let found = self.store().get::<ProductRecord>(&ProductRecord::key_of(product, version)).await?;
        Ok(found.map(|read| read.record.product))
    }

    /// Works on a job that publishes.
    pub(super) async fn work_publish(
        &self,
        job: &LeasedJob,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<(), ClientError> {
        self.publish(product, version).await?;
        let mut change = Change::new(self);
        change.complete(job);
        change.commit().await
    }

    async fn write_approval(
        &self,
        approver: &StaffId,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<(), ClientError> {
        let mut read = self.product_record(product, version).await?;
        if read.record.product.state.is_approved() && read.record.published_at.is_none() {
            return Ok(());
        }
        let mut change = Change::new(self);
        read.record.product = read.record.product.approve(approver.clone(), change.now())?;
        self.rest_on_no_newer_approved(&mut change, product, version).await?;
        change.update(&read);
        change.ask_for(&Job::Publish { product, version })?;
        change.audit(Action::ProductApproved, &Actor::Staff(approver.clone()), &subject_of(&read.record));
        change.commit().await
    }

    /// Central takes versions in their order: an older one approved after a newer one would never be published.
    async fn rest_on_no_newer_approved(
        &self,
        change: &mut Change<'_>,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<(), ClientError> {
        let versions = self.versions(product).await?;
        let newest = versions.iter().map(|read| read.record.product.version).max().unwrap_or(version);
        for newer in versions.iter().filter(|read| read.record.product.version > version) {
            if newer.record.product.state.is_approved() {
                return Err(ClientError::ProductSuperseded);
            }
            change.rests_on(&newer.record.key(), Some(newer));
        }
        change.rests_on::<ProductRecord>(&ProductRecord::key_of(product, newest.next()), None);
        Ok(())
    }

    async fn publish(
        &self,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<ProductRecord, ClientError> {
        let mut read = self.product_record(product, version).await?;
        // what was retired meanwhile is not offered any more, and central takes no version behind the newest it knows
        if read.record.published_at.is_some() || is_retired(&read) || self.is_overtaken(&read).await? {
            return Ok(read.record);
        }
        let name = format!("product-{product}-{version}");
        self.central().publish_product(&name, &read.record.product).await?;
        let mut change = Change::new(self);
        read.record.published_at = Some(change.now());
        change.update(&read);
        change.audit(Action::ProductPublished, &Actor::Server, &subject_of(&read.record));
        match change.commit().await {
            // the worker and the approver publish the same; central took it once
            Err(error) if error.is_conflict() => {}
            written => written?,
        }
        Ok(read.record)
    }

    async fn is_overtaken(&self, read: &Versioned<ProductRecord>) -> Result<bool, ClientError> {
        let version = read.record.product.version;
        let versions = self.versions(read.record.product.id).await?;
        Ok(versions.iter().any(|other| other.record.product.version > version && is_offered(other)))
    }

    async fn product_record(
        &self,
        product: ProductId,
        version: ProductVersion,
    ) -> Result<Versioned<ProductRecord>, ClientError> {
        let found = self.store().get(&ProductRecord::key_of(product, version)).await?;
        found.ok_or(ClientError::NotFound)
    }

    async fn newest_version(&self, product: ProductId) -> Result<Versioned<ProductRecord>, ClientError> {
        let versions = self.versions(product).await?;
        let newest = versions.into_iter().max_by_key(|read| read.record.product.version);
        newest.ok_or(ClientError::NotFound)
    }

    pub(super) async fn versions(
        &self,
        product: ProductId,
    ) -> Result<Vec<Versioned<ProductRecord>>, ClientError> {
        Ok(self.store().every_by_index(index::PRODUCT, IndexValue::new(product)).await?)
    }
}

fn subject_of(record: &ProductRecord) -> Subject {
    let product = &record.product;
    Subject {
        product: Some(product.id),
        product_version: Some(product.version),
        evidence: serde_json::to_vec(product).ok().map(|bytes| mpp_crypto::sha256(&bytes)),
        ..Subject::default()
    }
}

fn view(record: ProductRecord) -> ProductVersionView {
    ProductVersionView { is_published: record.published_at.is_some(), product: record.product }
}
