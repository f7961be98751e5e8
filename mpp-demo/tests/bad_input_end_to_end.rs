//! Bad input, from end to end: every role and the outside world run, real SDKs walk the journey, and something is
//! wrong. Each test says what the person is told, that the failure has its stable code, and that nothing promised is
//! lost.
//!
//! | bad input | test |
//! | --- | --- |
//! | refused bureau item | `consents::a_refused_bureau_is_never_asked` |
//! | wrong OTP five times | `codes::five_wrong_codes_end_a_login_and_a_new_code_works`, `codes::five_wrong_codes_at_the_account_aggregator_share_nothing_until_the_lock_is_over` |
//! | withdrawn consent | `consents::nothing_arrives_under_a_withdrawn_consent`, `consents::a_consent_withdrawn_at_the_account_aggregator_shares_nothing` |
//! | paused consent | `consents::a_paused_consent_lets_nothing_through_until_it_is_resumed`, `consents::a_consent_paused_at_the_account_aggregator_says_so_and_goes_on_when_resumed` |
//! | expired consent | a day of waiting, so below the shells: mpp-services `central_role::fetching::an_expired_consent_is_never_fetched_under`, `private_share::data_sessions::an_expired_consent_allows_nothing_even_before_anybody_noticed`, mpp-core `artefact::tests::nothing_is_permitted_before_the_start_and_from_the_expiry_on` |
//! | not-yet-started consent | consents start when they are asked for, so in the rule itself: mpp-core `artefact::tests::nothing_is_permitted_before_the_start_and_from_the_expiry_on` |
//! | second fetch on a ONETIME consent | `consents::a_one_time_consent_is_not_used_twice`; at central mpp-services `central_role::uploading::a_one_time_consent_takes_one_parcel` |
//! | wider range than consented | `consents::a_wider_period_than_consented_is_not_fetched`, `consents::what_the_account_aggregator_signs_is_not_taken_when_wider_or_forged` |
//! | unknown partner key | `recipients::a_recipient_nobody_vouches_for_is_not_shown`, `recipients::a_request_altered_on_the_way_is_not_shown` |
//! | expired partner key | two years of waiting: mpp-sdk `screen::tests::a_key_outside_its_validity_is_refused`, mpp-services `central_role::onboarding::suspended_expired_and_unenrolled_partners_cannot_ask` |
//! | tampered artefact | `recipients::a_tampered_artefact_is_not_accepted_and_deciding_again_is` |
//! | tampered parcel | `parcels::a_parcel_altered_on_the_device_is_refused_and_the_others_arrive`, `parcels::a_parcel_that_does_not_open_never_reaches_the_application` |
//! | parcel gone from the device | `parcels::a_parcel_gone_from_the_device_is_said_once_and_the_others_arrive` |
//! | tampered manifest | `parcels::an_altered_manifest_is_noticed` |
//! | chunk order, truncated last chunk | `parcels::a_parcel_that_does_not_open_never_reaches_the_application` |
//! | FIP: wrong account, wrong session, garbage, 5xx | `fips::what_one_institution_gets_wrong_spoils_nothing_else`, `fips::a_session_of_another_name_is_not_taken_for_ours`, `fips::an_institution_that_fails_costs_a_second_try_and_no_document`, `fips::when_every_institution_fails_trying_again_brings_everything` |
//! | FIP: never | `fips::an_institution_that_never_answers_holds_nobody_up`, `fips::when_nobody_answers_the_same_request_goes_on_later` |
//! | provider down | `providers::a_bureau_that_is_down_is_tried_again_and_then_reported`, `providers::a_bureau_that_comes_back_delivers` |
//! | provider without a record, with garbage, about somebody else | `providers::*` |
//! | central restarted in the middle | as programs of their own in `separate_processes`; mpp-server `central_role::journey::a_whole_journey_over_http_survives_a_restart` |
//! | device killed between decrypt and seal | mpp-private-share `share::interruptions::wherever_the_device_stops_nothing_lies_open_and_a_restart_goes_on` |
//! | 16 MiB document | `size::a_document_of_sixteen_mebibytes_passes_byte_for_byte` |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "bad_input/codes.rs"]
mod codes;
#[path = "bad_input/consents.rs"]
mod consents;
#[path = "bad_input/fips.rs"]
mod fips;
#[path = "bad_input/parcels.rs"]
mod parcels;
#[path = "bad_input/providers.rs"]
mod providers;
#[path = "bad_input/recipients.rs"]
mod recipients;
#[path = "bad_input/size.rs"]
mod size;
#[path = "bad_input/stage.rs"]
mod stage;
#[path = "bad_input/tampering.rs"]
mod tampering;
