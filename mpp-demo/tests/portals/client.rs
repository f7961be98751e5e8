//! The portal of an enterprise's staff, along the whole human journey: a product is drafted and approved by a second person,
//! a customer is asked, decides on the phone, data arrives, staff look at it, and the customer withdraws.

use std::sync::Arc;

use mpp_demo::journey::Journey;
use mpp_demo::product::personal_loan;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::World;
use serde_json::json;
use tokio::sync::Mutex;

use crate::around::look_around;
use crate::asking::{send_for_link, write_customer};
use crate::looking::{Portal, Visitor, invite, world};
use crate::uploading::upload;

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

/// Two members of staff, each at a browser of their own, and the portal.
struct Office {
    portal: Portal,
    leela: Visitor,
    arjun: Visitor,
}

impl Office {
    fn open(portal: Portal, author: &str, second: &str) -> Self {
        let mut leela = Visitor::new("client");
        leela.join(author);
        leela.check("overview", false);
        let mut arjun = Visitor::new("client-second");
        arjun.join(second);
        Self { portal, leela, arjun }
    }

    /// Where Leela is, as an address.
    fn where_leela_is(&mut self) -> String {
        let place = self.leela.browser.run("location.pathname");
        self.portal.of(place.as_str().unwrap())
    }

    /// What is no JSON or beyond fair use is told where it is wrong and nothing typed is lost; what is neither waits for a
    /// second person.
    fn draft_and_approve(&mut self) {
        let content = personal_loan().unwrap();
        let sound = json!({ "items": content.items, "notice": content.notice });
        let mut greedy = sound.clone();
        greedy["items"][0]["terms"]["validFor"] = json!("P50Y");
        let form = self.portal.at("/products/new");
        let leela = &mut self.leela;
        leela.browser.visit(&form);
        leela.check("product-form", true);
        leela.fill("name", "Personal loan for all");
        leela.fill("json", "{ this is not JSON");
        leela.browser.click("button[value=json]");
        assert!(leela.text().contains("look at line and column 1:3"), "{}", leela.text());
        leela.browser.take_complaints();
        leela.fill("json", &greedy.to_string());
        leela.browser.click("button[value=json]");
        leela.browser.click("button[value=add_item]");
        assert_eq!(leela.browser.run("location.hash"), json!("#items.3"), "the new item is gone to");
        leela.fill("items.3.title", "<img src=x onerror=alert(1)>");
        leela.browser.click("main form button.primary");
        let text = leela.text();
        for words in [
            "the consent may hold for 1 month(s) at most",
            "Please write something here",
            "in another item already",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let typed = "document.querySelector(\"[name='items.3.title']\").value";
        assert_eq!(leela.browser.run(typed), json!("<img src=x onerror=alert(1)>"));
        leela.browser.take_complaints();
        leela.check("product-form-refused", true);
        leela.browser.click("button[value='drop_item.3']");
        leela.fill("items.0.valid_months", "1");
        leela.browser.click("button[value=check][class=calm]");
        assert!(leela.text().contains("Nothing is wrong with it"), "{}", leela.text());
        leela.check("product-form-sound", true);
        leela.browser.click("main form button.primary");
        let text = leela.text();
        assert!(text.contains("The draft is kept") && text.contains("waits for a second person"), "{text}");
        leela.check("product-draft", false);
        let place = self.where_leela_is();
        self.arjun.browser.visit(&place);
        assert!(self.arjun.text().contains("Your credit report"), "{}", self.arjun.text());
        self.arjun.browser.click("form[action$='/approve'] button");
        let text = self.arjun.text();
        assert!(text.contains("Approved. Customers can be asked for it"), "{text}");
        self.arjun.check("product-approved", false);
    }

    /// Two people write the next version; the second is shown what the first kept and loses nothing.
    fn edit_together(&mut self) {
        let next = self.where_leela_is() + "/next";
        self.leela.browser.visit(&next);
        self.arjun.browser.visit(&next);
        self.leela.fill("items.0.title", "All your accounts");
        self.leela.browser.click("main form button.primary");
        assert!(self.leela.text().contains("The draft is kept"), "{}", self.leela.text());
        let arjun = &mut self.arjun;
        arjun.fill("items.1.title", "Your credit history");
        arjun.browser.click("main form button.primary");
        let text = arjun.text();
        for words in
            ["Version 2 was kept by leela meanwhile", "All your accounts", "nothing you wrote is lost"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        let typed = "document.querySelector(\"[name='items.1.title']\").value";
        assert_eq!(arjun.browser.run(typed), json!("Your credit history"));
        arjun.browser.take_complaints();
        arjun.check("product-form-stale", true);
        arjun.browser.click("main form button.primary");
        assert!(arjun.text().contains("The draft is kept"), "{}", arjun.text());
        arjun.browser.click("a[href*='/compare']");
        let text = arjun.text();
        for words in ["Version 3, by arjun", "Your credit history", "changed"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        arjun.check("product-compare", false);
    }

    /// Asks the customer; a number that is none is told at once. Gives the link.
    fn ask(&mut self, mobile: &str) -> String {
        let (form, overview) = (self.portal.at("/cases/new"), self.portal.at(""));
        let (leela, arjun) = (&mut self.leela, &mut self.arjun);
        arjun.browser.visit(&overview);
        let asked = arjun.browser.run("document.querySelector('.figures strong').textContent");
        let asked: u64 = asked.as_str().unwrap().parse().unwrap();
        leela.browser.visit(&form);
        leela.browser.run(
            "[...document.querySelectorAll('select option')].find(one => one.textContent.includes('for all')).selected = true",
        );
        leela.fill("case_ref", "BRANCH-7");
        leela.fill("mobile", "12345");
        leela.browser.click("main form button.primary");
        assert!(leela.text().contains("“Mobile number” is not right"), "{}", leela.text());
        leela.browser.take_complaints();
        write_customer(leela, mobile);
        let link = send_for_link(leela);
        leela.check("link", false);
        // the overview of somebody else tells by itself
        arjun.browser.await_words(&format!("{}\nCustomers asked", asked + 1));
        link
    }

    /// Data is masked for one, and shown to the other for a reason that is kept. Gives the document's page.
    fn read(&mut self) -> String {
        let (held, reads) = (self.portal.at("/data?status=held"), self.portal.at("/reads"));
        self.leela.browser.visit(&held);
        self.leela.browser.click("tbody a");
        let text = self.leela.text();
        assert!(text.contains("••••") && !text.contains("Read it unmasked"), "{text}");
        self.leela.check("document-masked", false);
        let document = self.where_leela_is();
        self.arjun.browser.visit(&document);
        self.arjun.fill("reason", "complaint 4711 of the customer");
        self.arjun.browser.click("main form button.grave");
        assert!(self.arjun.text().contains("You see everything"), "{}", self.arjun.text());
        self.arjun.check("document", false);
        self.leela.browser.visit(&reads);
        assert!(self.leela.text().contains("complaint 4711 of the customer"), "{}", self.leela.text());
        self.leela.check("reads", false);
        document
    }

    /// After the customer's withdrawal what was received is gone.
    fn see_it_gone(&mut self, document: &str) {
        let (case, calendar) = (self.portal.at("/cases/BRANCH-7"), self.portal.at("/data/calendar"));
        let leela = &mut self.leela;
        let gone = (0..500).any(|_| {
            leela.browser.visit(&case);
            let text = leela.text();
            text.contains("Purged") && !text.contains("Can be read")
        });
        assert!(gone, "{}", leela.text());
        leela.check("case-withdrawn", false);
        leela.browser.visit(&calendar);
        leela.browser.click(".calendar .today .badge.plain");
        assert!(
            leela.text().contains("Consent withdrawn") || leela.text().contains("BRANCH-7"),
            "{}",
            leela.text()
        );
        leela.browser.visit(document);
        assert!(leela.text().contains("no longer here"), "{}", leela.text());
        leela.browser.take_complaints();
        leela.check("gone", false);
        leela.browser.click("button[value=hi]");
        assert!(leela.text().contains("एमपीपी क्लाइंट सर्वर"), "{}", leela.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_human_journey() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let client = Portal(world.places().client.clone());
    let author = invite(world.client_desk(), &client.0, "leela", &AUTHOR).await;
    let second = invite(world.client_desk(), &client.0, "arjun", &SECOND).await;
    let mobile = format!("9{:09}", 2);
    let customer = Arc::new(Mutex::new(Customer::of(world).await));
    let handle = tokio::runtime::Handle::current();
    let theirs = Arc::clone(&customer);
    let walked = tokio::task::spawn_blocking(move || {
        let mut office = Office::open(client, &author, &second);
        office.draft_and_approve();
        office.edit_together();
        upload(&mut office.leela, &office.portal);
        let link = office.ask(&mobile);
        handle.block_on(async { theirs.lock().await.share(&link).await });
        look_around(&mut office.leela, &office.portal);
        let document = office.read();
        handle.block_on(async { theirs.lock().await.withdraw().await });
        office.see_it_gone(&document);
    });
    walked.await.unwrap();
    let Ok(customer) = Arc::try_unwrap(customer) else { panic!("somebody still walks") };
    customer.into_inner().world.stop().await;
}
