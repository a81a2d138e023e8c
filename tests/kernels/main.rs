// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels beside the portable code: every tier that this machine has gives the same bytes.

#![cfg(all(feature = "simd", target_arch = "x86_64"))]

mod tiers;
mod x25519;
