//! Seeds from `tests/vectors`.

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::Seed;

/// Longer envelopes than this would only slow the fuzzer.
const MAX_ENVELOPE: usize = 4096;

pub fn seeds() -> Vec<Seed> {
    let mut seeds = envelopes();
    for flavour in ["ecc", "x25519"] {
        seeds.extend(rebit(flavour));
    }
    distinct(seeds)
}

fn read(path: &str) -> Value {
    let full = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(path);
    serde_json::from_str(&std::fs::read_to_string(full).unwrap()).unwrap()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn envelopes() -> Vec<Seed> {
    let file = read("envelope-v1/basic.json");
    let cases = ["positive", "negative"].into_iter().flat_map(|kind| file[kind].as_array().unwrap());
    let mut seeds = Vec::new();
    for case in cases.filter(|case| case["envelope"].is_string()) {
        let bytes = STANDARD.decode_to_vec(text(case, "envelope")).unwrap();
        if bytes.len() <= MAX_ENVELOPE {
            seeds.push(Seed::new("envelope_open", text(case, "note"), &bytes));
            seeds.push(Seed::new("envelope_header", text(case, "note"), &bytes[..bytes.len().min(400)]));
        }
    }
    seeds
}

fn rebit(flavour: &str) -> Vec<Seed> {
    let file = read(&format!("rebit/rahasya-{flavour}.json"));
    let negative = file["negative"].as_array().unwrap();
    let baseline = &negative[0]["input"];
    let mut seeds: Vec<Seed> = negative.iter().flat_map(|case| rebit_case(case, baseline, flavour)).collect();
    for (at, case) in file["expiry"].as_array().unwrap().iter().enumerate() {
        let material = json!({
            "DHPublicKey": { "expiry": text(case, "expiry"), "KeyValue": text(baseline, "remotePublicKey") },
            "Nonce": text(baseline, "remoteNonce"),
        });
        seeds.push(Seed::new("rebit_key_material", &format!("{flavour} expiry {at}"), material.to_string()));
    }
    for case in file["cases"].as_array().unwrap().iter().take(8) {
        seeds.push(Seed::new("rebit_private_key", text(case, "id"), text(&case["sender"], "privateKey")));
    }
    seeds
}

/// What one negative case gives to the targets that read the input in which it is negative.
fn rebit_case(case: &Value, baseline: &Value, flavour: &str) -> Vec<Seed> {
    let (id, input) = (text(case, "id"), &case["input"]);
    let mut seeds = vec![Seed::new("rebit_public_key", id, text(input, "remotePublicKey"))];
    let differs = |name: &str| input[name].is_string() && input[name] != baseline[name];
    if differs("remoteExpiry") || differs("remoteNonce") {
        let material = json!({
            "cryptoAlg": "ECDH", "curve": "Curve25519", "params": "",
            "DHPublicKey": {
                "expiry": text(input, "remoteExpiry"), "Parameters": "", "KeyValue": text(input, "remotePublicKey"),
            },
            "Nonce": text(input, "remoteNonce"),
        });
        seeds.push(Seed::new("rebit_key_material", id, material.to_string()));
    }
    if differs("base64Data") || id.ends_with("001") {
        let choice = if flavour == "ecc" { 1 } else { 3 };
        let data = [&[choice], text(input, "base64Data").as_bytes()].concat();
        seeds.push(Seed::new("rebit_ciphertext", id, data));
    }
    if case["reason"] == "InvalidPrivateKey" {
        seeds.push(Seed::new("rebit_private_key", id, text(input, "ourPrivateKey")));
    }
    seeds
}

/// Many cases of the vectors differ in another input than the one that a target reads.
fn distinct(seeds: Vec<Seed>) -> Vec<Seed> {
    let mut seen = std::collections::BTreeSet::new();
    seeds.into_iter().filter(|seed| seen.insert((seed.target, seed.bytes.clone()))).collect()
}
