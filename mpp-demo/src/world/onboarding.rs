//! What people do before the first customer: take the partner on, enrol its server, define and approve a product, connect
//! its application.

use std::sync::Arc;

use anyhow::Context;
use mpp_api::central::{OperatorClient, RegisterPartner};
use mpp_api::client::{CreateApiKey, DefineProduct, EnrolServer, Scope, SetWebhook, StaffClient};
use mpp_api::desk::DeskClient;
use mpp_api::{Bearer, Caller};
use mpp_core::{ProductContent, ProductId};
use mpp_crypto::VerifyingKey;
use mpp_transport::Transport;
use serde_json::{Value, json};
use url::Url;

use super::billing;
use super::roles::Started;
use crate::product::personal_loan;

/// What onboarding gave.
#[derive(Debug)]
pub(super) struct Onboarded {
    pub(super) operator: OperatorClient,
    pub(super) central_desk: DeskClient,
    pub(super) client_desk: DeskClient,
    pub(super) client_staff: StaffClient,
    pub(super) client_approver: StaffClient,
    pub(super) product: ProductId,
    pub(super) central_keys: Vec<VerifyingKey>,
}

/// Onboards the demo's partner.
pub(super) async fn onboard(started: &Started, transport: &Arc<dyn Transport>) -> anyhow::Result<Onboarded> {
    let caller = |place: &Url, key: &str| {
        anyhow::Ok(Caller::new(place.clone(), Arc::clone(transport), Arc::new(Bearer::new(key)?)))
    };
    let at_central = caller(&started.places.central, &started.operator_key)?;
    let operator = OperatorClient::new(at_central.clone());
    let [author, approver] = started.staff_keys.each_ref().map(|key| caller(&started.places.client, key));
    let (author, approver) = (author?, approver?);
    let client_desk = DeskClient::new(author.clone());
    let (author, approver) = (StaffClient::new(author), StaffClient::new(approver));

    let partner = RegisterPartner {
        legal_name: "Kaveri Finance Ltd".to_owned(),
        gstin: "29AAACK9876L1ZN".to_owned(),
        contract_ref: "MOU-2026-117".to_owned(),
        contacts: vec!["operations@kaveri.example".to_owned()],
        price_plan: "standard".to_owned(),
        notification_url: None,
    };
    let registered =
        operator.register_partner("demo-partner", &partner).await.context("registering the partner")?;
    billing::prepare(&operator, registered.partner_id).await.context("preparing the bills")?;
    let enrolment = EnrolServer { enrolment_token: registered.enrolment_token.clone() };
    author.enrol("demo-enrolment", &enrolment).await.context("enrolling the client server")?;
    let keys = registered.central_keys.iter().map(VerifyingKey::from_jwk);
    let central_keys = keys.collect::<Result<Vec<_>, _>>().context("central's keys")?;

    let product = define(&author, &approver, &personal_loan()?).await?;
    connect_application(started, &author).await?;
    let central_desk = DeskClient::new(at_central);
    Ok(Onboarded {
        operator,
        central_desk,
        client_desk,
        client_staff: author,
        client_approver: approver,
        product,
        central_keys,
    })
}

/// A product as one person drafts it and another approves it.
pub(super) async fn define(
    author: &StaffClient,
    approver: &StaffClient,
    content: &ProductContent,
) -> anyhow::Result<ProductId> {
    let key = |step: &str| format!("demo-{step}-{}", content.name.replace(' ', "-"));
    let items = content.items.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    let definition = DefineProduct {
        product_id: None,
        based_on: None,
        name: content.name.clone(),
        items,
        notice: serde_json::to_value(&content.notice)?,
    };
    let drafted = author.define_product(&key("product"), &definition).await;
    let drafted = drafted.context("drafting the product")?;
    let approved = approver.approve_product(&key("approval"), drafted.product_id, drafted.version).await;
    Ok(approved.context("approving the product as a second person")?.product_id)
}

async fn connect_application(started: &Started, staff: &StaffClient) -> anyhow::Result<()> {
    let wanted = CreateApiKey { name: "loan desk".to_owned(), scopes: vec![Scope::Consents, Scope::Data] };
    let key = staff.create_api_key("demo-api-key", &wanted).await.context("making an API key")?;
    let webhook = SetWebhook { url: started.places.sandbox.join("/partner-app/webhooks")? };
    let webhook = staff.set_webhook("demo-webhook", &webhook).await.context("setting the webhook")?;
    let settings = json!({
        "clientServerBaseUrl": started.places.client,
        "apiKey": key.key,
        "webhookPublicKeyJwk": webhook.key,
    });
    let _: Value = started.outside.post("/control/partner-app", &settings).await?;
    Ok(())
}
