//! Seeds for the targets that make something sound, alter it and see it refused.

use super::Seed;

/// A kind, a place and a value, as `fuzz/src/alteration.rs` reads them, with a name.
pub const ALTERATIONS: &[(&str, [u8; 6])] = &[
    ("left as it is", [0, 0, 0, 0, 0, 0]),
    ("first byte changed", [1, 0, 0, 0, 0, 1]),
    ("a byte within changed", [1, 0, 0, 0, 40, 128]),
    ("cut off", [2, 0, 0, 0, 30, 0]),
    ("continued", [3, 0, 0, 0, 0, b'A']),
    ("a byte removed", [4, 0, 0, 0, 9, 0]),
    ("a byte put in", [5, 0, 0, 0, 9, b'=']),
    ("turned round", [6, 0, 0, 0, 7, 0]),
    ("doubled", [7, 0, 0, 0, 0, 0]),
];

pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (name, alteration) in ALTERATIONS {
        for (target, choices, rest) in [
            ("rebit_ciphertext", &[0_u8, 2][..], &b"<Account type=\"deposit\"/>"[..]),
            ("jws_compact", &[0, 2], b"{\"sub\":\"customer\"}"),
            ("jws_any", &[0, 2, 4, 6, 8, 10], b"{\"sub\":\"customer\"}"),
            ("http_signature", &[0, 2], b"page=2&size=50\ntext/plain"),
            ("webhook", &[0], b"{\"type\":\"parcel.available\"}"),
            ("at_rest", &[0, 2, 4, 6], b"+91 98765 43210"),
            ("tlog_note", &[0, 70], b"an extension"),
        ] {
            for choice in choices {
                let bytes = [&[*choice][..], alteration, rest].concat();
                seeds.push(Seed::new(target, &format!("{name} {choice}"), bytes));
            }
        }
        // shape of the length, its low byte, the seed, the work on whole chunks, the pieces
        seeds.push(Seed::new(
            "envelope_stream",
            name,
            [&alteration[..], &[2, 100, 7, 0, 3, 1, 200]].concat(),
        ));
    }
    let unaltered = [0; 6];
    for work in 0..8 {
        for long in 0..2 {
            let bytes = [&unaltered[..], &[long, 130, work, work, 255, 0, 17]].concat();
            seeds.push(Seed::new("envelope_stream", &format!("chunks {long} work {work}"), bytes));
        }
    }
    for low in [0, 127, 128, 129] {
        let bytes = [&unaltered[..], &[0, low, 1, 0, 255]].concat();
        seeds.push(Seed::new("envelope_stream", &format!("around the border {low}"), bytes));
    }
    seeds
}
