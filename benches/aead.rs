// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sealed messages: `cargo bench --bench aead`.

use chancery::{
    Context, Keyring,
    aead::{Algorithm, SealKey},
};
use criterion::{BenchmarkId, Criterion, Throughput};

const SIZES: [usize; 4] = [64, 1024, 16 * 1024, 1024 * 1024];

fn aead(c: &mut Criterion) {
    let context = Context::of("bench");
    for algorithm in [Algorithm::Aes256Gcm, Algorithm::ChaCha20Poly1305] {
        let keys = Keyring::new(SealKey::generate_for(algorithm).unwrap());
        let mut group = c.benchmark_group(format!("aead {algorithm:?}"));
        for size in SIZES {
            let plaintext = vec![0x55; size];
            let sealed = keys.seal(&context, &plaintext).unwrap();
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new("seal", size), |b| {
                b.iter(|| keys.seal(&context, &plaintext).unwrap());
            });
            group.bench_function(BenchmarkId::new("open", size), |b| {
                b.iter(|| keys.open(&context, &sealed).unwrap());
            });
        }
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    aead(&mut criterion);
    criterion.final_summary();
}
