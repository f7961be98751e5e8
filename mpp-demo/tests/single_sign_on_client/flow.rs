//! The same at a client server: there and back through the real provider, and the second factor of its own.

use std::sync::Arc;

use mpp_api::desk::{DeskClient, LinkSignOn};
use mpp_api::{Anonymous, Bearer, Caller};
use mpp_core::{Clock, Span};
use mpp_crypto::sha256;
use mpp_server::client::{
    CentralSection, ClientConfig, LimitsSection, NotificationsFrom, SecondFactorSection, SingleSignOnSection,
    StaffSection, Surroundings, WebhookSection, start_with,
};
use mpp_server::runtime::{Running, SecretSource, SystemClock, SystemEntropy};
use mpp_testkit::HandClock;
use mpp_transport::{ConnectionSettings, ReqwestTransport};
use serde_json::json;

use crate::looking::{Visitor, invite};
use crate::provider::{CLIENT, Provider, SECRET};
use crate::{ADDRESS, At, KEY, code_at};

/// A client server beside a provider; central is away, which signing in does not mind.
struct Enterprise {
    server: Running,
    provider: Provider,
    clock: Arc<HandClock>,
    _folder: tempfile::TempDir,
}

impl Enterprise {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, SECRET).unwrap();
        let mut provider = Provider::start();
        let config = ClientConfig {
            owner: "Kaveri Finance".into(),
            listen: "127.0.0.1:0".parse().unwrap(),
            data: folder.path().join("client"),
            records: Default::default(),
            parcels: Default::default(),
            central: CentralSection {
                url: "http://127.0.0.1:9/".parse().unwrap(),
                keys: Vec::new(),
                notifications: NotificationsFrom::Push,
                unproven_parcels: Default::default(),
            },
            staff: vec![StaffSection { name: "meera".parse().unwrap(), key_sha256: sha256(KEY.as_bytes()) }],
            webhook: WebhookSection { allow_loopback: true, allow_private: false },
            limits: LimitsSection::default(),
            retention: Default::default(),
            passkeys: None,
            single_sign_on: Some(SingleSignOnSection {
                issuer: provider.issuer().clone(),
                client_id: CLIENT.into(),
                client_secret: SecretSource::File(secret),
                name: "Kaveri account".into(),
                address: None,
                after_sign_out: None,
                claim: "email".into(),
                second_factor: SecondFactorSection { amr: vec!["mfa".into()], acr: Vec::new() },
            }),
            epochs: Default::default(),
        };
        let clock = Arc::new(HandClock::at_unix_millis(SystemClock.now().as_unix_millis()));
        let surroundings = Surroundings {
            transport: Arc::new(ReqwestTransport::new(ConnectionSettings::default()).unwrap()),
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
        };
        let server = start_with(config, surroundings).await.unwrap();
        provider.serve(&server.base_url().join("portal/single-sign-on").unwrap());
        Self { server, provider, clock, _folder: folder }
    }

    fn desk(&self) -> DeskClient {
        let transport = Arc::new(ReqwestTransport::new(ConnectionSettings::default()).unwrap());
        let caller = Caller::new(self.server.base_url().clone(), transport, Arc::new(Anonymous));
        DeskClient::new(caller.as_party(Arc::new(Bearer::new(KEY).unwrap())))
    }

    fn visitor(&self) -> At {
        At {
            visitor: Visitor::new("single-sign-on-client"),
            portal: self.server.base_url().join("portal").unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_enterprises_staff_sign_in_through_a_real_provider() {
    let enterprise = Enterprise::start().await;
    let roles = ["administrator", "auditor"];
    let invitation = invite(&enterprise.desk(), enterprise.server.base_url(), "asha", &roles).await;
    let link = LinkSignOn { name: ADDRESS.into() };
    enterprise.desk().link_sign_on(&"asha".parse().unwrap(), &link).await.unwrap();
    let (mut at, mut other) = (enterprise.visitor(), enterprise.visitor());
    let clock = Arc::clone(&enterprise.clock);
    let end = enterprise.provider.issuer().join("session/end").unwrap();
    let looked = tokio::task::spawn_blocking(move || {
        at.visit("/audit");
        at.says("Sign in with Kaveri account");
        at.visitor.check("sign-in", true);
        // without a second factor at the provider an invitation alone lets nobody in
        at.leave();
        at.choose("asha", "Open your invitation first");
        at.visitor.browser.take_complaints();
        at.visitor.check("invitation-first", true);
        let secret = at.visitor.join(&invitation);
        at.visitor.browser.click(".me button");
        clock.advance(Span::from_minutes(1));
        at.visitor.browser.click_through("form[action$='/single-sign-on/begin'] button", "One more step");
        at.visitor.check("code", true);
        at.visitor.fill("code", &code_at(&secret, clock.now()));
        at.visitor.browser.click_through("form[action$='/code'] button.primary", "Work in hand");
        at.visit("/audit");
        at.says("session.signed_on");
        let shown = at.visitor.browser.run("document.cookie");
        assert_eq!(shown, json!(""), "no script sees a cookie");
        // with one nothing more is asked; the second time none of it needs scripts
        other.visit("/cases");
        other.leave();
        other.choose("asha+mfa", "Consent requests");
        other.is_at("/cases");
        other.sign_out_here();
        other.visitor.browser.allow_scripts(false);
        other.visitor.browser.click_through("form[action$='/single-sign-on/begin'] button", "Work in hand");
        other.is_at("/");
        // signed out at the provider, which tells this server: the session is over, that of the other browser is not
        other.visitor.browser.visit(end.as_str());
        other.visitor.browser.click_through("button[value=yes]", "You are signed out everywhere");
        other.visit("/cases");
        other.is_at("/sign-in");
        at.visit("/audit");
        at.says("session.signed_out_at_provider");
    });
    looked.await.unwrap();
    assert!(enterprise.desk().sign_on_links().await.unwrap()[0].bound);
    enterprise.server.stop().await;
}
