//! Staff sign in through a real OpenID provider (`oidc-provider` on Node, installed from a pinned list), in a real browser that
//! takes the provider for another site: there and back, with and without scripts, and everything that must not work.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

#[path = "pages/browser.rs"]
mod browser;
#[path = "single_sign_on_client/flow.rs"]
mod client_server;
#[path = "single_sign_on_leaving/flow.rs"]
mod leaving;
#[path = "portals/looking.rs"]
mod looking;
#[path = "single_sign_on_provider/provider.rs"]
mod provider;

use std::net::SocketAddr;
use std::sync::Arc;

use mpp_api::desk::{DeskClient, LinkSignOn};
use mpp_api::{Anonymous, Bearer, Caller};
use mpp_core::{Clock, Span, Timestamp};
use mpp_crypto::sha256;
use mpp_server::central::{
    CentralConfig, CentralWorld, NotificationSection, OperatorKey, OperatorSection, SecondFactorSection,
    SingleSignOnSection, start_in,
};
use mpp_server::runtime::{Running, SecretSource, SystemClock, SystemEntropy};
use mpp_testkit::HandClock;
use mpp_transport::{ConnectionSettings, ReqwestTransport};
use serde_json::json;
use totp_rs::{Builder, Secret};
use url::Url;

use looking::{PASSWORD, Visitor, invite};
use provider::{CLIENT, Provider, SECRET};

const KEY: &str = "a key for the first invitation";
const ADDRESS: &str = "asha@kaveri.example";

/// Central beside a provider.
struct Town {
    central: Running,
    provider: Provider,
    /// Central's clock, begun at the machine's time: the provider has no other.
    clock: Arc<HandClock>,
    folder: tempfile::TempDir,
}

impl Town {
    async fn start(called: impl Fn(Url) -> Url) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), None, called).await
    }

    async fn start_at(listen: SocketAddr, after_sign_out: Option<Url>, called: impl Fn(Url) -> Url) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, SECRET).unwrap();
        let mut provider = Provider::start();
        let config = CentralConfig {
            listen,
            data: folder.path().join("central"),
            records: Default::default(),
            parcels: Default::default(),
            app_link_base: "https://app.kaveri.example/".parse().unwrap(),
            operator: OperatorSection {
                name: "Moneyone Private Limited".into(),
                contact: "grievance@moneyone.example".into(),
                keys: vec![OperatorKey { name: "tests".into(), sha256: sha256(KEY.as_bytes()) }],
            },
            notifications: NotificationSection::default(),
            providers: Vec::new(),
            limits: Default::default(),
            retention: Default::default(),
            billing: None,
            passkeys: None,
            single_sign_on: Some(SingleSignOnSection {
                issuer: called(provider.issuer().clone()),
                client_id: CLIENT.into(),
                client_secret: SecretSource::File(secret),
                name: "Kaveri account".into(),
                address: None,
                after_sign_out,
                claim: "email".into(),
                second_factor: SecondFactorSection { amr: vec!["mfa".into()], acr: Vec::new() },
            }),
            epochs: Default::default(),
        };
        let clock = Arc::new(HandClock::at_unix_millis(SystemClock.now().as_unix_millis()));
        let world = CentralWorld {
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            transport: Arc::new(ReqwestTransport::new(ConnectionSettings::default()).unwrap()),
        };
        let central = start_in(config, world).await.unwrap();
        provider.serve(&central.base_url().join("portal/single-sign-on").unwrap());
        Self { central, provider, clock, folder }
    }

    fn caller(&self) -> Caller {
        let transport = Arc::new(ReqwestTransport::new(ConnectionSettings::default()).unwrap());
        let caller = Caller::new(self.central.base_url().clone(), transport, Arc::new(Anonymous));
        caller.as_party(Arc::new(Bearer::new(KEY).unwrap()))
    }

    fn desk(&self) -> DeskClient {
        DeskClient::new(self.caller())
    }

    async fn invited(&self, roles: &[&str]) -> String {
        invite(&self.desk(), self.central.base_url(), "asha", roles).await
    }

    async fn link(&self, address: &str) {
        let link = LinkSignOn { name: address.into() };
        self.desk().link_sign_on(&"asha".parse().unwrap(), &link).await.unwrap();
    }

    fn visitor(&self) -> At {
        At {
            visitor: Visitor::new("single-sign-on"),
            portal: self.central.base_url().join("portal").unwrap(),
        }
    }
}

/// The code an authenticator app shows at this time.
fn code_at(secret: &str, now: Timestamp) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(now.as_unix_seconds().try_into().unwrap()).to_string()
}

/// Somebody at the portal.
struct At {
    visitor: Visitor,
    portal: Url,
}

impl At {
    fn place(&self, path: &str) -> String {
        format!("{}{path}", self.portal)
    }

    fn visit(&mut self, path: &str) {
        let place = self.place(path);
        self.visitor.browser.visit(&place);
    }

