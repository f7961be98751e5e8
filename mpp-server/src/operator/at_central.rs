//! What an operator does at central.

use mpp_api::Page;
use mpp_api::central::{PartnerView, RegisterPartner as RegisterPartnerCall, UsageView};

use super::arguments::{Central, PartnerCommand, RegisterPartner};
use super::connection::{call_name, operator};
use super::output::Output;
use super::{Failure, Surroundings};

pub(super) async fn partner(
    command: PartnerCommand,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        PartnerCommand::Register(register) => self::register(*register, surroundings, output).await,
        PartnerCommand::List(central) => list(&central, surroundings, output).await,
    }
}

async fn register(
    command: RegisterPartner,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let client = operator(&command.central, surroundings)?;
    let name = call_name(command.idempotency_key.as_ref(), surroundings);
    let call = RegisterPartnerCall {
        legal_name: command.legal_name,
        gstin: command.gstin,
        contract_ref: command.contract_ref,
        contacts: command.contacts,
        price_plan: command.price_plan,
        notification_url: command.notification_url,
    };
    let registered = client.register_partner(&name, &call).await?;
    let keys = serde_json::to_string(&registered.central_keys).map_err(std::io::Error::other)?;
    let lines = [
        ("partner", registered.partner_id.to_string()),
        ("enrolment token", registered.enrolment_token.clone()),
        ("central keys", keys),
    ];
    output.one(&registered, &lines)
}

async fn list(
    central: &Central,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let client = operator(central, surroundings)?;
    let mut partners: Vec<PartnerView> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items, next } = client.partners(after.as_deref()).await?;
        partners.extend(items);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    output.list(&partners, ["PARTNER", "NAME", "STANDING", "ENROLLED", "SINCE"], |partner| {
        let enrolled = if partner.enrolled { "yes" } else { "no" };
        [
            partner.partner_id.to_string(),
            partner.legal_name.clone(),
            partner.standing.clone(),
            enrolled.to_owned(),
            partner.registered_at.to_string(),
        ]
    })
}

pub(super) async fn usage(
    central: &Central,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let client = operator(central, surroundings)?;
    let mut uses: Vec<UsageView> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items, next } = client.usage(after.as_deref()).await?;
        uses.extend(items);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    output.list(&uses, ["DAY", "UNIT", "SOURCE", "PARTNER", "PRODUCT", "EVENT"], |usage| {
        [
            usage.day.clone(),
            usage.unit.clone(),
            usage.source.clone(),
            usage.partner_id.to_string(),
            usage.product_id.to_string(),
            usage.usage_event_id.to_string(),
        ]
    })
}

pub(super) async fn holdings(
    central: &Central,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let holdings = operator(central, surroundings)?.holdings().await?;
    let lines = [
        ("parcels", holdings.parcels.to_string()),
        ("parcel keys", holdings.parcel_keys.to_string()),
        ("jobs", holdings.jobs.to_string()),
        ("parked jobs", holdings.parked_jobs.to_string()),
    ];
    output.one(&holdings, &lines)
}
