//! Sealing to a partner and opening at the partner, in bytes of plaintext per second.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use mpp::core::{ConsentId, ParcelId, PartnerId, Source};
use mpp::crypto::envelope::{ContentType, Context, EnvelopeError, Purpose, open_all, seal_all};
use mpp::crypto::{EnvelopeKeyRing, EnvelopePrivateKey};
use mpp_testkit::SeededEntropy;

const SIZES: [(&str, usize); 3] = [("1 KiB", 1 << 10), ("1 MiB", 1 << 20), ("16 MiB", 1 << 24)];

fn main() -> Result<(), EnvelopeError> {
    let mut criterion = Criterion::default().configure_from_args();
    throughput(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn throughput(criterion: &mut Criterion) -> Result<(), EnvelopeError> {
    let entropy = SeededEntropy::new(1);
    let private_key = EnvelopePrivateKey::generate(&entropy);
    let recipient = private_key.public().clone();
    let ring = EnvelopeKeyRing::new(private_key);
    let context = Context {
        purpose: Purpose::Parcel,
        partner: PartnerId::generate(&entropy),
        consent: ConsentId::generate(&entropy),
        parcel: ParcelId::generate(&entropy),
        source: Source::AccountAggregator,
        content_type: ContentType::xml(),
    };
    let mut group = criterion.benchmark_group("envelope");
    group.sample_size(20);
    for (name, bytes) in SIZES {
        let plaintext = vec![b'x'; bytes];
        let sealed = seal_all(&plaintext, &recipient, &context, &entropy)?;
        // What fails is quick: it must not be what is measured.
        open_all(&sealed, &ring, &context)?;
        group.throughput(Throughput::Bytes(u64::try_from(bytes).unwrap_or(u64::MAX)));
        group.bench_function(BenchmarkId::new("seal", name), |bencher| {
            bencher.iter(|| black_box(seal_all(black_box(&plaintext), &recipient, &context, &entropy)));
        });
        group.bench_function(BenchmarkId::new("open", name), |bencher| {
            bencher.iter(|| black_box(open_all(black_box(&sealed), &ring, &context)));
        });
    }
    group.finish();
    Ok(())
}
