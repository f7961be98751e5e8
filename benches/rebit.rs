//! Opening what a FIP sent, on the phone: key agreement and decryption, in both flavours, in bytes of plaintext per
//! second.

use std::error::Error;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use mpp::core::{Clock, Span};
use mpp::crypto::rebit::{Flavour, OurKeyMaterial, PeerKeyMaterial, Sender, open};
use mpp_testkit::{HandClock, SeededEntropy};

const SIZES: [(&str, usize); 2] = [("1 KiB", 1 << 10), ("1 MiB", 1 << 20)];
const FLAVOURS: [(&str, Flavour); 2] = [("open ecc", Flavour::Ecc), ("open x25519", Flavour::X25519)];

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    throughput(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn throughput(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let entropy = SeededEntropy::new(2);
    let now = HandClock::new().now();
    let expiry = now.plus(Span::from_hours(24));
    let mut group = criterion.benchmark_group("rebit");
    group.sample_size(20);
    for (operation, flavour) in FLAVOURS {
        for (name, bytes) in SIZES {
            let phone = OurKeyMaterial::generate(flavour, &entropy, expiry);
            let asked = PeerKeyMaterial::parse(&phone.public_form(), now)?;
            let sender = Sender::new(OurKeyMaterial::generate(flavour, &entropy, expiry), &asked, now)?;
            let sealed = sender.seal(&vec![b'x'; bytes])?;
            let fip = PeerKeyMaterial::parse(&sealed.key_material, now)?;
            // What fails is quick: it must not be what is measured.
            open(&phone, &fip, &sealed.encrypted, now)?;
            group.throughput(Throughput::Bytes(u64::try_from(bytes)?));
            group.bench_function(BenchmarkId::new(operation, name), |bencher| {
                bencher.iter(|| black_box(open(&phone, &fip, black_box(&sealed.encrypted), now)));
            });
        }
    }
    group.finish();
    Ok(())
}
