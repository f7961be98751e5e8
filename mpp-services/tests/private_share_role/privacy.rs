use mpp_services::private_share::{AccountDataStatus, ToldSessionStatus};
use mpp_store::{LeafIndex, ListQuery, RecordKind};

use crate::bench::{Bench, fi_notice};

const CANARIES: [&str; 6] =
    ["9000000001", "onemoney", "XXXXXXXX4020", "aGVhZGVy.cGF5bG9hZA", "link-savings@", "4020"];

async fn everything_stored(bench: &Bench) -> String {
    let mut text = String::new();
    for kind in [
        "private-share-login",
        "private-share-login-starts",
        "private-share-session",
        "private-share-aa-consent",
        "private-share-data-session",
    ] {
        let page = bench.store.list(ListQuery::of(RecordKind::new(kind))).await.unwrap();
        assert!(!page.items.is_empty(), "{kind} was not exercised");
        for record in page.items {
            text.push_str(record.key.as_str());
            text.push_str(&record.data);
        }
    }
    for leaf in bench.store.leaves(LeafIndex(0), 100).await.unwrap() {
        text.push_str(&String::from_utf8_lossy(leaf.leaf.bytes()));
    }
    text
}

#[tokio::test]
async fn nothing_personal_is_stored_in_the_clear() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let code = bench.last_code();
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    let ready = [Some(AccountDataStatus::Ready), Some(AccountDataStatus::Ready)];
    bench.service.fi_noticed(&fi_notice(&session, ToldSessionStatus::Completed, ready)).await.unwrap();
    let stored = everything_stored(&bench).await;
    for canary in CANARIES {
        assert!(!stored.contains(canary), "{canary} in {stored}");
    }
    assert!(!stored.contains(&format!("\"{code}\"")), "the code is stored as a keyed hash only");
}

#[tokio::test]
async fn nothing_personal_is_shown() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let status = bench.service.consent(&who, key).await.unwrap();
    let request = bench.session_request(key);
    let opened = bench.service.open_data_session(&who, &request).await.unwrap();
    let error = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap_err();
    let shown = format!("{who:?} {status:?} {opened:?} {error:?} {error} {:?}", bench.service);
    for canary in ["9000000001", "aGVhZGVy", "4020", "link-savings"] {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
}
