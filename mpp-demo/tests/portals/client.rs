//! The portal of an enterprise's staff, along the whole human journey: a product is drafted and approved by a second person,
//! a customer is asked, decides on the phone, data arrives, staff look at it, and the customer withdraws.

use std::sync::Arc;

use mpp_demo::journey::Journey;
use mpp_demo::product::personal_loan;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::World;
use serde_json::json;
use tokio::sync::Mutex;

use crate::looking::{Visitor, invite, world};

const AUTHOR: [&str; 5] = ["administrator", "operations", "product_manager", "caseworker", "auditor"];
const SECOND: [&str; 2] = ["product_manager", "data_reader"];

/// The customer's side: walks from the link to erasure, then withdraws everything.
struct Customer {
    world: World,
    journey: Journey,
    phone: mpp_demo::handset::Handset,
}

impl Customer {
    async fn of(world: World) -> Self {
        let journey = Journey {
            outside: world.outside().clone(),
            product: world.product(),
            timeline: Arc::new(Timeline::new(Form::Silent)),
            begun: mpp_demo::stopwatch::now(),
        };
        let phone = world.phone(2).await.unwrap();
        Self { world, journey, phone }
    }

    /// Staff asked through the portal: the partner's application knows nothing of this case, so what it was told is not
    /// waited for.
    async fn share(&self, link: &str) {
        self.journey.share_from_link(&self.phone, link).await.unwrap();
    }

    async fn withdraw(&self) {
        for held in self.phone.mpp.history().await.unwrap() {
            self.phone.mpp.withdraw(held.consent_id).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_human_journey() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let client = world.places().client.clone();
    let author = invite(world.client_desk(), &client, "leela", &AUTHOR).await;
    let second = invite(world.client_desk(), &client, "arjun", &SECOND).await;
    let mobile = format!("9{:09}", 2);
    let customer = Arc::new(Mutex::new(Customer::of(world).await));
    let handle = tokio::runtime::Handle::current();
    let theirs = Arc::clone(&customer);
    let walked = tokio::task::spawn_blocking(move || {
        let at = |place: &str| client.join(&format!("portal{place}")).unwrap().to_string();
        let mut meera = Visitor::new("client");
        meera.join(&author);
        meera.check("overview", false);

        // a product beyond fair use is refused with a reason, then one that is not
        meera.browser.visit(&at("/products/new"));
        let content = personal_loan().unwrap();
        let sound = json!({ "items": content.items, "notice": content.notice });
        let mut greedy = sound.clone();
        greedy["items"][0]["terms"]["validFor"] = json!({ "months": 600, "days": 0 });
        meera.fill("name", "Personal loan for all");
        meera.fill("content", "{ this is not JSON");
        meera.browser.click("main form button.primary");
        assert!(meera.text().contains("look at line and column 1:3"), "{}", meera.text());
        meera.fill("content", &greedy.to_string());
        meera.browser.click("main form button.primary");
        assert!(
            meera.browser.run("!!document.querySelector('.flash.bad')") == json!(true),
            "{}",
            meera.text()
        );
        meera.browser.take_complaints();
        meera.check("product-form-refused", true);
        meera.fill("content", &serde_json::to_string_pretty(&sound).unwrap());
        meera.browser.click("main form button.primary");
        let text = meera.text();
        assert!(text.contains("The draft is kept") && text.contains("waits for a second person"), "{text}");
        meera.check("product-draft", false);
        let place = meera.browser.run("location.pathname");

        let mut vikram = Visitor::new("client-second");
        vikram.join(&second);
        vikram.browser.visit(client.join(place.as_str().unwrap()).unwrap().as_str());
        assert!(vikram.text().contains("Your credit report"), "{}", vikram.text());
        vikram.browser.click("form[action$='/approve'] button");
        assert!(vikram.text().contains("Approved. Customers can be asked for it"), "{}", vikram.text());
        vikram.check("product-approved", false);

        // the customer is asked; a number that is none is told at once
        meera.browser.visit(&at("/cases/new"));
        meera.browser.run(
            "[...document.querySelectorAll('select option')].find(one => one.textContent.includes('for all')).selected = true",
        );
        meera.fill("case_ref", "BRANCH-7");
        meera.fill("mobile", "12345");
        meera.browser.click("main form button.primary");
        assert!(meera.text().contains("“Mobile number” is not right"), "{}", meera.text());
        meera.browser.take_complaints();
        meera.fill("mobile", &mobile);
        meera.fill("name", "Test Customer");
        meera.fill("pan", "ABCDE1234F");
        meera.fill("date_of_birth", "1990-01-15");
        meera.fill("pincode", "570001");
        meera.browser.click("main form button.primary");
        assert!(meera.text().contains("Send this link"), "{}", meera.text());
        meera.check("link", false);
        let link = meera.browser.run("document.getElementById('secret').textContent");
        handle.block_on(async { theirs.lock().await.share(link.as_str().unwrap()).await });

        // data has arrived: masked for one, unmasked for a reason for the other
        meera.browser.visit(&at("/cases/BRANCH-7"));
        let text = meera.text();
        assert!(text.contains("Decided") && text.contains("provider:sandbox-bureau"), "{text}");
        meera.check("case", false);
        for (name, place, words) in [
            ("cases", "/cases", "BRANCH-7"),
            ("products", "/products", "Personal loan for all"),
            ("data", "/data", "Can be read"),
            ("news", "/news", "Data is ready"),
            ("parked", "/parked", "Nothing waits for a person"),
            ("keys", "/keys", "loan desk"),
            ("audit", "/audit", "item.stored"),
            ("people", "/people", "arjun (test)"),
        ] {
            meera.browser.visit(&at(place));
            assert!(meera.text().contains(words), "{name}: {}", meera.text());
            meera.check(name, false);
        }
        meera.browser.visit(&at("/data?status=held"));
        meera.browser.click("tbody a");
        let text = meera.text();
        assert!(text.contains("••••") && !text.contains("Read it unmasked"), "{text}");
        meera.check("document-masked", false);
        let document = meera.browser.run("location.pathname");
        vikram.browser.visit(client.join(document.as_str().unwrap()).unwrap().as_str());
        vikram.fill("reason", "complaint 4711 of the customer");
        vikram.browser.click("main form button.grave");
        assert!(vikram.text().contains("You see everything"), "{}", vikram.text());
        vikram.check("document", false);
        meera.browser.visit(&at("/reads"));
        assert!(meera.text().contains("complaint 4711 of the customer"), "{}", meera.text());
        meera.check("reads", false);

        // the customer withdraws: what was received is gone
        handle.block_on(async { theirs.lock().await.withdraw().await });
        let gone = (0..500).any(|_| {
            meera.browser.visit(&at("/cases/BRANCH-7"));
            let text = meera.text();
            text.contains("Purged") && !text.contains("Can be read")
        });
        assert!(gone, "{}", meera.text());
        meera.check("case-withdrawn", false);
        meera.browser.visit(client.join(document.as_str().unwrap()).unwrap().as_str());
        assert!(meera.text().contains("no longer here"), "{}", meera.text());
        meera.browser.take_complaints();
        meera.check("gone", false);
        meera.browser.click("button[value=hi]");
        assert!(meera.text().contains("एमपीपी क्लाइंट सर्वर"), "{}", meera.text());
    });
    walked.await.unwrap();
    let Ok(customer) = Arc::try_unwrap(customer) else { panic!("somebody still walks") };
    customer.into_inner().world.stop().await;
}
