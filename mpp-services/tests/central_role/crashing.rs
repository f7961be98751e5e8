//! Central is killed at every single operation of a journey, once each, and goes on afterwards. What must hold however
//! it was cut:
//!
//! 1. Both parcels reach the partner and open; each is metered once.
//! 2. The provider sees one client reference only.
//! 3. Each of the partner's parcels is told once as available, and the numbers of its notifications have no gaps.
//! 4. In the end no parcel, key or job is left, and every erasure has one receipt.

use std::collections::BTreeSet;

use mpp_core::{ParcelId, Span};
use mpp_services::central::{Append, CentralError, ConsentStep, End, Holdings, NotificationKind, Progress};
use mpp_store::WorkerName;

use crate::parties::SealedParcel;
use crate::samples::{REPORT, account_item, bureau_item};
use crate::world::{Approved, World};

/// The rest of the journey after the decision, from wherever it stands.
async fn go_on(world: &World, approved: &Approved, sealed: &SealedParcel) -> Result<(), CentralError> {
    world.central.run_due_jobs(&WorkerName::new("worker")).await?;
    upload(world, approved, sealed).await?;
    world.central.run_due_jobs(&WorkerName::new("worker")).await?;
    for parcel in available(world, approved).await? {
        collect(world, approved, parcel).await?;
    }
    world.central.run_due_jobs(&WorkerName::new("worker")).await?;
    Ok(())
}

async fn upload(world: &World, approved: &Approved, sealed: &SealedParcel) -> Result<(), CentralError> {
    let phone = approved.phone.id;
    let ticket = world.central.announce(phone, sealed.announcement.clone()).await?;
    let standing = world.central.upload_standing(phone, ticket.upload).await?;
    let Progress::Partial { mut offset } = standing.progress else { return Ok(()) };
    loop {
        let from = usize::try_from(offset).unwrap();
        let to = sealed.bytes.len().min(from + 300);
        let end = if to == sealed.bytes.len() { End::Here } else { End::Later };
        let append = Append { offset, bytes: sealed.bytes[from..to].to_vec().into(), end };
        match world.central.append(phone, ticket.upload, append).await? {
            Progress::Complete => return Ok(()),
            Progress::Partial { offset: reached } => offset = reached,
        }
    }
}

async fn available(world: &World, approved: &Approved) -> Result<Vec<ParcelId>, CentralError> {
    let all = world.central.notifications(approved.partner.id, 0).await?;
    let told = all.into_iter().filter(|one| one.kind == NotificationKind::DataAvailable);
    Ok(told.filter_map(|one| one.data.parcel_id).collect())
}

/// Collects and acknowledges; a parcel that is gone was acknowledged before.
async fn collect(world: &World, approved: &Approved, parcel: ParcelId) -> Result<(), CentralError> {
    use futures::TryStreamExt;
    let content = match world.central.parcel_content(approved.partner.id, parcel).await {
        Err(CentralError::ParcelGone) => return Ok(()),
        content => content?,
    };
    let chunks: Vec<bytes::Bytes> =
        content.bytes.try_collect().await.map_err(|error| CentralError::Parcels(error.into()))?;
    let bytes = chunks.concat();
    let opened = approved.partner.open(&bytes, parcel);
    assert!(opened == REPORT || opened == DOCUMENT);
    let ack = approved.partner.acknowledgement(parcel, &bytes, world);
    world.central.acknowledge(approved.partner.id, parcel, ack).await.map(drop)
}

const DOCUMENT: &[u8] = &[b'F'; 700];

#[tokio::test]
async fn killed_at_any_operation_central_goes_on() {
    for cut_after in 0.. {
        let (mut world, fuse) = World::that_dies();
        let approved = world.approved(vec![account_item(), bureau_item()]).await;
        let sealed = SealedParcel::new(&world, &approved, DOCUMENT);
        fuse.set(cut_after);
        let ended = go_on(&world, &approved, &sealed).await;
        let survived = ended.is_ok() && !fuse.is_burnt();
        fuse.set(i64::MAX);
        world.restart();
        for _ in 0..4 {
            world.advance(Span::from_seconds(60));
            go_on(&world, &approved, &sealed).await.unwrap_or_else(|error| panic!("{cut_after}: {error}"));
        }
        world.central.sweep_orphans().await.unwrap();
        check(&world, &approved, cut_after).await;
        if survived {
            assert!(cut_after > 100, "the journey has more operations than that");
            return;
        }
    }
}

async fn check(world: &World, approved: &Approved, cut_after: i64) {
    let told = available(world, approved).await.unwrap();
    let different: BTreeSet<ParcelId> = told.iter().copied().collect();
    assert_eq!((told.len(), different.len()), (2, 2), "{cut_after}: each told once");
    let numbers: Vec<u64> = world.notified(&approved.partner).await.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, (1..=3).collect::<Vec<u64>>(), "{cut_after}: numbers without gaps");
    let usage = world.central.usage(None, None, 10).await.unwrap().items;
    assert_eq!(usage.len(), 2, "{cut_after}: each metered once");
    let asked: BTreeSet<String> = world.bureau.asked().into_iter().collect();
    assert_eq!(asked.len(), 1, "{cut_after}: one client reference");
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default(), "{cut_after}");
    assert!(world.objects.list().await.unwrap().is_empty(), "{cut_after}");
    let receipts = world.dump().await.matches("\"action\":\"parcel.erased\"").count();
    assert_eq!(receipts, 2, "{cut_after}: one receipt each");
}

#[tokio::test]
async fn killed_at_any_operation_of_a_withdrawal_nothing_stays() {
    for cut_after in 0.. {
        let (mut world, fuse) = World::that_dies();
        let approved = world.approved(vec![account_item()]).await;
        let sealed = SealedParcel::new(&world, &approved, DOCUMENT);
        upload(&world, &approved, &sealed).await.unwrap();
        let consent = approved.consent("account-aggregator");
        fuse.set(cut_after);
        let ended = world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await;
        let survived = ended.is_ok() && !fuse.is_burnt();
        fuse.set(i64::MAX);
        world.restart();
        world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
        world.advance(Span::from_seconds(60));
        world.work().await;
        assert_eq!(world.central.holdings().await.unwrap(), Holdings::default(), "{cut_after}");
        assert!(world.objects.list().await.unwrap().is_empty(), "{cut_after}");
        let revoked = world.kinds(&approved.partner).await;
        let told = revoked.iter().filter(|kind| **kind == NotificationKind::ConsentRevoked).count();
        assert_eq!(told, 1, "{cut_after}");
        if survived {
            return;
        }
    }
}
