//! `mpp rebit`, the real program, through its standard input and output: every vector, and lines that are none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Runs `mpp rebit <command>` over these lines; the answers, one for each.
fn run_bytes(command: &str, lines: &[Vec<u8>]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mpp"))
        .args(["rebit", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input: Vec<u8> = lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let answers: Vec<Value> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(answers.len(), lines.len(), "an answer for every line");
    answers
}

fn run(command: &str, requests: &[Value]) -> Vec<Value> {
    let lines: Vec<Vec<u8>> = requests.iter().map(|request| request.to_string().into_bytes()).collect();
    let answers = run_bytes(command, &lines);
    for (request, answer) in requests.iter().zip(&answers) {
        assert_eq!(request["id"], answer["id"]);
    }
    answers
}

fn vector_files() -> [Value; 2] {
    ["rahasya-ecc.json", "rahasya-x25519.json"].map(|name| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/rebit").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    })
}

fn list(file: &Value, name: &str) -> Vec<Value> {
    file[name].as_array().unwrap().clone()
}

/// A request of `ours` about `theirs`, with one member more.
fn request(id: &Value, ours: &Value, theirs: &Value, member: &str, value: &Value) -> Value {
    json!({
        "id": id, "ourPrivateKey": ours["privateKey"], "ourNonce": ours["nonce"],
        "remotePublicKey": theirs["publicKey"], "remoteNonce": theirs["nonce"],
        "remoteExpiry": theirs["expiry"], member: value,
    })
}

#[test]
fn every_positive_vector_is_agreed_sealed_and_opened_to_the_byte() {
    let mut count = 0;
    for file in vector_files() {
        let cases = list(&file, "cases");
        let asked = |from: &str, to: &str, member: &str, value: &str| -> Vec<Value> {
            let ask = |case: &Value| request(&case["id"], &case[from], &case[to], member, &case[value]);
            cases.iter().map(ask).collect()
        };
        let agreed = run("agree", &asked("receiver", "sender", "comment", "note"));
        let sealed = run("seal", &asked("sender", "receiver", "data", "plaintext"));
        let opened = run("open", &asked("receiver", "sender", "base64Data", "ciphertext"));
        for (((case, agreed), sealed), opened) in cases.iter().zip(agreed).zip(sealed).zip(opened) {
            let id = &case["id"];
            assert_eq!(agreed, json!({ "id": id, "ok": true, "sharedSecret": case["sharedSecret"] }));
            assert_eq!(sealed, json!({ "id": id, "ok": true, "base64Data": case["ciphertext"] }));
            assert_eq!(opened, json!({ "id": id, "ok": true, "data": case["plaintext"] }));
            count += 1;
        }
    }
    println!("mpp rebit: {count} positive vectors agreed, sealed and opened");
    assert_eq!(count, 90);
}

#[test]
fn every_negative_vector_is_answered_with_its_reason() {
    let mut count = 0;
    for file in vector_files() {
        for command in ["agree", "seal", "open"] {
            let cases: Vec<Value> =
                list(&file, "negative").into_iter().filter(|case| case["op"] == command).collect();
            let requests: Vec<Value> = cases
                .iter()
                .map(|case| {
                    let mut request = case["input"].clone();
                    request["id"] = case["id"].clone();
                    request
                })
                .collect();
            for (case, answer) in cases.iter().zip(run(command, &requests)) {
                let id = &case["id"];
                if case["expect"] == "reject" {
                    assert_eq!(answer["ok"], false, "{id}");
                    assert_eq!(answer["error"], case["reason"], "{id}");
                    assert!(answer["message"].is_string(), "{id}");
                } else {
                    assert_eq!(answer["ok"], true, "{id}: {answer}");
                    let (member, expected) = match command {
                        "agree" => ("sharedSecret", &case["sharedSecret"]),
                        _ => ("data", &case["plaintext"]),
                    };
                    assert_eq!(answer[member], *expected, "{id}");
                }
                count += 1;
            }
        }
    }
    println!("mpp rebit: {count} negative vectors");
    assert_eq!(count, 125);
}

#[test]
fn every_expiry_vector_is_judged_against_the_machines_clock() {
    let mut count = 0;
    for file in vector_files() {
        let case = &file["cases"][0];
        let expiries = list(&file, "expiry");
        let requests: Vec<Value> = expiries
            .iter()
            .map(|expiry| {
                json!({
                    "id": expiry["expiry"], "ourPrivateKey": case["receiver"]["privateKey"],
                    "remotePublicKey": case["sender"]["publicKey"], "remoteExpiry": expiry["expiry"],
                })
            })
            .collect();
        for (expiry, answer) in expiries.iter().zip(run("agree", &requests)) {
            let error = match expiry["expect"].as_str().unwrap() {
                "valid" => Value::Null,
                "expired" => "KeyExpired".into(),
                "unparseable" => "InvalidExpiry".into(),
                other => panic!("{other}"),
            };
            assert_eq!(answer["error"], error, "{expiry}");
            count += 1;
        }
    }
    println!("mpp rebit: {count} expiry vectors");
    assert_eq!(count, 38);
}

#[test]
fn fresh_keys_of_both_curves_seal_to_each_other() {
    for curve in ["ecc", "x25519"] {
        let keys =
            run("keygen", &[json!({ "id": "a", "curve": curve }), json!({ "id": "b", "curve": curve })]);
        assert_ne!(keys[0]["privateKey"], keys[1]["privateKey"]);
        let party = |key: &Value| {
            let mut party = key.clone();
            party["expiry"] = "2099-12-31T23:59:59.000Z".into();
            party
        };
        let (ours, theirs) = (party(&keys[0]), party(&keys[1]));
        let data = json!("PEFjY291bnQvPg==");
        let sealed = run("seal", &[request(&json!("s"), &ours, &theirs, "data", &data)]);
        let open = request(&json!("o"), &theirs, &ours, "base64Data", &sealed[0]["base64Data"]);
        assert_eq!(run("open", &[open])[0]["data"], data);
        let secrets = [(&ours, &theirs), (&theirs, &ours)]
            .map(|(ours, theirs)| run("agree", &[request(&json!(1), ours, theirs, "x", &json!("y"))]));
        assert_eq!(secrets[0], secrets[1]);
        assert_eq!(secrets[0][0]["sharedSecret"].as_str().unwrap().len(), 64);
    }
}

/// RFC 7748 §6.1.
#[test]
fn x25519_keys_in_hex_are_agreed_on() {
    let answers = run(
        "agree",
        &[json!({
            "id": "rfc7748",
            "ourPrivateKey": "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "remotePublicKey": "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        })],
    );
    let secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    assert_eq!(answers[0]["sharedSecret"], secret);
}

#[test]
fn lines_that_are_no_requests_are_answered_and_end_nothing() {
    let sound = json!({ "id": "sound", "curve": "ecc" }).to_string().into_bytes();
    let bad: [(&[u8], Value); 17] = [
        (b"", Value::Null),
        (b" ", Value::Null),
        (b"{", Value::Null),
        (b"null", Value::Null),
        (b"7", Value::Null),
        (b"\"text\"", Value::Null),
        (b"[\"ecc\"]", Value::Null),
        (b"{\"id\":\"a\",\"curve\":\"ecc\"", Value::Null),
        (b"{\"id\":\"a\",\"curve\":\"ecc\"} {}", Value::Null),
        (b"{\"id\":\"a\",\"curve\":\"\xff\xfe\"}", json!("a")),
        (b"\xff\x00\x01", Value::Null),
        (b"{\"id\":\"b\"}", json!("b")),
        (b"{\"id\":\"c\",\"curve\":7}", json!("c")),
        (b"{\"id\":\"d\",\"curve\":{\"a\":[]}}", json!("d")),
        (b"{\"id\":\"e\",\"curve\":\"P-256\"}", json!("e")),
        (b"{\"id\":\"f\",\"curve\":\"ecc\",\"curve\":\"ecc\"}", json!("f")),
        (b"{\"id\":\"g\",\"curve\":null}", json!("g")),
    ];
    let lines: Vec<Vec<u8>> = bad.iter().flat_map(|(line, _)| [line.to_vec(), sound.clone()]).collect();
    let answers = run_bytes("keygen", &lines);
    for ((line, id), pair) in bad.iter().zip(answers.chunks(2)) {
        let shown = String::from_utf8_lossy(line);
        assert_eq!(pair[0]["error"], "InvalidRequest", "{shown}");
        assert_eq!((&pair[0]["id"], &pair[0]["ok"]), (id, &json!(false)), "{shown}");
        assert_eq!(pair[1]["ok"], true, "behind {shown}");
    }
}

#[test]
fn missing_members_are_named_and_bad_data_is_told_from_bad_ciphertext() {
    let case = &vector_files()[0]["cases"][0];
    let full = request(&json!("m"), &case["sender"], &case["receiver"], "data", &case["plaintext"]);
    for member in ["ourPrivateKey", "remotePublicKey", "remoteExpiry", "ourNonce", "remoteNonce", "data"] {
        let mut lacking = full.clone();
        lacking.as_object_mut().unwrap().remove(member);
        let answer = &run("seal", &[lacking])[0];
        assert_eq!(answer["error"], "InvalidRequest");
        assert_eq!(answer["message"], format!("{member} is missing"));
    }
    let bad = request(&json!("m"), &case["sender"], &case["receiver"], "data", &json!("not base64"));
    assert_eq!(run("seal", &[bad])[0]["error"], "InvalidRequest");
    let bad = request(&json!("m"), &case["sender"], &case["receiver"], "base64Data", &json!("not base64"));
    assert_eq!(run("open", &[bad])[0]["error"], "InvalidEncoding");
}

#[test]
fn a_huge_line_is_passed_over_and_a_large_document_is_not() {
    let case = &vector_files()[1]["cases"][0];
    let sound = json!({ "id": "sound", "curve": "x25519" }).to_string().into_bytes();
    let answers = run_bytes("keygen", &[vec![b'x'; 65 << 20], sound]);
    assert_eq!(answers[0]["error"], "RequestTooLong");
    assert_eq!(answers[1]["ok"], true);

    let document = base64_simd::STANDARD.encode_to_string(vec![b'x'; 8 << 20]);
    let ask = request(&json!(1), &case["sender"], &case["receiver"], "data", &json!(document));
    let sealed = run("seal", &[ask]).remove(0);
    let ask = request(&json!(2), &case["receiver"], &case["sender"], "base64Data", &sealed["base64Data"]);
    assert!(run("open", &[ask])[0]["data"] == document.as_str());
}

#[test]
fn each_answer_is_there_before_the_next_line_is_written() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mpp"))
        .args(["rebit", "keygen"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["one", "two", "three"] {
        writeln!(stdin, "{}", json!({ "id": id, "curve": "x25519" })).unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["id"], id);
    }
    // The last line may end without a line end.
    write!(stdin, "{}", json!({ "id": "four", "curve": "ecc" })).unwrap();
    drop(stdin);
    assert!(answers.next().unwrap().unwrap().contains("\"four\""));
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}
