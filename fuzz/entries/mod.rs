// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the fuzz targets run, and what `tests/corpus` replays: a function for each target.
//!
//! It panics when a property does not hold, and says whether the input held something that was accepted. Keys
//! are fixed; the first bytes of an input choose among them, and among options and good messages to edit.

mod api_key;
mod chunked;
mod envelope;
mod hpke;
mod http;
mod input;
mod kernel;
mod kernel_ed25519;
mod kernel_x25519;
mod known;
mod naive;
mod read;
mod seek;
mod text;
mod token;
mod vocabulary;
mod write;

pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]) -> bool,
    /// Inputs to begin with, of which some are accepted and some are not.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
}

const fn target(name: &'static str, run: fn(&[u8]) -> bool, seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

pub(crate) const TARGETS: [Target; 26] = [
    target("api_key", api_key::api_key, api_key::api_key_seeds),
    target("armor", text::armor, text::armor_seeds),
    target("chunked", chunked::chunked, chunked::chunked_seeds),
    target("context", vocabulary::context, vocabulary::context_seeds),
    target("envelope_authentic", envelope::authentic, envelope::authentic_seeds),
    target("envelope_header", envelope::header, envelope::header_seeds),
    target("envelope_open", envelope::open, envelope::open_seeds),
    target("envelope_read", read::envelope, read::envelope_seeds),
    target("envelope_seek", seek::envelope, seek::envelope_seeds),
    target("envelope_write", write::envelope, write::envelope_seeds),
    target("hpke_open", hpke::open, hpke::open_seeds),
    target("hpke_seal", hpke::seal, hpke::seal_seeds),
    target("http_signature", http::signature, http::signature_seeds),
    target("kdf", chunked::kdf, chunked::kdf_seeds),
    target("kernel_aes_gcm", kernel::aes_gcm, kernel::seeds),
    target("kernel_chacha20_poly1305", kernel::chacha20_poly1305, kernel::seeds),
    target("kernel_ed25519", kernel_ed25519::verify, kernel_ed25519::verify_seeds),
    target("kernel_x25519", kernel_x25519::agree, kernel_x25519::agree_seeds),
    target("key_text", text::key, text::key_seeds),
    target("sealed_open", read::sealed_open, read::open_seeds),
    target("sealed_read", read::sealed, read::sealed_seeds),
    target("sealed_seek", seek::sealed, seek::sealed_seeds),
    target("sealed_write", write::sealed, write::sealed_seeds),
    target("signature", vocabulary::signature, vocabulary::signature_seeds),
    target("structured_field", http::structured_field, http::structured_field_seeds),
    target("token", token::token, token::token_seeds),
];

/// Runs the target of this name.
pub(crate) fn run(name: &str, input: &[u8]) -> bool {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").run)(input)
}
