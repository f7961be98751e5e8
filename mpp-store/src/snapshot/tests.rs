//! The bytes of version 1, held for ever, and what is refused of them. The suite holds every backend to the rest.

use std::path::Path;

use mpp_crypto::sha256;

use super::{SnapshotError, SnapshotFile, SnapshotSummary};

fn number(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn text(text: &str) -> Vec<u8> {
    [number(u64::try_from(text.len()).unwrap()), text.as_bytes().to_vec()].concat()
}

fn frame(tag: u8, content: &[Vec<u8>]) -> Vec<u8> {
    let content = content.concat();
    [&u32::try_from(content.len()).unwrap().to_be_bytes()[..], &[tag], &content].concat()
}

fn counters() -> Vec<u8> {
    frame(b'c', &[9, 7, 8, 6, 5].map(number))
}

fn record(place: u64, kind: &str, index: &[&str]) -> Vec<u8> {
    let key = text(&place.to_string());
    let mut content = vec![number(place), text(kind), key, number(3), number(2), text("{}")];
    content.push(number(u64::try_from(index.len()).unwrap()));
    content.extend(index.iter().flat_map(|name| [text(name), text("value"), number(1)]));
    frame(b'r', &content)
}

fn job(place: u64) -> Vec<u8> {
    let id = text("01010101-0101-4101-8101-010101010101");
    let instants = [1_768_469_400_000, 1_768_469_460_000].map(number).concat();
    let worker = [number(1), text("worker")].concat();
    let [order, parked, reason] = [number(0), number(0), number(0)];
    let content =
        [number(place), id, text("queue"), order, text("7"), instants, number(2), worker, number(1)];
    frame(b'j', &[&content[..], &[parked, reason]].concat())
}

fn leaf() -> Vec<u8> {
    frame(b'l', &[text("leaf")])
}

fn usage(instant: u64) -> Vec<u8> {
    let id = "02020202-0202-4202-8202-020202020202";
    frame(b'u', &[number(instant), text(id), text(id), text("{}")])
}

fn end(counts: [u64; 4]) -> Vec<u8> {
    frame(b'e', &counts.map(number))
}

/// A file with these frames and the digest that belongs to it.
fn file(frames: &[Vec<u8>]) -> Vec<u8> {
    let before = [&b"mpp-snapshot"[..], &[0, 0, 0, 1], &frames.concat()].concat();
    [&before[..], sha256(&before).as_bytes()].concat()
}

fn verify(bytes: &[u8]) -> Result<SnapshotSummary, SnapshotError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshot");
    std::fs::write(&path, bytes).unwrap();
    verify_at(&path)
}

fn verify_at(path: &Path) -> Result<SnapshotSummary, SnapshotError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(SnapshotFile::at(path).verify())
}

#[test]
fn the_form_is_read_and_written_byte_by_byte() {
    let frames = [
        counters(),
        record(5, "a", &["one", "two"]),
        record(2, "b", &[]),
        job(8),
        leaf(),
        usage(4),
        usage(5),
        end([2, 1, 1, 2]),
    ];
    let written = file(&frames);
    let summary = verify(&written).unwrap();
    assert_eq!((summary.records, summary.jobs, summary.usage_entries), (2, 1, 2));
    assert_eq!((summary.counters.commits, summary.counters.last_job), (9, 8));
    for frame in &frames[..frames.len() - 1] {
        let entry = super::form::read(frame[4], &frame[5..]).unwrap();
        let (tag, content) = super::form::written(&entry);
        assert_eq!([&frame[..4], &[tag], &content].concat(), *frame, "{entry:?}");
    }
}

#[test]
fn what_breaks_a_rule_is_malformed() {
    let last = || end([1, 0, 1, 0]);
    let wrong: [(&str, Vec<Vec<u8>>); 12] = [
        ("no counters", vec![record(1, "a", &[]), leaf(), last()]),
        ("counters twice", vec![counters(), counters(), leaf(), end([0, 0, 1, 0])]),
        ("places out of order", vec![counters(), record(2, "a", &[]), record(1, "a", &[]), leaf(), last()]),
        ("kinds out of order", vec![counters(), record(1, "b", &[]), record(2, "a", &[]), leaf(), last()]),
        ("a place never given out", vec![counters(), record(8, "a", &[]), leaf(), last()]),
        ("a job before a record", vec![counters(), job(1), record(1, "a", &[]), leaf(), end([1, 1, 1, 0])]),
        ("an index out of order", vec![counters(), record(1, "a", &["b", "a"]), leaf(), last()]),
        ("an index twice", vec![counters(), record(1, "a", &["b", "b"]), leaf(), last()]),
        ("an empty kind", vec![counters(), record(1, "", &[]), leaf(), last()]),
        ("a leaf too few", vec![counters(), record(1, "a", &[]), end([1, 0, 0, 0])]),
        ("another count", vec![counters(), record(1, "a", &[]), leaf(), end([2, 0, 1, 0])]),
        ("an unknown tag", vec![counters(), frame(b'x', &[]), leaf(), end([0, 0, 1, 0])]),
    ];
    for (what, frames) in wrong {
        let refused = verify(&file(&frames));
        assert!(matches!(refused, Err(SnapshotError::Malformed { .. })), "{what}: {refused:?}");
    }
    assert!(verify(&file(&[counters(), record(1, "a", &[]), leaf(), last()])).is_ok(), "the rules are kept");
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let whole = file(&[counters(), record(1, "a", &["one"]), leaf(), end([1, 0, 1, 0])]);
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            let refused = verify(&flipped).unwrap_err();
            let expected = match at {
                0..12 => matches!(refused, SnapshotError::NotASnapshot),
                12..16 => matches!(refused, SnapshotError::UnknownVersion { known: 1, .. }),
                _ => matches!(refused, SnapshotError::Altered | SnapshotError::CutShort),
            };
            assert!(expected, "{at} {refused:?}");
        }
        let cut = verify(&whole[..at]).unwrap_err();
        assert!(matches!(cut, SnapshotError::CutShort | SnapshotError::NotASnapshot), "{at} {cut:?}");
    }
}

#[cfg(feature = "memory")]
#[test]
fn a_file_is_not_written_over_and_an_absent_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshot");
    assert!(matches!(verify_at(&path), Err(SnapshotError::File(_))));
    std::fs::write(&path, "here").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = crate::MemoryStore::new();
    let refused = runtime.block_on(SnapshotFile::at(&path).take_of(&store));
    assert!(matches!(refused, Err(SnapshotError::File(_))), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), b"here");
}
