use serde_json::{Value, json};

use crate::codes::WHOLE;
use crate::stage::play;

const SIZE: u64 = 16 * 1024 * 1024;

#[test]
fn a_document_of_sixteen_mebibytes_passes_byte_for_byte() {
    play(async |stage| {
        let outside = stage.world.outside();
        let padded = async |bytes: u64| {
            let _: Value =
                outside.post("/control/settings", &json!({ "documentPaddingBytes": bytes })).await.unwrap();
        };
        // one institution delivers, so that one test does not move 128 MiB
        for fip in ["NARMADA_FIP", "DECCAN_FUNDS_FIP", "GODAVARI_LIFE_FIP"] {
            stage.fault(fip, "prepare", json!({ "kind": "status", "status": 503 })).await;
        }
        let case = stage.case().await.approved().await;
        padded(SIZE).await;
        let shared = case.share().await;
        padded(0).await;
        let uploaded = shared.unwrap().uploaded;
        assert_eq!(uploaded.len(), 2);
        assert!(uploaded.iter().all(|parcel| parcel.size > SIZE));
        let count = WHOLE - crate::fips::ACCOUNTS + 2;
        case.arrives_whole(count).await;
        let large = case.delivered(count).await;
        assert_eq!(large.iter().filter(|document| document.size_bytes >= SIZE).count(), 2);
    });
}
