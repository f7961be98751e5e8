//! Somebody's own source of data: a register of vehicles, asked server to server, as a `DataProvider`.
//!
//! ```console
//! cargo run --example write_a_provider --features connectors
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `config.rs` | the contract with the register, without its key |
//! | `wire.rs` | the register's messages, private to the adapter |
//! | `mapping.rs` | the register's answers as outcomes and classes of errors |
//! | `client.rs` | the type behind the port |
//! | `fake_register.rs` | the register itself, in this process |
//!
//! `tests/examples.rs` runs the port's whole contract suite on it.

mod client;
mod config;
pub(crate) mod fake_register;
mod mapping;
mod wire;

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use mpp::connectors::provider::{ConsentEvidence, LimitedProvider, ProviderLimits};
use mpp::connectors::{ProviderOutcome, ProviderRegistry, ProviderRequest};
use mpp::core::{
    ArtefactId, Clock, ConsentArtefact, ConsentId, ConsentMode, ConsentParameters, ConsentParametersForm,
    ConsentState, ConsentType, CustomerParticulars, DataLife, DataLifeUnit, DataRange, Entropy, FetchId,
    FetchIntent, FetchType, FiType, Frequency, FrequencyUnit, PartnerId, Purpose, PurposeCode, Recipient,
    Source, Span, Timestamp,
};
use mpp::transport::LoopbackTransport;
use mpp_testkit::{HandClock, SeededEntropy};

pub(crate) use client::VehicleRegister;
pub(crate) use config::{RegisterConfig, RegisterKey};

/// Runs the example.
///
/// # Errors
/// When a step fails, which it should not.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (clock, entropy) = (Arc::new(HandClock::new()), SeededEntropy::new(2026));
    let now = clock.now();

    // The registry line: where a central server wires its providers. The limits are a decorator of the same port.
    let network = Arc::new(LoopbackTransport::new().with("register.example", fake_register::service()));
    let config = RegisterConfig::new("vehicle-register".parse()?, "https://register.example/api".parse()?);
    let register = VehicleRegister::new(
        config,
        RegisterKey::new(fake_register::KEY)?,
        network,
        Arc::<HandClock>::clone(&clock),
    );
    let limited =
        LimitedProvider::new(Arc::new(register), ProviderLimits::default(), Arc::<HandClock>::clone(&clock));
    let mut registry = ProviderRegistry::new();
    registry.register(Arc::new(limited))?;

    // What a customer allowed, and a permit for one fetch within it. There is no other way to a permit.
    let provider = registry.provider(&"vehicle-register".parse()?).ok_or("no such provider")?;
    let artefact = consented(Source::Provider(provider.id().clone()), now, &entropy)?;
    let permit = artefact.authorise(&ConsentState::Active, &intent(&artefact), &[], now)?;
    let request = request(&artefact, "Asha Kulkarni", fake_register::OWNER, &entropy)?;
    match provider.start(&permit, &request).await? {
        ProviderOutcome::Document { content_type, body, .. } => {
            // Here central would seal the body to the partner while reading it.
            println!("{content_type}, {} bytes", body.collect(64 * 1024).await?.len());
        }
        other => return Err(format!("a document was expected, not {other:?}").into()),
    }

    // A withdrawn consent gives no permit, and an old permit fetches nothing.
    let withdrawn = artefact.authorise(&ConsentState::Revoked { at: now }, &intent(&artefact), &[], now);
    println!("after withdrawal: {}", withdrawn.err().ok_or("a withdrawn consent gave a permit")?);
    clock.advance(Span::from_minutes(6));
    let late = provider.start(&permit, &request).await;
    println!("six minutes later: {}", late.err().ok_or("an old permit was good")?);
    Ok(())
}

/// What the customer approved on the phone; central signs it and keeps it.
fn consented(
    source: Source,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<ConsentArtefact, Box<dyn Error>> {
    Ok(ConsentArtefact {
        id: ArtefactId::generate(entropy),
        consent: ConsentId::generate(entropy),
        source,
        recipient: Recipient::Partner {
            id: PartnerId::generate(entropy),
            envelope_kid: "partner-key-1".parse()?,
        },
        customer: "5a".repeat(32).parse()?,
        parameters: terms(now)?,
        notice_version: 1,
        issued_at: now,
        device: None,
        device_key: None,
        aa_consent: None,
    })
}

fn terms(now: Timestamp) -> Result<ConsentParameters, Box<dyn Error>> {
    Ok(ConsentParameters::new(ConsentParametersForm {
        consent_start: now,
        consent_expiry: now.plus(Span::from_days(7)),
        consent_mode: ConsentMode::Store,
        fetch_type: FetchType::Onetime,
        consent_types: BTreeSet::from([ConsentType::Profile]),
        fi_types: BTreeSet::from([FiType::GeneralInsurance]),
        purpose: Purpose { code: PurposeCode::AggregatedStatement, text: "To insure your car".to_owned() },
        data_range: DataRange::new(now.minus(Span::from_days(365)), now)?,
        data_life: DataLife { unit: DataLifeUnit::Month, value: 1 },
        frequency: Frequency { unit: FrequencyUnit::Month, value: 1 },
        data_filter: Vec::new(),
    })?)
}

/// One fetch of all that was allowed.
fn intent(artefact: &ConsentArtefact) -> FetchIntent {
    let terms = artefact.parameters.form();
    FetchIntent {
        source: artefact.source.clone(),
        recipient: artefact.recipient.clone(),
        range: terms.data_range,
        consent_types: terms.consent_types.clone(),
        purpose: terms.purpose.code,
    }
}

fn request(
    artefact: &ConsentArtefact,
    name: &str,
    mobile: &str,
    entropy: &dyn Entropy,
) -> Result<ProviderRequest, Box<dyn Error>> {
    Ok(ProviderRequest {
        client_ref: FetchId::generate(entropy),
        customer: CustomerParticulars {
            mobile: mobile.parse()?,
            vua: None,
            name: Some(name.to_owned()),
            date_of_birth: None,
            pan: None,
            pincode: None,
        },
        evidence: ConsentEvidence {
            artefact: artefact.id,
            approved_at: artefact.issued_at,
            ip_address: None,
        },
    })
}
