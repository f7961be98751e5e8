//! The published examples of RFC 7515, RFC 7797, RFC 8037 and RFC 7638.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/published_keys.rs"]
#[allow(unreachable_pub, dead_code, reason = "shared by several tests")]
mod published_keys;

use mpp_crypto::import::{ImportError, PublicKeySet};
use mpp_crypto::jose::{JoseError, PayloadForm, VerifiedJws, verify};
use published_keys::{a2_private, a2_public, a3_private, a3_public, okp_private, okp_public};
use serde_json::{Value, json};

const CLAIMS: &[u8] = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
const CLAIMS_TEXT: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const A2_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const A3_SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn keys(jwk: &Value) -> PublicKeySet {
    PublicKeySet::read(jwk.to_string().as_bytes()).unwrap()
}

fn check(jwk: &Value, text: &str) -> Result<VerifiedJws, JoseError> {
    verify(&keys(jwk), text, None, None)
}

#[test]
fn rfc_7515_appendix_a() {
    let a2 = format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS_TEXT}.{A2_SIGNATURE}");
    let a3 = format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS_TEXT}.{A3_SIGNATURE}");
    for (jwk, text) in [(a2_public(), &a2), (a3_public(), &a3)] {
        let verified = check(&jwk, text).unwrap();
        assert_eq!(verified.payload.as_deref(), Some(CLAIMS));
        assert_eq!((verified.kid, verified.typ, verified.form), (None, None, PayloadForm::Attached));
    }
    println!("RFC 7515 appendix A: 2 signatures (A.2 RS256, A.3 ES256)");
}

/// What of appendix A this system must not take: A.1 HS256, A.4 ES512, A.5 unsecured.
#[test]
fn rfc_7515_appendix_a_refusals() {
    let a1 = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS_TEXT}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    let a4 = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    let a5 = format!("eyJhbGciOiJub25lIn0.{CLAIMS_TEXT}.");
    for jwk in [a2_public(), a3_public(), okp_public()] {
        for text in [a1.as_str(), a4, &a5] {
            assert_eq!(check(&jwk, text), Err(JoseError::OtherAlgorithm), "{text}");
        }
    }
    let secret = json!({ "kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" });
    assert_eq!(PublicKeySet::read(secret.to_string().as_bytes()), Err(ImportError::PrivateKey));
    let p521 = json!({ "kty": "EC", "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2" });
    assert_eq!(PublicKeySet::read(p521.to_string().as_bytes()), Err(ImportError::UnsupportedCurve));
    println!(
        "RFC 7515 appendix A refused: 3 signatures (A.1 HS256, A.4 ES512, A.5 none) under 3 keys, 2 keys"
    );
}

/// RFC 7797 §4.1 signs by HMAC: what of it applies to every algorithm are the bytes under the signature.
#[test]
fn rfc_7797_section_4() {
    use hmac::{Hmac, KeyInit, Mac};
    let secret = base64_simd::URL_SAFE_NO_PAD
        .decode_to_vec(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        )
        .unwrap();
    let examples = [
        ("eyJhbGciOiJIUzI1NiJ9", "JC4wMg", "5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ"),
        (
            "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19",
            "$.02",
            "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
        ),
    ];
    for (header, payload, expected) in examples {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(format!("{header}.{payload}").as_bytes());
        let mac = base64_simd::URL_SAFE_NO_PAD.encode_to_string(mac.finalize().into_bytes());
        assert_eq!(mac, expected);
        let detached = format!("{header}..{mac}");
        let refused = verify(&keys(&a2_public()), &detached, Some(b"$.02"), None);
        assert_eq!(refused, Err(JoseError::OtherAlgorithm));
    }
    println!("RFC 7797 section 4: 2 signing inputs");
}

#[test]
fn rfc_8037_appendix_a() {
    let text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let verified = check(&okp_public(), text).unwrap();
    assert_eq!(verified.payload.as_deref(), Some(b"Example of Ed25519 signing".as_slice()));
    let x25519 = json!({ "kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08" });
    assert_eq!(PublicKeySet::read(x25519.to_string().as_bytes()), Err(ImportError::UnsupportedCurve));
    println!("RFC 8037 appendix A: 1 signature (A.4), 1 key refused (A.6 X25519)");
}

#[test]
fn thumbprints() {
    let rfc_7638 = json!({ "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw" });
    let examples = [
        (rfc_7638, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (okp_public(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ];
    for (jwk, expected) in &examples {
        assert_eq!(keys(jwk).only().unwrap().key.thumbprint().as_str(), *expected);
    }
    println!("RFC 7638 section 3.1 and RFC 8037 appendix A.3: {} thumbprints", examples.len());
}

#[cfg(feature = "rs256-sign")]
#[test]
fn the_deterministic_ones_are_made_too() {
    use mpp_crypto::import::read_signing_key;
    use mpp_crypto::jose::{HeaderMembers, sign};
    let made = |jwk: Value, payload: &[u8]| {
        let key = read_signing_key(jwk.to_string().as_bytes()).unwrap();
        sign(&key, HeaderMembers::default(), PayloadForm::Attached, payload).unwrap()
    };
    assert_eq!(made(a2_private(), CLAIMS), format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS_TEXT}.{A2_SIGNATURE}"));
    let okp = made(okp_private(), b"Example of Ed25519 signing");
    assert!(okp.ends_with(
        ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    ));
    assert!(check(&a3_public(), &made(a3_private(), CLAIMS)).is_ok(), "another k than the example's");
    println!("RFC 7515 A.2 and RFC 8037 A.4: 2 signatures made again to the byte");
}
