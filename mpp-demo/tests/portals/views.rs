//! Filters kept under a name, and the same rows as two kinds of file, in both portals.

use serde_json::json;

use crate::exports::fetch_both;
use crate::looking::{Visitor, invite, world};

fn keep(visitor: &mut Visitor, name: &str) {
    visitor.browser.run("document.querySelector('.views > details').open = true");
    let field = "document.querySelector('form[action=\"/portal/views\"] [name=name]').value";
    visitor.browser.run(&format!("{field} = {}", json!(name)));
    visitor.check("list-keeping-a-view", true);
    visitor.browser.click("form[action='/portal/views'] button");
    assert!(visitor.text().contains("The view is saved"), "{}", visitor.text());
}

/// Keeps the present filter under a name that is also a script, follows it from the whole list, renames and removes it.
fn walk(visitor: &mut Visitor, list: &str, filtered: &str) {
    const SCRIPT: &str = "\"><script>alert(1)</script>";
    visitor.browser.visit(filtered);
    keep(visitor, SCRIPT);
    visitor.browser.visit(list);
    assert!(visitor.text().contains(SCRIPT), "text, not a script: {}", visitor.text());
    visitor.browser.click(".views li > a");
    assert_eq!(visitor.browser.run("location.href"), json!(filtered));
    let current = visitor.browser.run("document.querySelector('.views li > a').getAttribute('aria-current')");
    assert_eq!(current, json!("true"));
    visitor.browser.run("document.querySelectorAll('.views details').forEach(one => one.open = true)");
    visitor.check("list-with-views", true);
    let field = "document.querySelector('form[action$=\"/rename\"] [name=name]').value";
    visitor.browser.run(&format!("{field} = 'Those that matter'"));
    visitor.browser.click("form[action$='/rename'] button");
    assert!(visitor.text().contains("Those that matter"), "{}", visitor.text());
    visitor.browser.click("button[value=hi]");
    visitor.browser.run("document.querySelectorAll('.views details').forEach(one => one.open = true)");
    visitor.check("list-with-views-hindi", true);
    visitor.browser.click("button[value=en]");
    visitor.browser.run("document.querySelector('.views li details').open = true");
    visitor.browser.click("form[action$='/remove'] button");
    let text = visitor.text();
    assert!(text.contains("The view is deleted") && !text.contains("Those that matter"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_kept_in_both_portals_and_rows_are_files_of_two_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (central, client) = (world.places().central.clone(), world.places().client.clone());
    let at_central = invite(world.central_desk(), &central, "asha", &["auditor"]).await;
    let at_client = invite(world.client_desk(), &client, "leela", &["auditor"]).await;
    let looked = tokio::task::spawn_blocking(move || {
        let mut asha = Visitor::joined("central-views", &at_central);
        let at = |place: &str| central.join(&format!("portal{place}")).unwrap().to_string();
        walk(&mut asha, &at("/requests"), &at("/requests?status=decided&source=provider%3Asandbox-bureau"));
        for list in ["/requests", "/fetches", "/deliveries", "/usage", "/usage/entries"] {
            asha.browser.visit(&at(list));
            fetch_both(&mut asha, list);
        }
        let mut leela = Visitor::joined("client-views", &at_client);
        let at = |place: &str| client.join(&format!("portal{place}")).unwrap().to_string();
        walk(&mut leela, &at("/data"), &at("/data?status=held"));
        leela.browser.visit(&at("/usage"));
        fetch_both(&mut leela, "/usage");
        leela.check("usage", false);
    });
    looked.await.unwrap();
    world.stop().await;
}
