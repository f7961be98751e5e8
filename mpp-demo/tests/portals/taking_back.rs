//! A request is taken back and a product retired in a real browser, with a phone that has the request open.

use mpp_sdk::Phase;
use serde_json::json;
use tokio::runtime::Handle;

use crate::asking::{send_for_link, write_customer};
use crate::looking::{Portal, Visitor, invite, world};

const MAKER: [&str; 3] = ["product_manager", "caseworker", "auditor"];

/// Asks a customer through the form; gives the link.
fn ask(leela: &mut Visitor, portal: &Portal) -> String {
    leela.browser.visit(&portal.at("/cases/new"));
    leela.browser.run(
        "document.querySelector('select[name=product] option[value]:not([value=\"\"])').selected = true",
    );
    leela.fill("case_ref", "BRANCH-8");
    write_customer(leela, "9000000002");
    send_for_link(leela)
}

/// The question can be left without an answer; its yes holds, and the lists of both portals say so.
fn take_back(leela: &mut Visitor, portal: &Portal) {
    let case = portal.at("/cases/BRANCH-8");
    leela.browser.visit(&case);
    assert!(leela.text().contains("Consent was asked for by leela"), "{}", leela.text());
    leela.browser.click("a[href$='/take-back']");
    assert!(leela.text().contains("This cannot be undone"), "{}", leela.text());
    leela.check("take-back", true);
    leela.browser.click("button[value=hi]");
    assert!(leela.text().contains("इसे पलटा नहीं जा सकता"), "{}", leela.text());
    leela.check("take-back-hindi", true);
    leela.browser.click("button[value=en]");
    leela.browser.click("main form a.calm");
    assert!(leela.text().contains("Opened"), "nothing happened: {}", leela.text());
    // no script is needed for any of it
    leela.browser.allow_scripts(false);
    leela.browser.visit(&case);
    leela.browser.click("a[href$='/take-back']");
    leela.browser.click("main form button.grave");
    let text = leela.text();
    for words in ["The request is taken back.", "Taken back by leela"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    leela.browser.allow_scripts(true);
    leela.browser.visit(&case);
    // the status says it in the word of the timeline
    assert_eq!(leela.browser.run("document.querySelector('.facts .badge').textContent"), json!("Taken back"));
    leela.check("case-taken-back", false);
    leela.browser.visit(&portal.at("/cases?status=cancelled"));
    assert!(leela.text().contains("BRANCH-8"), "{}", leela.text());
    leela.check("cases-taken-back", true);
}

/// One proposes, another agrees; then nobody can be asked for it.
fn retire(leela: &mut Visitor, arjun: &mut Visitor, portal: &Portal) {
    leela.browser.visit(&portal.at("/products"));
    leela.browser.click("tbody a");
    let place = portal.of(leela.browser.run("location.pathname").as_str().unwrap());
    leela.browser.click("a[href$='/retire']");
    assert!(leela.text().contains("it cannot be brought back"), "{}", leela.text());
    leela.check("retire", true);
    leela.browser.click("main form button.grave");
    let text = leela.text();
    assert!(text.contains("waits for a second person") && !text.contains("as second person"), "{text}");
    leela.check("retirement-proposed", true);
    arjun.browser.visit(&place);
    arjun.check("retirement-to-approve", true);
    arjun.browser.click("button[value=hi]");
    assert!(arjun.text().contains("दूसरे व्यक्ति के रूप में बंद करें"), "{}", arjun.text());
    arjun.check("retirement-to-approve-hindi", true);
    arjun.browser.click("button[value=en]");
    arjun.browser.click("form[action$='/retire/approve'] button");
    let text = arjun.text();
    assert!(text.contains("The product is retired") && text.contains("Retired"), "{text}");
    arjun.check("product-retired", false);
    arjun.browser.visit(&portal.at("/products"));
    arjun.check("products-retired", false);
    leela.browser.visit(&portal.at("/cases/new"));
    let left = "document.querySelectorAll('select[name=product] option[value]:not([value=\"\"])').length";
    assert_eq!(leela.browser.run(left), json!(0), "nobody can be asked for it any more");
    assert!(leela.text().contains("There is no product that customers can be asked for"), "{}", leela.text());
    leela.check("case-form-without-products", false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_taken_back_and_a_product_retired() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let portal = Portal(world.places().client.clone());
    let central = Portal(world.places().central.clone());
    let author = invite(world.client_desk(), &portal.0, "leela", &MAKER).await;
    let second = invite(world.client_desk(), &portal.0, "arjun", &["product_manager"]).await;
    let asha = invite(world.central_desk(), &central.0, "asha", &["operations"]).await;
    let phone = world.phone(2).await.unwrap();
    let handle = Handle::current();
    let walked = tokio::task::spawn_blocking(move || {
        let mut leela = Visitor::joined("taking-back", &author);
        let mut arjun = Visitor::joined("taking-back-second", &second);
        let link = ask(&mut leela, &portal);
        let screen = handle.block_on(phone.mpp.open_link(&link)).unwrap();
        let request = screen.content().consent_request_id;
        take_back(&mut leela, &portal);
        let kept = handle.block_on(phone.mpp.look_again(request)).unwrap();
        assert_eq!(kept.phase, Phase::Cancelled);
        assert_eq!(handle.block_on(phone.mpp.clear_ended()).unwrap(), [request]);
        let mut asha = Visitor::joined("taking-back-central", &asha);
        asha.browser.visit(&central.at("/requests?status=cancelled"));
        assert!(asha.text().contains("BRANCH-8"), "{}", asha.text());
        asha.browser.visit(&central.at(&format!("/requests/{request}")));
        let text = asha.text();
        for words in ["The partner took it back", "The partner was told: taken back"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(
            asha.browser.run("document.querySelector('.facts .badge').textContent"),
            json!("Taken back")
        );
        asha.check("request-taken-back", false);
        retire(&mut leela, &mut arjun, &portal);
    });
    walked.await.unwrap();
    world.stop().await;
}
