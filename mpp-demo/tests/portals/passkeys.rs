//! Passkeys in a real browser, with an authenticator that Chromium plays: added, used, removed, and what is refused.

use mpp_api::desk::DeskClient;
use mpp_demo::world::{Hosting, World};
use serde_json::{Value, json};
use url::Url;

use crate::looking::{PASSWORD, Visitor, code, invite};

const ADD: &str = "form[data-passkey='/portal/account/passkeys/begin']";
const SIGN_IN: &str = "form[data-passkey='/portal/sign-in/passkey/begin']";

/// A portal as passkeys know it: by a name.
fn by_name(server: &Url) -> Url {
    let mut place = server.clone();
    place.set_host(Some("localhost")).unwrap();
    place
}

/// Somebody with an account at a portal and a browser with an authenticator.
struct Member {
    visitor: Visitor,
    authenticator: String,
    secret: String,
    portal: Url,
}

impl Member {
    fn join(pictures: &str, portal: &Url, invitation: &str) -> Self {
        let mut visitor = Visitor::new(pictures);
        let authenticator = visitor.browser.add_authenticator();
        let secret = visitor.join(invitation);
        Self { visitor, authenticator, secret, portal: portal.clone() }
    }

    fn visit(&mut self, place: &str) {
        self.visitor.browser.visit(self.portal.join(&format!("portal{place}")).unwrap().as_str());
    }

    fn text(&mut self) -> String {
        self.visitor.text()
    }

    fn says(&mut self, words: &str) {
        let text = self.text();
        assert!(text.contains(words), "{words}: {text}");
    }

    fn add(&mut self, name: &str, password: &str) {
        self.visit("/account");
        let fields = [("name", name), ("present", password)];
        for (field, text) in fields {
            let script = format!("document.querySelector(\"{ADD} [name={field}]\").value = {}", json!(text));
            self.visitor.browser.run(&script);
        }
    }

    fn sign_out(&mut self) {
        self.visitor.browser.click(".me button");
        self.says("You are signed out");
    }

    fn sign_in(&mut self) {
        self.visit("/sign-in");
        self.visitor.browser.click(&format!("{SIGN_IN} button"));
    }

    /// Signs in with an answer that a script has changed on its way; `change` sees it as `answer`.
    fn sign_in_with(&mut self, change: &str) {
        self.visit("/sign-in");
        self.visitor.browser.run(&format!(
            "(() => {{ const submit = HTMLFormElement.prototype.submit;
               HTMLFormElement.prototype.submit = function () {{
                 const answer = JSON.parse(this.elements.answer.value);
                 {change};
                 this.elements.answer.value = JSON.stringify(answer);
                 submit.call(this);
               }}; return true; }})()"
        ));
        self.visitor.browser.click(&format!("{SIGN_IN} button"));
    }

    /// What the authenticator calls its passkey, in base64url.
    fn credential(&mut self) -> String {
        let kept = self.visitor.browser.credentials(&self.authenticator);
        let id = kept[0]["credentialId"].as_str().unwrap();
        id.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
    }
}

async fn member(pictures: &'static str, desk: &DeskClient, portal: &Url, id: &str, roles: &[&str]) -> Member {
    let invitation = invite(desk, portal, id, roles).await;
    let portal = portal.clone();
    tokio::task::spawn_blocking(move || Member::join(pictures, &portal, &invitation)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_used_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Hosting::InProcess).await.unwrap();
    let portal = by_name(&world.places().central);
    let mut asha =
        member("passkeys", world.central_desk(), &portal, "asha", &["administrator", "auditor"]).await;
    invite(world.central_desk(), &portal, "ravi", &["auditor"]).await;
    let looked = tokio::task::spawn_blocking(move || {
        adds(&mut asha);
        signs_in(&mut asha);
        removes(&mut asha);
    });
    looked.await.unwrap();
    world.stop().await;
}

/// Adds a passkey, after what does not go.
fn adds(asha: &mut Member) {
    asha.visit("/account");
    asha.says("There is no passkey");
    asha.visitor.check("account-without", true);

    // somebody at an open screen, who does not know the password
    asha.add("Laptop", "not the password");
    asha.visitor.browser.press(&format!("{ADD} button"));
    asha.visitor.browser.await_words("This is not your present password");
    asha.visitor.browser.take_complaints();
    asha.visitor.check("account-refused", true);
    assert!(asha.visitor.browser.credentials(&asha.authenticator).is_empty());

    asha.add("Laptop <b>", PASSWORD);
    asha.visitor.browser.click(&format!("{ADD} button"));
    asha.says("The passkey is added");
    asha.says("Laptop <b>");
    asha.visitor.check("account", true);

    // the authenticator is asked not to make a second one
    asha.add("Again", PASSWORD);
    asha.visitor.browser.press(&format!("{ADD} button"));
    asha.visitor.browser.await_words("There is a passkey for your account on this device already");
}

