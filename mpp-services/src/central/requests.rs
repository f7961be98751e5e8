//! Step 1: partners ask for a customer's consent.

use mpp_core::{
    CaseRef, ConsentId, ConsentRequest, ConsentRequestId, ConsentRequestState, CustomerParticulars, Decision,
    ItemDecision, PartnerId, Product, ProductId, ProductVersion, RequestedItem, Source, Timestamp,
};
use mpp_store::{IndexValue, RecordReaderExt, Versioned};
use url::Url;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::Job;
use super::news::{NotificationKind, NotificationSubject};
use super::products::{refuse_retired, refuse_suspended};
use super::records::{ConsentRecord, PartnerKeysRecord, PartnerRecord, RequestRecord, index};
use super::secret::OneTimeSecret;
use super::{CentralError, CentralService};

/// A request for one customer's consent.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The product whose terms are asked for; its newest approved version counts.
    pub product: ProductId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// Whom to ask.
    pub customer: CustomerParticulars,
}

/// A request that was placed.
#[derive(Debug)]
pub struct PlacedRequest {
    /// The request.
    pub request: ConsentRequestId,
    /// The one-time link for the app.
    pub link: AppLink,
    /// Until when it can be opened.
    pub expires_at: Timestamp,
    /// The version of the product that the customer is asked for.
    pub product_version: ProductVersion,
}

/// A one-time link into the enterprise's app. Whoever has it can open the request once: never shown.
pub struct AppLink(Url);

impl AppLink {
    /// The link, for the partner that asked.
    #[must_use]
    pub const fn expose(&self) -> &Url {
        &self.0
    }
}

impl std::fmt::Debug for AppLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppLink(..)")
    }
}

/// How a request stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestView {
    /// The request.
    pub request: ConsentRequest,
    /// What became of each item, in order.
    pub items: Vec<ItemView>,
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemView {
    /// From where.
    pub source: Source,
    /// The customer's answer, once given.
    pub decision: Option<Decision>,
    /// The consent, when approved.
    pub consent: Option<(ConsentId, mpp_core::ConsentState)>,
}

impl CentralService {
    /// Asks for a customer's consent. Asking again under the same case reference, for the same customer and product and
    /// before the link was opened, gives a new link in place of the old one; the particulars of the last asking count.
    ///
    /// # Errors
    /// When the partner is suspended or has no valid key, the product is unknown or retired, a particular is missing, or the case
    /// reference belongs to another request.
    pub async fn place_request(
        &self,
        partner: PartnerId,
        new: NewRequest,
    ) -> Result<PlacedRequest, CentralError> {
        let new = &new;
        self.until_settled(|| self.try_place_request(partner, new)).await
    }

    async fn try_place_request(
        &self,
        partner: PartnerId,
        new: &NewRequest,
    ) -> Result<PlacedRequest, CentralError> {
        let mut change = Change::new(self);
        let owner = self.partner_record(partner).await?;
        refuse_suspended(&owner.record)?;
        let keys = self.valid_keys(&owner.record, change.now()).await?;
        let head = self.product_head(partner, new.product).await?;
        let product = self.product_version(head.record.id, head.record.newest).await?;
        change.rests_on(&owner);
        if let Some(known) = self.request_of_case(partner, &new.case_ref).await? {
            return self.renew_link(change, known, new).await;
        }
        self.refuse_missing_particulars(product.items.iter().map(|item| &item.source), &new.customer)?;
        // requests placed before go on, so only a new one is refused
        refuse_retired(&head.record)?;
        change.rests_on(&head);
        let secret = OneTimeSecret::generate(self.entropy());
        let request = self.drafted(&owner.record, &keys, &product, new, change.now())?;
        let id = request.id;
        let expires_at = self.decidable_until(&request.items, change.now());
        let particulars = self.seal_particulars(id, &new.customer)?;
        change.insert(&RequestRecord {
            request,
            particulars: Some(particulars),
            link: secret.digest(),
            screen: None,
            screen_sha256: None,
            evidence: None,
            opened_at: None,
        });
        change.ask_for(&Job::RequestExpiry { request: id }, expires_at)?;
        let subject = Subject {
            product_version: Some(product.version),
            product: Some(product.id),
            ..of_request(partner, id)
        };
        change.audit(Action::RequestPlaced, Actor::Partner(partner), &subject);
        change.commit().await?;
        Ok(PlacedRequest {
            request: id,
            link: self.app_link(&secret)?,
            expires_at,
            product_version: product.version,
        })
    }

