//! Files of lists: made in the background as the person who asked for them, seen from every node, gone after a day.

mod stage;

use std::process::Command;
use std::sync::atomic::Ordering;

use http::Method;
use mpp_api::desk::{DeskClient, SetRoles};
use mpp_core::Span;

use crate::people::{bearer, join};
use crate::portal::{session_of, sign_in, window};
use crate::signed_logs::used;
use crate::town::{STAFF_KEY, Town};
use crate::window::Window;
use stage::{CANARY, Node, holding, led, nothing_is_left, start, start_of, stored, taken, until};

/// Somebody who has joined, at a window with a fresh session.
struct Sitting {
    window: Window,
    session: String,
    secret: String,
}

async fn sit(town: &Town, name: &str, role: &str) -> Sitting {
    let (_, secret) = join(town, name, role).await;
    let session = session_of(&sign_in(town, "", name, &secret).await).unwrap();
    Sitting { window: window(town, &session), session, secret }
}

/// A town, and somebody who has started a file of so many pages at another node, the first of which was read.
struct Working {
    town: Town,
    node: Node,
    asha: Sitting,
    place: String,
}

impl Working {
    async fn start(pages: usize, rows: usize, format: &str) -> Self {
        let town = Town::start().await;
        let asha = sit(&town, "asha", "auditor").await;
        let node = Node::start(&town, pages, rows).await;
        let place = start(&node.window(&asha.session), format, "once").await.unwrap();
        assert!(place.starts_with("/portal/exports/") && !place.ends_with("/file"), "{place}");
        Self { town, node, asha, place }
    }

    async fn until(&self, words: &str) -> String {
        until(&self.asha.window, &self.place, words).await
    }

    async fn file(&self) -> (u16, Vec<u8>) {
        taken(&self.asha.window, &format!("{}/file", self.place)).await
    }
}

#[tokio::test]
pub(crate) async fn a_short_list_is_handed_over_at_once_and_only_its_person_has_it() {
    let town = Town::start().await;
    let asha = sit(&town, "asha", "auditor").await.window;
    let ravi = sit(&town, "ravi", "administrator").await.window;
    for (at, list) in
        ["/requests", "/fetches", "/deliveries", "/usage", "/usage/entries", "/audit"].into_iter().enumerate()
    {
        let (_, page) = asha.page(&format!("/portal{list}")).await;
        let form = page.split("action=\"/portal/exports\"").nth(1).unwrap();
        assert!(form.contains(&format!("name=\"list\" value=\"{list}\"")), "{form}");
        assert!(form.contains("value=\"csv\"") && form.contains("value=\"xlsx\""), "{form}");
        assert!(page.contains("1,00,000"), "the limit is told: {list}");
        for ending in ["csv", "xlsx"] {
            let led = start_of(&asha, list, "", (ending, &at.to_string())).await.unwrap();
            assert!(led.ends_with("/file"), "{list}: {led}");
            let answer = asha.send(Method::GET, &led, &[]).await;
            let named = answer.headers["content-disposition"].to_str().unwrap().to_owned();
            assert!(named.starts_with("attachment") && named.ends_with(&format!(".{ending}\"")), "{named}");
            let bytes = answer.body.collect(1_000_000).await.unwrap();
            assert!(bytes.starts_with(if ending == "csv" { b"\xEF\xBB\xBF" } else { b"PK" }), "{list}");
            let place = led.strip_suffix("/file").unwrap();
            for reading in ["", "/file"] {
                assert_eq!(ravi.page(&format!("{place}{reading}")).await.0, 404, "{reading}");
            }
            for step in ["cancel", "remove", "again"] {
                let answer = ravi.send(Method::POST, &format!("{place}/{step}"), &[("once", "x")]).await;
                assert_eq!(answer.status.as_u16(), 404, "{step}");
            }
        }
    }
    let (_, page) = asha.page("/portal/exports").await;
    assert_eq!(page.matches("Ready").count(), 12, "{page}");
    assert!(!ravi.page("/portal/exports").await.1.contains("Ready"));
    for list in ["/settings", "//evil.example", "/requests.csv", ""] {
        let page = start_of(&asha, list, "", ("csv", "x")).await.unwrap_err();
        assert!(page.contains("There is no such thing"), "{list}");
    }
    assert_eq!(asha.page("/portal/requests.csv").await.0, 404, "there is one way");
    let wrong = start_of(&asha, "/requests", "from=<script>", ("csv", "x")).await.unwrap_err();
    assert!(!wrong.contains("<script>"), "{wrong}");
}

