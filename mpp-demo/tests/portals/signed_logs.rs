//! A partner's signed log: looked at and sent by the enterprise's finance, found, brought again and refused at central.

use serde_json::json;

use crate::browser::{Colours, Size};
use crate::exports::fetch_both;
use crate::looking::{Visitor, invite, month_to_close, world};

/// The file behind a link of the page, as text.
fn fetched(visitor: &mut Visitor, selector: &str) -> String {
    let script = format!(
        "fetch(document.querySelector({}).href).then(async answer => answer.status + ' ' + await answer.text())",
        json!(selector)
    );
    visitor.browser.run(&script).as_str().unwrap().to_owned()
}

/// On paper as wide as A4 nothing of the table is cut off, and the page says what it was narrowed by.
fn assert_printed_whole(visitor: &mut Visitor) {
    const NARROWED: &str = "Month: 20";
    assert!(!visitor.text().contains(NARROWED), "a screen has the field");
    visitor.browser.look(Colours::Light, Size { width: 794, height: 1123 });
    visitor.browser.print(true);
    let fit = "[...document.querySelectorAll('.scroll')].map(part => part.scrollWidth <= part.clientWidth)";
    assert_eq!(visitor.browser.run(fit), json!([true]));
    assert!(visitor.text().contains(NARROWED), "{}", visitor.text());
    visitor.browser.print(false);
    visitor.browser.look(Colours::Light, Size { width: 1280, height: 900 });
}

/// Finance of the enterprise sends the log of last month; a month that runs has none.
fn send(visitor: &mut Visitor, at: &impl Fn(&str) -> String) -> String {
    visitor.browser.visit(&at("/usage"));
    let text = visitor.text();
    assert!(text.contains("This month is not over yet") && text.contains("Bureau report"), "{text}");
    visitor.check("own-usage", false);
    fetch_both(visitor, "/usage");
    visitor.browser.visit(&at("/usage/own"));
    assert!(visitor.text().contains("provider:sandbox-bureau"), "{}", visitor.text());
    visitor.check("own-usage-entries", false);
    assert_printed_whole(visitor);
    visitor.browser.visit(&at("/usage?month=13"));
    assert!(visitor.text().contains("Write the month as 2026-01"), "{}", visitor.text());
    visitor.browser.take_complaints();
    visitor.browser.visit(&at(&format!("/usage?month={}", month_to_close())));
    visitor.check("own-usage-month", true);
    let log = fetched(visitor, "a[href*='log.jws']");
    visitor.browser.click("form[action='/portal/usage/send'] button");
    assert!(visitor.text().contains("Both logs say the same"), "{}", visitor.text());
    visitor.check("own-usage-sent", true);
    visitor.browser.click("button[value=hi]");
    visitor.check("own-usage-hindi", true);
    log.strip_prefix("200 ").unwrap().to_owned()
}

/// Chooses a file of this text in the form for signed logs, and sends it.
fn bring(visitor: &mut Visitor, at: &impl Fn(&str) -> String, text: &str) {
    visitor.browser.visit(&at("/reconciliation"));
    let put = format!(
        "(() => {{ const all = new DataTransfer(); all.items.add(new File([{}], 'log.jws'));
          document.querySelector('[name=signed_log]').files = all.files; return true; }})()",
        json!(text)
    );
    assert_eq!(visitor.browser.run(&put), json!(true));
    visitor.browser.click("form[action='/portal/reconciliation/signed'] button");
}

/// Finance of Moneyone finds it, brings it by hand, and is told what is wrong with others.
fn reconcile(visitor: &mut Visitor, at: &impl Fn(&str) -> String, log: &str) {
    visitor.browser.visit(&at("/reconciliation"));
    assert!(visitor.text().contains(&month_to_close()), "{}", visitor.text());
    visitor.check("reconciliation-with-logs", true);
    visitor.browser.click("tbody a");
    let text = visitor.text();
    assert!(text.contains("Both logs say the same") && text.contains("client server"), "{text}");
    visitor.check("signed-log", false);
    fetch_both(visitor, "/reconciliation/lines");
    assert!(fetched(visitor, "a[href$='log.jws']").starts_with("200 ey"));
    bring(visitor, at, log);
    assert!(visitor.text().contains("The log stands"), "{}", visitor.text());
    let (signed, signature) = log.rsplit_once('.').unwrap();
    let (first, rest) = signature.split_at(1);
    let altered = format!("{signed}.{}{rest}", if first == "A" { "B" } else { "A" });
    for (text, said) in [
        ("reference,day,unit\n", "This is not a signed usage log"),
        ("<script>alert(1)</script>", "This is not a signed usage log"),
        (altered.as_str(), "altered after it was signed"),
    ] {
        bring(visitor, at, text);
        assert!(visitor.text().contains(said), "{said}: {}", visitor.text());
        visitor.browser.take_complaints();
    }
    visitor.check("reconciliation-refused", true);
    visitor.browser.visit(&at("/reconciliation"));
    visitor.browser.click("tbody a");
    visitor.browser.click("button[value=hi]");
    visitor.check("signed-log-hindi", false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_log_goes_from_one_finance_to_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (central, client) = (world.places().central.clone(), world.places().client.clone());
    let at_central = invite(world.central_desk(), &central, "asha", &["finance"]).await;
    let at_client = invite(world.client_desk(), &client, "leela", &["finance"]).await;
    let looked = tokio::task::spawn_blocking(move || {
        let mut leela = Visitor::joined("client-logs", &at_client);
        let log = send(&mut leela, &|place| client.join(&format!("portal{place}")).unwrap().to_string());
        let mut asha = Visitor::joined("central-logs", &at_central);
        let at = |place: &str| central.join(&format!("portal{place}")).unwrap().to_string();
        reconcile(&mut asha, &at, &log);
    });
    looked.await.unwrap();
    world.stop().await;
}
