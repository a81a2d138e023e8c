// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which instruction sets this processor and its operating system have, asked once.

#![cfg_attr(not(feature = "hazmat"), expect(unreachable_pub, reason = "public through `hazmat`"))]

use core::sync::atomic::{AtomicU8, Ordering};
use std::{arch::is_x86_feature_detected, sync::LazyLock};

/// A family of instruction sets that kernels are written for, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// No kernel: the crates underneath, which detect AES, CLMUL and AVX2 themselves.
    Portable,
    /// AVX2; for AES with VAES and VPCLMULQDQ. AMD since Zen 3, Intel since Haswell and, for AES, Alder Lake.
    Avx2,
    /// AVX-512 F, BW, DQ, VL and IFMA, VAES, VPCLMULQDQ. Intel since Ice Lake, AMD since Zen 4.
    Avx512,
}

static DETECTED: LazyLock<Tier> = LazyLock::new(|| {
    let avx2 = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512ifma")
        && vaes();
    match (avx2, avx512) {
        (true, true) => Tier::Avx512,
        (true, false) => Tier::Avx2,
        _ => Tier::Portable,
    }
});

/// Tests and benchmarks want the lesser tiers, too.
static LIMIT: AtomicU8 = AtomicU8::new(Tier::Avx512 as u8);

/// Whether AES and carry-less multiplication come in vectors.
pub(crate) fn vaes() -> bool {
    is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("vaes")
        && is_x86_feature_detected!("vpclmulqdq")
}

impl Tier {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The most that this machine can run.
    #[must_use]
    pub fn of_this_machine() -> Self {
        *DETECTED
    }

    /// What a key that is made now uses.
    pub(crate) fn current() -> Self {
        let limit = LIMIT.load(Ordering::Relaxed);
        Self::ALL
            .into_iter()
            .rfind(|tier| *tier as u8 <= limit)
            .unwrap_or(Self::Portable)
            .min(Self::of_this_machine())
    }

    /// Keys made from now on in this process use at most this tier.
    #[cfg_attr(not(feature = "hazmat"), expect(dead_code, reason = "public through `hazmat`"))]
    pub fn limit(self) {
        LIMIT.store(self as u8, Ordering::Relaxed);
    }
}
