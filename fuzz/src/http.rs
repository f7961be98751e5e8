//! HTTP message signatures: `signature-input`, `signature`, `content-digest`.

use mpp_core::{Kid, Span};
use mpp_crypto::http_signature::{
    ContentDigest, HttpSignatureError, Nonce, RequestParts, SignatureHeaders, claimed_kid, sign, verify,
};
use mpp_crypto::{SigningKey, VerifyingKey};

use super::Reading;
use super::alteration::Alteration;
use super::world::{ED25519, ES256, now};

const BODY: &[u8] = b"{}";

/// The input begins with a choice. An odd one: the rest is the three header values, a line each, as anybody may send
/// them. An even one: the rest is a query and a field of a request, which is signed, altered and refused.
pub(crate) fn signature(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    if choice & 1 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return Reading::Refused };
        return raw_headers(text);
    }
    let key: &SigningKey = if choice & 2 == 0 { &ES256 } else { &ED25519 };
    let Some((alteration, rest)) = Alteration::split_off(rest) else { return Reading::Refused };
    let Ok(text) = std::str::from_utf8(rest) else { return Reading::Refused };
    altered_request(key, alteration, text)
}

/// What stands is claimed by the key that signed; a digest that is read is written in one form.
fn raw_headers(text: &str) -> Reading {
    let mut lines = text.splitn(3, '\n');
    let [signature_input, signature, digest] = [(); 3].map(|()| lines.next().unwrap_or_default().to_owned());
    if let Ok(read) = ContentDigest::parse(&digest) {
        assert_eq!(ContentDigest::parse(&read.to_string()), Ok(read));
    }
    let headers = SignatureHeaders { content_digest: Some(digest), signature_input, signature };
    let fields = [("x-field", "x")];
    let verified = verify(&request("a=1", &fields), &headers, known_key, now(), Span::from_minutes(5));
    if let Ok(signer) = &verified {
        assert_eq!(claimed_kid(&headers).as_ref(), Ok(&signer.kid));
        assert_eq!(signer.nonce.as_str().parse::<Nonce>().as_ref(), Ok(&signer.nonce));
        let other = verify(&request("a=2", &fields), &headers, known_key, now(), Span::from_minutes(5));
        assert_eq!(other, Err(HttpSignatureError::Signature));
    }
    Reading::of(&verified)
}

/// A request that is signed stands; the same signature over another query, or altered itself, does not.
fn altered_request(key: &SigningKey, alteration: Alteration, text: &str) -> Reading {
    let (query, field) = text.split_once('\n').unwrap_or((text, "x"));
    let nonce: Nonce = "AAAAAAAAAAAAAAAAAAAAAA".parse().expect("a nonce");
    let fields = [("x-field", field)];
    let parts = request(query, &fields);
    let Ok(headers) = sign(&parts, key, now(), &nonce) else { return Reading::Refused };
    let check = |parts: &RequestParts<'_>, headers: &SignatureHeaders| {
        verify(parts, headers, known_key, now(), Span::from_minutes(5))
    };
    assert_eq!(check(&parts, &headers).map(|signer| signer.kid).as_ref(), Ok(key.kid()));
    let Some(other_query) = alteration.apply_to_text(query) else { return Reading::Refused };
    let other = check(&request(&other_query, &fields), &headers);
    assert_eq!(other.is_ok(), other_query == query, "{query:?} {other_query:?}");
    let Some(signature) = alteration.apply_to_text(&headers.signature) else { return Reading::Refused };
    let altered = SignatureHeaders { signature, ..headers.clone() };
    let other = check(&parts, &altered);
    let same = |text: &str| text.replace([' ', '\t', '='], "");
    assert!(other.is_err() || same(&altered.signature) == same(&headers.signature), "{}", altered.signature);
    Reading::of(&other)
}

fn request<'a>(query: &'a str, fields: &'a [(&'a str, &'a str)]) -> RequestParts<'a> {
    RequestParts {
        method: "POST",
        authority: "central.example",
        path: "/v1/parcels",
        query: Some(query),
        content_digest: Some(ContentDigest::of(BODY)),
        fields,
    }
}

fn known_key(kid: &Kid) -> Option<VerifyingKey> {
    [ES256.public(), ED25519.public()].into_iter().find(|key| key.kid() == kid).cloned()
}
