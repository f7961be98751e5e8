//! What the configuration says, for people who cannot read the file: everything but secrets, and nothing that can be changed
//! here.

use axum::Json;
use axum::extract::State;
use mpp_api::client::OwnSettingView;
use mpp_staff::Action;

use super::config::{ClientConfig, NotificationsFrom};
use super::routes::{Access, AppState, Group};
use crate::desk::{Setup, StaffGroup, in_words};

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<AppState, Access>> {
    let action = Action::SeeWork;
    vec![(
        action,
        Group::new(Access::Staff(action)).get(
            "/v1/staff/settings",
            "How this server is configured, without secrets",
            settings,
        ),
    )]
}

async fn settings(State(state): State<AppState>) -> Json<Vec<OwnSettingView>> {
    Json(state.settings.to_vec())
}

/// The lines of a configuration.
pub(super) fn lines(config: &ClientConfig) -> Vec<OwnSettingView> {
    let set = config.settings();
    let setting = |name: &str, value: String| OwnSettingView { name: name.to_owned(), value };
    let notifications = match config.central.notifications {
        NotificationsFrom::Poll => "poll",
        NotificationsFrom::Push => "push",
    };
    let setup = Setup {
        records: &config.records,
        parcels: &config.parcels,
        epochs: config.epochs,
        passkeys: config.passkeys.as_ref(),
        single_sign_on: config.single_sign_on.as_ref(),
    };
    let mut lines = vec![
        setting("owner", config.owner.clone()),
        setting("central_address", config.central.url.to_string()),
        setting("central_keys", set.central_keys.len().to_string()),
        setting("central_notifications", notifications.to_owned()),
        setting("unproven_parcels", config.central.unproven_parcels.name().to_owned()),
        setting("configured_staff", config.staff.len().to_string()),
        setting("webhook_loopback", config.webhook.allow_loopback.to_string()),
        setting("webhook_private", config.webhook.allow_private.to_string()),
        setting("largest_received_bytes", set.largest_document_bytes.to_string()),
        setting("largest_normalised_bytes", set.largest_normalised_bytes.to_string()),
        setting("application_requests_per_minute", config.limits.application_requests().to_string()),
        setting("log_days", in_words(set.retention.logs())),
        setting("consent_record_days", in_words(set.retention.consent_records())),
    ];
    lines.extend(setup.lines().into_iter().map(|(name, value)| setting(name, value)));
    lines
}
