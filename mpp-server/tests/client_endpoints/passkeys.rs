//! Passkeys over HTTP, with an authenticator in software: at a client server. Central's tests have what is refused.

use std::sync::Arc;

use mpp_api::Anonymous;
use mpp_api::desk::{AddPasskey, BeginPasskey, DeskClient, SignInWithPasskey};
use mpp_testkit::SoftAuthenticator;

use crate::people::join;
use crate::town::{ORIGIN, Town, bearer};

#[tokio::test]
pub(crate) async fn a_passkey_opens_a_session() {
    let town = Town::start().await;
    let meena = DeskClient::new(join(&town, "meena", &["caseworker"]).await);
    let mut authenticator = SoftAuthenticator::new(1, ORIGIN);
    let password = "correct horse battery staple".to_owned();
    let begun = meena.begin_passkey(&BeginPasskey { password }).await.unwrap();
    let answer = authenticator.create(&begun.options).unwrap();
    let add = AddPasskey { ceremony: begun.ceremony, name: "Key ring".into(), answer };
    let added = meena.add_passkey(&add).await.unwrap();

    let door = DeskClient::new(town.at_client(Arc::new(Anonymous)));
    let begun = door.begin_passkey_sign_in().await.unwrap();
    let answer = authenticator.sign(&begun.options).unwrap();
    let opened =
        door.sign_in_with_passkey(&SignInWithPasskey { ceremony: begun.ceremony, answer }).await.unwrap();
    let session = DeskClient::new(town.at_client(bearer(&opened.session_key)));
    assert_eq!(session.me().await.unwrap().id.as_str(), "meena");
    assert_eq!(session.passkeys().await.unwrap()[0].passkey_id, added.passkey_id);
}
