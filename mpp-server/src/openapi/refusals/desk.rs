//! What the desk refuses, at central and at a client server alike.

use super::Codes;

/// Its own codes; see `desk/refusals.rs`.
pub(in crate::openapi) const DESK: Codes = &[
    (401, &["credentials_wrong"]),
    (403, &["role_missing"]),
    (404, &["invitation_invalid"]),
    (
        409,
        &[
            "changed_meanwhile",
            "name_taken",
            "oneself",
            "roles_moved_on",
            "too_many_views",
            "view_name_taken",
        ],
    ),
    (422, &["account_name_unusable", "code_wrong", "password_weak", "password_wrong"]),
    (429, &["sign_in_locked"]),
];

/// What becomes of passkeys that are not taken.
pub(in crate::openapi) const PASSKEYS: Codes = &[
    (401, &["passkey_counts_back", "passkey_refused"]),
    (409, &["passkey_known", "passkey_too_late", "passkeys_off", "passkeys_too_many"]),
    (422, &["passkey_unusable"]),
];

/// What stands in the way of signing in through a provider.
pub(in crate::openapi) const SIGN_ON: Codes = &[
    (400, &["sign_out_notice_invalid", "sign_out_notice_repeated", "sign_out_notice_unchecked"]),
    (
        401,
        &[
            "sign_on_cancelled",
            "sign_on_code_refused",
            "sign_on_expired",
            "sign_on_factor_at_provider",
            "sign_on_no_second_factor",
            "sign_on_other_issuer",
            "sign_on_other_state",
            "sign_on_other_subject",
            "sign_on_proof_invalid",
            "sign_on_provider_refused",
            "sign_on_stale",
            "sign_on_unknown",
            "sign_on_unnamed",
            "sign_on_unverified",
        ],
    ),
    (404, &["sign_on_not_configured"]),
    (409, &["sign_on_shut", "sign_on_taken"]),
    (424, &["sign_on_provider_silent", "sign_on_provider_unusable"]),
];

/// What stands in the way of files of lists.
pub(in crate::openapi) const EXPORTS: Codes = &[
    (409, &["export_ended", "export_unfinished", "too_many_exports", "too_many_exports_working"]),
    (413, &["export_too_large"]),
];
