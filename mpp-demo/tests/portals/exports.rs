//! Files of lists, from the button at the foot of a list to the download, with progress on the way, in both portals.

use std::sync::Arc;

use mpp_api::desk::{DeskClient, SignIn, StartExport, StopExport};
use mpp_api::{Anonymous, ApiError, Bearer, Caller};
use mpp_core::ExportId;
use mpp_transport::{ConnectionSettings, HyperTransport};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use url::Url;

use crate::looking::{PASSWORD, Visitor, code, invite, world};

/// A filter in words that is also a script.
const SCRIPT: &str = "State: <script>alert(1)</script>";

/// What the browser gets when the form with this button is sent: the status, the first two bytes, and the address.
pub fn fetched(visitor: &mut Visitor, button: &str) -> Value {
    let script = format!(
        "(async () => {{ const button = document.querySelector({}); const form = button.form;
           const answer = await fetch(form.action, {{ method: 'POST', body: new URLSearchParams(new FormData(form, button)) }});
           const bytes = new Uint8Array(await answer.arrayBuffer());
           return [answer.status, [...bytes].slice(0, 2), new URL(answer.url).pathname.replace(/[0-9a-f-]{{36}}/, 'ID')]; }})()",
        json!(button)
    );
    visitor.browser.run(&script)
}

/// Both kinds of file of the list that is shown.
pub fn fetch_both(visitor: &mut Visitor, list: &str) {
    let handed_over = "/portal/exports/ID/file";
    let book = fetched(visitor, "button[name=format][value=xlsx]");
    assert_eq!(book, json!([200, [80, 75], handed_over]), "{list}");
    let csv = fetched(visitor, "button[name=format][value=csv]");
    assert_eq!(csv, json!([200, [0xEF, 0xBB], handed_over]), "{list}");
}

/// The same person through the interface, in a session of their own.
fn signed_in(server: &Url, name: &str, code: String) -> DeskClient {
    let transport = Arc::new(HyperTransport::new(ConnectionSettings::default()).unwrap());
    let door = Caller::new(server.clone(), transport, Arc::new(Anonymous));
    let body = SignIn { name: name.into(), password: PASSWORD.into(), code };
    let opened = done(DeskClient::new(door.clone()).sign_in(&body));
    DeskClient::new(door.as_party(Arc::new(Bearer::new(&opened.session_key).unwrap())))
}

/// Waits for an answer of the interface.
fn done<T>(task: impl Future<Output = Result<T, ApiError>>) -> T {
    Handle::current().block_on(task).unwrap()
}

fn begun(desk: &DeskClient, list: &str, (once, filter): (&str, &str), of: Option<u64>) -> ExportId {
    let start = StartExport {
        once: once.into(),
        list: list.into(),
        query: "status=sealed".into(),
        filter: filter.into(),
        file: "fetches".into(),
        format: "csv".into(),
        of,
        replaces: None,
    };
    done(desk.start_export(&start)).export.export_id
}

/// A file on its way, told of by the interface while the page is open, until it is there.
fn walk(visitor: &mut Visitor, server: &Url, desk: &DeskClient, list: &str) {
    let at = |place: &str| server.join(&format!("portal{place}")).unwrap().to_string();
    let id = begun(desk, list, ("once", "State: Sealed"), Some(20_000));
    visitor.browser.visit(&at(&format!("/exports/{id}")));
    let text = visitor.text();
    assert!(text.contains("The file is being made") && text.contains("State: Sealed"), "{text}");
    done(desk.note_export(id, 12_300));
    visitor.browser.await_words("12,300 of 20,000");
    visitor.check("export-working", true);
    done(desk.add_to_export(id, 0, 20_000, "row\r\n".into()));
    done(desk.finish_export(id, 20_000));
    visitor.browser.await_words("The file is ready");
    visitor.check("export-ready", true);
    let file = "fetch(document.querySelector('a.primary[download]').href).then(answer => answer.text())";
    assert_eq!(visitor.browser.run(file), json!("row\r\n"));

    // a browser without scripts is led to look again, and stops it
    let id = begun(desk, list, ("two", SCRIPT), None);
    visitor.browser.allow_scripts(false);
    visitor.browser.visit(&at(&format!("/exports/{id}")));
    let text = visitor.text();
    assert!(text.contains("Look again") && text.contains(SCRIPT), "{text}");
    visitor.browser.click("noscript a");
    visitor.browser.click("form[action$='/cancel'] button");
    let text = visitor.text();
    assert!(text.contains("You stopped this file") && text.contains("Start it again"), "{text}");
    visitor.browser.allow_scripts(true);
    visitor.browser.visit(&at(&format!("/exports/{id}")));
    visitor.check("export-stopped", true);
    visitor.browser.click("button[value=hi]");
    visitor.check("export-stopped-hindi", true);
    let id = begun(desk, list, ("three", SCRIPT), None);
    done(desk.stop_export(id, &StopExport { reason: "interrupted".into() }));
    visitor.browser.visit(&at("/exports"));
    visitor.check("exports-hindi", true);
    visitor.browser.click("button[value=en]");
    visitor.check("exports", true);
    visitor.browser.visit(&at(&format!("/exports/{id}")));
    let again = fetched(visitor, "form[action$='/again'] button");
    assert_eq!((&again[0], &again[2]), (&json!(200), &json!("/portal/exports/ID/file")));
    visitor.browser.visit(&at("/exports"));
    visitor.browser.click("form[action$='/remove'] button");
    assert!(visitor.text().contains("The file is deleted"), "{}", visitor.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_list_is_made_and_taken_in_both_portals() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (central, client) = (world.places().central.clone(), world.places().client.clone());
    let at_central = invite(world.central_desk(), &central, "asha", &["auditor"]).await;
    let at_client = invite(world.client_desk(), &client, "leela", &["auditor"]).await;
    let looked = tokio::task::spawn_blocking(move || {
        let mut asha = Visitor::new("central-exports");
        let secret = asha.join(&at_central);
        asha.browser.visit(central.join("portal/requests?status=decided").unwrap().as_str());
        fetch_both(&mut asha, "/requests");
        let desk = signed_in(&central, "asha", code(&secret, 30));
        walk(&mut asha, &central, &desk, "/fetches");
        let mut leela = Visitor::new("client-exports");
        let secret = leela.join(&at_client);
        leela.browser.visit(client.join("portal/usage").unwrap().as_str());
        fetch_both(&mut leela, "/usage");
        let desk = signed_in(&client, "leela", code(&secret, 30));
        walk(&mut leela, &client, &desk, "/usage/entries");
    });
    looked.await.unwrap();
    world.stop().await;
}
