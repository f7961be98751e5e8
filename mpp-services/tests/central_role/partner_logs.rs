//! Partners' signed logs: what is taken, what is refused, and how they stand to central's own.

use mpp_billing::{Field, MOST_LOG_BYTES, Reference, USAGE_LOG_TYP, UsageLog, UsageLogForm, UsageLogLine};
use mpp_core::{PartnerId, Span, Timestamp, UsageUnit};
use mpp_crypto::SigningKey;
use mpp_crypto::jws::{self, CompactJws};
use mpp_services::central::{BroughtLog, CentralError, LogBringer, Look, PartnerLogFile};
use mpp_store::RecordKind;

use crate::billing::{asha, plan};
use crate::parties::{Keys, SealedParcel};
use crate::samples::{account_item, bureau_item};
use crate::world::{Approved, World};

const DOCUMENT: &[u8] = b"FI";

/// A credit report and a fetch of two bank accounts in January, and February begun.
pub(crate) async fn used() -> (World, Approved) {
    let world = World::new();
    let approved = world.approved(vec![bureau_item(), account_item()]).await;
    world.work().await;
    let first = SealedParcel::new(&world, &approved, DOCUMENT);
    let mut second = SealedParcel::new(&world, &approved, DOCUMENT);
    second.announcement.fetch = first.announcement.fetch;
    world.upload(&approved.phone, &first).await.unwrap();
    world.upload(&approved.phone, &second).await.unwrap();
    world.advance(Span::from_days(20));
    (world, approved)
}

async fn lines(world: &World, partner: PartnerId) -> Vec<UsageLogLine> {
    let events = world.central.usage(Some(partner), None, 100).await.unwrap().items;
    let line = |event: &mpp_core::UsageEvent| UsageLogLine {
        reference: Reference::of(event),
        consent: event.consent,
        product: Some(event.product),
        source: event.source.clone(),
        unit: event.unit,
        at: event.at,
        received_at: Some(event.at),
        parcels: 1,
        bytes: 300,
        sha256: None,
    };
    events.iter().map(line).collect()
}

fn signed(key: &SigningKey, partner: PartnerId, at: Timestamp, lines: Vec<UsageLogLine>) -> CompactJws {
    let log = UsageLog::new(partner, "2026-01".parse().unwrap(), at, lines).unwrap();
    jws::sign_within(key, USAGE_LOG_TYP, &log, MOST_LOG_BYTES).unwrap()
}

async fn honest(world: &World, approved: &Approved) -> CompactJws {
    let lines = lines(world, approved.partner.id).await;
    signed(&approved.partner.keys.signing, approved.partner.id, world.central.present(), lines)
}

/// A price for both.
pub(crate) fn prices(partner: PartnerId) -> mpp_billing::PricePlanForm {
    let mut prices = plan("standard-2026", partner, "2026-01-01", None);
    let mut fetched = prices.items[0].clone();
    fetched.unit = UsageUnit::DataFetch;
    prices.items.push(fetched);
    prices
}

pub(crate) async fn bring_honest(world: &World, approved: &Approved) -> PartnerLogFile {
    bring(world, honest(world, approved).await.as_str()).await.unwrap()
}

fn by_staff(text: &str) -> BroughtLog<'_> {
    BroughtLog { text, by: LogBringer::Staff(asha()), partner: None, month: None }
}

async fn bring(world: &World, text: &str) -> Result<PartnerLogFile, CentralError> {
    world.central.take_partner_log(&by_staff(text)).await
}

async fn pieces(world: &World) -> u64 {
    world.store.count(RecordKind::new("partner-log-piece"), None).await.unwrap()
}

