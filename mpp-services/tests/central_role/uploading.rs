use mpp_core::{Span, UsageUnit};
use mpp_crypto::envelope::{Purpose, SENDER_STATEMENT};
use mpp_services::central::{Append, ConsentStep, End, Holdings, NotificationKind, Progress};

use crate::collecting::download;
use crate::parties::SealedParcel;
use crate::samples::{account_item, bureau_item};
use crate::world::World;

const DOCUMENT: &[u8] = &[b'F'; 1000];

#[tokio::test]
async fn a_parcel_goes_up_in_pieces_and_survives_a_restart() {
    let mut world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let sealed = SealedParcel::new(&world, &approved, DOCUMENT);
    let phone = approved.phone.id;
    let ticket = world.central.announce(phone, sealed.announcement.clone()).await.unwrap();
    assert_eq!((ticket.offset, ticket.largest_append), (0, 512));
    let mut offset = 0;
    for (at, piece) in sealed.bytes.chunks(500).enumerate() {
        let last = at * 500 + piece.len() == sealed.bytes.len();
        let end = if last { End::Here } else { End::Later };
        let append = Append { offset, bytes: piece.to_vec().into(), end };
        let progress = world.central.append(phone, ticket.upload, append).await.unwrap();
        offset += u64::try_from(piece.len()).unwrap();
        let expected = if last { Progress::Complete } else { Progress::Partial { offset } };
        assert_eq!(progress, expected);
        world.restart();
    }
    let parcel = world.available(&approved.partner).await;
    assert_eq!(parcel, sealed.announcement.parcel);
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    assert_eq!(approved.partner.open(&bytes, parcel), DOCUMENT);
    let usage = world.central.usage(None, None, 10).await.unwrap().items;
    assert_eq!(usage[0].unit, UsageUnit::DataFetch);
    let again = world.central.announce(phone, sealed.announcement.clone()).await.unwrap();
    assert_eq!(again.upload, ticket.upload);
}

#[tokio::test]
async fn repeats_change_nothing_and_gaps_are_refused() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let sealed = SealedParcel::new(&world, &approved, DOCUMENT);
    let phone = approved.phone.id;
    let upload = world.central.announce(phone, sealed.announcement.clone()).await.unwrap().upload;
    let piece = |from: usize, to: usize| Append {
        offset: u64::try_from(from).unwrap(),
        bytes: sealed.bytes[from..to].to_vec().into(),
        end: End::Later,
    };
    world.central.append(phone, upload, piece(0, 500)).await.unwrap();
    let repeated = world.central.append(phone, upload, piece(0, 500)).await.unwrap();
    assert_eq!(repeated, Progress::Partial { offset: 500 });
    let gap = world.central.append(phone, upload, piece(600, 700)).await.unwrap_err();
    assert!(gap.to_string().contains("500"));
    assert_eq!(gap.code(), "upload_offset_differs");
    let large = world.central.append(phone, upload, piece(500, 1100)).await.unwrap_err();
    assert_eq!(large.code(), "upload_too_large");
    let standing = world.central.upload_standing(phone, upload).await.unwrap();
    assert_eq!(standing.progress, Progress::Partial { offset: 500 });
    assert_eq!(standing.size_bytes, sealed.announcement.size_bytes);
}

#[tokio::test]
async fn a_truncated_upload_is_refused_and_can_go_on() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let sealed = SealedParcel::new(&world, &approved, b"short");
    let phone = approved.phone.id;
    let upload = world.central.announce(phone, sealed.announcement.clone()).await.unwrap().upload;
    let cut = Append { offset: 0, bytes: sealed.bytes[..100].to_vec().into(), end: End::Here };
    let refused = world.central.append(phone, upload, cut).await.unwrap_err();
    assert_eq!(refused.code(), "upload_truncated");
    assert!(!world.kinds(&approved.partner).await.contains(&NotificationKind::DataAvailable));
    let rest = Append { offset: 100, bytes: sealed.bytes[100..].to_vec().into(), end: End::Here };
    assert_eq!(world.central.append(phone, upload, rest).await.unwrap(), Progress::Complete);
}

