//! The descriptions of the interfaces: kept as they are made, complete, and OpenAPI 3.1.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use mpp_server::openapi::{documents, texts};
use serde_json::Value;

/// An operation of a document: method, path, and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .iter()
                .map(|(method, said)| (method.to_uppercase(), path.clone(), said))
        })
        .collect()
}

fn document(name: &str) -> Value {
    documents().into_iter().find(|(found, _)| *found == name).unwrap().1
}

#[test]
fn the_documents_are_what_is_made_of_the_code() {
    for (name, text) in texts() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/openapi/{name}.json"));
        let kept = std::fs::read_to_string(&path).unwrap();
        assert!(kept == text, "{name}.json is not current: run `cargo xtask openapi --write`");
    }
}

#[test]
fn every_route_has_an_operation_and_every_operation_a_route() {
    let routes = |document: &Value| -> BTreeSet<(String, String)> {
        operations(document).into_iter().map(|(method, path, _)| (method, path)).collect()
    };
    let pair = |method: &str, path: &str| (method.to_owned(), path.to_owned());
    let central = mpp_server::central::all_routes();
    // what takes the rest of a path is a parameter like any other in a description
    let served = central.iter().map(|route| pair(route.method, &route.path.replace("{*", "{"))).collect();
    assert_eq!(routes(&document("central")), served);
    let client = mpp_server::client::all_routes();
    let served = client.iter().map(|route| pair(route.method, route.path)).collect();
    assert_eq!(routes(&document("client")), served);
    // what the Account Aggregator sends, ReBIT describes
    let share = mpp_server::private_share::all_routes();
    let ours = share.iter().filter(|route| !route.path.starts_with("/v2/"));
    let served = ours.map(|route| pair(route.method, route.path)).collect();
    assert_eq!(routes(&document("private-share")), served);
    assert_eq!(share.iter().filter(|route| route.path.starts_with("/v2/")).count(), 2);
}

#[test]
fn every_operation_says_what_it_takes_and_gives() {
    for (name, document) in documents() {
        let tags: BTreeSet<&str> =
            document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
        let mut ids = BTreeSet::new();
        for (method, path, said) in operations(&document) {
            let place = format!("{name}: {method} {path}");
            assert!(
                ids.insert(said["operationId"].as_str().unwrap().to_owned()),
                "{place}: the name is taken"
            );
            let summary = said["summary"].as_str().unwrap();
            assert!(!summary.is_empty() && summary.len() <= 100 && !summary.ends_with('.'), "{place}");
            assert!(said["tags"].as_array().unwrap().iter().all(|tag| tags.contains(tag.as_str().unwrap())));
            let responses = said["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{place}: no answer is described"
            );
            let in_path: BTreeSet<&str> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            let said_of: BTreeSet<&str> = said["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(in_path, said_of, "{place}: `openapi/parameters.rs` does not know a parameter");
        }
    }
}

#[test]
fn the_desk_is_described_alike_at_central_and_at_a_client_server() {
    let (central, client) = (document("central"), document("client"));
    let desk = |document: &Value| -> Vec<Value> {
        let of_desk = |(_, path, _): &(String, String, &Value)| path.starts_with("/v1/desk/");
        operations(document).into_iter().filter(of_desk).map(|(_, _, said)| said.clone()).collect()
    };
    assert!(desk(&central).len() > 40);
    assert_eq!(desk(&central), desk(&client));
}

/// Two types of one name would tell themselves apart by numbers that change with the order of routes.
#[test]
fn no_two_schemas_share_a_name() {
    for (name, document) in documents() {
        let numbered = document["components"]["schemas"].as_object().unwrap().keys();
        let numbered: Vec<_> = numbered.filter(|name| name.ends_with(|c: char| c.is_ascii_digit())).collect();
        assert!(numbered.is_empty(), "{name}: {numbered:?}");
    }
}

#[test]
fn every_schema_is_a_json_schema_and_is_referred_to() {
    for (name, document) in documents() {
        let text = document.to_string();
        for (schema, said) in document["components"]["schemas"].as_object().unwrap() {
            assert!(jsonschema::draft202012::meta::is_valid(said), "{name}: {schema}");
            let reference = format!("\"#/components/schemas/{schema}\"");
            assert!(text.contains(&reference), "{name}: nothing refers to {schema}");
        }
        let dangling = text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
        dangling
            .for_each(|place| assert!(document.pointer(place).is_some(), "{name}: nothing is at {place}"));
    }
}

/// Where a foreign validator of OpenAPI is: where the environment says, or where `cargo xtask set-up` put it.
fn validator() -> Option<PathBuf> {
    let told = std::env::var_os("MPP_OPENAPI_PYTHON").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../openapi-validator/python/venv/bin/python");
    let found = told.unwrap_or(usual);
    if found.exists() {
        return Some(found);
    }
    let required = std::env::var("MPP_REQUIRE_FOREIGN").is_ok_and(|value| value == "1");
    assert!(!required, "openapi-spec-validator is required and not at {}", found.display());
    println!("skipped: openapi-spec-validator is not set up: `cargo xtask set-up` installs it");
    None
}

#[test]
fn a_foreign_validator_takes_them_as_openapi_3_1() {
    let Some(python) = validator() else { return };
    let folder = tempfile::tempdir().unwrap();
    let valid = |text: &str| {
        let path = folder.path().join("document.json");
        std::fs::write(&path, text).unwrap();
        let validator = ["-B", "-m", "openapi_spec_validator", "--schema", "3.1"];
        let output = Command::new(&python).args(validator).arg(&path).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    for (name, text) in texts() {
        let (good, said) = valid(&text);
        assert!(good, "{name}: {said}");
        // it does look: a document in which something is wrong is not taken
        for (right, wrong) in
            [("\"in\": \"path\"", "\"in\": \"road\""), ("\"responses\": {", "\"answers\": {")]
        {
            assert!(text.contains(right));
            assert!(!valid(&text.replace(right, wrong)).0, "{name} with {wrong} was taken");
        }
    }
}
