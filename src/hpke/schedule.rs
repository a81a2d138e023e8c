// SPDX-License-Identifier: MIT OR Apache-2.0
//! The key schedule and the contexts of RFC 9180, section 5.

use crate::{
    Error,
    hpke::{Psk, Suite},
    primitive::{
        aead::{Cipher, NONCE_LEN, TAG_LEN, room},
        kdf::{labeled_expand, labeled_extract},
        mac::{Hash, Hmac},
    },
    secret::{SecretBytes, erased_by_fields},
};
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// RFC 9180 section 5, table 1.
const MODE_BASE: u8 = 0x00;
const MODE_PSK: u8 = 0x01;

/// The state after the key schedule: one direction of messages and the exporter.
pub(crate) struct Schedule {
    suite_id: [u8; 10],
    cipher: Cipher,
    base_nonce: [u8; NONCE_LEN],
    /// The number of the next message, `None` when there is none left.
    sequence: Option<u64>,
    /// `secret` of the key schedule, which the exporter secret comes from.
    secret: Hmac,
    key_schedule_context: [u8; 65],
}

// A nonce is no secret.
erased_by_fields!(Schedule: cipher, secret);

impl Schedule {
    /// ```text
    /// KeySchedule(mode, shared_secret, info, psk, psk_id):
    ///   psk_id_hash = LabeledExtract("", "psk_id_hash", psk_id)
    ///   info_hash = LabeledExtract("", "info_hash", info)
    ///   key_schedule_context = concat(mode, psk_id_hash, info_hash)
    ///   secret = LabeledExtract(shared_secret, "secret", psk)
    ///   key = LabeledExpand(secret, "key", key_schedule_context, Nk)
    ///   base_nonce = LabeledExpand(secret, "base_nonce", key_schedule_context, Nn)
    ///   exporter_secret = LabeledExpand(secret, "exp", key_schedule_context, Nh)
    /// ```
    pub(crate) fn new(
        suite: Suite,
        shared_secret: &[u8; 32],
        info: &[u8],
        psk: Option<&Psk>,
    ) -> Result<Self, Error> {
        let [a, b, c, d, e, f] = suite.code_bytes();
        let suite_id = [b'H', b'P', b'K', b'E', a, b, c, d, e, f];
        let (mode, psk_id, psk) = match psk {
            None => (MODE_BASE, &[][..], &[][..]),
            Some(psk) => (MODE_PSK, psk.id.as_slice(), psk.key.expose_secret()),
        };
        let psk_id_hash = labeled_extract(b"", &suite_id, b"psk_id_hash", psk_id);
        let info_hash = labeled_extract(b"", &suite_id, b"info_hash", info);
        let mut context = [0; 65];
        let parts =
            [mode].into_iter().chain(bytes(psk_id_hash.as_bytes())).chain(bytes(info_hash.as_bytes()));
        context.iter_mut().zip(parts).for_each(|(to, from)| *to = from);

        let secret = labeled_extract(shared_secret, &suite_id, b"secret", psk);
        let secret = Hmac::new(Hash::Sha256, secret.as_bytes());
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..suite.aead().key_len()).ok_or(Error::Malformed)?;
        labeled_expand(&secret, &suite_id, b"key", [&context, &[]], key)?;
        let mut base_nonce = [0; NONCE_LEN];
        labeled_expand(&secret, &suite_id, b"base_nonce", [&context, &[]], &mut base_nonce)?;
        let cipher = Cipher::new(suite.aead(), key).ok_or(Error::Malformed)?;
        Ok(Self { suite_id, cipher, base_nonce, sequence: Some(0), secret, key_schedule_context: context })
    }

    /// ```text
    /// ComputeNonce(seq): xor(base_nonce, I2OSP(seq, Nn))
    /// IncrementSeq: if seq >= (1 << (8*Nn)) - 1: raise MessageLimitReachedError; seq += 1
    /// ```
    /// Our counter has 64 bits, and stops.
    fn nonce(&self) -> Result<[u8; NONCE_LEN], Error> {
        let sequence = self.sequence.ok_or(Error::Exhausted)?;
        let mut nonce = self.base_nonce;
        for (byte, count) in nonce.iter_mut().rev().zip(sequence.to_le_bytes()) {
            *byte ^= count;
        }
        Ok(nonce)
    }

    fn increment(&mut self) {
        self.sequence = self.sequence.and_then(|sequence| sequence.checked_add(1));
    }

    /// `ContextS.Seal(aad, pt)`, RFC 9180 section 5.2, appended to `out`, which a failure leaves as it was.
    pub(crate) fn seal_onto(&mut self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let nonce = self.nonce()?;
        let end = out.len();
        let to = room(out, plaintext.len().checked_add(TAG_LEN).ok_or(Error::TooLarge)?)?;
        let (ciphertext, to_tag) = to.split_last_chunk_mut().ok_or(Error::TooLarge)?;
        let sealed = self.cipher.seal_to(&nonce, aad, plaintext, ciphertext).map(|tag| *to_tag = tag);
        sealed.inspect_err(|_| out.truncate(end))?;
        self.increment();
        Ok(())
    }

    /// `ContextR.Open(aad, ct)`, RFC 9180 section 5.2. A failure leaves the state as it was.
    pub(crate) fn open(&mut self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let mut opened = Vec::new();
        self.open_onto(aad, sealed, &mut opened)?;
        Ok(opened)
    }

    /// The same at the end of `out`, which a failure leaves as it was.
    pub(crate) fn open_onto(&mut self, aad: &[u8], sealed: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let nonce = self.nonce()?;
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(Error::Malformed)?;
        let end = out.len();
        let opened = self.cipher.open_to(&nonce, aad, ciphertext, tag, room(out, ciphertext.len())?);
        opened.inspect_err(|_| out.truncate(end))?;
        self.increment();
        Ok(())
    }

    /// `Context.Export(exporter_context, L) = LabeledExpand(exporter_secret, "sec", exporter_context, L)`,
    /// RFC 9180 section 5.3.
    pub(crate) fn export(&self, exporter_context: &[u8], len: usize) -> Result<SecretBytes, Error> {
        // Refused before anything is allocated.
        if len > 255 * 32 {
            return Err(Error::TooLarge);
        }
        let mut exporter_secret = Zeroizing::new([0; 32]);
        let context = [&self.key_schedule_context[..], &[]];
        labeled_expand(&self.secret, &self.suite_id, b"exp", context, exporter_secret.as_mut_slice())?;
        let prk = Hmac::new(Hash::Sha256, exporter_secret.as_slice());
        let mut exported = Zeroizing::new(alloc::vec![0; len]);
        labeled_expand(&prk, &self.suite_id, b"sec", [exporter_context, &[]], &mut exported)?;
        Ok(SecretBytes::new(core::mem::take(&mut *exported)))
    }
}

