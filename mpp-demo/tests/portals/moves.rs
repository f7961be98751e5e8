//! Links and filters put the next page in the place of the present one: what people, history and screen readers notice of it, and
//! what is gone to as ever.

use serde_json::json;

use crate::looking::{Visitor, invite, world};

/// Marks the page that is loaded: a page that takes its place has no mark.
const MARK: &str = "window.marked = true";

fn is_marked(visitor: &mut Visitor) -> bool {
    visitor.browser.run("window.marked === true") == json!(true)
}

fn assert_at(visitor: &mut Visitor, path: &str) {
    assert_eq!(visitor.browser.run("location.pathname + location.search"), json!(path));
}

/// The present entry of the menu, as people and screen readers find it.
fn assert_here(visitor: &mut Visitor, path: &str) {
    let current =
        "[...document.querySelectorAll('nav.side [aria-current]')].map(link => link.getAttribute('href'))";
    assert_eq!(visitor.browser.run(current), json!([path]));
    let heading = visitor.browser.run("document.activeElement.tagName + document.activeElement.textContent");
    let shown = visitor.browser.run("'H1' + document.querySelector('h1').textContent");
    assert_eq!(heading, shown, "the focus is on the heading");
    let title = visitor.browser.run("document.title.startsWith(document.querySelector('h1').textContent)");
    assert_eq!(title, json!(true), "{}", visitor.browser.run("document.title"));
}

/// Goes back, and waits until that page is there.
fn back(visitor: &mut Visitor) {
    let script = "new Promise(done => { document.addEventListener('moved', () => done(true), { once: true }); history.back(); })";
    visitor.browser.run(script);
}

fn links_and_filters(asha: &mut Visitor, requests: &str) {
    asha.browser.visit(requests);
    asha.browser.run(MARK);
    asha.browser.click("nav.side a[href='/portal/partners']");
    assert!(is_marked(asha));
    assert_at(asha, "/portal/partners");
    assert_here(asha, "/portal/partners");
    let next = asha.browser.run("document.querySelector('.speak [name=next]').value");
    assert_eq!(next, json!("/partners"), "another language shows the page that is there");

    asha.browser.click("nav.side a[href='/portal/requests']");
    asha.browser.run("document.querySelector('.filters [name=status]').value = 'decided'");
    asha.browser.click(".filters button");
    assert!(is_marked(asha));
    assert_eq!(asha.browser.run("new URLSearchParams(location.search).get('status')"), json!("decided"));
    assert_eq!(asha.browser.run("document.querySelector('.filters [name=status]').value"), json!("decided"));
    asha.browser.run("window.filtered = location.href");

    asha.browser.click("main tbody a[href^='/portal/requests/']");
    assert!(is_marked(asha));
    asha.check("moved-to-a-request", false);
    back(asha);
    assert_eq!(asha.browser.run("location.href === window.filtered"), json!(true), "with its filter");
    assert_here(asha, "/portal/requests");
    back(asha);
    back(asha);
    assert_at(asha, "/portal/partners");
    assert!(is_marked(asha), "all of it in one page");
}

/// What stays true by itself does so for as long as its page is there.
fn live_parts(asha: &mut Visitor) {
    let watching = "window.opened = []; window.EventSource = class extends EventSource { constructor(at) { super(at); opened.push(this); } }; true";
    asha.browser.run(watching);
    asha.browser.click("nav.side a[href='/portal/']");
    assert_eq!(
        asha.browser.run("opened.map(source => new URL(source.url).pathname)"),
        json!(["/portal/live"])
    );
    assert_ne!(asha.browser.run("opened[0].readyState"), json!(2), "it listens");
    asha.browser.click("nav.side a[href='/portal/partners']");
    assert_eq!(
        asha.browser.run("opened.map(source => source.readyState)"),
        json!([2]),
        "and stops with the page"
    );
}

/// What opens another window, leaves the portal's frame or answers a form is the browser's own affair.
fn gone_to_as_ever(asha: &mut Visitor, requests: &str) {
    asha.browser.visit(requests);
    let with_key = "(() => { const link = document.querySelector(\"nav.side a[href='/portal/partners']\");
        const click = new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey: true }); let stopped = null;
        addEventListener('click', event => { stopped = event.defaultPrevented; event.preventDefault(); }, { once: true });
        link.dispatchEvent(click); return stopped; })()";
    assert_eq!(asha.browser.run(with_key), json!(false), "another tab is the browser's to open");

    asha.browser.run(MARK);
    asha.browser.click("button[value=hi]");
    assert!(!is_marked(asha));
    assert_eq!(asha.browser.run("document.documentElement.lang"), json!("hi"));
    asha.browser.click("button[value=en]");

    asha.browser.run("document.querySelector('#find').value = 'nothing has this name'");
    asha.browser.click(".find button");
    assert_eq!(asha.browser.run("history.state.posted"), json!(true));
    asha.browser.run(MARK);
    asha.browser.click("nav.side a[href='/portal/requests']");
    assert!(!is_marked(asha), "nobody can come back to the answer to a form");

    asha.browser.run(MARK);
    asha.browser.forget();
    asha.browser.click("nav.side a[href='/portal/partners']");
    assert!(!is_marked(asha));
    assert!(asha.browser.run("location.pathname").as_str().unwrap().contains("sign-in"));
    assert_eq!(asha.browser.run("document.querySelectorAll('nav.side').length"), json!(0));
}

/// A file is handed to the browser, and nothing is under way on the page that stays. Here the browser is handed a place within
/// the page, as the test wants no file.
fn files_leave_the_page(asha: &mut Visitor, requests: &str) {
    asha.browser.visit(requests);
    asha.browser.run(MARK);
    let asked = "new Promise(done => { const ask = window.fetch; const root = document.documentElement; root.dataset.slow = '';
        window.fetch = async () => new Response('{}', { headers: { 'content-type': 'application/json' } });
        addEventListener('hashchange', () => { window.fetch = ask; done(['moving' in root.dataset, 'slow' in root.dataset]); }, { once: true });
        const form = document.createElement('form'); form.action = location.pathname + '#file';
        document.querySelector('main').append(form); form.requestSubmit(); })";
    assert_eq!(asha.browser.run(asked), json!([false, false]));
    assert!(is_marked(asha));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_filters_change_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let central = world.places().central.clone();
    let invitation = invite(world.central_desk(), &central, "asha", &["auditor"]).await;
    let looked = tokio::task::spawn_blocking(move || {
        let mut asha = Visitor::joined("central-moves", &invitation);
        let requests = central.join("portal/requests").unwrap().to_string();
        links_and_filters(&mut asha, &requests);
        live_parts(&mut asha);
        files_leave_the_page(&mut asha, &requests);
        gone_to_as_ever(&mut asha, &requests);
        assert_eq!(asha.browser.take_complaints(), Vec::<String>::new());
    });
    looked.await.unwrap();
    world.stop().await;
}