fn code<T: std::fmt::Debug>(refused: Result<T, CentralError>) -> &'static str {
    match refused.unwrap_err() {
        CentralError::Billing(refusal) => refusal.code(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_announcement_names_the_fetch_that_is_metered() {
    let (world, approved) = used().await;
    let told = world.notified(&approved.partner).await;
    let metered: Vec<_> = told
        .iter()
        .filter(|told| told.data.parcel_id.is_some())
        .map(|told| match (told.data.fetch_id, told.data.parcel_id) {
            (Some(fetch), _) => fetch.to_string(),
            (None, parcel) => parcel.unwrap().to_string(),
        })
        .collect();
    assert_eq!(metered.len(), 3);
    let known: Vec<_> = lines(&world, approved.partner.id).await;
    assert_eq!(known.len(), 2, "two parcels of one fetch are one use");
    for line in known {
        assert!(metered.contains(&line.reference.to_string()));
    }
}

#[tokio::test]
async fn an_honest_log_agrees_is_kept_and_shown_with_its_bill() {
    let (world, approved) = used().await;
    let partner = approved.partner.id;
    let log = honest(&world, &approved).await;
    let own = BroughtLog {
        text: log.as_str(),
        by: LogBringer::Partner(partner),
        partner: Some(partner),
        month: None,
    };
    let taken = world.central.take_partner_log(&own).await.unwrap();
    assert!(taken.log.outcome.agrees(), "{:?}", taken.comparison);
    assert_eq!((taken.log.lines, taken.comparison.matched.len()), (2, 2));
    world.advance(Span::from_hours(1));
    let again = bring(&world, log.as_str()).await.unwrap();
    assert_eq!(again.log, taken.log, "the same log again changes nothing");
    let kept = world.central.partner_log(partner, "2026-01".parse().unwrap()).await.unwrap();
    assert_eq!(kept, taken);
    let text = world.central.partner_log_text(partner, "2026-01".parse().unwrap()).await.unwrap();
    assert_eq!(text, log.as_str());
    let dump = world.dump().await;
    assert_eq!(dump.matches("partner_log.taken").count(), 1);
    assert!(!dump.contains("replaced"));

    world.with_address(partner).await;
    world.agree(prices(partner)).await;
    let draft = world.central.close_month(partner, "2026-01".parse().unwrap(), &asha()).await.unwrap();
    assert_eq!(world.final_bill(draft.id).await.partner_log, Some(taken.log));
}

#[tokio::test]
async fn a_removed_and_a_changed_line_are_found_and_the_log_takes_the_place_of_the_first() {
    let (world, approved) = used().await;
    let first = bring(&world, honest(&world, &approved).await.as_str()).await.unwrap();
    let mut changed = lines(&world, approved.partner.id).await;
    let removed = changed.remove(0);
    changed[0].unit = UsageUnit::TelecomLookup;
    let now = world.central.present();
    let second = signed(&approved.partner.keys.signing, approved.partner.id, now, changed.clone());
    let taken = bring(&world, second.as_str()).await.unwrap();
    assert!(!taken.log.outcome.agrees());
    let found = &taken.comparison;
    assert_eq!(found.missing_there[0].reference, removed.reference);
    assert_eq!(found.differs[0].here.reference, changed[0].reference);
    assert_eq!(found.differs[0].fields, [Field::Unit]);
    assert_eq!((found.matched.len(), found.missing_here.len()), (0, 0));
    assert_eq!(taken.log.replaces, Some(first.log.sha256));
    let listed = world.central.partner_logs(None, None, &Look { after: None, limit: 10 }).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&taken.log), "one log a month");
    assert!(world.dump().await.contains("replaced"));
}

#[tokio::test]
async fn a_long_log_lies_in_pieces_and_a_shorter_one_clears_them() {
    let (world, approved) = used().await;
    let mut many = lines(&world, approved.partner.id).await;
    let one = many[0].clone();
    let invented = |number: u32| UsageLogLine {
        reference: format!("invented-{number}").parse().unwrap(),
        ..one.clone()
    };
    many.extend((0..4000).map(invented));
    let now = world.central.present();
    let long = signed(&approved.partner.keys.signing, approved.partner.id, now, many);
    let taken = bring(&world, long.as_str()).await.unwrap();
    assert_eq!((taken.log.outcome.matched, taken.log.outcome.missing_here), (2, 4000));
    assert!(pieces(&world).await > 2, "{}", pieces(&world).await);
    let text = world.central.partner_log_text(approved.partner.id, "2026-01".parse().unwrap()).await.unwrap();
    assert!(text == long.as_str());
    bring(&world, honest(&world, &approved).await.as_str()).await.unwrap();
    assert_eq!(pieces(&world).await, 1);
}