#[tokio::test]
async fn the_file_of_the_use_has_the_rows_of_the_page() {
    let (town, _, lines) = used().await;
    assert_eq!(lines.len(), 4);
    let asha = sit(&town, "asha", "auditor").await.window;
    let query = "from=2026-01-01&to=2026-01-31";
    let led = start_of(&asha, "/usage", query, ("csv", "once")).await.unwrap();
    let file = String::from_utf8(taken(&asha, &led).await.1).unwrap();
    let mut rows = file.lines();
    assert_eq!(rows.next(), Some("\u{feff}Partner,Product,Source,Counted as,Quantity"), "{file}");
    let rows: Vec<&str> = rows.collect();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.starts_with("Kaveri Finance Ltd,")), "{file}");
    let (_, page) = asha.page(&format!("/portal/usage?{query}")).await;
    assert_eq!(page.matches(">Kaveri Finance Ltd</a>").count(), rows.len(), "{page}");
}

#[tokio::test]
pub(crate) async fn how_far_it_is_shows_at_another_node_and_no_row_stands_in_plain() {
    let working = Working::start(22, 400, "csv").await;
    working.node.open(11);
    let page = working.until("4,000").await;
    assert!(page.contains("The file is being made") && page.contains("/live\""), "{page}");
    assert!(page.contains("State: Sealed · Source: provider:canary-in-a-row"), "the filter in words: {page}");
    assert!(
        page.contains("href=\"/portal/fetches?status=sealed&#38;source=provider%3Acanary-in-a-row\""),
        "{page}"
    );
    assert_eq!(working.file().await.0, 409, "it is not ready");
    working.node.open(10);
    working.until("The file is ready").await;
    let data = working.town.data();
    assert!(stored(&data).0 > 1, "more than one part");
    assert_eq!(holding(&data, CANARY), 0, "rows and filter are sealed");
    let mut check = Command::new(env!("CARGO_BIN_EXE_mpp"));
    let checked = check.args(["store", "check", "--data"]).arg(&data).output().unwrap();
    assert!(checked.status.success(), "the data folder is whole: {checked:?}");
    let (status, file) = working.file().await;
    let text = String::from_utf8(file).unwrap();
    assert_eq!((status, text.lines().count()), (200, 1 + 22 * 400));
    assert_eq!(text.matches(CANARY).count(), 22 * 400);
    let (_, log) = working.asha.window.page("/portal/audit").await;
    assert!(
        log.contains("<small class=\"code\">export.started</small>") && !log.contains("canary-in-a-row"),
        "{log}"
    );
    // the other node hands it over as well
    let there = working.node.window(&working.asha.session);
    assert_eq!(taken(&there, &format!("{}/file", working.place)).await.1.len(), text.len());
}

#[tokio::test]
async fn a_file_that_was_ready_before_it_could_be_stopped_is_said_to_be_ready() {
    let town = Town::start().await;
    let asha = sit(&town, "asha", "auditor").await.window;
    let file = start_of(&asha, "/requests", "", ("csv", "once")).await.unwrap();
    let place = file.strip_suffix("/file").unwrap();
    let answer = asha.send(Method::POST, &format!("{place}/cancel"), &[]).await;
    let led = led(answer).await.unwrap();
    assert_eq!(led, format!("{place}?done=export_was_ready"));
    let (_, page) = asha.page(&led).await;
    assert!(page.contains("The file was ready before it could be stopped"), "{page}");
    assert!(!page.contains("The file is stopped"), "{page}");
}

