//! `signedConsent`: the published example verifies only as this system reads it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/shared_files.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod shared_files;

use mpp_core::{Kid, PublicJwk};
use mpp_crypto::detached::RebitSignatureError;
use mpp_crypto::rs256::VerifyingKey;
use mpp_crypto::signed_consent::{claimed_kid, verify};

const KID: &str = "4271913e-7b93-49dd-9949-1c76ff5fc5cf";
const MODULUS: &str = "pA2LihUAwJ4yO0IwHlY0F0N-oAr9OgCXUL4uryK39PP9f-s0aGL1Q_4sj6AR7xJDivSAlQeW6_yAEjunnNNUl45Su1m2n9LX2YyuU4-4UzCq2c-1oMcQ9ChmYZ9k2HyWxRUZjVlnIiHHXNGrVvdGRAR7Z7kMrGq1pdPv35oPKZO1YM9nmsjUOUlPgQSwOSGYokNjT96QCOWElid_C6gRwtMc6YyVLXEXYj16xR_OqDWSyEbUO7P1xrZh4b-ekvahL2so1aH6_aqyP70RG2y8zC-oREd1v3MnsMGSjlGjGSifo21hYYXW45OEp5-ygFhBOM0SMhP0O_5rM7tsgO6cZw";

fn key(kid: &Kid) -> Option<VerifyingKey> {
    let jwk = PublicJwk::Rsa { e: "AQAB".to_owned(), n: MODULUS.to_owned() };
    (kid.as_str() == KID).then(|| VerifyingKey::from_jwk(&jwk).unwrap())
}

/// The example of `ConsentArtefact.signedConsent`: the first three-part JWS after that name.
fn published_example() -> Option<String> {
    let text = shared_files::read_shared("rebit/AA-v2.yaml")?;
    let found = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).find(|word| {
        word.starts_with("eyJ")
            && word.matches('.').count() == 2
            && !word.contains("..")
            && claimed_kid(word).is_ok()
    });
    Some(found.expect("the example is in the published file").to_owned())
}

#[test]
fn the_published_example_verifies() {
    let Some(example) = published_example() else { return };
    let verified = verify(&example, key).unwrap();
    assert_eq!(verified.kid.as_str(), KID);
    assert_eq!(verified.signature, example.rsplit('.').next().unwrap());
    let payload: serde_json::Value = serde_json::from_slice(&verified.payload).unwrap();
    assert!(payload.get("consentStart").is_some());
    assert!(!format!("{verified:?}").contains("consentStart"), "the payload names a person");
}

#[test]
fn an_altered_example_is_refused() {
    let Some(example) = published_example() else { return };
    let (head, signature) = example.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let flipped = format!("{}{}", if payload.starts_with('e') { "f" } else { "e" }, &payload[1..]);
    assert_eq!(verify(&format!("{header}.{flipped}.{signature}"), key), Err(RebitSignatureError::Signature));
    assert_eq!(verify(&format!("{header}..{signature}"), key), Err(RebitSignatureError::Malformed));
    assert_eq!(verify(&format!("{header}.{payload}"), key), Err(RebitSignatureError::Malformed));
    assert_eq!(verify(&format!("{example}."), key), Err(RebitSignatureError::Malformed));
    assert_eq!(verify(&example, |_| None::<VerifyingKey>), Err(RebitSignatureError::UnknownKey));
}

#[cfg(feature = "rs256-sign")]
mod signing {
    use super::*;
    use mpp_crypto::{rs256::SigningKey, signed_consent};

    #[test]
    fn what_an_account_aggregator_signs_verifies() {
        let key = SigningKey::generate("aa-key".parse().unwrap()).unwrap();
        let text = signed_consent::sign(&key, b"{\"consentStart\":\"now\"}").unwrap();
        let verified = verify(&text, |_| Some(key.public())).unwrap();
        assert_eq!(verified.payload, b"{\"consentStart\":\"now\"}");
        assert!(text.ends_with(&verified.signature));
    }

    #[test]
    fn the_ordinary_form_verifies_too() {
        let key = SigningKey::generate("aa-key".parse().unwrap()).unwrap();
        let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
        let signed = format!("{}.{}", encode(b"{\"alg\":\"RS256\",\"kid\":\"aa-key\"}"), encode(b"{}"));
        let text = format!("{signed}.{}", encode(&key.sign(signed.as_bytes()).unwrap()));
        assert_eq!(verify(&text, |_| Some(key.public())).unwrap().payload, b"{}");
    }
}
