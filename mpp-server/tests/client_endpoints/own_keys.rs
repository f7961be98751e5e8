//! This server's keys: two persons for new ones, over HTTP, in the portal and by the command; and the drill of a backup.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use http::Method;
use mpp_api::central::OperatorClient;
use mpp_api::client::{ApproveRotation, EnrolServer, StaffClient};
use mpp_core::{Clock, Span};
use mpp_server::client::Surroundings as ServerSurroundings;
use mpp_server::operator::{Arguments, Failure, Surroundings, run};
use mpp_server::runtime::{Running, SystemEntropy};
use serde_json::Value;

use crate::journey::problem;
use crate::people::{join, join_with_key};
use crate::town::{APPROVER_KEY, AUTHOR_KEY, OPERATOR_KEY, Partner, Town, bearer, client_config, transport};
use crate::window::Window;

async fn another_token(town: &Town, partner: &Partner) -> EnrolServer {
    let operator = OperatorClient::new(town.at_central(bearer(OPERATOR_KEY)));
    let renewed = operator.renew_enrolment(&town.call(), partner.id).await.unwrap();
    EnrolServer { enrolment_token: renewed.enrolment_token }
}

async fn mpp(town: &Town, line: &[&str]) -> Result<Value, Failure> {
    let arguments = Arguments::try_parse_from(["mpp", "--json"].iter().chain(line)).unwrap();
    let surroundings = Surroundings {
        transport: transport(),
        entropy: Arc::new(SystemEntropy),
        clock: Arc::<mpp_testkit::HandClock>::clone(&town.clock),
    };
    let mut out = Vec::new();
    run(arguments, &surroundings, &mut out).await?;
    Ok(serde_json::from_slice(&out).unwrap())
}

