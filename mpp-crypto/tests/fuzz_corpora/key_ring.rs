//! Seeds of key-ring files, and of the keys inside.

use super::Seed;

pub fn seeds() -> Vec<Seed> {
    let seed = |name: &str, bytes: &[u8]| Seed::new("key_ring_file", name, bytes);
    let entry = |algorithm: u8, state: u8, secret: u8| {
        let created = 1_768_469_400_000_i64.to_be_bytes();
        [&[algorithm, state][..], &created, &[secret; 32]].concat()
    };
    let ring = |entries: &[Vec<u8>]| {
        let count = u16::try_from(entries.len()).unwrap().to_be_bytes();
        [&[0; 7][..], &count, &entries.concat()].concat()
    };
    let all =
        [entry(1, 0, 1), entry(2, 0, 2), entry(3, 0, 3), entry(1, 1, 4), entry(3, 1, 5), entry(1, 0, 6)];
    let mut seeds = vec![
        seed("no keys", &ring(&[])),
        seed("one of each", &ring(&all[..3])),
        seed("older and retired ones", &ring(&all)),
        seed("a retired key first", &ring(&[entry(1, 1, 1)])),
        seed("one key twice", &ring(&[entry(1, 0, 1), entry(1, 0, 1)])),
        seed("one scalar for two uses", &ring(&[entry(1, 0, 1), entry(2, 0, 1)])),
        seed("a scalar of zero", &ring(&[entry(1, 0, 0)])),
        seed("a scalar past the order", &ring(&[entry(2, 0, 255)])),
        seed("an unknown algorithm", &ring(&[entry(4, 0, 1)])),
        seed("an unknown state", &ring(&[entry(1, 2, 1)])),
        seed("a byte too many", &[ring(&all), vec![0]].concat()),
        seed("another count", &[&[0; 7][..], &[0, 9], &entry(1, 0, 1)].concat()),
    ];
    for (name, alteration) in super::alterations::ALTERATIONS {
        seeds.push(seed(name, &[&[0], &alteration[..], &ring(&all[..2])[7..]].concat()));
    }
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/key-ring-v1/ring.mppk");
    let vector = std::fs::read(path).unwrap();
    for length in [0, 4, 6, 71, 72, vector.len() - 1, vector.len()] {
        seeds.push(seed(&format!("vector {length}"), &[&[1], &vector[..length]].concat()));
    }
    seeds
}
