//! The portal of an enterprise's staff, along the whole human journey: a product is drafted and approved by a second person,
//! a customer is asked, decides on the phone, data arrives, staff look at it, and the customer withdraws.

use std::sync::Arc;

use mpp_demo::journey::Journey;
use mpp_demo::product::personal_loan;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::World;
use serde_json::json;
use tokio::sync::Mutex;
use url::Url;

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

/// Two members of staff, each at a browser of their own, and the portal.
struct Office {
    client: Url,
    leela: Visitor,
    arjun: Visitor,
}

impl Office {
    fn open(client: Url, author: &str, second: &str) -> Self {
        let mut leela = Visitor::new("client");
        leela.join(author);
        leela.check("overview", false);
        let mut arjun = Visitor::new("client-second");
        arjun.join(second);
        Self { client, leela, arjun }
    }

    fn at(&self, place: &str) -> String {
        self.client.join(&format!("portal{place}")).unwrap().to_string()
    }

    /// Where Leela is, as an address.
    fn where_leela_is(&mut self) -> String {
        let place = self.leela.browser.run("location.pathname");
        self.client.join(place.as_str().unwrap()).unwrap().to_string()
    }

    /// What is no JSON or beyond fair use is told where it is wrong and nothing typed is lost; what is neither waits for a
    /// second person.
    fn draft_and_approve(&mut self) {
        let content = personal_loan().unwrap();
        let sound = json!({ "items": content.items, "notice": content.notice });
        let mut greedy = sound.clone();
        greedy["items"][0]["terms"]["validFor"] = json!("P50Y");
        let form = self.at("/products/new");
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

    /// A file with good and bad rows: looked through, placed, and placed again without doing it twice.
    fn upload(&mut self) {
        let form = self.at("/cases/upload");
        let leela = &mut self.leela;
        leela.browser.visit(&form);
        leela.check("upload-form", true);
        choose_file(leela, &vec!["FILE-1,9000000001"; 100_000].join("\n"));
        assert!(leela.text().contains("at most 1,000 can be sent at once"), "{}", leela.text());
        leela.browser.take_complaints();
        leela.check("upload-refused", true);
        choose_file(leela, HALF_BAD);
        let text = leela.text();
        for words in
            ["Rows that cannot be placed as they are: 3", "begins like a formula", "Nothing is placed yet"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        leela.check("upload-looked-through", true);
        assert!(asked(leela, "wrong").contains("'=1+1"), "a formula comes back as text");
        leela.browser.click("main form button.primary");
        assert!(leela.text().contains("Requests that are placed: 2"), "{}", leela.text());
        leela.check("upload-placed", true);
        let links = asked(leela, "links");
        assert_eq!(links.lines().count(), 3, "{links}");
        leela.browser.visit(&form);
        choose_file(leela, HALF_BAD);
        leela.browser.click("main form button.primary");
        assert_eq!(asked(leela, "links"), links, "the same file again gives the same links");
    }

    /// Asks the customer; a number that is none is told at once. Gives the link.
    fn ask(&mut self, mobile: &str) -> String {
        let (form, overview) = (self.at("/cases/new"), self.at(""));
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
        for (field, text) in [
            ("mobile", mobile),
            ("name", "Test Customer"),
            ("pan", "ABCDE1234F"),
            ("date_of_birth", "1990-01-15"),
            ("pincode", "570001"),
        ] {
            leela.fill(field, text);
        }
        leela.browser.click("main form button.primary");
        assert!(leela.text().contains("Send this link"), "{}", leela.text());
        leela.check("link", false);
        // the overview of somebody else tells by itself
        arjun.browser.await_words(&format!("{}\ncustomers were asked", asked + 1));
        leela.browser.run("document.getElementById('secret').textContent").as_str().unwrap().to_owned()
    }

    /// Every page when data has arrived.
    fn look_around(&mut self) {
        let case = self.at("/cases/BRANCH-7");
        self.leela.browser.visit(&case);
        let text = self.leela.text();
        assert!(text.contains("Decided") && text.contains("provider:sandbox-bureau"), "{text}");
        self.leela.check("case", false);
        for (name, place, words) in [
            ("cases", "/cases", "BRANCH-7"),
            ("products", "/products", "Personal loan for all"),
            ("data", "/data", "Can be read"),
            ("news", "/news", "Data is ready"),
            ("parked", "/parked", "Nothing waits for a person"),
            ("keys", "/keys", "loan desk"),
            ("bills", "/bills", "There is no bill like that"),
            ("usage", "/usage", "Bureau report"),
            ("audit", "/audit", "item.stored"),
            ("people", "/people", "arjun (test)"),
            ("settings", "/settings", "Address of central"),
        ] {
            let place = self.at(place);
            self.leela.browser.visit(&place);
            assert!(self.leela.text().contains(words), "{name}: {}", self.leela.text());
            self.leela.check(name, false);
        }
        self.look_at_narrowed_lists();
        self.look_at_the_calendar();
        self.look_at_new_keys();
    }

    /// Documents and cases narrowed by everything they can be narrowed by, in both languages.
    fn look_at_narrowed_lists(&mut self) {
        let (data, cases) = (self.at("/data"), self.at("/cases"));
        let leela = &mut self.leela;
        leela.browser.visit(&cases);
        let product = leela.browser.run(
            "(() => { const row = [...document.querySelectorAll('tbody tr')].find(row => row.innerText.includes('BRANCH-7'));
               return [...document.querySelectorAll('main [name=product] option')]
                 .find(option => [...row.querySelectorAll('a')].some(link => link.textContent.trim() === option.textContent.trim())).value; })()",
        );
        let product = product.as_str().unwrap().to_owned();
        let data = format!("{data}?status=held&product={product}&source=provider%3Asandbox-bureau");
        for (name, place) in
            [("data-narrowed", data), ("cases-narrowed", format!("{cases}?product={product}"))]
        {
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
    fn look_at_the_calendar(&mut self) {
        let calendar = self.at("/data/calendar");
        let leela = &mut self.leela;
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
    fn look_at_new_keys(&mut self) {
        let keys = self.at("/keys");
        let leela = &mut self.leela;
        leela.browser.visit(&keys);
        let text = leela.text();
        assert!(
            text.contains("In no backup") && text.contains("Ask Moneyone for an enrolment token"),
            "{text}"
        );
        leela.fill("token", "a token that central will not take");
        leela.browser.click("form[action='/portal/keys/rotation'] button");
        let text = leela.text();
        assert!(text.contains("wait for a second person") && !text.contains("Approve and enrol"), "{text}");
        leela.check("keys-proposed", true);
        leela.browser.click("form[action$='/withdraw'] button");
        assert!(leela.text().contains("The proposal is thrown away"), "{}", leela.text());
    }

    /// Data is masked for one, and shown to the other for a reason that is kept. Gives the document's page.
    fn read(&mut self) -> String {
        let (held, reads) = (self.at("/data?status=held"), self.at("/reads"));
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
        let (case, calendar) = (self.at("/cases/BRANCH-7"), self.at("/data/calendar"));
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

const HALF_BAD: &str = "case_ref,mobile,name,pan,date_of_birth,pincode\n\
    FILE-1,9000000001,Asha Rao,ABCDE1234F,1990-01-15,570001\n\
    FILE-2,12345,,,,\n\
    FILE-3,9000000003,=1+1,,,\n\
    FILE-1,9000000004,,,,\n\
    FILE-5,9000000005,Ravi Iyer,ABCDE1234G,1985-03-02,570002\n";

/// Chooses a file of this text, as a person does, and sends it.
fn choose_file(visitor: &mut Visitor, text: &str) {
    let script = format!(
        "(() => {{ const files = new DataTransfer(); files.items.add(new File([{}], 'cases.csv', {{ type: 'text/csv' }}));
          document.querySelector('input[type=file]').files = files.files;
          const found = [...document.querySelectorAll('select[name=product] option')].find(one => one.textContent.includes('for all'));
          found.selected = true; return true; }})()",
        json!(text)
    );
    assert_eq!(visitor.browser.run(&script), json!(true));
    visitor.browser.click("main form button.primary");
}

/// The file that a button of the page gives.
fn asked(visitor: &mut Visitor, wanted: &str) -> String {
    let script = format!(
        "(async () => {{ const sent = new URLSearchParams(new FormData(document.querySelector('main form')));
          sent.append('wanted', {}); const answer = await fetch('/portal/cases/upload/place', {{ method: 'POST', body: sent }});
          return answer.headers.get('content-type') + '\\n' + await answer.text(); }})()",
        json!(wanted)
    );
    let answer = visitor.browser.run(&script);
    let (kind, text) = answer.as_str().unwrap().split_once('\n').unwrap();
    assert_eq!(kind, "text/csv; charset=utf-8");
    text.to_owned()
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
        let mut office = Office::open(client, &author, &second);
        office.draft_and_approve();
        office.edit_together();
        office.upload();
        let link = office.ask(&mobile);
        handle.block_on(async { theirs.lock().await.share(&link).await });
        office.look_around();
        let document = office.read();
        handle.block_on(async { theirs.lock().await.withdraw().await });
        office.see_it_gone(&document);
    });
    walked.await.unwrap();
    let Ok(customer) = Arc::try_unwrap(customer) else { panic!("somebody still walks") };
    customer.into_inner().world.stop().await;
}
