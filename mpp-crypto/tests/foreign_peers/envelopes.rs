//! Envelope v1 against two HPKE libraries that know nothing of it.

use mpp_core::{ConsentId, ParcelId, PartnerId};
use mpp_crypto::envelope::{CHUNK_LEN, ContentType, Context, Purpose, inspect, open_all, seal_all};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey};
use serde_json::{Value, json};

use crate::peer::{self, Peer, bytes, encoded};
use crate::seeded::SeededEntropy;

const LENGTHS: [usize; 6] = [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 200_000];
const SEALED_CHUNK_LEN: usize = CHUNK_LEN + 16;

fn ring() -> EnvelopeKeyRing {
    EnvelopeKeyRing::new(EnvelopePrivateKey::generate(&SeededEntropy::new(1)))
}

fn context() -> Context {
    Context {
        purpose: Purpose::Parcel,
        partner: PartnerId::from_random([0xa1; 16]),
        consent: ConsentId::from_random([0xb2; 16]),
        parcel: ParcelId::from_random([0xc3; 16]),
        source: "provider:sandbox-bureau".parse().unwrap(),
        content_type: ContentType::json(),
    }
}

/// A short text sealed by us.
pub(crate) fn sealed(text: &[u8]) -> Vec<u8> {
    seal_all(text, ring().current().public(), &context(), &SeededEntropy::new(5)).unwrap()
}

fn as_json(context: &Context) -> Value {
    json!({
        "purpose": context.purpose,
        "partner": context.partner,
        "consent": context.consent,
        "parcel": context.parcel,
        "source": context.source.to_string(),
        "contentType": context.content_type.as_str(),
    })
}

fn plaintext(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn opened_by(peer: &Peer, envelope: &[u8]) -> Result<Vec<u8>, String> {
    let private = ring().current().to_pkcs8_pem();
    let request = json!({
        "privateKey": *private, "context": as_json(&context()), "envelope": encoded(envelope),
    });
    peer.ask("envelope_open", request).map(|answer| bytes(&answer, "plaintext"))
}

fn sealed_by(peer: &Peer, text: &[u8]) -> Vec<u8> {
    let jwk = ring().current().public().to_jwk();
    let request = json!({ "publicJwk": jwk, "context": as_json(&context()), "plaintext": encoded(text) });
    bytes(&peer.ask("envelope_seal", request).unwrap(), "envelope")
}

#[test]
fn peers_open_what_we_seal() {
    let ring = ring();
    for peer in peer::all() {
        for length in LENGTHS {
            let text = plaintext(length);
            let sealed =
                seal_all(&text, ring.current().public(), &context(), &SeededEntropy::new(2)).unwrap();
            assert!(opened_by(&peer, &sealed).unwrap() == text, "{} {length}", peer.name);
        }
    }
}

#[test]
fn we_open_what_peers_seal() {
    let ring = ring();
    for peer in peer::all() {
        for length in LENGTHS {
            let text = plaintext(length);
            let sealed = sealed_by(&peer, &text);
            let header = inspect(&sealed).unwrap().header;
            assert_eq!((&header.context, &header.kid), (&context(), ring.current().kid()));
            assert!(*open_all(&sealed, &ring, &context()).unwrap() == text, "{} {length}", peer.name);
        }
    }
}

/// Every kind of alteration of an envelope of three chunks.
fn alterations(sealed: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let chunks = inspect(sealed).unwrap().chunks_start;
    let flipped = |at: usize| {
        let mut altered = sealed.to_vec();
        altered[at] ^= 1;
        altered
    };
    let second = chunks + SEALED_CHUNK_LEN;
    let third = second + SEALED_CHUNK_LEN;
    let exchanged =
        [&sealed[..chunks], &sealed[second..third], &sealed[chunks..second], &sealed[third..]].concat();
    vec![
        ("the envelope's own id", flipped(12)),
        ("the parcel", flipped(61)),
        ("the encapsulated key", flipped(chunks - 1)),
        ("the first byte", flipped(chunks)),
        ("a tag", flipped(second - 1)),
        ("the last tag", flipped(sealed.len() - 1)),
        ("exchanged chunks", exchanged),
        ("a missing chunk", [&sealed[..chunks], &sealed[second..]].concat()),
        ("a missing last chunk", sealed[..third].to_vec()),
        ("a byte missing at the end", sealed[..sealed.len() - 1].to_vec()),
        ("a byte behind the end", [sealed, &[0]].concat()),
    ]
}

#[test]
fn altered_envelopes_are_refused_on_both_sides() {
    let ring = ring();
    for peer in peer::all() {
        let text = plaintext(200_000 - CHUNK_LEN);
        let ours = seal_all(&text, ring.current().public(), &context(), &SeededEntropy::new(3)).unwrap();
        for sealed in [ours, sealed_by(&peer, &text)] {
            for (what, altered) in alterations(&sealed) {
                assert!(opened_by(&peer, &altered).is_err(), "{} opened with {what} altered", peer.name);
                assert!(open_all(&altered, &ring, &context()).is_err(), "we opened with {what} altered");
            }
        }
    }
}
