// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes for one recipient, unsigned and signed, with a fresh header and with one that is reused, beside the
//! crate `hpke`: `cargo bench --bench envelope`.

mod peer;

use chancery::{
    Context, UnixTime,
    envelope::{Opener, ReuseLimits, Sealer},
    hpke::Identity,
    signing::SigningKey,
};
use criterion::{BenchmarkId, Criterion, Throughput};
use std::time::Duration;

const SIZES: [usize; 4] = [64, 1024, 16 * 1024, 1024 * 1024];
const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

fn pair(signed: bool) -> (Sealer, Opener) {
    let (identity, key) = (Identity::generate().unwrap(), SigningKey::generate().unwrap());
    let context = Context::of("bench");
    let sealer = Sealer::to(identity.recipient(), &context).unwrap();
    if signed {
        let opener = Opener::from_senders(identity, &context, key.verifying_key()).unwrap();
        (sealer.signed_by(key), opener)
    } else {
        (sealer, Opener::from_anyone(identity, &context).unwrap())
    }
}

fn envelope(c: &mut Criterion) {
    for (name, signed) in [("envelope", false), ("envelope signed", true)] {
        let (sealer, opener) = pair(signed);
        let mut group = c.benchmark_group(name);
        for size in SIZES {
            let payload = vec![0x55; size];
            let sealed = sealer.seal(&payload, NOW).unwrap();
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new("seal", size), |b| {
                b.iter(|| sealer.seal(&payload, NOW).unwrap());
            });
            group.bench_function(BenchmarkId::new("open", size), |b| {
                b.iter(|| opener.open(&sealed, NOW).unwrap().allow_replays());
            });
            if !signed {
                peer::bench(&mut group, size);
            }
        }
    }
}

/// One header for a million messages, and an opener that remembers it.
fn reused(c: &mut Criterion) {
    for (name, signed) in [("envelope reused", false), ("envelope reused signed", true)] {
        let (sealer, opener) = pair(signed);
        let limits = ReuseLimits::new(1 << 20, Duration::from_secs(300)).unwrap();
        let (sealer, opener) = (sealer.reusing(limits), opener.remember(1).unwrap());
        let mut group = c.benchmark_group(name);
        for size in SIZES {
            let payload = vec![0x55; size];
            let sealed = sealer.seal(&payload, NOW).unwrap();
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new("seal", size), |b| {
                b.iter(|| sealer.seal(&payload, NOW).unwrap());
            });
            group.bench_function(BenchmarkId::new("open", size), |b| {
                b.iter(|| opener.open(&sealed, NOW).unwrap().allow_replays());
            });
        }
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    envelope(&mut criterion);
    reused(&mut criterion);
    criterion.final_summary();
}
