//! The client server's own audit log, and what it sees of central's.

use mpp_crypto::tlog::{Checkpoint, SignedNote};

use crate::town::{AUTHOR_KEY, Town};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn the_own_log_is_signed_and_centrals_is_witnessed_over_http() {
    let town = Town::start().await;
    town.onboard().await;
    let staff = town.staff(AUTHOR_KEY);
    let page = loop {
        let page = staff.audit(None).await.unwrap();
        let covered = page.checkpoint.as_ref().is_some_and(|newest| newest.size > page.leaves[0].index);
        if covered && page.central.is_some() {
            break page;
        }
        tokio::task::yield_now().await;
    };
    let newest = page.checkpoint.unwrap();
    let note = SignedNote::parse(newest.note.as_bytes()).unwrap();
    let checkpoint: Checkpoint = note.unverified_text().parse().unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (newest.size, newest.root));
    assert!(newest.origin().starts_with("mpp-client/"), "{}", newest.origin());
    let central = page.central.unwrap();
    assert!(central.size > 0 && central.findings.is_empty(), "{central:?}");
    assert_eq!(staff.overview().await.unwrap().central_log_findings, 0);
}
