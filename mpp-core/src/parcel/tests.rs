use super::*;
use crate::tests::samples::{description, parcel, start};
use crate::{ErasureCause, Span};

fn receipt() -> ErasureReceiptId {
    ErasureReceiptId::from_random([8; 16])
}

#[test]
fn a_parcel_is_handed_out_from_complete_to_acknowledged() {
    let expected = parcel(ParcelState::Expected);
    assert!(!expected.state.may_be_handed_out());
    let uploading = expected.receive(10, start()).unwrap();
    assert!(!uploading.state.may_be_handed_out());
    let available = uploading.complete(description(), start()).unwrap();
    assert_eq!(available.description, Some(description()));
    assert!(available.state.may_be_handed_out());
    let notified = available.notify(start()).unwrap();
    assert!(notified.state.may_be_handed_out());
    assert!(!notified.collect(start()).unwrap().state.may_be_handed_out());
}

#[test]
fn the_cause_of_an_erasure_is_what_led_to_it() {
    let available = parcel(ParcelState::Expected).complete(description(), start()).unwrap();
    let end = available.expires_at;
    for (doomed, cause) in [
        (available.clone().collect(start()), ErasureCause::Acknowledged),
        (available.clone().revoke(start()), ErasureCause::Withdrawn),
        (available.expire(end), ErasureCause::Expired),
    ] {
        let doomed = doomed.unwrap();
        assert_eq!(doomed.state.erasure_cause(), Some(cause));
        let erased = doomed.erase(receipt(), end).unwrap();
        assert_eq!(erased.state, ParcelState::Erased { receipt: receipt(), cause, at: end });
        assert_eq!(erased.state.erasure_cause(), Some(cause));
    }
}

#[test]
fn a_parcel_does_not_expire_early() {
    let parcel = parcel(ParcelState::Expected);
    let early = parcel.expires_at.minus(Span::from_millis(1));
    let refusal = InvalidTransition { machine: "parcel", state: "expected", event: "expire" };
    assert_eq!(parcel.expire(early), Err(refusal));
}

#[test]
fn nothing_more_is_taken_in_once_the_time_has_run_out() {
    let uploading = parcel(ParcelState::Expected).receive(10, start()).unwrap();
    let end = uploading.expires_at;
    assert_eq!(uploading.clone().receive(20, end).unwrap_err().state, "expired");
    assert_eq!(uploading.complete(description(), end).unwrap_err().state, "expired");
}

#[test]
fn an_acknowledgement_that_comes_late_still_counts() {
    let available = parcel(ParcelState::Expected).complete(description(), start()).unwrap();
    let end = available.expires_at;
    assert_eq!(available.collect(end).unwrap().state, ParcelState::Collected { at: end });
}
