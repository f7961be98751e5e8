//! Two people of finance bill a month, as the portal lets them.

use mpp_core::Clock;
use mpp_server::runtime::SystemClock;
use serde_json::json;

use crate::looking::{Visitor, invite, world};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_of_finance_bill_a_month() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let central = world.places().central.clone();
    let asha = invite(world.central_desk(), &central, "asha", &["finance"]).await;
    let ravi = invite(world.central_desk(), &central, "ravi", &["finance"]).await;
    let worked = tokio::task::spawn_blocking(move || {
        let (mut asha, mut ravi) =
            (Visitor::joined("central-billing", &asha), Visitor::joined("central-billing", &ravi));
        let at = |place: &str| central.join(&format!("portal{place}")).unwrap().to_string();
        let today = SystemClock.now().day_in_india();
        let last_month = today.first_of_month().yesterday().unwrap().strftime("%Y-%m").to_string();

        // the plan waits for a second person; without it nothing can be closed
        asha.browser.visit(&at("/billing/close"));
        asha.fill("month", &last_month);
        asha.browser.click("main form button.primary");
        assert!(asha.text().contains("No approved price plan"), "{}", asha.text());
        asha.browser.take_complaints();
        asha.check("close-month-wrong", true);
        asha.browser.visit(&at("/prices"));
        asha.browser.click("tbody a");
        asha.check("price-plan", true);
        asha.browser.click("form[action$='/approve'] button");
        assert!(asha.text().contains("The plan is approved"), "{}", asha.text());

        // one drafts, the other approves, the number comes last
        asha.browser.visit(&at("/billing/close"));
        asha.fill("month", &last_month);
        asha.browser.click("main form button.primary");
        let text = asha.text();
        assert!(text.contains("nobody approves their own work"), "{text}");
        assert!(text.contains("29,500.00"), "25,000 and 18 per cent: {text}");
        asha.check("bill-draft", true);
        let bill = asha.browser.run("location.pathname");
        let bill = central.join(bill.as_str().unwrap()).unwrap().to_string();
        ravi.browser.visit(&bill);
        ravi.browser.click("form[action$='/approve'] button");
        assert!(ravi.text().contains("It can get its number"), "{}", ravi.text());
        ravi.browser.click("form[action$='/finalise'] button");
        assert!(ravi.text().contains("Invoice MPP/"), "{}", ravi.text());
        ravi.check("bill", true);
        let printed = ravi.browser.run(
            "fetch(location.pathname + '/invoice.pdf').then(answer => answer.text()).then(text => text.slice(0, 5))",
        );
        assert_eq!(
            printed,
            json!("%PDF-"),
            "`cargo xtask test` builds the printer, or MPP_INVOICE_PDF says where it is"
        );

        // half of the fee is taken back; a mistake in the form is said
        asha.browser.visit(&bill);
        asha.fill("quantity_1", "half");
        asha.browser
            .run("document.querySelector('form[action$=\"/credit\"] [name=reason]').value = 'agreed rebate'");
        asha.browser.click("form[action$='/credit'] button");
        assert!(asha.text().contains("Write whole numbers"), "{}", asha.text());
        asha.browser.take_complaints();
        asha.browser.visit(&bill);
        asha.fill("quantity_1", "1");
        asha.fill("price_1", "12,500.00");
        asha.browser
            .run("document.querySelector('form[action$=\"/credit\"] [name=reason]').value = 'agreed rebate'");
        asha.browser.click("form[action$='/credit'] button");
        assert!(asha.text().contains("14,750.00"), "{}", asha.text());
        asha.check("credit-note-draft", false);
        asha.browser.visit(&at("/billing"));
        asha.check("bills", false);

        propose_another(&mut asha, &at);
        compare(&mut asha, &at);
        asha.browser.visit(&at("/partners"));
        asha.browser.click("tbody a");
        asha.browser.click("a[href$='/billing']");
        asha.check("billing-address", true);
        asha.browser.click("button[value=hi]");
        asha.browser.visit(&bill);
        asha.check("bill-hindi", false);
    });
    worked.await.unwrap();
    world.stop().await;
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
    visitor.fill("month", "2026-01");
    let put = "(() => { const file = new File(['reference,day,unit\\nuse-1,2026-01-16,bureau_report\\n=1+1,2026-01-16,bureau_report\\n'], 'log.csv');
        const all = new DataTransfer(); all.items.add(file);
        document.querySelector('[name=partner_log]').files = all.files; return true; })()";
    assert_eq!(visitor.browser.run(put), json!(true));
    visitor.browser.click("main form button.primary");
    let text = visitor.text();
    assert!(text.contains("We and the partner") && text.contains("the reference is not"), "{text}");
    visitor.check("reconciled", true);
}
