//! RFC 9421 appendix B.2.6, and the corners of the structured fields.

use mpp_core::{OkpCurve, PublicJwk};

use super::*;

/// The request of appendix B.2, the key of B.1.4, the signature of B.2.6. The vector covers less than this system insists
/// on and has no nonce: it is held against the signature base and the signature, below [`verify`]'s demands.
#[test]
fn the_ed25519_example_of_rfc_9421_verifies() {
    let key = VerifyingKey::from_jwk(&PublicJwk::Okp {
        crv: OkpCurve::Ed25519,
        x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs".to_owned(),
    })
    .unwrap();
    let parts = RequestParts {
        method: "POST",
        authority: "example.com",
        path: "/foo",
        query: Some("param=Value&Pet=dog"),
        content_digest: None,
        fields: &[
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("content-type", "application/json"),
            ("content-length", "18"),
        ],
    };
    let mut headers = SignatureHeaders {
        content_digest: None,
        signature_input: "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
                          ;created=1618884473;keyid=\"test-key-ed25519\""
            .to_owned(),
        signature: "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
            .to_owned(),
    };
    let received = Received::read(&headers).unwrap();
    assert_eq!(received.check_signature(&parts, &headers, &key), Ok(()));
    assert_eq!(received.kid().unwrap().as_str(), "test-key-ed25519");
    assert_eq!(
        base::signature_base(&parts, None, &received.input).unwrap(),
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\"@authority\": example.com\n\
         \"content-type\": application/json\n\"content-length\": 18\n\
         \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
         ;created=1618884473;keyid=\"test-key-ed25519\""
    );
    headers.signature = headers.signature.replace("wqcA", "wqcB");
    let received = Received::read(&headers).unwrap();
    assert_eq!(received.check_signature(&parts, &headers, &key), Err(HttpSignatureError::Signature));
}

#[test]
fn lists_are_written_in_their_one_form() {
    let text = "a=(  \"x\"   \"y\\\"z\" );n=-12;t=tok;b=:AQI=:;f=?0;g;s=\"q\\\\\" , b=()";
    let members = structured_field::parse_inner_lists(text).unwrap();
    assert_eq!(members[0].1.to_string(), "(\"x\" \"y\\\"z\");n=-12;t=tok;b=:AQI=:;f=?0;g;s=\"q\\\\\"");
    assert_eq!(members[1].1.to_string(), "()");
    let text = "a=(\"x\";  req \"y\";key=\"k\";sf)";
    let members = structured_field::parse_inner_lists(text).unwrap();
    assert_eq!(members[0].1.to_string(), "(\"x\";req \"y\";key=\"k\";sf)");
}

#[test]
fn what_is_no_structured_field_is_refused() {
    for bad in [
        "",
        "a",
        "a=",
        "a=(",
        "a=(\"x\"",
        "a=(\"x\"\"y\")",
        "a=(\"x\";)",
        "a=(\"x\";req;req)",
        "a=(x)",
        "a=(\"x\");",
        "a=(\"x\");n=1.5",
        "a=(\"x\");n=1;n=2",
        "a=(),a=()",
        "a=(),",
        "A=()",
        "a=(\"\u{e4}\")",
        "a=(\"x\ny\")",
        "a=();n=1234567890123456",
        "a=(\"\\x\")",
        "a=();f=?2",
    ] {
        assert!(structured_field::parse_inner_lists(bad).is_none(), "{bad:?}");
    }
    for bad in ["", "a=1", "a=:", "a=:*:", "a=:AQI=:;p", "a=:AQI=: b"] {
        assert!(structured_field::parse_byte_sequences(bad).is_none(), "{bad:?}");
    }
}
