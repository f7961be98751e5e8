//! Two people of finance bill a month, as the portal lets them.

use serde_json::json;

use crate::looking::{Visitor, invite, month_to_close, world};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_of_finance_bill_a_month() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let central = world.places().central.clone();
    let asha = invite(world.central_desk(), &central, "asha", &["finance"]).await;
    let ravi = invite(world.central_desk(), &central, "ravi", &["finance"]).await;
    let worked = tokio::task::spawn_blocking(move || {
        let at = |place: &str| central.join(&format!("portal{place}")).unwrap().to_string();
        let mut asha = Visitor::joined("central-billing", &asha);
        let mut ravi = Visitor::joined("central-billing", &ravi);
        asha.browser.visit(&at(""));
        assert_eq!(
            asha.browser.run("document.querySelectorAll('main a[href*=\"/activity\"]').length"),
            json!(0)
        );
        assert!(asha.text().contains("Numbers whose rows you may see lead to them"), "{}", asha.text());
        asha.check("overview-of-finance", false);
        agree_on_the_plan(&mut asha, &at);
        let bill = close_last_month(&mut asha, &at);
        let bill = central.join(&bill).unwrap().to_string();
        approve_and_number(&mut ravi, &bill);
        credit_half_of_the_fee(&mut asha, &bill);
        asha.browser.visit(&at("/billing"));
        asha.check("bills", false);
        propose_another(&mut asha, &at);
        compare(&mut asha, &at);
        asha.browser.visit(&at("/partners"));
        asha.browser.click("tbody a");
        asha.browser.click("main a[href$='/billing']");
        asha.check("billing-address", true);
        asha.browser.click("button[value=hi]");
        asha.browser.visit(&bill);
        asha.check("bill-hindi", false);
    });
    worked.await.unwrap();
    world.stop().await;
}

/// The plan waits for a second person; without it nothing can be closed.
fn agree_on_the_plan(visitor: &mut Visitor, at: &impl Fn(&str) -> String) {
    visitor.browser.visit(&at("/billing/close"));
    visitor.fill("month", &month_to_close());
    visitor.browser.click("main form button.primary");
    assert!(visitor.text().contains("No approved price plan"), "{}", visitor.text());
    visitor.browser.take_complaints();
    visitor.check("close-month-wrong", true);
    visitor.browser.visit(&at("/prices"));
    visitor.browser.click("tbody a");
    visitor.check("price-plan", true);
    visitor.browser.click("form[action$='/approve'] button");
    assert!(visitor.text().contains("The plan is approved"), "{}", visitor.text());
}

/// The draft's address; who drafted it cannot approve it.
fn close_last_month(visitor: &mut Visitor, at: &impl Fn(&str) -> String) -> String {
    visitor.browser.visit(&at("/billing/close"));
    visitor.fill("month", &month_to_close());
    visitor.browser.click("main form button.primary");
    let text = visitor.text();
    assert!(text.contains("nobody approves their own work"), "{text}");
    assert!(text.contains("29,500.00"), "25,000 and 18 per cent: {text}");
    visitor.check("bill-draft", true);
    visitor.browser.run("location.pathname").as_str().unwrap().to_owned()
}

fn approve_and_number(visitor: &mut Visitor, bill: &str) {
    visitor.browser.visit(bill);
    visitor.browser.click("form[action$='/approve'] button");
    assert!(visitor.text().contains("It can get its number"), "{}", visitor.text());
    visitor.browser.click("form[action$='/finalise'] button");
    assert!(visitor.text().contains("Invoice MPP/"), "{}", visitor.text());
    visitor.check("bill", true);
    let fetched = "fetch(location.pathname + '/invoice.pdf').then(answer => answer.text()).then(text => text.slice(0, 5))";
    let printed = visitor.browser.run(fetched);
    assert_eq!(
        printed,
        json!("%PDF-"),
        "`cargo xtask test` builds the printer, or MPP_INVOICE_PDF says where it is"
    );
}

/// A mistake in the form is said; then a note is drafted.
fn credit_half_of_the_fee(visitor: &mut Visitor, bill: &str) {
    let give_reason =
        "document.querySelector('form[action$=\"/credit\"] [name=reason]').value = 'agreed rebate'";
    visitor.browser.visit(bill);
    visitor.fill("quantity_1", "half");
    visitor.browser.run(give_reason);
    visitor.browser.click("form[action$='/credit'] button");
    assert!(visitor.text().contains("Write whole numbers"), "{}", visitor.text());
    visitor.browser.take_complaints();
    visitor.browser.visit(bill);
    visitor.fill("quantity_1", "1");
    visitor.fill("price_1", "12,500.00");
    visitor.browser.run(give_reason);
    visitor.browser.click("form[action$='/credit'] button");
    assert!(visitor.text().contains("14,750.00"), "{}", visitor.text());
    visitor.check("credit-note-draft", false);
}

/// A plan with a mistake keeps what was written.
fn propose_another(visitor: &mut Visitor, at: &impl Fn(&str) -> String) {
    visitor.browser.visit(&at("/prices/new"));
    visitor.fill("plan", "from-2030");
    visitor.fill("valid_from", "2030-01-15");
    visitor.fill("price_bureau_report", "31.50");
    visitor.fill("description_bureau_report", "Credit reports");
    visitor.fill("slabs_bureau_report", "1,000: 30.00");
    visitor.browser.click("main form button.primary");
    assert!(visitor.text().contains("begins on the first"), "{}", visitor.text());
    visitor.browser.take_complaints();
    visitor.check("price-plan-form-wrong", true);
    let kept = visitor.browser.run("document.querySelector('[name=slabs_bureau_report]').value");
    assert_eq!(kept, json!("1,000: 30.00"));
    visitor.fill("valid_from", "2030-01-01");
    visitor.browser.click("main form button.primary");
    assert!(visitor.text().contains("The plan is proposed"), "{}", visitor.text());
}

/// A partner's log that knows one use more, and one line that is a formula.
fn compare(visitor: &mut Visitor, at: &impl Fn(&str) -> String) {
    visitor.browser.visit(&at("/reconciliation"));
    let month =
        "document.querySelector('form[action=\"/portal/reconciliation\"] [name=month]').value = '2026-01'";
    visitor.browser.run(month);
    let put = "(() => { const file = new File(['reference,day,unit\\nuse-1,2026-01-16,bureau_report\\n=1+1,2026-01-16,bureau_report\\n'], 'log.csv');
        const all = new DataTransfer(); all.items.add(file);
        document.querySelector('[name=partner_log]').files = all.files; return true; })()";
    assert_eq!(visitor.browser.run(put), json!(true));
    visitor.browser.click("form[action='/portal/reconciliation'] button.primary");
    let text = visitor.text();
    assert!(text.contains("We and the partner") && text.contains("the reference is not"), "{text}");
    visitor.check("reconciled", true);
}
