//! What the fuzz targets do with their input: one function per target, each a property that holds for every input.
//!
//! Everything in `mpp-crypto` that reads bytes from outside is here. "Does not panic" is the least of it: what is read is
//! written again in one form and read as the same, sound things that were altered are refused, and two ways through the
//! same code agree. `mpp-crypto/tests/fuzz_corpora.rs` includes this file and runs the committed corpora through it, so
//! that they are replayed without a nightly compiler.

mod alteration;
mod at_rest;
mod envelope;
mod http;
mod http_message;
mod imports;
mod jose;
#[cfg(feature = "key-file")]
mod key_ring;
mod keys;
mod rebit;
mod tlog;
mod webhook;
pub mod world;

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It was taken for what it claims to be.
    Taken,
    /// It was refused.
    Refused,
}

impl Reading {
    fn of<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() { Self::Taken } else { Self::Refused }
    }
}

/// The body of one target.
pub type Body = fn(&[u8]) -> Reading;

/// Every target by the name of its program and of its folder under `corpus/`.
///
/// A parser that comes to `mpp-crypto` gets a line here, a file of the same name under `fuzz_targets/`, a `[[bin]]` in the
/// manifest, and seeds.
pub const TARGETS: &[(&str, Body)] = &[
    ("at_rest", at_rest::stored_forms),
    ("envelope_header", envelope::header),
    ("envelope_open", envelope::open),
    ("envelope_stream", envelope::stream),
    ("http_message", http_message::signature),
    ("http_signature", http::signature),
    ("import_private", imports::private_key),
    ("import_public", imports::public_keys),
    ("jwk", keys::jwk),
    ("jws_any", imports::jws_under_any_key),
    ("jws_compact", jose::compact),
    ("jws_detached", jose::detached),
    ("key_pem", keys::pem),
    #[cfg(feature = "key-file")]
    ("key_ring_file", key_ring::file),
    ("rebit_ciphertext", rebit::ciphertext),
    ("rebit_key_material", rebit::key_material),
    ("rebit_private_key", rebit::private_key),
    ("rebit_public_key", rebit::public_key),
    ("signed_consent", jose::signed_consent),
    ("tlog_note", tlog::note),
    ("webhook", webhook::message),
];

/// Runs the target of this name.
///
/// # Panics
/// When its property does not hold, or when there is no such target.
pub fn run(name: &str, data: &[u8]) -> Reading {
    let (_, body) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target of this name");
    body(data)
}