    fn is_at(&mut self, path: &str) {
        let place = self.visitor.browser.run("location.pathname");
        assert_eq!(place, json!(format!("/portal{path}")), "{}", self.visitor.text());
    }

    /// Presses the button and waits for the provider's page.
    fn leave(&mut self) {
        self.visitor.browser.click_through("form[action$='/single-sign-on/begin'] button", "Who are you?");
    }

    fn choose(&mut self, who: &str, words: &str) {
        self.visitor.browser.click_through(&format!("button[value='{who}']"), words);
    }

    fn says(&mut self, words: &str) {
        let text = self.visitor.text();
        assert!(text.contains(words), "{words}: {text}");
    }

    /// Signs out here, after having come through the provider, and goes back to the entrance.
    fn sign_out_here(&mut self) {
        self.visitor.browser.click(".me button");
        self.says("You are signed out here");
        self.visitor.browser.click("main a[href$='/portal/sign-in']");
        self.is_at("/sign-in");
    }

    /// Asks for the way to the provider as the button does, and keeps it from being followed.
    fn way_there(&mut self) -> Url {
        self.visit("/sign-in");
        let script = "fetch('/portal/single-sign-on/begin', { method: 'POST', body: new URLSearchParams() })
            .then(answer => answer.text())
            .then(text => new DOMParser().parseFromString(text, 'text/html').querySelector('main a').href)";
        self.visitor.browser.run(script).as_str().unwrap().parse().unwrap()
    }
}

