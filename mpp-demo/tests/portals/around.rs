//! Every page of an enterprise's portal when a customer's data has arrived, and lists narrowed by all they can be narrowed by.

use crate::looking::{Portal, Visitor};

/// Every page when data has arrived.
pub fn look_around(leela: &mut Visitor, portal: &Portal) {
    let case = portal.at("/cases/BRANCH-7");
    leela.browser.visit(&case);
    let text = leela.text();
    assert!(text.contains("Decided") && text.contains("provider:sandbox-bureau"), "{text}");
    leela.check("case", false);
    for (name, place, words) in [
        ("cases", "/cases", "BRANCH-7"),
        ("products", "/products", "Personal loan for all"),
        ("fetches", "/fetches", "Received"),
        ("data", "/data", "Can be read"),
        ("news", "/news", "Data is ready"),
        ("parked", "/parked", "Nothing waits for a person"),
        ("keys", "/keys", "loan desk"),
        ("bills", "/bills", "There is no bill like that"),
        ("usage", "/usage", "Bureau report"),
        ("audit", "/audit", "item.stored"),
        ("audit-narrowed", "/audit?action=item.stored&actor=server", "item.stored"),
        ("people", "/people", "arjun (test)"),
        ("settings", "/settings", "Address of central"),
    ] {
        let place = portal.at(place);
        leela.browser.visit(&place);
        assert!(leela.text().contains(words), "{name}: {}", leela.text());
        leela.check(name, false);
    }
    find_the_case(leela, portal);
    look_at_narrowed_lists(leela, portal);
    look_at_the_calendar(leela, portal);
    look_at_new_keys(leela, portal);
    revoke_a_key(leela, portal);
}

/// Somebody calls and names the case; a name that nothing has is told.
fn find_the_case(leela: &mut Visitor, portal: &Portal) {
    leela.browser.visit(&portal.at("/products"));
    leela.browser.run("document.getElementById('find').value = 'BRANCH-7'");
    leela.browser.click(".find button");
    assert!(leela.text().contains("Consent was asked for by leela"), "{}", leela.text());
    leela.browser.run("document.getElementById('find').value = 'BRANCH-0'");
    leela.browser.click(".find button");
    assert!(leela.text().contains("Nothing is called that"), "{}", leela.text());
    leela.check("found-nothing", false);
}

/// Documents and cases narrowed by everything they can be narrowed by, in both languages.
fn look_at_narrowed_lists(leela: &mut Visitor, portal: &Portal) {
    let (data, cases) = (portal.at("/data"), portal.at("/cases"));
    leela.browser.visit(&cases);
    let product = leela.browser.run(
        "(() => { const row = [...document.querySelectorAll('tbody tr')].find(row => row.innerText.includes('BRANCH-7'));
           return [...document.querySelectorAll('main [name=product] option')]
             .find(option => [...row.querySelectorAll('a')].some(link => link.textContent.trim() === option.textContent.trim())).value; })()",
    );
    let product = product.as_str().unwrap().to_owned();
    let data = format!("{data}?status=held&product={product}&source=provider%3Asandbox-bureau");
    for (name, place) in [("data-narrowed", data), ("cases-narrowed", format!("{cases}?product={product}"))] {
        leela.browser.visit(&place);
        let (place, text) = (leela.browser.run("location.href"), leela.text());
        assert!(text.contains("BRANCH-7"), "{name} {place}: {text}");
        leela.check(name, true);
        leela.browser.click("button[value=hi]");
        assert!(leela.text().contains("BRANCH-7"), "{name}: the filter is kept");
        leela.check(&format!("{name}-hindi"), true);
        leela.browser.click("button[value=en]");
    }
}

/// Six weeks of ends of data lives, a day of them, and the rows behind a number.
fn look_at_the_calendar(leela: &mut Visitor, portal: &Portal) {
    let calendar = portal.at("/data/calendar");
    leela.browser.visit(&calendar);
    let text = leela.text();
    assert!(text.contains("Six weeks") && text.contains("Held until withdrawal"), "{text}");
    leela.check("calendar", true);
    leela.browser.click(".calendar td:has(.badge.wait) a.day");
    assert!(leela.text().contains("by product and source"), "{}", leela.text());
    leela.check("calendar-day", true);
    leela.browser.click(".calendar .badge.wait");
    assert!(leela.text().contains("BRANCH-7"), "{}", leela.text());
    leela.check("data-of-a-day", true);
}

/// New keys are proposed; whoever did cannot approve them, and throws the proposal away.
fn look_at_new_keys(leela: &mut Visitor, portal: &Portal) {
    let keys = portal.at("/keys");
    leela.browser.visit(&keys);
    let text = leela.text();
    assert!(text.contains("In no backup") && text.contains("Ask Moneyone for an enrolment token"), "{text}");
    leela.fill("token", "a token that central will not take");
    leela.browser.click("form[action='/portal/keys/rotation'] button");
    let text = leela.text();
    assert!(text.contains("wait for a second person") && !text.contains("Approve and enrol"), "{text}");
    leela.check("keys-proposed", true);
    leela.browser.click("form[action$='/withdraw'] button");
    assert!(leela.text().contains("The proposal is thrown away"), "{}", leela.text());
    leela.browser.click("form[action='/portal/keys/webhook/test'] button");
    assert!(leela.text().contains("Your application took the test notification"), "{}", leela.text());
    leela.check("webhook-tested", true);
}

/// What revoking a key of an application means is said first; afterwards the key is shown with its end.
fn revoke_a_key(leela: &mut Visitor, portal: &Portal) {
    leela.browser.visit(&portal.at("/keys"));
    leela.browser.click("main a[href$='/revoke']");
    assert!(leela.text().contains("Every call with this key is refused"), "{}", leela.text());
    leela.check("key-to-revoke", true);
    leela.browser.click("main form button.grave");
    assert!(leela.text().contains("The key is revoked"), "{}", leela.text());
    leela.check("key-revoked", false);
}
