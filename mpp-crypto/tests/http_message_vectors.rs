//! The published examples of RFC 9421 and RFC 9530.
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

use mpp_core::{Kid, Timestamp};
use mpp_crypto::AnyVerifyingKey;
use mpp_crypto::http_signature::message::{Message, Request, Response, VerifiedMessage, verify};
use mpp_crypto::http_signature::{ContentDigest, HttpSignatureError};
use mpp_crypto::import::PublicKeySet;
use published_keys::{CERTIFICATE, ED25519, P256, RSA_PKCS1};

const REQUEST_BODY: &[u8] = b"{\"hello\": \"world\"}";
const REQUEST_DIGEST: &str =
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
const RESPONSE_BODY: &[u8] = b"{\"message\": \"good dog\"}";
const RESPONSE_DIGEST: &str =
    "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:";
const BUSY_BODY: &[u8] = b"{\"busy\": true, \"message\": \"Your call is very important to us\"}";
const BUSY_DIGEST: &str =
    "sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:";

type Fields<'a> = Vec<(&'a str, &'a str)>;

fn key(kid: &Kid) -> Option<AnyVerifyingKey> {
    let text = match kid.as_str() {
        "test-key-rsa" => RSA_PKCS1,
        "test-key-ecc-p256" => P256,
        "test-key-ed25519" => ED25519,
        _ => return None,
    };
    Some(PublicKeySet::read(text.as_bytes()).unwrap().only().unwrap().key.clone())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis(seconds * 1000).unwrap()
}

fn request_fields<'a>() -> Fields<'a> {
    vec![
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-digest", REQUEST_DIGEST),
        ("content-length", "18"),
    ]
}

/// `test-request` of appendix B.2.
fn request<'a>(fields: &'a [(&'a str, &'a str)]) -> Request<'a> {
    Request {
        method: "POST",
        scheme: "https",
        authority: "example.com",
        path: "/foo",
        query: Some("param=Value&Pet=dog"),
        fields,
    }
}

fn check(message: Message<'_>, label: &str) -> Result<VerifiedMessage, HttpSignatureError> {
    verify(&message, Some(label), key, at(1_618_884_500))
}

fn signed<'a>(mut fields: Fields<'a>, input: &'a str, signature: &'a str) -> Fields<'a> {
    fields.extend([("signature-input", input), ("signature", signature)]);
    fields
}

#[test]
fn appendix_b_2() {
    let fields = signed(
        request_fields(),
        "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
         ;created=1618884473;keyid=\"test-key-ed25519\"",
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
    );
    let verified = check(Message::Request(request(&fields)), "sig-b26").unwrap();
    assert!(verified.covers("\"@method\"") && !verified.covers("\"@query\""));
    assert_eq!((verified.kid.as_str(), verified.created), ("test-key-ed25519", Some(at(1_618_884_473))));

    let fields = signed(
        vec![
            ("date", "Tue, 20 Apr 2021 02:07:56 GMT"),
            ("content-type", "application/json"),
            ("content-digest", RESPONSE_DIGEST),
            ("content-length", "23"),
        ],
        "sig-b24=(\"@status\" \"content-type\" \"content-digest\" \"content-length\")\
         ;created=1618884473;keyid=\"test-key-ecc-p256\"",
        "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:",
    );
    let response = Response { status: 200, fields: &fields, request: None };
    assert!(check(Message::Response(response), "sig-b24").is_ok());
    let other = Response { status: 201, ..response };
    assert_eq!(check(Message::Response(other), "sig-b24"), Err(HttpSignatureError::Signature));
    println!(
        "RFC 9421 appendix B.2: 2 of 6 signatures (B.2.4 P-256, B.2.6 Ed25519); RSA-PSS (B.2.1 to 3) and HMAC (B.2.5) have no key here"
    );
}