#[tokio::test]
pub(crate) async fn a_file_that_is_stopped_leaves_nothing() {
    let working = Working::start(100, 700, "csv").await;
    working.node.open(20);
    working.until("11,900").await;
    let data = working.town.data();
    assert!(stored(&data).0 > 0);
    let answer = working.asha.window.send(Method::POST, &format!("{}/cancel", working.place), &[]).await;
    let led = led(answer).await.unwrap();
    assert_eq!(led, format!("{}?done=export_cancelled", working.place));
    let page = working.until("You stopped this file").await;
    assert!(page.contains("Start it again") && !page.contains("/live\""), "{page}");
    working.node.open(80);
    // whoever made it notices by itself, and gives its place free
    let there = working.node.window(&working.asha.session);
    working.node.open(1000);
    let again = start(&there, "csv", "two").await.unwrap();
    let again = again.strip_suffix("/file").unwrap_or(&again).to_owned();
    until(&working.asha.window, &again, "The file is ready").await;
    let removed = working.asha.window.send(Method::POST, &format!("{again}/remove"), &[]).await;
    assert_eq!(removed.headers["location"], "/portal/exports?done=export_removed");
    nothing_is_left(&data).await;
    assert_eq!(working.asha.window.page(&again).await.0, 404);
}

#[tokio::test]
pub(crate) async fn it_stops_with_the_roles_and_who_has_none_begins_nothing() {
    let working = Working::start(100, 10, "csv").await;
    working.node.open(20);
    working.until("being made").await;
    let desk = DeskClient::new(bearer(&working.town, STAFF_KEY));
    let finance = SetRoles { roles: vec!["finance".into()], shown: None };
    desk.set_roles("fewer", &"asha".parse().unwrap(), &finance).await.unwrap();
    working.node.open(80);
    let page = working.until("your roles were changed, or do not allow this list").await;
    assert!(page.contains("Stopped"), "{page}");
    nothing_is_left(&working.town.data()).await;
    // finance may not see this list
    let there = working.node.window(&working.asha.session);
    let refused = start(&there, "csv", "two").await.unwrap_err();
    assert!(refused.contains("This takes a role you do not have"), "{refused}");
    let (_, page) = working.asha.window.page("/portal/exports").await;
    assert_eq!(page.matches("/remove\"").count(), 1, "nothing was begun: {page}");
}

#[tokio::test]
pub(crate) async fn it_stops_with_the_session_it_was_started_in() {
    let working = Working::start(100, 10, "csv").await;
    working.node.open(20);
    working.until("being made").await;
    working.asha.window.send(Method::POST, "/portal/sign-out", &[]).await;
    working.node.open(80);
    let session = session_of(&sign_in(&working.town, "", "asha", &working.asha.secret).await).unwrap();
    let asha = window(&working.town, &session);
    until(&asha, &working.place, "The file stopped when the session in which it was started ended").await;
    nothing_is_left(&working.town.data()).await;
    assert_eq!(taken(&asha, &format!("{}/file", working.place)).await.0, 409);
}

#[tokio::test]
pub(crate) async fn a_node_that_dies_interrupts_it_and_another_makes_it_again() {
    let working = Working::start(100, 10, "csv").await;
    working.town.clock.advance(Span::from_seconds(60));
    working.until("being made").await;
    working.town.clock.advance(Span::from_seconds(1));
    let page = working.until("The server that made the file was stopped before it was ready").await;
    assert!(page.contains("Interrupted") && page.contains("Start it again"), "{page}");
    let again = format!("{}/again", working.place);
    let led = led(working.asha.window.send(Method::POST, &again, &[("once", "again")]).await).await.unwrap();
    assert!(led.ends_with("/file"), "{led}");
    let (status, file) = taken(&working.asha.window, &led).await;
    assert_eq!(
        (status, String::from_utf8(file).unwrap().lines().count()),
        (200, 1),
        "the same list, here empty"
    );
    assert_eq!(working.asha.window.page(&working.place).await.0, 404, "the new one is in its place");
    // the first node wakes up: it may not go on
    working.node.open(100);
    let (_, page) = working.asha.window.page("/portal/exports").await;
    assert_eq!(page.matches("/remove\"").count(), 1, "{page}");
}

