//! Central's audit log as partners see it.

use http::{Method, header};
use mpp_api::ApiError;
use mpp_core::PublicJwk;
use mpp_crypto::VerifyingKey;
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::tlog::{Checkpoint, NoteVerifier, Tile, TilePath, Tiles, verify_consistency};
use mpp_services::log::{LOG_KEY_TYP, LogRole};
use mpp_transport::Response;
use serde::Deserialize;

use crate::proofs::{json, status};
use crate::samples::account_item;
use crate::town::{ClientServer, Town};

#[derive(Deserialize)]
struct LogKey {
    key: PublicJwk,
}

/// The log's key, by the word of the key that partners know.
async fn verifier(town: &Town, partner: &ClientServer) -> NoteVerifier {
    let keys = town.partner(partner).central_keys().await.unwrap();
    let known = VerifyingKey::from_jwk(&keys.signing[0]).unwrap();
    let statement: CompactJws = keys.log_key.unwrap().parse().unwrap();
    let stated: LogKey = jws::verify(&known, LOG_KEY_TYP, &statement).unwrap();
    LogRole::Central.verifier(&VerifyingKey::from_jwk(&stated.key).unwrap(), 0).unwrap()
}

async fn read(response: Response, kind: &str) -> Vec<u8> {
    assert_eq!(response.header(&header::CONTENT_TYPE), Some(kind));
    response.collect(100_000).await.unwrap().to_vec()
}

/// The newest checkpoint with at least so many leaves: the pass runs every second.
async fn checkpoint(town: &Town, partner: &ClientServer, least: u64) -> Checkpoint {
    let verifier = verifier(town, partner).await;
    loop {
        match town.partner(partner).log_checkpoint().await {
            Ok(note) => {
                let note = read(note, "text/plain; charset=utf-8").await;
                let checkpoint = Checkpoint::verified(&note, &verifier).unwrap();
                if checkpoint.size >= least {
                    return checkpoint;
                }
            }
            Err(error) => assert_eq!(status(&error), (404, "not_found")),
        }
        tokio::task::yield_now().await;
    }
}

async fn tile(town: &Town, partner: &ClientServer, path: &str) -> Result<Vec<u8>, ApiError> {
    let response = town.partner(partner).log_tile(path).await?;
    Ok(read(response, "application/octet-stream").await)
}

#[tokio::test]
pub(crate) async fn a_partner_verifies_the_log_with_what_is_served() {
    let mut town = Town::start().await;
    let partner = town.onboard(None).await;
    let old = checkpoint(&town, &partner, 3).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    town.place(&partner, product, "LOAN-1").await;
    let new = checkpoint(&town, &partner, old.size + 1).await;
    let mut tiles = Tiles::new();
    for name in Tiles::for_root(new.size).into_iter().chain(Tiles::for_consistency(old.size, new.size)) {
        let path = TilePath { name, width: name.width_at(new.size) };
        let bytes = tile(&town, &partner, &path.to_string()).await.unwrap();
        tiles.insert(Tile::from_bytes(name, &bytes).unwrap());
    }
    assert_eq!(tiles.root(new.size).unwrap(), new.root);
    let proof = tiles.prove_consistency(old.size, new.size).unwrap();
    verify_consistency((old.size, &old.root), (new.size, &new.root), &proof).unwrap();
    for refused in
        ["0/000", "1/000.p/1", "0/000.p/255", "0/nothing", "64/000", "0/x000/000.p/1", "entries/000.p/1"]
    {
        assert_eq!(
            status(&tile(&town, &partner, refused).await.unwrap_err()),
            (404, "not_found"),
            "{refused}"
        );
    }
    // staff see the same, and what is not covered yet
    let page = town.staff().audit(None).await.unwrap();
    let shown = page.checkpoint.unwrap();
    assert!(shown.size >= new.size && shown.origin() == new.origin.as_str());
    town.restart().await;
    let after = checkpoint(&town, &partner, new.size).await;
    assert_eq!(after.origin, new.origin, "the key and the name stay");
    let answer = town.anonymous().send_raw(Method::GET, "/v1/log/checkpoint", json(), "".into()).await;
    assert_eq!(status(&answer.unwrap_err()), (401, "unauthenticated"));
}