#[tokio::test]
async fn altered_bytes_are_thrown_away_and_the_upload_begins_anew() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let mut sealed = SealedParcel::new(&world, &approved, b"short");
    let last = sealed.bytes.len() - 1;
    sealed.bytes[last] ^= 1;
    let refused = world.upload(&approved.phone, &sealed).await.unwrap_err();
    assert_eq!(refused.code(), "upload_digest_differs");
    assert!(world.objects.list().await.unwrap().is_empty());
    let ticket = world.central.announce(approved.phone.id, sealed.announcement.clone()).await.unwrap();
    assert_eq!(ticket.offset, 0);
    sealed.bytes[last] ^= 1;
    assert_eq!(world.upload(&approved.phone, &sealed).await.unwrap(), Progress::Complete);
}

#[tokio::test]
async fn envelopes_for_something_else_are_refused() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let other = mpp_core::ParcelId::from_random([5; 16]);
    let stranger = mpp_core::PartnerId::from_random([5; 16]);
    let consent = mpp_core::ConsentId::from_random([5; 16]);
    let wrong = [
        SealedParcel::with(&world, &approved, b"x", |context| context.parcel = other),
        SealedParcel::with(&world, &approved, b"x", |context| context.partner = stranger),
        SealedParcel::with(&world, &approved, b"x", |context| context.consent = consent),
        SealedParcel::with(&world, &approved, b"x", |context| context.purpose = Purpose::KeyMaterial),
        SealedParcel::with(&world, &approved, b"x", |context| {
            context.source = "provider:bureau".parse().unwrap();
        }),
    ];
    for mut sealed in wrong {
        if sealed.announcement.parcel == other {
            continue;
        }
        sealed.announcement.consent = approved.consent("account-aggregator");
        let refused = world.upload(&approved.phone, &sealed).await.unwrap_err();
        assert_eq!(refused.code(), "upload_envelope_differs");
    }
    let mut plain = SealedParcel::new(&world, &approved, b"x");
    plain.bytes = b"not an envelope at all".to_vec();
    plain.announcement.size_bytes = 22;
    plain.announcement.sha256 = mpp_crypto::sha256(&plain.bytes);
    let said = serde_json::json!({
        "envelope": "0".repeat(32),
        "kid": plain.announcement.kid,
        "length": plain.announcement.size_bytes,
        "sha256": plain.announcement.sha256,
    });
    plain.announcement.sender =
        Some(mpp_crypto::jws::sign(&approved.phone.key, SENDER_STATEMENT, &said).unwrap());
    assert_eq!(world.upload(&approved.phone, &plain).await.unwrap_err().code(), "upload_envelope_differs");
}

#[tokio::test]
async fn announcements_outside_the_consent_are_refused() {
    let world = World::new();
    let approved = world.approved(vec![account_item(), bureau_item()]).await;
    let phone = approved.phone.id;
    let good = SealedParcel::new(&world, &approved, b"x").announcement;
    let stranger = world.approved(vec![account_item()]).await;
    let mut foreign_key = good.clone();
    foreign_key.kid = stranger.partner.keys.ring.current().kid().clone();
    let mut bureau = good.clone();
    bureau.consent = approved.consent("provider:bureau");
    let mut huge = good.clone();
    huge.size_bytes = 257 * 1024 * 1024;
    let mut empty = good.clone();
    empty.size_bytes = 0;
    for (bad, code) in [
        (foreign_key, "parcel_key_differs"),
        (bureau, "wrong_source"),
        (huge, "parcel_too_large"),
        (empty, "invalid_request"),
    ] {
        assert_eq!(world.central.announce(phone, bad).await.unwrap_err().code(), code);
    }
    let not_theirs = world.central.announce(stranger.phone.id, good.clone()).await.unwrap_err();
    assert_eq!(not_theirs.code(), "not_found");
    let consent = approved.consent("account-aggregator");
    world.central.change_consent(phone, consent, ConsentStep::Pause).await.unwrap();
    let paused = world.central.announce(phone, good.clone()).await.unwrap_err();
    assert_eq!(paused.code(), "consent_paused");
    world.central.change_consent(phone, consent, ConsentStep::Resume).await.unwrap();
    world.advance(Span::from_days(31));
    assert_eq!(world.central.announce(phone, good).await.unwrap_err().code(), "consent_expired");
}