    fn drafted(
        &self,
        owner: &PartnerRecord,
        keys: &PartnerKeysRecord,
        product: &Product,
        new: &NewRequest,
        now: Timestamp,
    ) -> Result<ConsentRequest, CentralError> {
        let items = product.items.iter().map(|item| {
            let parameters = item.parameters(now).map_err(|reason| mpp_core::InvalidProduct::Terms {
                source_of: item.source.clone(),
                reason,
            })?;
            Ok(RequestedItem {
                source: item.source.clone(),
                kind: item.kind,
                title: item.title.clone(),
                data_items: item.data_items.clone(),
                parameters,
            })
        });
        let items = items.collect::<Result<Vec<_>, CentralError>>()?;
        let expires_at = self.decidable_until(&items, now);
        Ok(ConsentRequest {
            id: ConsentRequestId::generate(self.entropy()),
            partner: owner.id(),
            customer: self.customer_ref(&new.customer.mobile),
            product: product.id,
            product_version: product.version,
            notice_version: product.notice.version,
            case_ref: new.case_ref.clone(),
            placed_at: now,
            items,
            envelope_kid: keys.envelope.kid.clone(),
            state: ConsentRequestState::Placed { expires_at },
        })
    }

    /// As long as a link lives, but no longer than the shortest consent it asks for: nobody shall approve what has run
    /// out already.
    fn decidable_until(&self, items: &[RequestedItem], now: Timestamp) -> Timestamp {
        let shortest = items.iter().map(|item| item.parameters.form().consent_expiry).min();
        let link_ends = now.plus(self.settings().link_life);
        shortest.map_or(link_ends, |shortest| link_ends.min(shortest))
    }

    /// The answer to the first asking may have been lost, or its particulars were wrong: the old link stops working, a new
    /// one takes its place, and nobody has seen a screen yet.
    async fn renew_link(
        &self,
        mut change: Change<'_>,
        mut known: Versioned<RequestRecord>,
        new: &NewRequest,
    ) -> Result<PlacedRequest, CentralError> {
        let request = &known.record.request;
        let same =
            request.product == new.product && request.customer == self.customer_ref(&new.customer.mobile);
        let expires_at = match request.state {
            ConsentRequestState::Placed { expires_at } if same && change.now() < expires_at => expires_at,
            _ => return Err(CentralError::CaseRefTaken),
        };
        // what the customer is asked for counts, which need not be the product's newest version
        self.refuse_missing_particulars(request.items.iter().map(|item| &item.source), &new.customer)?;
        let (id, partner, product_version) = (request.id, request.partner, request.product_version);
        let secret = OneTimeSecret::generate(self.entropy());
        known.record.link = secret.digest();
        known.record.particulars = Some(self.seal_particulars(id, &new.customer)?);
        change.update(&known);
        change.audit(Action::LinkRenewed, Actor::Partner(partner), &of_request(partner, id));
        change.commit().await?;
        Ok(PlacedRequest { request: id, link: self.app_link(&secret)?, expires_at, product_version })
    }

