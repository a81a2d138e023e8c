// SPDX-License-Identifier: MIT OR Apache-2.0
//! Secrets are erased when they are dropped, are in no block of memory that was freed, and are never printed.
//!
//! An allocator looks through every block when it is freed. It sees the heap: what the cryptography leaves on
//! the stack is not looked for here.

mod allocator;
mod freed;
mod keys;
#[cfg(all(feature = "hazmat", feature = "std"))]
mod moved;
mod printed;

use chancery::{
    Context, SecretBytes, SecretText, UnixTime,
    aead::SealKey,
    agreement::{DirectionalKeys, EphemeralSecret, SharedSecret},
    hpke::{Identity, Psk},
    mac::MacKey,
    signing::SigningKey,
    webhook::SendKey,
};
use zeroize::ZeroizeOnDrop;

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

fn context() -> Context {
    Context::of("secrets")
}

/// Secret bytes that occur nowhere else: no two windows of them are alike.
fn canary<const N: usize>(seed: u64) -> [u8; N] {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    core::array::from_fn(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
}

/// `zeroize` is on, in whatever features this is built with: a dependency that loses it does not compile.
/// The crate has the same assertion beside each type, field by field.
#[test]
fn rustsec_2024_0342_vodozemac_every_secret_type_is_erased_on_drop() {
    const fn erased<T: ZeroizeOnDrop>() {}
    const {
        erased::<chancery::api_key::ApiKey>();
        erased::<SecretBytes>();
        erased::<SecretText>();
        erased::<SealKey>();
        erased::<MacKey>();
        erased::<SigningKey>();
        erased::<Identity>();
        erased::<Psk>();
        erased::<EphemeralSecret>();
        erased::<SharedSecret>();
        erased::<DirectionalKeys>();
        erased::<SendKey>();
        #[cfg(feature = "http")]
        {
            erased::<chancery::http_signature::SignKey>();
            erased::<chancery::http_signature::VerifyKey>();
        }
        #[cfg(feature = "jwt")]
        erased::<chancery::jwt::SignKey>();
        #[cfg(all(feature = "p256", feature = "jwt"))]
        erased::<chancery::signing::P256SigningKey>();
        #[cfg(feature = "hazmat")]
        {
            erased::<chancery::hazmat::AeadKey>();
            erased::<chancery::hazmat::HmacKey>();
            erased::<chancery::hazmat::HpkeSender>();
            erased::<chancery::hazmat::HpkeReceiver>();
        }
    }
}