#[tokio::test]
pub(crate) async fn who_has_as_many_files_as_can_be_starts_one_again_in_its_place() {
    let working = Working::start(100, 10, "csv").await;
    let asha = &working.asha.window;
    led(asha.send(Method::POST, &format!("{}/cancel", working.place), &[]).await).await.unwrap();
    for at in 1..20 {
        start_of(asha, "/usage", "", ("csv", &at.to_string())).await.unwrap();
    }
    let refused = start_of(asha, "/usage", "", ("csv", "one more")).await.unwrap_err();
    assert!(refused.contains("You have 20 files"), "{refused}");
    let again = format!("{}/again", working.place);
    let led = led(asha.send(Method::POST, &again, &[("once", "again")]).await).await.unwrap();
    assert!(led.ends_with("/file") && !led.starts_with(&working.place), "{led}");
    assert_eq!(asha.page(&working.place).await.0, 404, "the new one is in its place");
    let (_, page) = asha.page("/portal/exports").await;
    assert_eq!(page.matches("/remove\"").count(), 20, "{page}");
}

#[tokio::test]
pub(crate) async fn a_node_that_is_stopped_says_so() {
    let mut working = Working::start(100, 10, "xlsx").await;
    working.node.stop();
    working.until("The server that made the file was stopped before it was ready").await;
}

#[tokio::test]
pub(crate) async fn a_restart_keeps_what_is_ready_and_a_day_ends_it() {
    let mut town = Town::start().await;
    let asha = sit(&town, "asha", "auditor").await;
    let led = start_of(&asha.window, "/usage", "", ("csv", "once")).await.unwrap();
    let (_, file) = taken(&asha.window, &led).await;
    town.restart().await;
    let here = window(&town, &asha.session);
    assert_eq!(taken(&here, &led).await, (200, file), "the sweep at the start leaves it alone");
    town.clock.advance(Span::from_hours(24));
    let session = session_of(&sign_in(&town, "", "asha", &asha.secret).await).unwrap();
    assert_eq!(window(&town, &session).page(&led).await.0, 404);
    // The node tidied up when it started, before or after that day; the next one certainly does it after.
    town.restart().await;
    nothing_is_left(&town.data()).await;
    let here = window(&town, &session);
    assert!(here.page("/portal/exports").await.1.contains("There is no file of yours"));
}

#[tokio::test]
pub(crate) async fn a_workbook_of_too_many_rows_is_none() {
    let working = Working::start(101, 1000, "xlsx").await;
    working.node.open(100);
    let page = working.until("There are more rows than a workbook holds (1,00,000)").await;
    assert!(page.contains("Failed"), "{page}");
    nothing_is_left(&working.town.data()).await;
    assert_eq!(working.file().await.0, 409);
}

#[tokio::test]
pub(crate) async fn a_list_that_breaks_off_is_no_file() {
    let working = Working::start(100, 700, "csv").await;
    working.node.open(20);
    working.until("11,900").await;
    working.node.held.broken.store(true, Ordering::SeqCst);
    working.node.open(1);
    working.until("The list could not be read to its end").await;
    assert_eq!(working.file().await.0, 409);
    nothing_is_left(&working.town.data()).await;
}

#[tokio::test]
pub(crate) async fn only_so_many_are_made_at_once_and_one_form_makes_one() {
    let working = Working::start(100, 10, "csv").await;
    let (town, node) = (&working.town, &working.node);
    let there = node.window(&working.asha.session);
    let same = start(&there, "csv", "once").await.unwrap();
    assert_eq!(same, working.place, "the same form, sent again");
    start(&there, "xlsx", "once").await.unwrap();
    start(&there, "csv", "three").await.unwrap();
    let refused = start(&there, "csv", "four").await.unwrap_err();
    assert!(refused.contains("Three of your files are being made"), "{refused}");
    let ravi = sit(town, "ravi", "auditor").await;
    let his = node.window(&ravi.session);
    start(&his, "csv", "his").await.unwrap();
    let refused = start(&his, "csv", "his second").await.unwrap_err();
    assert!(refused.contains("The server makes as many files as it can at once"), "{refused}");
    let his = window(town, &ravi.session);
    assert!(start_of(&his, "/usage", "", ("csv", "x")).await.is_ok(), "another node has room");
}