/// Signs in with it, and looks where it is told of.
fn signs_in(asha: &mut Member) {
    asha.sign_out();
    asha.visit("/sign-in?next=%2Fpeople");
    asha.visitor.check("sign-in", true);
    asha.visitor.browser.click(&format!("{SIGN_IN} button"));
    asha.says("Invite a person");
    assert_eq!(asha.visitor.browser.run("location.pathname"), json!("/portal/people"));
    let kept = asha.visitor.browser.run("document.cookie");
    assert_eq!(kept, json!(""), "no script sees session or challenge");
    asha.visitor.browser.click("a[href='/portal/people/ravi/passkeys']");
    asha.says("Passkeys of ravi");
    asha.says("There is no passkey");
    asha.visit("/people/asha/passkeys");
    asha.says("Passkeys of asha");
    asha.visitor.check("of-somebody", true);
    asha.visit("/audit");
    for action in ["passkey.added", "passkey.used"] {
        asha.says(action);
    }
}

/// Removes it; then the way in is password and code, as without scripts.
fn removes(asha: &mut Member) {
    asha.visit("/account");
    asha.visitor.browser.click("button[value=hi]");
    asha.says("पासकी जोड़ें");
    asha.visitor.check("account-hindi", true);
    asha.visitor.browser.click("button[value=en]");
    asha.visitor.browser.click("form[action$='/remove'] button");
    asha.says("The passkey is removed");
    asha.says("There is no passkey");
    asha.sign_out();
    asha.sign_in();
    asha.says("This passkey was not accepted");
    asha.visitor.browser.take_complaints();
    asha.visitor.check("removed", true);

    // without scripts the way in is password and code
    asha.visitor.browser.allow_scripts(false);
    asha.visit("/sign-in");
    assert!(!asha.text().contains("Sign in with a passkey"), "{}", asha.text());
    asha.visitor.browser.allow_scripts(true);
    asha.visit("/sign-in");
    asha.visitor.fill("name", "asha");
    asha.visitor.fill("password", PASSWORD);
    asha.visitor.fill("code", &code(&asha.secret, 30));
    asha.visitor.browser.click("form[action='/portal/sign-in'] button.primary");
    asha.says("Work in hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_do_not_hold_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Hosting::InProcess).await.unwrap();
    let by_number = world.places().central.clone();
    let portal = by_name(&by_number);
    let desk = world.central_desk();
    let mut asha = member("passkeys-refused", desk, &portal, "asha", &["auditor"]).await;
    let mut ravi = member("passkeys-refused", desk, &portal, "ravi", &["auditor"]).await;
    let tried = tokio::task::spawn_blocking(move || {
        for member in [&mut asha, &mut ravi] {
            member.add("Key", PASSWORD);
            member.visitor.browser.click(&format!("{ADD} button"));
            member.says("The passkey is added");
            member.sign_out();
        }
        // the answer that opens a session is kept, and sent again
        asha.sign_in_with("sessionStorage.kept = JSON.stringify(answer)");
        asha.says("What happened today");
        asha.sign_out();
        asha.visit("/sign-in");
        asha.visitor.browser.click_by(&format!(
            "const form = document.querySelector(\"{SIGN_IN}\"); form.elements.answer.value = sessionStorage.kept;
             HTMLFormElement.prototype.submit.call(form)"
        ));
        asha.says("or was used already. Please begin again");

        // in the name of another account's passkey, and from another site
        let theirs = ravi.credential();
        asha.sign_in_with(&format!("answer.id = answer.rawId = {}", json!(theirs)));
        asha.says("This passkey was not accepted");
        asha.sign_in_with(
            "const said = JSON.parse(atob(answer.response.clientDataJSON.replace(/-/g, '+').replace(/_/g, '/')));
             said.origin = 'https://evil.example';
             answer.response.clientDataJSON = btoa(JSON.stringify(said)).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '')",
        );
        asha.says("This passkey was not accepted");

        // a person whom the authenticator does not know
        asha.visitor.browser.set_verified(&asha.authenticator, false);
        asha.visit("/sign-in");
        asha.visitor.browser.press(&format!("{SIGN_IN} button"));
        asha.visitor.browser.await_words("Nothing was done");
        asha.visitor.browser.set_verified(&asha.authenticator, true);
        asha.sign_in();
        asha.says("What happened today");

        // at another address of the same server no browser hands a passkey out, and none is asked for
        asha.visitor.browser.visit(by_number.join("portal/sign-in").unwrap().as_str());
        assert!(!asha.text().contains("Sign in with a passkey"), "{}", asha.text());
    });
    tried.await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_portal_has_passkeys_too() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), Hosting::InProcess).await.unwrap();
    let portal = by_name(&world.places().client);
    let mut leela = member("passkeys-client", world.client_desk(), &portal, "leela", &["caseworker"]).await;
    let used = tokio::task::spawn_blocking(move || {
        leela.add("Security key", PASSWORD);
        leela.visitor.browser.click(&format!("{ADD} button"));
        leela.says("The passkey is added");
        leela.sign_out();
        leela.sign_in();
        let here = leela.visitor.browser.run("location.pathname");
        assert_eq!(here, Value::from("/portal/"));
        leela.visit("/account");
        leela.says("Security key");
        leela.visitor.check("account", true);
    });
    used.await.unwrap();
    world.stop().await;
}
