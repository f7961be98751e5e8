//! Script in every text field of both portals: it is refused or shown as text, and never runs.

use serde_json::json;
use url::Url;

use crate::looking::{Visitor, invite, world};

/// What somebody might write into a field. It ends an attribute, an element and a text before it begins.
const SCRIPT: &str =
    "'\"></textarea></select></p><script>window.hit=1</script><img src=x onerror=window.hit=1>";

/// The pages of central with forms, and what shows afterwards what was written into them.
const CENTRAL: [&str; 15] = [
    "/activity",
    "/requests",
    "/requests?status=placed",
    "/fetches",
    "/deliveries",
    "/usage",
    "/billing",
    "/billing/close",
    "/prices/new",
    "/prices",
    "/partners/new",
    "/partners",
    "/reconciliation",
    "/people",
    "/account",
];

/// The same of a client server.
const CLIENT: [&str; 10] = [
    "/cases/new",
    "/cases",
    "/products/new",
    "/products",
    "/keys",
    "/fetches",
    "/data?status=held",
    "/news",
    "/people",
    "/account",
];

/// Nothing of what was written has become anything but text.
fn harmless(visitor: &mut Visitor, place: &str) {
    let ran = visitor.browser.run("window.hit === undefined");
    assert_eq!(ran, json!(true), "{place}: a script ran");
    // our own scripts come from files of the portal
    let made = visitor.browser.run("document.querySelectorAll('body script:not([src^=\"/portal/assets/\"]), [onerror], img[src=x]').length");
    assert_eq!(made, json!(0), "{place}: an element was made");
    let complaints = visitor.browser.take_complaints();
    let blocked: Vec<_> = complaints.iter().filter(|one| one.contains("Content Security Policy")).collect();
    assert!(blocked.is_empty(), "{place}: only the policy kept it from running: {blocked:?}");
}

/// Fills every text field of a form of the page with script and marks its button; whether it has such fields.
fn arm(visitor: &mut Visitor, form: u64) -> bool {
    let script = format!(
        "(() => {{ const form = document.querySelectorAll('form')[{form}];
            if (form.matches('.speak, .me form')) return false;
            const texts = [...form.querySelectorAll('input:not([type]), input[type=search], input[type=text], \
                input[type=password], input[type=url], input[type=tel], textarea')];
            const button = form.querySelector('button');
            if (!texts.length || !button) return false;
            form.noValidate = true;
            for (const field of texts) {{ field.removeAttribute('maxlength'); field.value = {}; }}
            form.querySelectorAll('details').forEach(one => one.open = true);
            for (let one = form; one; one = one.parentElement) if (one.localName === 'details') one.open = true;
            [...form.querySelectorAll('button')].pop().setAttribute('data-armed', '');
            return true; }})()",
        json!(SCRIPT)
    );
    visitor.browser.run(&script) == json!(true)
}

/// Sends every form with text fields of every page; gives how many there were.
fn attack(visitor: &mut Visitor, portal: &Url, pages: &[&str]) -> u64 {
    let at = |place: &str| portal.join(&format!("portal{place}")).unwrap().to_string();
    let mut sent = 0;
    for page in pages {
        visitor.browser.visit(&at(page));
        let forms = visitor.browser.run("document.querySelectorAll('form').length").as_u64().unwrap();
        for form in 0..forms {
            visitor.browser.visit(&at(page));
            if arm(visitor, form) {
                visitor.browser.click("[data-armed]");
                harmless(visitor, &format!("{page}, form {form}"));
                sent += 1;
            }
        }
    }
    for page in pages {
        visitor.browser.visit(&at(page));
        assert!(!visitor.text().contains("Sign in"), "{page}");
        harmless(visitor, page);
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn script_in_every_text_field_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (central, client) = (world.places().central.clone(), world.places().client.clone());
    let everything = ["administrator", "operations", "finance", "auditor"];
    let at_central = invite(world.central_desk(), &central, "asha", &everything).await;
    let everything =
        ["administrator", "operations", "product_manager", "caseworker", "data_reader", "finance", "auditor"];
    let at_client = invite(world.client_desk(), &client, "leela", &everything).await;
    let attacked = tokio::task::spawn_blocking(move || {
        let mut asha = Visitor::joined("central-script", &at_central);
        // the search of every page, and at least a form of its own on most of them
        let sent = attack(&mut asha, &central, &CENTRAL);
        assert!(sent >= 24, "{sent} forms with text fields at central");
        let mut leela = Visitor::joined("client-script", &at_client);
        let sent = attack(&mut leela, &client, &CLIENT);
        assert!(sent >= 5, "{sent} forms with text fields at a client server");
    });
    attacked.await.unwrap();
    world.stop().await;
}