#[tokio::test]
async fn what_is_no_log_of_ours_is_refused_by_its_fault() {
    let (world, approved) = used().await;
    let (id, key) = (approved.partner.id, &approved.partner.keys.signing);
    let now = world.central.present();
    let good = honest(&world, &approved).await;
    for (text, expected) in [
        (String::new(), "partner_log_unreadable"),
        ("reference,day,unit\n".to_owned(), "partner_log_unreadable"),
        ("=cmd()|x.y.z".to_owned(), "partner_log_unreadable"),
        ("a".repeat(MOST_LOG_BYTES + 1), "partner_log_too_large"),
        (jws::sign(key, "mpp-collection-ack+jwt", &1).unwrap().as_str().to_owned(), "partner_log_unreadable"),
        (jws::sign(key, USAGE_LOG_TYP, &"no log").unwrap().as_str().to_owned(), "partner_log_unreadable"),
    ] {
        assert_eq!(code(bring(&world, &text).await), expected, "{:.40}", text);
    }
    let stranger = SigningKey::generate_p256(world.entropy.as_ref());
    let lines = lines(&world, id).await;
    let strange = signed(&stranger, id, now, lines.clone());
    assert_eq!(code(bring(&world, strange.as_str()).await), "partner_log_key_unknown");
    let (head, signature) = good.as_str().rsplit_once('.').unwrap();
    let other = signed(key, id, now, Vec::new());
    let (other_head, _) = other.as_str().rsplit_once('.').unwrap();
    assert_ne!(head, other_head);
    let grafted = format!("{other_head}.{signature}");
    assert_eq!(code(bring(&world, &grafted).await), "partner_log_altered");
    let altered = |change: &dyn Fn(&mut UsageLogForm)| {
        let mut form =
            UsageLog::new(id, "2026-01".parse().unwrap(), now, lines.clone()).unwrap().form().clone();
        change(&mut form);
        jws::sign(key, USAGE_LOG_TYP, &form).unwrap()
    };
    for wrong in [
        altered(&|form| form.counts.lines = 7),
        altered(&|form| form.lines.reverse()),
        altered(&|form| form.version = 2),
        altered(&|form| form.month = "2025-12".parse().unwrap()),
    ] {
        assert_eq!(code(bring(&world, wrong.as_str()).await), "partner_log_inconsistent");
    }
    assert_eq!(pieces(&world).await, 0, "nothing of a refused log is kept");
    assert!(!world.dump().await.contains("partner_log.taken"));
}

#[tokio::test]
async fn a_log_is_bound_to_its_partner_and_month() {
    let (world, approved) = used().await;
    let other = world.onboard().await;
    let (id, now) = (approved.partner.id, world.central.present());
    let lines = lines(&world, id).await;
    let key = &approved.partner.keys.signing;
    // signed by one, about another
    let foreign = signed(&other.keys.signing, id, now, lines.clone());
    assert_eq!(code(bring(&world, foreign.as_str()).await), "partner_log_of_another_partner");
    let good = signed(key, id, now, lines);
    let wrong = BroughtLog { partner: Some(other.id), ..by_staff(good.as_str()) };
    assert_eq!(code(world.central.take_partner_log(&wrong).await), "partner_log_of_another_partner");
    let not_own = BroughtLog { by: LogBringer::Partner(other.id), ..by_staff(good.as_str()) };
    assert_eq!(code(world.central.take_partner_log(&not_own).await), "partner_log_of_another_partner");
    let month = BroughtLog { month: Some("2026-02".parse().unwrap()), ..by_staff(good.as_str()) };
    assert_eq!(code(world.central.take_partner_log(&month).await), "partner_log_of_another_month");

    let empty = |month: &str, at: &str| {
        let log = UsageLog::new(id, month.parse().unwrap(), at.parse().unwrap(), Vec::new()).unwrap();
        jws::sign(key, USAGE_LOG_TYP, &log).unwrap()
    };
    for (log, expected) in [
        (empty("2026-01", "2026-01-31T18:29:59.999Z"), "partner_log_signing_time"),
        (empty("2026-01", "2026-07-01T00:00:00Z"), "partner_log_signing_time"),
        (empty("2025-11", "2025-12-20T00:00:00Z"), "partner_log_key_not_valid"),
        (empty("2026-02", "2026-03-02T00:00:00Z"), "partner_log_signing_time"),
    ] {
        assert_eq!(code(bring(&world, log.as_str()).await), expected);
    }
}

#[tokio::test]
async fn a_key_signs_logs_from_its_enrolment_up_to_the_next() {
    let (world, approved) = used().await;
    let id = approved.partner.id;
    let before = honest(&world, &approved).await;
    world.advance(Span::from_hours(2));
    let renewed = world.central.renew_enrolment(id, &asha()).await.unwrap();
    let keys = Keys::new(world.entropy.as_ref());
    world.enrol(&keys, renewed.enrolment_token.expose()).await.unwrap();
    world.advance(Span::from_hours(2));
    bring(&world, before.as_str()).await.expect("it was signed while its key was the registered one");
    let late = honest(&world, &approved).await;
    assert_eq!(code(bring(&world, late.as_str()).await), "partner_log_key_not_valid");
    let lines = lines(&world, id).await;
    let backdated = world.central.present().minus(Span::from_hours(3));
    let backdated = signed(&keys.signing, id, backdated, lines.clone());
    assert_eq!(code(bring(&world, backdated.as_str()).await), "partner_log_key_not_valid");
    let now = world.central.present();
    bring(&world, signed(&keys.signing, id, now, lines).as_str()).await.unwrap();
}
