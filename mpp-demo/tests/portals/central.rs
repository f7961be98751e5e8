//! The portal of Moneyone's staff.

use serde_json::json;

use crate::looking::{PASSWORD, Visitor, code, invite, world};

const EVERYTHING: [&str; 4] = ["administrator", "operations", "finance", "auditor"];

/// Every page without a step of somebody's, and words that it must have.
const PAGES: [(&str, &str, &str); 27] = [
    ("overview", "", "Work in hand"),
    ("activity", "/activity?what=delivered", "provider:sandbox-bureau"),
    ("activity-held", "/activity?what=held", "No parcel is held"),
    ("requests", "/requests", "LOAN-1-"),
    ("requests-none", "/requests?status=cancelled", "No request is like that"),
    ("partners", "/partners", "Kaveri Finance Ltd"),
    ("partner-form", "/partners/new", "GSTIN"),
    ("fetches", "/fetches", "provider:sandbox-bureau"),
    ("deliveries", "/deliveries", "Data is ready"),
    ("parked", "/parked", "Nothing waits for a person"),
    ("sources", "/sources", "provider:sandbox-operator"),
    ("usage", "/usage", "Bureau report"),
    ("usage-entries", "/usage/entries", "Bureau report"),
    ("bills-none", "/billing", "There is no bill like that"),
    ("close-month", "/billing/close", "Kaveri Finance Ltd"),
    ("price-plans", "/prices", "Proposed"),
    ("price-plan-form", "/prices/new", "Further prices"),
    ("reconciliation", "/reconciliation", "compared and not kept"),
    ("audit", "/audit", "parcel.erased"),
    ("audit-narrowed", "/audit?action=parcel.erased&actor=central", "parcel.erased"),
    ("audit-narrowed-none", "/audit?action=bill.cancelled&about=LOAN-0", "No entry is like that"),
    ("exports-none", "/exports", "There is no file of yours"),
    ("people", "/people", "asha (test)"),
    ("people-sessions", "/people/asha/sessions", "This session"),
    ("settings", "/settings", "A parcel waits for"),
    ("account", "/account", "This session"),
    ("nowhere", "/nowhere", "There is no such thing"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_central_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let central = world.places().central.clone();
    let invitation = invite(world.central_desk(), &central, "asha", &EVERYTHING).await;
    let looked = tokio::task::spawn_blocking(move || {
        let mut visitor = Visitor::new("central");
        let at = |place: &str| central.join(&format!("portal{place}")).unwrap().to_string();
        visitor.browser.visit(&at("/requests?status=placed"));
        assert!(visitor.text().contains("Sign in"));
        visitor.check("sign-in", true);
        visitor.join(&invitation);
        assert!(visitor.text().contains("Your account is made"), "{}", visitor.text());
        for (name, place, words) in PAGES {
            visitor.browser.visit(&at(place));
            assert!(visitor.text().contains(words), "{name}: {}", visitor.text());
            visitor.browser.take_complaints();
            visitor.check(name, false);
        }
        visitor.browser.visit(&at("/requests"));
        visitor.browser.click("tbody a");
        let text = visitor.text();
        for words in
            ["The customer decided; signed on the device", "Erased at central; the receipt was signed"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        visitor.check("request", false);
        visitor.browser.visit(&at("/partners"));
        visitor.browser.click("tbody a");
        assert!(visitor.text().contains("operations@kaveri.example"), "{}", visitor.text());
        visitor.check("partner", false);
        change_a_partner(&mut visitor);
        visitor.browser.click("button[value=hi]");
        assert!(visitor.text().contains("भागीदार"));
        visitor.check("partner-hindi", false);
        visitor.browser.visit(&at(""));
        visitor.check("overview-hindi", false);
        visitor.browser.visit(&at("/audit?action=parcel.erased"));
        assert!(visitor.text().contains("पार्सल: मिटाया गया"), "{}", visitor.text());
        visitor.check("audit-narrowed-hindi", false);
    });
    looked.await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_work_with_partners_and_people() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let central = world.places().central.clone();
    let invitation = invite(world.central_desk(), &central, "asha", &EVERYTHING).await;
    let worked = tokio::task::spawn_blocking(move || {
        let mut visitor = Visitor::new("central-work");
        let at = |place: &str| central.join(&format!("portal{place}")).unwrap().to_string();
        let secret = visitor.join(&invitation);

        // a partner with a mistake in its GSTIN, then without; script in a name stays text
        visitor.browser.visit(&at("/partners/new"));
        visitor.fill("legal_name", "Narmada <script>alert(1)</script> Ltd");
        visitor.fill("gstin", "29AAACK9876L1ZM");
        visitor.fill("contract_ref", "MOU-2");
        visitor.fill("contacts", "ops@narmada.example");
        visitor.fill("price_plan", "standard");
        visitor.browser.click("main form button.primary");
        assert!(visitor.text().contains("This is not a GSTIN"), "{}", visitor.text());
        visitor.browser.take_complaints();
        visitor.check("partner-form-wrong", true);
        visitor.fill("gstin", "29AAACK9876L1ZN");
        visitor.browser.click("main form button.primary");
        assert!(visitor.text().contains("This is shown once"), "{}", visitor.text());
        visitor.check("enrolment", false);
        visitor.browser.visit(&at("/partners"));
        assert!(visitor.text().contains("Narmada <script>alert(1)</script> Ltd"), "text, not a script");
        visitor.browser.click("tbody tr:last-child a");
        visitor.browser.click("form[action$='/suspend'] button");
        assert!(visitor.text().contains("The partner is suspended"), "{}", visitor.text());

        // somebody else who may look only
        visitor.browser.visit(&at("/people"));
        visitor.fill("id", "ravi");
        visitor.fill("name", "Ravi Iyer");
        visitor.browser.run("document.querySelector('section input[value=auditor]').checked = true");
        visitor.browser.click("section form button.primary");
        let token = visitor.browser.run("document.getElementById('secret').textContent");
        visitor.check("invited", false);
        set_roles_late(&mut visitor, &at("/people"));
        visitor.browser.click(".me button");
        assert!(visitor.text().contains("You are signed out"), "{}", visitor.text());
        visitor.join(&format!("{}#{}", at("/welcome"), token.as_str().unwrap()));
        assert!(!visitor.text().contains("People"), "an auditor sees no people: {}", visitor.text());
        visitor.browser.visit(&at("/people"));
        assert!(visitor.text().contains("This takes a role you do not have"), "{}", visitor.text());
        visitor.browser.take_complaints();
        visitor.check("not-allowed", false);

        // wrong passwords are told from nothing else, then the name is shut
        visitor.browser.click(".me button");
        for _ in 0..5 {
            sign_in(&mut visitor, "asha", "not the password", "123456");
            assert!(visitor.text().contains("Name, password or code is wrong"), "{}", visitor.text());
        }
        sign_in(&mut visitor, "asha", PASSWORD, &code(&secret, 30));
        assert!(visitor.text().contains("Too many failures under this name"), "{}", visitor.text());
        visitor.browser.take_complaints();
        visitor.check("locked", true);
        let kept = visitor.browser.run("document.cookie");
        assert!(!kept.as_str().unwrap().contains("mpp-central"), "no script sees the session: {kept}");
        assert_eq!(visitor.browser.run("document.querySelector('[name=name]').value"), json!("asha"));
    });
    worked.await.unwrap();
    world.stop().await;
}

/// The partner asks for its notifications from now on and has one contact more. What is refused is told, and kept in the field.
fn change_a_partner(visitor: &mut Visitor) {
    visitor.browser.click("main a[href$='/notifications']");
    visitor.check("partner-notifications", true);
    visitor.fill("value", "http://10.0.0.1/hook");
    visitor.browser.click("main form button.primary");
    assert!(visitor.text().contains("Notifications may not go to this address"), "{}", visitor.text());
    let kept = visitor.browser.run("document.querySelector('main [name=value]').value");
    assert_eq!(kept, json!("http://10.0.0.1/hook"));
    visitor.browser.take_complaints();
    visitor.check("partner-notifications-wrong", true);
    visitor.fill("value", "");
    visitor.browser.click("main form button.primary");
    assert!(visitor.text().contains("Nothing is pushed any more"), "{}", visitor.text());
    visitor.browser.click("main a[href$='/contacts']");
    visitor.fill("value", "operations@kaveri.example, nobody");
    visitor.browser.click("main form button.primary");
    assert!(visitor.text().contains("Contacts are one to twenty e-mail addresses"), "{}", visitor.text());
    visitor.browser.take_complaints();
    visitor.check("partner-contacts", true);
    visitor.fill("value", "operations@kaveri.example, night@kaveri.example");
    visitor.browser.click("main form button.primary");
    let text = visitor.text();
    assert!(text.contains("The contacts are set") && text.contains("night@kaveri.example"), "{text}");
}

/// Two windows show the roles of the same person: who sets them second is told, and changes nothing.
fn set_roles_late(visitor: &mut Visitor, people: &str) {
    let form = "form[action='/portal/people/ravi/roles']";
    visitor.browser.visit(people);
    let in_another_window = format!(
        "(() => {{ const form = document.querySelector(\"{form}\");
           const body = new URLSearchParams(new FormData(form));
           body.append('role', 'finance');
           body.set('once', 'another-window');
           return fetch(form.action, {{ method: 'POST', body }}).then(answer => answer.ok); }})()"
    );
    assert_eq!(visitor.browser.run(&in_another_window), json!(true));
    visitor.browser.run(&format!("document.querySelector(\"{form} [value=operations]\").checked = true"));
    visitor.browser.click(&format!("{form} button"));
    assert!(visitor.text().contains("look at the present roles and decide again"), "{}", visitor.text());
    visitor.browser.take_complaints();
    visitor.check("roles-set-meanwhile", true);
}

fn sign_in(visitor: &mut Visitor, name: &str, password: &str, code: &str) {
    visitor.fill("name", name);
    visitor.fill("password", password);
    visitor.fill("code", code);
    visitor.browser.click("form[action='/portal/sign-in'] button.primary");
}
