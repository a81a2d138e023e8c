// SPDX-License-Identifier: MIT OR Apache-2.0
//! HPKE in base mode, beside the crate `hpke`: `cargo bench --bench hpke`.

mod peer;

use chancery::{Context, hpke::Identity};
use criterion::{BenchmarkId, Criterion, Throughput};

const SIZES: [usize; 4] = [64, 1024, 16 * 1024, 1024 * 1024];

fn hpke(c: &mut Criterion) {
    let context = Context::of("bench");
    let identity = Identity::generate().unwrap();
    let recipient = identity.recipient();
    let mut group = c.benchmark_group("hpke");
    for size in SIZES {
        let plaintext = vec![0x55; size];
        let sealed = recipient.seal(&context, &plaintext).unwrap();
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("seal", size), |b| {
            b.iter(|| recipient.seal(&context, &plaintext).unwrap());
        });
        group.bench_function(BenchmarkId::new("open", size), |b| {
            b.iter(|| identity.open(&context, &sealed).unwrap());
        });
        peer::bench(&mut group, size);
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    hpke(&mut criterion);
    criterion.final_summary();
}
