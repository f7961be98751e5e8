//! Seeds of JWS in the three forms that come in, under the keys that the targets know.

use mpp_crypto::jws;

use super::Seed;
use crate::targets::world::{ED25519, ES256, RSA_KID};

/// The body of the documented `x-jws-signature`, and its two forms.
const BODY: &str = r#"{"ver":"2.0.0","timestamp":"2026-01-15T09:30:00.000Z","txnid":"8c1b6a0e-2d57-4a0b-9b73-5f0d6a4e1c22","ConsentHandle":"d2f0b8a4-6a0f-4a56-8a35-6a3f7f0c9b10"}"#;
const RAW: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjZiMWYyYTU0LTdjMWUtNGYwZS05ZDBiLTJmNWYwZTZhOWMxMSIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..euW8GiIjSaXUTI5XqnZGWGIo1GzwPF4nKWpfOvE59AJmV1SKRIXCPyo-sUy3tfjz2nTEBP7oAeRh5ax-sBf6lUIE-EgVT42uAmcKcyZZ5PYGQn1wNX7tOQop7CIQ6-Qre3pIo0V4a-KVucc0zajD1NJ-dUvBZwnOkHbgal_igE0fOsPrYhNniR7wwXYhOluA3rdVf6oVCItLP9gc1mrG-Q9Qma3ghD9ucOy7Al4EBb5s6lgXzPhuvU4AcL5eS6CATvXXoLHKyhMe3pzv9MergYPlgLO7qfSSvM0Hvk8aUEwR9v2mRCe41wr68EzTIkQlEgx_UhW21DdvsUO8rEiPbg";
const ORDINARY: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjZiMWYyYTU0LTdjMWUtNGYwZS05ZDBiLTJmNWYwZTZhOWMxMSJ9..Hcgq2qFXF4Izm_6MO3_Odmb-p0CqGUzVbrrQhzhOHXIxXMGuD2Lz7Ukf1XG5nyPsZbIhDvqhcN-cHvPi2oS97uqybsWmi84kdPeMqNWBnEUMtQG2jBC23f0RKJ_pq6XcjRYZ3okch_-BBcgifRelY-dO-BdH5Cb3Xe_V8eaUZ1uVyBEBQVAKJHdNUfFHkMb3CgwUPzvwi7frwsWyvV-Y2PafHEipcdc1CSi8Mi87xBTTCWxQeH3xuVHsP_hAyMrxtEHn4Mmuv9Qq3tzJeysa4sv3nCXJQv4kUycia_5FYbHsqKWLFLnRG9mIpeFAbayZS5lgHgh5YIHnsfPahwqZyA";

pub fn seeds() -> Vec<Seed> {
    let mut seeds = compact();
    seeds.extend(rs256());
    seeds
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

fn compact() -> Vec<Seed> {
    let seed = |name: &str, text: &str| Seed::new("jws_compact", name, [b"\x01", text.as_bytes()].concat());
    let mut seeds = vec![seed("dots", "..."), seed("two parts", "e30.e30"), seed("padded", "e30=.e30=.e30=")];
    for (name, key) in [("es256", &ES256), ("eddsa", &ED25519)] {
        let jws = jws::sign(key, "mpp-artefact+jwt", &serde_json::json!({ "a": [1, "b", null] })).unwrap();
        let (signed, signature) = jws.as_str().rsplit_once('.').unwrap();
        seeds.push(seed(name, jws.as_str()));
        let other = signature.replace('A', "B").replace('a', "b");
        seeds.push(seed(&format!("{name} other signature"), &format!("{signed}.{other}")));
        let (_, payload) = signed.split_once('.').unwrap();
        let kid = key.kid();
        for header in [
            format!(r#"{{"alg":"none","kid":"{kid}","typ":"mpp-artefact+jwt"}}"#),
            format!(r#"{{"crit":["exp"],"alg":"ES256","kid":"{kid}","typ":"x"}}"#),
            format!(r#"{{"alg":"ES256","alg":"EdDSA","kid":"{kid}","typ":"x"}}"#),
            r#"{"alg":"ES256","kid":"","typ":"x"}"#.to_owned(),
        ] {
            let text = format!("{}.{payload}.{signature}", encode(&header));
            seeds.push(seed(&format!("{name} {}", &header[..25]), &text));
        }
    }
    seeds
}

pub fn rs256() -> Vec<Seed> {
    let detached = |name: &str, value: &str| Seed::new("jws_detached", name, format!("{value}\n{BODY}"));
    let consent = |name: &str, text: &str| Seed::new("signed_consent", name, text);
    let mut seeds = vec![detached("raw payload", RAW), detached("ordinary", ORDINARY)];
    seeds.push(Seed::new("jws_detached", "another body", format!("{RAW}\n{{}}")));
    for (name, value) in [("raw payload", RAW), ("ordinary", ORDINARY)] {
        let attached = value.replace("..", &format!(".{}.", encode(BODY)));
        seeds.push(consent(name, &attached));
        seeds.push(consent(&format!("{name} cut off"), &attached[..attached.len() - 1]));
        seeds.push(consent(&format!("{name} without payload"), value));
        seeds.push(detached(&format!("{name} attached"), &attached));
    }
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"RS256","kid":"another"}"#,
        &format!(r#"{{"b64":false,"alg":"RS256","kid":"{RSA_KID}"}}"#),
        &format!(r#"{{"b64":true,"crit":["b64"],"alg":"RS256","kid":"{RSA_KID}"}}"#),
        &format!(r#"{{"crit":["exp"],"alg":"RS256","kid":"{RSA_KID}"}}"#),
        &format!(r#"{{"b64":"false","alg":"RS256","kid":"{RSA_KID}"}}"#),
    ] {
        let header_text = encode(header);
        let signature = RAW.split_once("..").unwrap().1;
        seeds.push(detached(header, &format!("{header_text}..{signature}")));
        seeds.push(consent(header, &format!("{header_text}.{}.{signature}", encode(BODY))));
    }
    seeds
}