    /// How a partner's request stands.
    ///
    /// # Errors
    /// When the partner has no such request.
    pub async fn request_view(
        &self,
        partner: PartnerId,
        id: ConsentRequestId,
    ) -> Result<RequestView, CentralError> {
        let read = self.request_record(id).await?;
        if read.record.request.partner != partner {
            return Err(CentralError::NotFound);
        }
        let consents: Vec<Versioned<ConsentRecord>> =
            self.store().every_by_index(index::REQUEST, IndexValue::new(id)).await?;
        let request = read.record.request;
        let item_view = |item: &RequestedItem| ItemView {
            source: item.source.clone(),
            decision: decision_on(request.state.decisions(), &item.source),
            consent: consents
                .iter()
                .find(|read| read.record.consent.source == item.source)
                .map(|read| (read.record.consent.id, read.record.consent.state)),
        };
        let items = request.items.iter().map(item_view).collect();
        Ok(RequestView { items, request })
    }

    /// A request nobody decided in time.
    pub(super) async fn expire_request(&self, id: ConsentRequestId) -> Result<(), CentralError> {
        self.until_settled(|| async move {
            let mut change = Change::new(self);
            let mut read = self.request_record(id).await?;
            let Ok(request) = read.record.request.clone().expire(change.now()) else { return Ok(()) };
            let partner = self.partner_record(request.partner).await?;
            let subject = of_request(request.partner, id);
            let about = NotificationSubject::of_request(id, request.case_ref.clone());
            read.record.request = request;
            read.record.particulars = None;
            read.record.screen = None;
            change.update(&read);
            change.audit(Action::RequestExpired, Actor::Central, &subject);
            change.notify(&partner.record, NotificationKind::ConsentExpired, about).await?;
            change.commit().await
        })
        .await
    }

    pub(super) async fn request_record(
        &self,
        id: ConsentRequestId,
    ) -> Result<Versioned<RequestRecord>, CentralError> {
        self.store().get(&RequestRecord::key_of(id)).await?.ok_or(CentralError::NotFound)
    }

    async fn request_of_case(
        &self,
        partner: PartnerId,
        case_ref: &CaseRef,
    ) -> Result<Option<Versioned<RequestRecord>>, CentralError> {
        let value = IndexValue::new(format_args!("{partner}/{case_ref}"));
        Ok(self.store().first_by_index(index::CASE, value).await?)
    }

    /// The partner's newest keys, if things may be sealed to them now.
    pub(super) async fn valid_keys(
        &self,
        partner: &PartnerRecord,
        now: Timestamp,
    ) -> Result<PartnerKeysRecord, CentralError> {
        let kid = partner.current_kid.as_ref().ok_or(CentralError::PartnerNotEnrolled)?;
        let keys = self.keys_by_envelope(kid).await?;
        if keys.envelope.valid_at(now) { Ok(keys) } else { Err(CentralError::PartnerKeyExpired) }
    }

    fn refuse_missing_particulars<'a>(
        &self,
        sources: impl Iterator<Item = &'a Source>,
        customer: &CustomerParticulars,
    ) -> Result<(), CentralError> {
        for id in sources.filter_map(Source::provider) {
            let provider = self.parts.providers.provider(id).ok_or(CentralError::SourceUnknown)?;
            if let Some(field) = provider.capabilities().missing_input(customer) {
                return Err(CentralError::ParticularsMissing(field.as_str()));
            }
        }
        Ok(())
    }

    fn app_link(&self, secret: &OneTimeSecret) -> Result<AppLink, CentralError> {
        let mut link =
            self.settings().app_link_base.join("c").map_err(|_| CentralError::Invalid("the app link"))?;
        link.set_fragment(Some(secret.expose()));
        Ok(AppLink(link))
    }
}

pub(super) fn of_request(partner: PartnerId, request: ConsentRequestId) -> Subject {
    Subject { partner: Some(partner), request: Some(request), ..Subject::default() }
}

fn decision_on(decisions: &[ItemDecision], source: &Source) -> Option<Decision> {
    decisions.iter().find(|answer| answer.source == *source).map(|answer| answer.decision)
}
