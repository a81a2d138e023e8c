// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the parts of an envelope are bound to.
//!
//! Specification: `docs/envelope-v1.md`, "Envelope".

use crate::{
    KeyId,
    primitive::{
        chunked::{Header as ChunkHeader, SALT_LEN},
        hash::{self, Hasher, label},
    },
    wire::response::RESPONSE,
};
use alloc::vec::Vec;

/// `WRAP` info: `L("envelope wrap") || H(first 7 header bytes || count * (kem || id8) || CTX)`.
pub(super) fn wrap_info(
    fixed: &[u8],
    recipients: impl Iterator<Item = (u16, KeyId)>,
    context: &[u8; 32],
) -> Vec<u8> {
    let hasher = recipients.fold(Hasher::new().chain(fixed), |hasher, (kem, id)| {
        hasher.chain(&kem.to_be_bytes()).chain(id.as_bytes())
    });
    let [a, b, c] = label("envelope wrap");
    [a, b, c, &hasher.chain(context).finish()].concat()
}

/// The context of the body: `H(L("envelope body") || HH || CTX)`.
pub(super) fn body_context(header_hash: &[u8; 32], context: &[u8; 32]) -> [u8; 32] {
    Hasher::labelled("envelope body").chain(header_hash).chain(context).finish()
}

/// The context of an answer: `H(L("response") || 0xC2 || CTX)`.
pub(super) fn response_context(context: &[u8; 32]) -> [u8; 32] {
    Hasher::labelled("response").chain(&[RESPONSE]).chain(context).finish()
}

/// What a replay guard claims:
/// `H(L("message-id") || HH || salt || [SIGNED: sender public key])`.
pub(super) fn message_id(header_hash: &[u8; 32], body: &ChunkHeader, sender: Option<&[u8; 32]>) -> [u8; 32] {
    let salt = body.get(..SALT_LEN).unwrap_or_default();
    let sender = sender.map(<[u8; 32]>::as_slice).unwrap_or_default();
    let [a, b, c] = label("message-id");
    hash::sha256(&[a, b, c, header_hash, salt, sender].concat())
}

/// What a sender signs, after `0xFF || L("envelope signature")`:
/// `HH || salt || commitment || CTX || sender public key || created u64 || payload length u64 || H(payload)`.
pub(super) struct Signed<'a> {
    pub(super) header_hash: &'a [u8; 32],
    /// Salt and commitment.
    pub(super) body: &'a ChunkHeader,
    pub(super) context: &'a [u8; 32],
    pub(super) sender: &'a [u8; 32],
    pub(super) created: u64,
    /// Length and SHA-256 of the payload.
    pub(super) len: u64,
    pub(super) digest: &'a [u8; 32],
}

impl Signed<'_> {
    pub(super) const PURPOSE: &'static str = "envelope signature";

    pub(super) fn bytes(&self) -> Vec<u8> {
        [
            self.header_hash.as_slice(),
            self.body,
            self.context,
            self.sender,
            &self.created.to_be_bytes(),
            &self.len.to_be_bytes(),
            self.digest,
        ]
        .concat()
    }
}
