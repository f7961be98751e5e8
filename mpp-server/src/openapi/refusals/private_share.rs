//! What the private share service refuses.

use super::Codes;

/// Its own codes; see `private_share/refusals.rs`.
pub(in crate::openapi) const PRIVATE_SHARE: Codes = &[
    (
        403,
        &[
            "consent_already_used",
            "consent_expired",
            "consent_not_approved",
            "consent_not_yet_started",
            "consent_paused",
            "consent_revoked",
            "login_locked",
            "login_used",
            "purpose_differs",
            "range_too_wide",
            "too_frequent",
            "type_not_consented",
            "wrong_otp",
            "wrong_recipient",
            "wrong_source",
        ],
    ),
    (409, &["in_progress", "invalid_transition", "not_ready", "terms_differ"]),
    (410, &["data_session_over", "login_expired"]),
    (
        422,
        &[
            "account_aggregator_refused",
            "consent_differs",
            "report_days",
            "unusable_device_key",
            "unusable_key_material",
        ],
    ),
    (429, &["too_many_logins"]),
    (502, &["sms_not_sent"]),
    (503, &["account_aggregator_unavailable", "internal", "sms_not_sent"]),
];