/// The address with one part of its query replaced.
fn with(address: &Url, name: &str, value: &str) -> Url {
    let mut changed = address.clone();
    let pairs: Vec<_> =
        address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let pairs = pairs.iter().map(|(found, had)| (found, if found == name { value } else { had.as_str() }));
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

fn part(address: &Url, name: &str) -> String {
    address.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_sign_in_through_a_real_provider() {
    let town = Town::start(|issuer| issuer).await;
    town.invited(&["administrator", "auditor"]).await;
    town.link(ADDRESS).await;
    let mut at = town.visitor();
    let looked = tokio::task::spawn_blocking(move || {
        at.visit("/audit");
        at.says("Sign in with Kaveri account");
        at.visitor.check("sign-in", true);
        at.leave();
        at.choose("asha+mfa", "session.signed_on");
        at.is_at("/audit");
        let shown = at.visitor.browser.run("document.cookie");
        assert_eq!(shown, json!(""), "no script sees a cookie");
        // signed out here, still known there: no form the second time, and none of it needs scripts
        at.sign_out_here();
        at.visitor.browser.allow_scripts(false);
        at.visitor.browser.click_through("form[action$='/single-sign-on/begin'] button", "Work in hand");
        at.is_at("/");
        at.visitor.browser.allow_scripts(true);
        at.visitor.browser.take_complaints();
        at.visit("/people");
        at.says("Nobody changes their own roles");
    });
    looked.await.unwrap();
    let links = town.desk().sign_on_links().await.unwrap();
    assert!(links[0].bound);
    town.central.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_why() {
    let town = Town::start(|issuer| issuer).await;
    let invitation = town.invited(&["auditor"]).await;
    town.link(ADDRESS).await;
    let (mut at, mut twin, mut others) = (town.visitor(), town.visitor(), town.visitor());
    let clock = Arc::clone(&town.clock);
    let looked = tokio::task::spawn_blocking(move || {
        others.visit("/sign-in");
        others.leave();
        others.choose("cancel", "it was ended at the provider");
        others.visitor.browser.take_complaints();
        others.visitor.check("cancelled", true);
        others.leave();
        others.choose("unverified+mfa", "has not verified your e-mail address");

        // an invitation alone lets nobody in whom the provider asked for no second factor
        at.visit("/sign-in");
        at.leave();
        at.choose("asha", "Open your invitation first");
        at.visitor.browser.take_complaints();
        let secret = at.visitor.join(&invitation);
        at.says("Your account is made");
        at.visitor.browser.click(".me button");
        clock.advance(Span::from_minutes(1));
        at.visitor.browser.click_through("form[action$='/single-sign-on/begin'] button", "One more step");
        at.visitor.check("code", true);
        at.visitor.fill("code", "000000");
        at.visitor.browser.click("form[action$='/code'] button.primary");
        at.says("The code does not fit");
        at.visitor.browser.take_complaints();
        at.visitor.check("code-wrong", true);
        at.visitor.fill("code", &code_at(&secret, clock.now()));
        at.visitor.browser.click_through("form[action$='/code'] button.primary", "Work in hand");

        // the same address, another person
        twin.visit("/sign-in");
        twin.leave();
        twin.choose("twin+mfa", "This account belongs to another person at the provider");
        assert_eq!(PASSWORD.len(), 28, "the way with a password is still there");
    });
    looked.await.unwrap();
    town.central.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_do_not_fit_are_refused() {
    let town = Town::start(|issuer| issuer).await;
    town.invited(&["auditor"]).await;
    town.link(ADDRESS).await;
    let mut at = town.visitor();
    let clock = Arc::clone(&town.clock);
    let looked = tokio::task::spawn_blocking(move || {
        // known at the provider from here on, so that an address alone leads there and back
        at.visit("/sign-in");
        at.leave();
        at.choose("asha+mfa", "Work in hand");
        at.visitor.browser.click(".me button");

        // of a nonce of somebody else's, the provider makes a token that is not for us
        let way = at.way_there();
        at.visitor.browser.visit(with(&way, "nonce", "of-another-sign-in").as_str());
        at.says("could not be checked");
        // a state of somebody else's
        let way = at.way_there();
        at.visitor.browser.visit(with(&way, "state", "of-another-sign-in").as_str());
        at.says("This answer belongs to another sign-in");
        // an address to come back to that is not registered: the provider does not send anybody there
        let way = at.way_there();
        at.visitor.browser.visit(with(&way, "redirect_uri", "https://evil.example/").as_str());
        assert!(at.visitor.text().contains("redirect_uri"), "{}", at.visitor.text());
        // a challenge of somebody else's: the provider does not take the code from us
        let way = at.way_there();
        at.visitor.browser.visit(with(&way, "code_challenge", &"A".repeat(43)).as_str());
        at.says("no longer takes this answer");
        let back: Url = at.visitor.browser.run("location.href").as_str().unwrap().parse().unwrap();
        // the same answer again
        at.visitor.browser.visit(back.as_str());
        at.says("was used already");
        // its code in an attempt of our own
        let way = at.way_there();
        at.visitor.browser.visit(with(&back, "state", &part(&way, "state")).as_str());
        at.says("no longer takes this answer");
        // another provider's name
        let way = at.way_there();
        let foreign = with(&with(&back, "state", &part(&way, "state")), "iss", "https://evil.example");
        at.visitor.browser.visit(foreign.as_str());
        at.says("came from another provider");
        // a token that is too old by our clock
        let way = at.way_there();
        clock.advance(Span::from_minutes(9));
        at.visitor.browser.visit(way.as_str());
        at.says("answer is too old");
        let way = at.way_there();
        clock.advance(Span::from_minutes(10));
        at.visitor.browser.visit(way.as_str());
        at.says("took longer than ten minutes");
    });
    looked.await.unwrap();
    let kept = std::fs::read_dir(town.folder.path().join("central")).unwrap().count();
    assert!(kept > 0);
    town.central.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_of_another_name_is_not_asked() {
    let other = |mut issuer: Url| {
        issuer.set_host(Some("127.0.0.1")).unwrap();
        issuer
    };
    let town = Town::start(other).await;
    let mut at = town.visitor();
    let looked = tokio::task::spawn_blocking(move || {
        at.visit("/sign-in");
        at.visitor.browser.click("form[action$='/single-sign-on/begin'] button");
        at.says("The sign-in provider is not set up as it should be");
        at.is_at("/single-sign-on/begin");
        at.visitor.browser.take_complaints();
        at.visitor.check("unusable", true);
    });
    looked.await.unwrap();
    town.central.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_on_the_way_and_the_page_of_people_keep_nobody_out() {
    let town = Town::start(|issuer| issuer).await;
    let invitation = town.invited(&["administrator"]).await;
    let desk = town.desk();
    invite(&desk, town.central.base_url(), "ravi", &["auditor"]).await;
    let mut at = town.visitor();
    let looked = tokio::task::spawn_blocking(move || {
        at.visitor.join(&invitation);
        at.visit("/people");
        at.visitor.fill("name", ADDRESS);
        at.visitor.browser.click("form[action$='/ravi/single-sign-on'] button");
        at.says("The person may sign in through the provider");
        at.says("Nobody has signed in with it yet");
        at.visitor.check("people-linked", true);
        at.visitor.browser.click("form[action$='/ravi/single-sign-on/end'] button");
        at.says("no longer sign in through the provider");
        at.visitor.browser.click(".me button");
        // the page that goes on by itself, held still
        at.visit("/sign-in");
        let hold = "fetch('/portal/single-sign-on/begin', { method: 'POST', body: new URLSearchParams() })
            .then(answer => answer.text()).then(text => {
                const page = new DOMParser().parseFromString(text, 'text/html');
                document.body.replaceWith(document.importNode(page.body, true));
                return document.querySelector('main a').textContent;
            })";
        assert_eq!(at.visitor.browser.run(hold), json!("Go on to Kaveri account"));
        at.visitor.check("leaving", false);
        at.visit("/sign-in");
        at.visitor.browser.click("button[value=hi]");
        at.says("Kaveri account से साइन इन करें");
        at.visitor.check("sign-in-hindi", true);
    });
    looked.await.unwrap();
    town.central.stop().await;
}