#[tokio::test]
async fn a_one_time_consent_takes_one_parcel() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let first = SealedParcel::new(&world, &approved, b"x");
    world.upload(&approved.phone, &first).await.unwrap();
    let second = SealedParcel::new(&world, &approved, b"y");
    let refused = world.upload(&approved.phone, &second).await.unwrap_err();
    assert_eq!(refused.code(), "consent_already_used");
    let mut altered = first.announcement.clone();
    altered.sha256 = second.announcement.sha256;
    let differs = world.central.announce(approved.phone.id, altered).await.unwrap_err();
    assert_eq!(differs.code(), "parcel_differs");
}

#[tokio::test]
async fn the_parcels_of_one_fetch_count_and_are_metered_once() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let first = SealedParcel::new(&world, &approved, b"savings");
    let mut second = SealedParcel::new(&world, &approved, b"deposits");
    second.announcement.fetch = first.announcement.fetch;
    for sealed in [&first, &second] {
        assert_eq!(world.upload(&approved.phone, sealed).await.unwrap(), Progress::Complete);
    }
    assert_eq!(world.central.usage(None, None, 10).await.unwrap().items.len(), 1);
    let told = world.kinds(&approved.partner).await;
    let available = told.iter().filter(|kind| **kind == NotificationKind::DataAvailable).count();
    assert_eq!(available, 2);
    let mut late = SealedParcel::new(&world, &approved, b"too late");
    late.announcement.fetch = first.announcement.fetch;
    world.advance(Span::from_hours(26));
    let refused = world.upload(&approved.phone, &late).await.unwrap_err();
    assert_eq!(refused.code(), "consent_already_used");
}

#[tokio::test]
async fn a_parcel_sealed_anew_takes_the_place_of_an_incomplete_one() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let phone = approved.phone.id;
    let lost = SealedParcel::new(&world, &approved, DOCUMENT);
    let upload = world.central.announce(phone, lost.announcement.clone()).await.unwrap().upload;
    let begun = Append { offset: 0, bytes: lost.bytes[..500].to_vec().into(), end: End::Later };
    world.central.append(phone, upload, begun.clone()).await.unwrap();
    let anew = SealedParcel::new(&world, &approved, b"y");
    world.upload(&approved.phone, &anew).await.unwrap();
    let gone = world.central.append(phone, upload, begun).await.unwrap_err();
    assert_eq!(gone.code(), "parcel_gone");
    world.work().await;
    assert_eq!(world.objects.list().await.unwrap(), [anew.announcement.parcel]);
}

#[tokio::test]
async fn an_upload_nobody_finishes_is_cleared_away() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let phone = approved.phone.id;
    let lost = SealedParcel::new(&world, &approved, DOCUMENT);
    let upload = world.central.announce(phone, lost.announcement.clone()).await.unwrap().upload;
    let begun = Append { offset: 0, bytes: lost.bytes[..500].to_vec().into(), end: End::Later };
    world.central.append(phone, upload, begun).await.unwrap();
    assert_eq!(
        world.central.holdings().await.unwrap(),
        Holdings { parcels: 1, parcel_keys: 1, ..Holdings::default() }
    );
    world.advance(Span::from_hours(72));
    world.work().await;
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
    let anew = SealedParcel::new(&world, &approved, b"y");
    world.upload(&approved.phone, &anew).await.unwrap();
}

#[tokio::test]
async fn another_device_cannot_touch_an_upload() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let stranger = world.approved(vec![account_item()]).await;
    let sealed = SealedParcel::new(&world, &approved, b"x");
    let upload = world.central.announce(approved.phone.id, sealed.announcement.clone()).await.unwrap().upload;
    let append = Append { offset: 0, bytes: sealed.bytes.clone().into(), end: End::Here };
    let refused = world.central.append(stranger.phone.id, upload, append).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    let refused = world.central.upload_standing(stranger.phone.id, upload).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
}
