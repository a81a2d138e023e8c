// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ed25519, RFC 8032 section 5.1, pure, deterministic, strict when verifying.
//!
//! Strict: `S` below the group order, `R` and `A` in their canonical encoding, neither of small
//! order, and the equation without the cofactor. What one verifier accepts, all of ours accept.
//!
//! Signing: the seed, s, prefix and r are secret, and decide no branch and no address; R, A, the message
//! and, once there is a signature, k and S are public.

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::kernel;
#[cfg(feature = "std")]
use crate::primitive::{ed25519_table::Table, known::Known};
use crate::{
    Error,
    primitive::sha::{Hashing, Sha512},
    secret::{SecretArray, erased_by_fields},
};
use alloc::boxed::Box;
#[cfg(feature = "std")]
use alloc::sync::Arc;
use curve25519_dalek::{
    EdwardsPoint,
    scalar::{Scalar, clamp_integer},
};
use zeroize::Zeroizing;

/// Length of a signature in bytes.
pub(crate) const SIGNATURE_LEN: usize = 64;

/// The seed, expanded. The public key is derived from it and is never supplied, so that no caller
/// can have a message signed under another one (RUSTSEC-2022-0093).
pub(crate) struct SigningKey {
    secret: Box<Secret>,
    public: VerifyingKey,
}

#[derive(Default)]
struct Secret {
    seed: Zeroizing<[u8; 32]>,
    s: Zeroizing<Scalar>,
    prefix: Zeroizing<[u8; 32]>,
}

erased_by_fields!(Secret: seed, s, prefix);

impl zeroize::ZeroizeOnDrop for SigningKey {}

const _: () = {
    const fn erased<T: zeroize::ZeroizeOnDrop>() {}
    erased::<Secret>();
};

impl SigningKey {
    /// `s || prefix = SHA-512(seed)`, s clamped; `A = [s]B`. RFC 8032 section 5.1.5.
    pub(crate) fn from_seed(seed: &SecretArray<32>) -> Self {
        let hash = sha512(&[seed.expose_secret()]);
        // Filled in where it stays: what is moved there would be left on the stack.
        let mut secret = Box::new(Secret::default());
        let (mut s, to_prefix) = (Zeroizing::new([0; 32]), &mut *secret.prefix);
        for (to, from) in s.iter_mut().chain(to_prefix).zip(&*hash) {
            *to = *from;
        }
        *secret.s = Scalar::from_bytes_mod_order(clamp_integer(*s));
        secret.seed.copy_from_slice(seed.expose_secret());
        let public = VerifyingKey::new(EdwardsPoint::mul_base(&secret.s).into());
        Self { secret, public }
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        &self.secret.seed
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        self.public.clone()
    }

    /// ```text
    /// r = SHA-512(prefix || M) mod L, R = [r]B
    /// k = SHA-512(R || A || M) mod L, S = (r + k s) mod L       RFC 8032 section 5.1.6
    /// ```
    #[expect(clippy::arithmetic_side_effects, reason = "modulo L")]
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        let r = Zeroizing::new(scalar(&[&*self.secret.prefix, message]));
        let encoded_r = base_multiple(&r);
        let k = scalar(&[&encoded_r, self.public.as_bytes(), message]);
        // By reference: the secret scalars are not copied to where nothing erases them.
        let mut s = k;
        s *= &*self.secret.s;
        s += &*r;
        ed25519_dalek::Signature::from_components(encoded_r, s.to_bytes()).to_bytes()
    }
}

/// SHA-512 of parts that come one after another.
fn sha512(parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let (mut hashing, mut hash) = (Hashing::<Sha512, 128>::new(), Zeroizing::new([0; 64]));
    let (last, first) = parts.split_last().map_or((&[][..], parts), |(last, first)| (*last, first));
    for part in first {
        hashing.update(part);
    }
    hashing.finish_into(last, &mut hash);
    hash
}

/// `SHA-512(parts) mod L`.
fn scalar(parts: &[&[u8]]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&sha512(parts))
}

/// The encoding of `[r]B`.
fn base_multiple(r: &Scalar) -> [u8; 32] {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    if let Some(encoded) = kernel::ed25519::base_multiple(r.as_bytes()) {
        return encoded;
    }
    EdwardsPoint::mul_base(r).compress().to_bytes()
}

/// A public key in its canonical encoding, not of small order. Clones share what is remembered about its point.
#[derive(Clone)]
pub(crate) struct VerifyingKey {
    key: ed25519_dalek::VerifyingKey,
    #[cfg(feature = "std")]
    pub(super) known: Arc<Known<Table>>,
}

impl VerifyingKey {
    fn new(key: ed25519_dalek::VerifyingKey) -> Self {
        Self {
            key,
            #[cfg(feature = "std")]
            known: Arc::default(),
        }
    }

    /// `None` for what is not a point, not canonical, or of small order.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        (canonical && !key.is_weak()).then(|| Self::new(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// # Errors
    /// [`Error::NotAuthentic`].
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), Error> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        #[cfg(feature = "std")]
        if let Some(table) = self.known.of_key(&self.key) {
            let k = |r: &[u8; 32]| scalar(&[r, self.as_bytes(), message]);
            return if table.verify(&signature, k) { Ok(()) } else { Err(Error::NotAuthentic) };
        }
        self.key.verify_strict(message, &signature).map_err(|_| Error::NotAuthentic)
    }

    /// Builds the table now, rather than after some uses. Whether there is one.
    #[cfg(all(feature = "std", feature = "hazmat"))]
    pub(crate) fn precompute(&self) -> bool {
        self.known.at_once(|| Table::new(&self.key))
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for VerifyingKey {}
