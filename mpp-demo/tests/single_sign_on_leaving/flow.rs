//! Signing out: at the real provider, which tells central, and here, which shows the way there.

use mpp_api::central::OperatorClient;

use crate::{ADDRESS, Town};

impl Town {
    /// A town whose provider sends people who signed out there back to the entrance.
    async fn start_with_the_way_back() -> Self {
        // where central listens must be known before it does
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = listener.local_addr().unwrap();
        drop(listener);
        let after = format!("http://{listen}/portal/sign-in").parse().unwrap();
        Self::start_at(listen, Some(after), |issuer| issuer).await
    }

    /// The audit log, as an auditor reads it.
    async fn leaves(&self) -> String {
        let operator = OperatorClient::new(self.caller());
        serde_json::to_string(&operator.audit(None).await.unwrap().leaves).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_at_the_provider_ends_the_session_here_and_the_other_way_round() {
    let town = Town::start_with_the_way_back().await;
    town.invited(&["administrator", "auditor"]).await;
    town.link(ADDRESS).await;
    let (mut at, mut elsewhere) = (town.visitor(), town.visitor());
    let end = town.provider.issuer().join("session/end").unwrap();
    let looked = tokio::task::spawn_blocking(move || {
        for visitor in [&mut at, &mut elsewhere] {
            visitor.visit("/sign-in");
            visitor.leave();
            visitor.choose("asha+mfa", "Work in hand");
        }
        // at the provider, which tells central: this browser's session is over, that of the other is not
        at.visitor.browser.visit(end.as_str());
        at.says("Do you want to sign out?");
        at.visitor.browser.click_through("button[value=yes]", "You are signed out everywhere");
        at.visit("/audit");
        at.is_at("/sign-in");
        elsewhere.visit("/audit");
        elsewhere.says("session.signed_out_at_provider");

        // here, and then there by the link, all without scripts but for what looks at the page
        at.leave();
        at.choose("asha+mfa", "session.signed_on");
        at.visitor.browser.click(".me button");
        at.says("You are signed out here");
        at.visitor.check("signed-out", false);
        at.visitor.browser.click("main .soft a");
        at.is_at("/sign-in");
        at.visitor.browser.click("button[value=hi]");
        at.visitor.browser.click_through("form[action$='/single-sign-on/begin'] button", "चालू काम");
        at.visitor.browser.allow_scripts(false);
        at.visitor.browser.click(".me button");
        at.says("Kaveri account पर भी साइन आउट करें");
        at.visitor.browser.allow_scripts(true);
        at.visitor.check("signed-out-hindi", false);
        at.visitor.browser.allow_scripts(false);
        at.visitor.browser.click_through("main a.primary", "Do you want to sign out?");
        at.visitor.browser.click_through("button[value=yes]", "Kaveri account से साइन इन करें");
        at.is_at("/sign-in");
        at.visitor.browser.allow_scripts(true);
        at.visitor.browser.take_complaints();
        // signed out there too: it asks who it is
        at.leave();
    });
    looked.await.unwrap();
    let audit = town.leaves().await;
    assert_eq!(audit.matches("session.signed_out_at_provider").count(), 1, "{audit}");
    town.central.stop().await;
}