/// The signatures of appendix B.2 that no key of this system could check are refused for that reason.
#[test]
fn rsa_pss_and_hmac_are_refused_even_with_a_key_of_that_name() {
    let rsa = |_: &Kid| key(&"test-key-rsa".parse().unwrap());
    for (alg, signature) in
        [("rsa-pss-sha512", "AAAA"), ("hmac-sha256", "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=")]
    {
        let input = format!(
            "s=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"k\";alg=\"{alg}\""
        );
        let signature = format!("s=:{signature}:");
        let fields = signed(request_fields(), &input, &signature);
        let message = Message::Request(request(&fields));
        assert_eq!(verify(&message, None, rsa, at(1_618_884_500)), Err(HttpSignatureError::Signature));
        let unnamed = input.replace(&format!(";alg=\"{alg}\""), "");
        let fields = signed(request_fields(), &unnamed, &signature);
        let message = Message::Request(request(&fields));
        assert_eq!(verify(&message, None, rsa, at(1_618_884_500)), Err(HttpSignatureError::Signature));
        assert_eq!(check(message, "s"), Err(HttpSignatureError::UnknownKey));
    }
}

#[test]
fn appendix_b_3_a_proxy_that_ends_tls() {
    let certificate = format!(":{CERTIFICATE}:");
    let mut fields = request_fields();
    fields.retain(|(name, _)| *name != "content-digest");
    fields.push(("client-cert", &certificate));
    let fields = signed(
        fields,
        "ttrp=(\"@path\" \"@query\" \"@method\" \"@authority\" \"client-cert\")\
         ;created=1618884473;keyid=\"test-key-ecc-p256\"",
        "ttrp=:xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwMLOgmizw==:",
    );
    let message = Message::Request(Request { authority: "service.internal.example", ..request(&fields) });
    assert!(check(message, "ttrp").is_ok());
    println!("RFC 9421 appendix B.3: 1 signature");
}

#[test]
fn appendix_b_4_what_a_signature_survives() {
    let run = |method, authority, query, further: &[(&'static str, &'static str)]| {
        let fields = signed(
            further.to_vec(),
            "transform=(\"@method\" \"@path\" \"@authority\" \"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
            "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
        );
        let request = Request {
            method,
            scheme: "https",
            authority,
            path: "/demo",
            query: Some(query),
            fields: &fields,
        };
        check(Message::Request(request), "transform").map(|_| ())
    };
    let query = "name1=Value1&Name2=value2";
    let (json, any) = (("accept", "application/json"), ("accept", "*/*"));
    let date = ("date", "Fri, 15 Jul 2022 14:24:55 GMT");
    let stands = [
        run("GET", "example.org", query, &[date, json, any]),
        run(
            "GET",
            "example.org",
            "name1=Value1&Name2=value2&param=added",
            &[date, json, any, ("accept-language", "en-US,en;q=0.5")],
        ),
        run(
            "GET",
            "example.org",
            query,
            &[("referer", "https://developer.example.org/demo"), ("accept", "application/json, */*")],
        ),
    ];
    assert!(stands.iter().all(Result::is_ok), "{stands:?}");
    let falls = [
        run("POST", "example.com", query, &[date, json, any]),
        run("GET", "example.org", query, &[date, any, json]),
    ];
    assert!(falls.iter().all(|outcome| *outcome == Err(HttpSignatureError::Signature)), "{falls:?}");
    println!("RFC 9421 appendix B.4: {} messages stand, {} fall", stands.len(), falls.len());
}

#[test]
fn section_2_4_a_response_bound_to_its_request() {
    let asked = request_fields();
    let examples = [
        (
            "reqres=(\"@status\" \"content-digest\" \"content-type\" \"@authority\";req \"@method\";req \"@path\";req \
             \"content-digest\";req);created=1618884479;keyid=\"test-key-ecc-p256\"",
            "reqres=:dMT/A/76ehrdBTD/2Xx8QuKV6FoyzEP/I9hdzKN8LQJLNgzU4W767HK05rx1i8meNQQgQPgQp8wq2ive3tV5Ag==:",
        ),
        (
            "reqres=(\"@status\" \"content-digest\" \"content-type\" \"@authority\";req \"@method\";req \"@path\";req \
             \"@query\";req \"content-digest\";req \"content-type\";req \"content-length\";req)\
             ;created=1618884479;keyid=\"test-key-ecc-p256\"",
            "reqres=:C73J41GVKc+TYXbSobvZf0CmNcptRiWN+NY1Or0A36ISg6ymdRN6ZgR2QfrtopFNzqAyv+CeWrMsNbcV2Ojsgg==:",
        ),
    ];
    for (input, signature) in examples {
        let fields = signed(
            vec![
                ("content-type", "application/json"),
                ("content-length", "62"),
                ("content-digest", BUSY_DIGEST),
            ],
            input,
            signature,
        );
        let response = Response { status: 503, fields: &fields, request: Some(request(&asked)) };
        let verified = check(Message::Response(response), "reqres").unwrap();
        assert!(verified.covers("\"@method\";req") && !verified.covers("\"@method\""));
        let alone = Response { request: None, ..response };
        assert_eq!(check(Message::Response(alone), "reqres"), Err(HttpSignatureError::UnknownComponent));
        let other = Request { method: "PUT", ..request(&asked) };
        let other = Response { request: Some(other), ..response };
        assert_eq!(check(Message::Response(other), "reqres"), Err(HttpSignatureError::Signature));
    }
    println!("RFC 9421 section 2.4: {} signatures", examples.len());
}

