//! What the configuration says, for people who cannot read the file: everything but secrets, and nothing that can be changed
//! here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use mpp_api::central::SettingView;
use mpp_staff::Action;

use super::{Access, App, Group};
use crate::central::CentralConfig;
use crate::desk::{Setup, StaffGroup, in_words};

pub(super) fn groups() -> Vec<StaffGroup<App, Access>> {
    let action = Action::SeePartners;
    vec![(
        action,
        Group::new(Access::Operator(action)).get(
            "/v1/operator/settings",
            "How central is configured, without secrets",
            settings,
        ),
    )]
}

async fn settings(State(app): State<App>) -> Json<Vec<SettingView>> {
    let set = app.service.settings();
    let setting = |name: &str, value: String| SettingView { name: name.to_owned(), value };
    let mut settings = vec![
        setting("operator_name", set.operator.name.clone()),
        setting("operator_contact", set.operator.contact.clone()),
        setting("app_link_base", set.app_link_base.to_string()),
        setting("storage_location", set.storage_location.clone()),
        setting("link_life", in_words(set.link_life)),
        setting("parcel_life", in_words(set.parcel_life)),
        setting("enrolment_token_life", in_words(set.enrolment_token_life)),
        setting("partner_key_life", in_words(set.partner_key_life)),
        setting("clock_tolerance", in_words(set.clock_tolerance)),
        setting("largest_parcel_bytes", set.largest_parcel_bytes.to_string()),
        setting("largest_document_bytes", set.largest_document_bytes.to_string()),
        setting("fetch_attempts", set.fetch_attempts.to_string()),
        setting("fetch_first_wait", in_words(set.fetch_first_wait)),
        setting("lease", in_words(set.lease)),
        setting("log_days", in_words(set.retention.logs())),
        setting("consent_record_days", in_words(set.retention.consent_records())),
    ];
    if let Some(billing) = &set.billing {
        settings.push(setting("billing_supplier", billing.supplier.name().to_owned()));
        settings.push(setting("billing_gstin", billing.supplier.gstin().to_string()));
        settings.push(setting(
            "billing_series",
            format!("{}, {}", billing.invoice_series, billing.credit_series),
        ));
        settings.push(setting("e_invoices", billing.e_invoices.to_string()));
        settings.push(setting("printer", app.printer.is_some().to_string()));
    }
    settings.extend(app.setup.iter().cloned());
    Json(settings)
}

/// The lines of a configuration about what the service does not know: where things are kept, how staff get in.
pub(in crate::central) fn setup(config: &CentralConfig) -> Arc<[SettingView]> {
    let setup = Setup {
        records: &config.records,
        parcels: &config.parcels,
        epochs: config.epochs,
        passkeys: config.passkeys.as_ref(),
        single_sign_on: config.single_sign_on.as_ref(),
    };
    let line = |(name, value): (&str, String)| SettingView { name: name.to_owned(), value };
    let limits = [
        ("partner_requests_per_minute", config.limits.partner_requests().to_string()),
        ("phone_requests_per_minute", config.limits.phone_requests().to_string()),
    ];
    limits.into_iter().chain(setup.lines()).map(line).collect()
}
