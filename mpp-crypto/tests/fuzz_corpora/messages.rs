//! Seeds of signed requests and webhooks, and of what our own storage holds, under the keys that the targets know.

use mpp_crypto::at_rest::{FieldPlace, ItemKey, seal_field};
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts};
use mpp_crypto::webhook::{self, WebhookSigner};

use super::Seed;
use crate::targets::world::{ED25519, EPOCHS, ES256, HMAC, Seeded, now};

pub fn seeds() -> Vec<Seed> {
    [http(), webhooks(), stored(), notes()].into_iter().flatten().collect()
}

/// An odd choice: the rest is the thing itself.
fn odd(rest: impl AsRef<[u8]>) -> Vec<u8> {
    [b"\x01", rest.as_ref()].concat()
}

/// Notes, verifier keys, checkpoints and paths of tiles, as the specifications show them, and with faults.
fn notes() -> Vec<Seed> {
    let seed = |name: &str, text: &str| Seed::new("tlog_note", name, odd(text));
    let note = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let checkpoint = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    vec![
        seed("a note", note),
        seed("a note twice", &note.repeat(2)),
        seed("a note without its end", note.trim_end()),
        seed("a verifier key", key),
        seed("a verifier key of another id", &key.replace("530d", "530e")),
        seed("a checkpoint", checkpoint),
        seed("a checkpoint with an extension", &format!("{checkpoint}more\n")),
        seed("a checkpoint with a zero too many", &checkpoint.replace("208", "0208")),
        seed("a tile", "0/x001/x234/067"),
        seed("a partial tile", "2/x001/000.p/112"),
        seed("a tile that is too wide", "2/000.p/256"),
    ]
}

/// The request that the target verifies odd inputs against.
fn http() -> Vec<Seed> {
    let seed = |name: &str, lines: [&str; 3]| Seed::new("http_signature", name, odd(lines.join("\n")));
    let parts = RequestParts {
        method: "POST",
        authority: "central.example",
        path: "/v1/parcels",
        query: Some("a=1"),
        content_digest: Some(ContentDigest::of(b"{}")),
        fields: &[("x-field", "x")],
    };
    let nonce: Nonce = "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    let mut seeds = Vec::new();
    for (name, key) in [("ed25519", &ED25519), ("es256", &ES256)] {
        let headers = http_signature::sign(&parts, key, now(), &nonce).unwrap();
        let (input, signature) = (&headers.signature_input, &headers.signature);
        let digest = headers.content_digest.as_deref().unwrap();
        let named = |what: &str| format!("{name} {what}");
        seeds.push(seed(name, [input, signature, digest]));
        seeds.push(seed(&named("spaced"), [&input.replace("\" \"", "\"   \""), signature, digest]));
        seeds.push(seed(&named("another label"), [&input.replace("mpp=", "sig="), signature, digest]));
        seeds.push(seed(
            &named("two"),
            [&format!("a=(), {input}"), &format!("a=:AA==:, {signature}"), digest],
        ));
        seeds.push(seed(&named("not covered"), [&input.replace("\"@query\" ", ""), signature, digest]));
        seeds.push(seed(&named("stale"), [&input.replace("created=1", "created=-1"), signature, digest]));
    }
    let everything = r#"a=("x" "y\"z");n=-12;t=tok;b=:AQI=:;f=?0;g;s="q\\", b=()"#;
    let digests = "sha-512=:AQI=:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    seeds.push(seed("every kind of item", [everything, "a=:AQI=:, b=:AQI=:", digests]));
    seeds.push(seed("empty", ["", "", ""]));
    seeds
}

fn webhooks() -> Vec<Seed> {
    let body = "{\"type\":\"parcel.available\"}";
    let signers = [WebhookSigner::Ed25519(&ED25519), WebhookSigner::Hmac(&HMAC)];
    let good = webhook::sign("msg_1", now(), body.as_bytes(), &signers).unwrap();
    let seed = |name: &str, lines: [&str; 4]| Seed::new("webhook", name, odd(lines.join("\n")));
    let (at, signature) = (good.timestamp.as_str(), good.signature.as_str());
    vec![
        seed("both signatures", ["msg_1", at, signature, body]),
        seed("one unknown before", ["msg_1", at, &format!("v9,AAAA {signature}"), body]),
        seed("exchanged versions", ["msg_1", at, &signature.replace("v1a,", "v1,"), body]),
        seed("dotted id", ["msg.1", at, signature, body]),
        seed("no time", ["msg_1", "", signature, body]),
        seed("signed time", ["msg_1", "-1", signature, body]),
        seed("far time", ["msg_1", "9223372036854775807", signature, body]),
        seed("no signature", ["msg_1", at, "", body]),
        Seed::new("webhook", "a secret", odd(HMAC.to_text().as_bytes())),
        Seed::new("webhook", "a short secret", odd("whsec_AAAA")),
    ]
}

fn stored() -> Vec<Seed> {
    let place = FieldPlace { table: "customers", row: "row-1", column: "mobile" };
    let field = seal_field(&EPOCHS, &place, b"+91 98765 43210", &Seeded::new(20)).unwrap().to_bytes();
    let key = ItemKey::generate(&Seeded::new(21));
    let wrapped = key.wrap(&EPOCHS, "item-1", &Seeded::new(22)).unwrap().to_bytes();
    let item_field = key.seal_field(&place, b"text", &Seeded::new(23)).unwrap().to_bytes();
    let seed = |name: &str, bytes: &[u8]| Seed::new("at_rest", name, odd(bytes));
    vec![
        seed("a field", &field),
        seed("a field cut off", &field[..20]),
        seed("a field of an unknown epoch", &[&[1, 9][..], &field[2..]].concat()),
        seed("a field of an item", &item_field),
        seed("a wrapped key", &wrapped),
        seed("a wrapped key cut off", &wrapped[..wrapped.len() - 1]),
        seed("an unknown form", &[3, 1, 2, 3]),
        seed("nothing", &[]),
    ]
}
