//! A revoked key of an application opens nothing, at any node.

use mpp_core::{ApiKeyId, Clock};
use mpp_services::client::Scope;

use crate::world::{APPROVER, AUTHOR, World, staff};

#[tokio::test]
async fn a_revoked_key_is_refused_at_every_node_and_others_go_on() {
    let world = World::new();
    let server = &world.ready().await.server;
    let other_node = world.server().await;
    let leaked = server.make_api_key(&staff(AUTHOR), "leaked", vec![Scope::Data]).await.unwrap();
    let kept = server.make_api_key(&staff(AUTHOR), "kept", vec![Scope::Data]).await.unwrap();
    other_node.application(&leaked.key).await.unwrap();

    server.revoke_api_key(&staff(APPROVER), leaked.id).await.unwrap();
    for node in [server, &other_node] {
        let refused = node.application(&leaked.key).await.unwrap_err();
        assert_eq!(refused.code(), "unauthenticated");
        assert_eq!(node.application(&kept.key).await.unwrap().key(), kept.id);
    }
    let listed = server.own_keys().await.unwrap().applications;
    let told: Vec<_> = listed.into_iter().map(|key| (key.name, key.revoked)).collect();
    let revoked = Some((staff(APPROVER), world.clock.now()));
    assert_eq!(
        told,
        [("loan desk".to_owned(), None), ("leaked".to_owned(), revoked), ("kept".to_owned(), None)]
    );
}

#[tokio::test]
async fn a_key_is_revoked_once_and_an_unknown_one_is_not_found() {
    let world = World::new();
    let server = &world.ready().await.server;
    let key = server.make_api_key(&staff(AUTHOR), "leaked", vec![Scope::Data]).await.unwrap();
    let unknown = ApiKeyId::from_random([1; 16]);
    assert_eq!(server.revoke_api_key(&staff(AUTHOR), unknown).await.unwrap_err().code(), "not_found");
    for _ in 0..2 {
        server.revoke_api_key(&staff(AUTHOR), key.id).await.unwrap();
    }
    let leaves = server.audit_trail(None, 1000).await.unwrap().leaves;
    let told = leaves.iter().map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).into_owned());
    let revoked: Vec<_> = told.filter(|leaf| leaf.contains("api_key.revoked")).collect();
    assert_eq!(revoked.len(), 1, "{revoked:?}");
    assert!(revoked[0].contains(&key.id.to_string()) && revoked[0].contains(AUTHOR), "{revoked:?}");
}