fn bytes(slice: &[u8]) -> impl Iterator<Item = u8> {
    slice.iter().copied()
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> Schedule {
        Schedule::new(Suite::X25519Aes256Gcm, &[7; 32], b"info", None).unwrap()
    }

    /// hpke-rs and rustls kept the sequence number in 32 bits and let it wrap.
    #[test]
    fn rustsec_2026_0071_hpke_rs_the_sequence_number_stops_and_never_wraps() {
        let (mut sender, mut receiver) = (schedule(), schedule());
        sender.sequence = Some(u64::MAX - 1);
        receiver.sequence = Some(u64::MAX - 1);
        for _ in 0..2 {
            let mut sealed = Vec::new();
            sender.seal_onto(b"", b"last ones", &mut sealed).unwrap();
            assert_eq!(receiver.open(b"", &sealed).unwrap(), b"last ones");
        }
        for _ in 0..3 {
            assert_eq!(sender.seal_onto(b"", b"", &mut Vec::new()), Err(Error::Exhausted));
            assert_eq!(receiver.open(b"", &[0; 16]), Err(Error::Exhausted));
        }
    }

    #[test]
    fn the_sequence_number_passes_32_bits() {
        let mut sender = schedule();
        let mut seen = Vec::new();
        for sequence in [0, 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1] {
            sender.sequence = Some(sequence);
            seen.push(sender.nonce().unwrap());
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 4);
    }

    #[test]
    fn rustsec_2024_0011_snow_a_forged_message_changes_nothing() {
        let (mut sender, mut receiver) = (schedule(), schedule());
        let mut sealed = Vec::new();
        sender.seal_onto(b"", b"good", &mut sealed).unwrap();
        let mut forged = sealed.clone();
        forged[0] ^= 1;
        assert_eq!(receiver.open(b"", &forged), Err(Error::NotAuthentic));
        assert_eq!(receiver.open(b"", b"short"), Err(Error::Malformed));
        assert_eq!(receiver.open(b"", &sealed).unwrap(), b"good");
    }

    #[test]
    fn rustsec_2026_0069_hpke_rs_export_lengths_are_exact_or_refused() {
        let s = schedule();
        for len in [0, 1, 32, 33, 8160] {
            assert_eq!(s.export(b"", len).unwrap().expose_secret().len(), len);
        }
        for len in [8161, 65_535, 65_536, 65_537, usize::MAX] {
            assert_eq!(s.export(b"", len).map(|_| ()), Err(Error::TooLarge), "{len}");
        }
    }
}
