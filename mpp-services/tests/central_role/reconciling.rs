//! Files of others against central's own log, narrowed to a partner and a source.

use mpp_billing::{LogEntry, Reference};
use mpp_core::{PartnerId, Source, Span};
use mpp_services::central::{CentralError, Reconciled, Reconciliation};

use crate::parties::SealedParcel;
use crate::samples::{account_item, bureau_item};
use crate::world::World;

/// A credit report and a fetch of bank accounts of one partner and a credit report of another in January, and February
/// begun.
async fn used_by_two() -> (World, PartnerId) {
    let world = World::new();
    let one = world.approved(vec![bureau_item(), account_item()]).await;
    world.approved(vec![bureau_item()]).await;
    world.work().await;
    world.upload(&one.phone, &SealedParcel::new(&world, &one, b"FI")).await.unwrap();
    world.advance(Span::from_days(20));
    (world, one.partner.id)
}

/// Every use of ours, and one that nobody here knows.
async fn whole_file(world: &World) -> String {
    let mut file = "reference,day,unit\nunknown-1,2026-01-16,bureau_report\n".to_owned();
    let uses = world.central.usage(None, None, 100).await.unwrap().items;
    assert_eq!(uses.len(), 3);
    for entry in uses.iter().map(|event| LogEntry::of(event, None)) {
        let unit = serde_json::to_value(entry.unit).unwrap();
        file.push_str(&format!("{},{},{}\n", entry.reference, entry.day, unit.as_str().unwrap()));
    }
    file
}

async fn compared(
    world: &World,
    partner: Option<PartnerId>,
    source: Option<Source>,
) -> Result<Reconciled, CentralError> {
    let file = whole_file(world).await;
    let wanted = Reconciliation {
        month: "2026-01".parse().unwrap(),
        partner,
        source,
        partner_log: Some(file.as_bytes()),
        statement: Some(file.as_bytes()),
    };
    world.central.reconcile(&wanted).await
}

#[tokio::test]
async fn files_are_narrowed_as_our_own_log_is_and_what_we_know_nothing_of_stays() {
    let (world, partner) = used_by_two().await;
    let bureau: Source = "provider:bureau".parse().unwrap();
    let unknown: Reference = "unknown-1".parse().unwrap();
    for (partner, source, ours) in [
        (None, None, 3),
        (Some(partner), None, 2),
        (None, Some(bureau.clone()), 2),
        (Some(partner), Some(bureau), 1),
    ] {
        let found = compared(&world, partner, source).await.unwrap();
        for with in [found.with_partner.unwrap(), found.with_source.unwrap()] {
            assert_eq!((with.matched.len(), with.missing_there.len(), with.differs.len()), (ours, 0, 0));
            let not_ours: Vec<_> = with.missing_here.iter().map(|entry| &entry.reference).collect();
            assert_eq!(not_ours, [&unknown]);
        }
        let both = found.partner_with_source.unwrap();
        assert_eq!(both.matched.len(), ours + 1, "both files say the same of what is left");
    }
}

#[tokio::test]
async fn files_are_not_held_against_a_month_whose_uses_may_be_gone() {
    let (world, partner) = used_by_two().await;
    world.advance_to("2034-03-31");
    assert!(compared(&world, Some(partner), None).await.is_ok());
    world.advance_to("2034-04-01");
    let refused = compared(&world, Some(partner), None).await.unwrap_err();
    assert!(
        matches!(&refused, CentralError::Billing(refusal) if refusal.code() == "month_forgotten"),
        "{refused:?}"
    );
}