fn file(town: &Town, name: &str, text: &str) -> String {
    let path = town.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn new_keys_take_two_persons() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let (author, approver) = (town.staff(AUTHOR_KEY), town.staff(APPROVER_KEY));
    let token = another_token(&town, &partner).await;
    let alone = problem(author.enrol(&town.call(), &token).await.unwrap_err());
    assert_eq!((alone.status, alone.code.as_str()), (409, "keys_take_two"));
    let proposed = author.propose_rotation(&town.call(), &token).await.unwrap();
    assert_eq!(proposed.proposed_by.as_str(), "meera");
    let seen = ApproveRotation { proposed_at: Some(proposed.proposed_at) };
    let own = problem(author.approve_rotation(&town.call(), &seen).await.unwrap_err());
    assert_eq!((own.status, own.code.as_str()), (403, "same_person"));
    let clerk = StaffClient::new(join(&town, "clerk", &["caseworker", "operations"]).await);
    let refused = problem(clerk.approve_rotation(&town.call(), &seen).await.unwrap_err());
    assert_eq!((refused.status, refused.code.as_str()), (403, "role_missing"));
    let another = ApproveRotation { proposed_at: Some(proposed.proposed_at.minus(Span::from_seconds(1))) };
    let moved = problem(approver.approve_rotation(&town.call(), &another).await.unwrap_err());
    assert_eq!((moved.status, moved.code.as_str()), (409, "rotation_moved_on"));
    let enrolled = approver.approve_rotation(&town.call(), &seen).await.unwrap();
    assert_ne!(enrolled.envelope_kid, partner.envelope_key.kid().to_string());
    // callers of before send nothing
    let caller = town.at_client(bearer(APPROVER_KEY));
    let again: Result<Value, _> = caller.post("/v1/staff/keys/rotation/approve", &town.call(), &()).await;
    let nothing = problem(again.unwrap_err());
    assert_eq!((nothing.status, nothing.code.as_str()), (404, "not_found"));
    let keys = approver.keys().await.unwrap();
    let standings: Vec<_> =
        keys.keys.iter().map(|key| (key.used_as.as_str(), key.standing.as_str())).collect();
    assert_eq!(
        standings,
        [
            ("webhook", "current"),
            ("envelope", "earlier"),
            ("signing", "earlier"),
            ("envelope", "current"),
            ("signing", "current"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn the_command_proposes_approves_and_withdraws() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let (author, approver) =
        (file(&town, "author.key", AUTHOR_KEY), file(&town, "approver.key", APPROVER_KEY));
    let token = file(&town, "token", &another_token(&town, &partner).await.enrolment_token);
    let server = town.client_url().to_string();
    let rotation = async |key: &str, line: &[&str]| {
        let more = ["--server", server.as_str(), "--key-file", key];
        mpp(&town, &[&["client", "rotation"], line, &more].concat()).await
    };
    let proposed = rotation(&author, &["propose", "--token-file", &token]).await.unwrap();
    assert_eq!(proposed["proposedBy"], "meera");
    assert_eq!(rotation(&approver, &["withdraw"]).await.unwrap()["withdrawn"], true);
    let proposed = rotation(&author, &["propose", "--token-file", &token]).await.unwrap();
    let own = rotation(&author, &["approve"]).await.unwrap_err();
    assert_eq!((own.code(), own.exit_code()), (Some("same_person"), 1));
    let moved = rotation(&approver, &["approve", "--proposed-at", "2025-01-15T09:30:00Z"]).await.unwrap_err();
    assert_eq!((moved.code(), moved.exit_code()), (Some("rotation_moved_on"), 1));
    let seen = proposed["proposedAt"].as_str().unwrap();
    let enrolled = rotation(&approver, &["approve", "--proposed-at", seen]).await.unwrap();
    assert_eq!(enrolled["partnerId"], partner.id.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn the_page_leads_through_it_and_says_what_is_in_no_backup() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let window = async |id: &str| {
        let session = join_with_key(&town, id, &["administrator"]).await;
        Window::signed_in(town.client_url(), "__Host-mpp-client", &session)
    };
    let (asha, ravi) = (window("asha").await, window("ravi").await);
    let (_, page) = asha.page("/portal/keys").await;
    for words in
        ["In no backup", "mpp store backup-keys", "Ask Moneyone for an enrolment token", "Propose new keys"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let token = another_token(&town, &partner).await.enrolment_token;
    let form = [("once", "p1"), ("token", token.as_str())];
    let sent = asha.send(Method::POST, "/portal/keys/rotation", &form).await;
    assert_eq!(sent.headers["location"], "/portal/keys?done=rotation_proposed");
    let (_, hers) = asha.page("/portal/keys").await;
    assert!(hers.contains("wait for a second person") && !hers.contains("Approve and enrol"), "{hers}");
    assert!(!hers.contains(&token), "the token is never shown again");
    let own = asha.send(Method::POST, "/portal/keys/rotation/approve", &[("once", "a1")]).await;
    let own = String::from_utf8_lossy(&own.body.collect(1_000_000).await.unwrap()).into_owned();
    assert!(own.contains("Nobody approves their own work"), "{own}");
    let (_, his) = ravi.page("/portal/keys").await;
    assert!(his.contains("Approve and enrol the new keys") && his.contains("asha"), "{his}");
    let seen = town.staff(AUTHOR_KEY).keys().await.unwrap().rotation.unwrap().proposed_at.to_string();
    assert!(his.contains(&format!("name=\"proposed_at\" value=\"{seen}\"")), "{his}");
    let another = [("once", "a2"), ("proposed_at", "2025-01-15T09:30:00.000Z")];
    let moved = ravi.send(Method::POST, "/portal/keys/rotation/approve", &another).await;
    let moved = String::from_utf8_lossy(&moved.body.collect(1_000_000).await.unwrap()).into_owned();
    assert!(moved.contains("Other new keys have been proposed"), "{moved}");
    let form = [("once", "a3"), ("proposed_at", seen.as_str())];
    let approved = ravi.send(Method::POST, "/portal/keys/rotation/approve", &form).await;
    assert_eq!(approved.headers["location"], "/portal/keys?done=rotated");
    let auditor = join_with_key(&town, "nina", &["auditor"]).await;
    let nina = Window::signed_in(town.client_url(), "__Host-mpp-client", &auditor);
    assert!(!nina.page("/portal/keys").await.1.contains("Propose new keys"));
    let refused = nina.send(Method::POST, "/portal/keys/rotation/withdraw", &[("once", "w")]).await;
    assert!(refused.headers.get("location").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn an_applications_key_is_revoked_after_a_question() {
    let town = Town::start().await;
    town.onboard().await;
    let window = async |id: &str, role: &str| {
        let session = join_with_key(&town, id, &[role]).await;
        Window::signed_in(town.client_url(), "__Host-mpp-client", &session)
    };
    let (asha, nina) = (window("asha", "administrator").await, window("nina", "auditor").await);
    let key = town.staff(AUTHOR_KEY).keys().await.unwrap().applications.remove(0).api_key_id;
    let question = format!("/portal/keys/applications/{key}/revoke");
    assert!(asha.page("/portal/keys").await.1.contains(&question));
    assert!(!nina.page("/portal/keys").await.1.contains(&question));
    let (_, asked) = asha.page(&question).await;
    assert!(asked.contains("This cannot be undone") && asked.contains("loan desk"), "{asked}");
    let sent = asha.send(Method::POST, &question, &[("once", "r1")]).await;
    assert_eq!(sent.headers["location"], "/portal/keys?done=key_revoked");
    let (_, page) = asha.page("/portal/keys").await;
    assert!(page.contains("loan desk") && !page.contains(&question), "{page}");
}

/// A client server in a folder that has nothing but the keys that were put back there.
async fn start_again(town: &Town, data: &Path) -> Running {
    let config = client_config(data.to_owned(), town.central.base_url().clone());
    let surroundings = ServerSurroundings {
        transport: transport(),
        clock: Arc::<mpp_testkit::HandClock>::clone(&town.clock),
        entropy: Arc::new(SystemEntropy),
    };
    mpp_server::client::start_with(config, surroundings).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_server_that_lost_everything_opens_what_was_sealed_before() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN-1").await;
    let phone = town.approve(&started).await;
    let data = town.data().display().to_string();
    let password = file(&town, "backup.password", "a password of its own, and long\n");
    let ring = town.folder.path().join("keys.ring").display().to_string();
    std::fs::set_permissions(town.folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();

    // while the server runs
    let line = ["store", "backup-keys", "--data", &data, "--to", &ring, "--password-file", &password];
    let made = mpp(&town, &line).await.unwrap();
    assert_eq!(made["kids"].as_array().unwrap().len(), 3);
    let twice = mpp(&town, &line).await.unwrap_err();
    assert_eq!(twice.exit_code(), 1, "a file that is there is not written over");
    let keys = town.staff(AUTHOR_KEY).keys().await.unwrap().keys;
    assert!(keys.iter().all(|key| key.backed_up_at == Some(town.clock.now())), "{keys:?}");

    // the server is lost; a customer's data comes to central meanwhile, sealed to a key that is nowhere but in the backup
    let stand_in = start_again(&town, &town.folder.path().join("other")).await;
    let lost = std::mem::replace(&mut town.client, stand_in);
    lost.stop().await;
    std::fs::remove_dir_all(town.data()).unwrap();
    let parcel = town.upload(&partner, &phone, b"<Account/>").await;

    let wrong = file(&town, "wrong.password", "a guess");
    let anew = town.folder.path().join("anew").display().to_string();
    let restore = |password: &str| {
        ["store", "restore-keys", "--from", &ring, "--data", &anew, "--password-file", password]
            .map(str::to_owned)
    };
    let refused = restore(&wrong);
    let refused = mpp(&town, &refused.each_ref().map(String::as_str)).await.unwrap_err();
    assert_eq!(refused.exit_code(), 1);
    assert!(!Path::new(&anew).exists(), "nothing was made for a password that is wrong");
    let good = restore(&password);
    let done = mpp(&town, &good.each_ref().map(String::as_str)).await.unwrap();
    assert_eq!(done["restored"].as_array().unwrap().len(), 3);
    let here = mpp(&town, &good.each_ref().map(String::as_str)).await.unwrap();
    assert_eq!(here["hereAlready"].as_array().unwrap().len(), 3);

    let restored = start_again(&town, Path::new(&anew)).await;
    let other = std::mem::replace(&mut town.client, restored);
    other.stop().await;
    let author = town.staff(AUTHOR_KEY);
    let token = another_token(&town, &partner).await;
    let enrolled = author.enrol(&town.call(), &token).await.unwrap();
    assert_ne!(enrolled.envelope_kid, partner.envelope_key.kid().to_string());
    // it comes by itself: the notifications are asked for from the beginning
    let coming = async {
        loop {
            let parcels = author.parcels(None).await.unwrap().items;
            if let Some(found) = parcels.into_iter().find(|found| found.parcel_id == parcel)
                && found.state == "acknowledged"
            {
                break found;
            }
        }
    };
    let came = tokio::time::timeout(std::time::Duration::from_secs(30), coming).await;
    let came = came.expect("the parcel does not come");
    assert!(came.erasure_receipt.is_some());
    let keys = author.keys().await.unwrap().keys;
    let old = keys.iter().find(|key| key.kid == partner.envelope_key.kid().to_string()).unwrap();
    assert_eq!((old.documents, old.standing.as_str()), (Some(1), "earlier"));
}