#[test]
fn section_4_3_two_signatures_of_one_message() {
    let mut fields = request_fields();
    fields.push(("forwarded", "for=192.0.2.123;host=example.com;proto=https"));
    let fields = signed(
        fields,
        "sig1=(\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-type\" \"content-length\")\
         ;created=1618884475;keyid=\"test-key-ecc-p256\", \
         proxy_sig=(\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-type\" \"content-length\" \
         \"forwarded\");created=1618884480;keyid=\"test-key-rsa\";alg=\"rsa-v1_5-sha256\";expires=1618884540",
        "sig1=:X5spyd6CFnAG5QnDyHfqoSNICd+BUP4LYMz2Q0JXlb//4Ijpzp+kve2w4NIyqeAuM7jTDX+sNalzA8ESSaHD3A==:, \
         proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:",
    );
    let client = Message::Request(request(&fields));
    let proxied = Request { authority: "origin.host.internal.example", ..request(&fields) };
    assert!(check(client, "sig1").is_ok(), "as the client sent it");
    assert!(check(Message::Request(proxied), "proxy_sig").is_ok(), "as the proxy sent it");
    assert_eq!(check(Message::Request(proxied), "sig1"), Err(HttpSignatureError::Signature));
    assert_eq!(check(client, "other"), Err(HttpSignatureError::Malformed));
    assert_eq!(verify(&client, None, key, at(1_618_884_500)), Err(HttpSignatureError::SeveralSignatures));
    let late = verify(&Message::Request(proxied), Some("proxy_sig"), key, at(1_618_884_540));
    assert_eq!(late, Err(HttpSignatureError::Stale), "at the instant it expires");
    println!("RFC 9421 section 4.3: 2 signatures (P-256, RSA PKCS#1 v1.5)");
}

#[test]
fn content_digests_of_both_standards() {
    let examples: [(&str, &[u8]); 6] = [
        (REQUEST_DIGEST, REQUEST_BODY),
        (RESPONSE_DIGEST, RESPONSE_BODY),
        (BUSY_DIGEST, BUSY_BODY),
        // RFC 9530 §2 and appendix B.1 (the body ends with a line feed); the last is the digest of nothing.
        ("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", b"{\"hello\": \"world\"}\n"),
        (
            "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:",
            b"{\"hello\": \"world\"}\n",
        ),
        ("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", b""),
    ];
    for (value, body) in examples {
        assert_eq!(ContentDigest::check(value, body), Ok(()), "{value}");
        assert_eq!(ContentDigest::check(value, b"other"), Err(HttpSignatureError::ContentDiffers));
    }
    println!("RFC 9421 and RFC 9530 content digests: {} values", examples.len());
    let both = format!("{}, {}", examples[3].0, examples[4].0);
    assert_eq!(ContentDigest::check(&both, examples[3].1), Ok(()));
    let one_wrong = format!("{}, {}", examples[3].0, examples[0].0);
    assert_eq!(ContentDigest::check(&one_wrong, examples[3].1), Err(HttpSignatureError::ContentDiffers));
    let unknown = format!("md5=:AAAA:, {}", examples[3].0);
    assert_eq!(ContentDigest::check(&unknown, examples[3].1), Ok(()));
    for bad in ["md5=:AAAA:", "", "sha-256=AAAA", "sha-256"] {
        assert_eq!(ContentDigest::check(bad, b""), Err(HttpSignatureError::Malformed), "{bad}");
    }
    let short = "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4=:";
    assert_eq!(ContentDigest::check(short, examples[3].1), Err(HttpSignatureError::ContentDiffers));
}
