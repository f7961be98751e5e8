//! What a client server refuses.

use super::Codes;

/// Its own codes; see `client/refusals.rs`.
pub(in crate::openapi) const CLIENT: Codes = &[
    (400, &["address_forbidden"]),
    (401, &["notification_not_accepted"]),
    (403, &["same_person", "scope_missing"]),
    (
        409,
        &[
            "case_ref_taken",
            "invalid_transition",
            "keys_take_two",
            "month_not_over",
            "not_enrolled",
            "product_moved_on",
            "product_not_approved",
            "product_retired",
            "product_superseded",
            "request_decided",
            "request_expired",
            "rotation_moved_on",
            "usage_log_inconsistent",
            "usage_log_too_long",
        ],
    ),
    (410, &["data_gone"]),
    (422, &["central_refused", "not_normalisable"]),
    (
        502,
        &[
            "central_not_understood",
            "central_refused",
            "document_too_large",
            "enrolment_failed",
            "erasure_receipt_invalid",
            "parcel_consent_unproven",
            "parcel_digest_differs",
            "parcel_does_not_open",
            "parcel_key_unknown",
            "parcel_not_an_envelope",
            "parcel_of_another_context",
            "parcel_sender_differs",
            "parcel_sender_missing",
            "parcel_sender_statement_invalid",
            "parcel_sender_unproven",
        ],
    ),
    (503, &["central_unavailable"]),
];

/// What is wrong with a product: where it is checked here, and where a step with it does not fit.
pub(in crate::openapi) const PRODUCTS: Codes = &[
    (
        409,
        &[
            "approval_of_own_work",
            "fair_use_consent_expiry",
            "fair_use_consent_types",
            "fair_use_data_life",
            "fair_use_data_range",
            "fair_use_fetch_type",
            "fair_use_frequency",
            "product_item_without_data",
            "product_kind_against_source",
            "product_notice_incomplete",
            "product_source_twice",
            "product_terms_invalid",
            "product_without_item",
            "product_without_name",
        ],
    ),
    (
        422,
        &[
            "fair_use_consent_expiry",
            "fair_use_consent_types",
            "fair_use_data_life",
            "fair_use_data_range",
            "fair_use_fetch_type",
            "fair_use_frequency",
            "product_item_without_data",
            "product_kind_against_source",
            "product_notice_incomplete",
            "product_source_twice",
            "product_terms_invalid",
            "product_without_item",
            "product_without_name",
        ],
    ),
];
