// SPDX-License-Identifier: MIT OR Apache-2.0
//! The formats with their insides open: chunked encryption with any context, HPKE contexts, and
//! sealing with a random source that is handed in.

#[cfg(feature = "std")]
use crate::primitive::{engine::OpenBuffer, stream::ChunkReader};
use crate::{
    Context, Error, Keyring, UnixTime,
    aead::SealKey,
    envelope::{Reply, Responder, Sealer},
    hpke::{Identity, Info, Psk, Recipient, schedule::Schedule},
    primitive::{
        aead::Aead,
        chunked::{self, Chunks, Part},
        mac::{Hash, Hmac},
        rng::Random,
    },
    secret::{SecretBytes, erased_by_fields},
    wire::{
        cursor::Cursor,
        envelope::{Header, fixed, write_entry},
    },
};
use alloc::vec::Vec;

/// The HMAC state of an input key, which has the length of the AEAD's key.
fn input_key(aead: Aead, key: &[u8]) -> Result<Hmac, Error> {
    if key.len() != aead.key_len() {
        return Err(Error::Malformed);
    }
    Ok(Hmac::new(Hash::Sha512, key))
}

/// C2SP chunked encryption with SHA-512: with AES-128-GCM Cobblestone-128, with AES-256-GCM Cobblestone-256.
///
/// # Errors
/// [`Error::Malformed`] unless the key has the length of the AEAD's, and those of `random`.
pub fn chunked_seal(
    aead: Aead,
    key: &[u8],
    context: &[u8],
    plaintext: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    let (header, chunks) = Chunks::seal(aead, &input_key(aead, key)?, context, plaintext.len(), random)?;
    chunked::seal_all([&header, &[]], chunks, &[Part::Bytes(plaintext)])
}

/// Opens what [`chunked_seal`] made.
///
/// # Errors
/// [`Error::Malformed`] below 56 bytes or with a key of another length, [`Error::NotAuthentic`].
pub fn chunked_open(aead: Aead, key: &[u8], context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut cursor = Cursor::new(sealed);
    let chunks = Chunks::open(aead, &input_key(aead, key)?, context, sealed.len(), &cursor.array()?)?;
    let mut opened = chunked::open_all(chunks, cursor.rest())?;
    Ok(core::mem::take(&mut *opened))
}

/// Opens what [`chunked_seal`] made, as a stream.
///
/// # Errors
/// As [`chunked_open`], and those of `reader`, of which `UnexpectedEof` is an input below 56 bytes.
#[cfg(feature = "std")]
pub fn chunked_reader<R: std::io::Read + std::io::Seek>(
    aead: Aead,
    key: &[u8],
    context: &[u8],
    mut reader: R,
) -> std::io::Result<impl std::io::Read + std::io::Seek + use<R>> {
    let mut header = [0; chunked::HEADER_LEN];
    reader.read_exact(&mut header)?;
    let chunks = Chunks::open(aead, &input_key(aead, key)?, context, chunked::CHUNK_LEN, &header)?;
    Ok(ChunkReader::new(reader, OpenBuffer::new(chunks)))
}

/// The sender's side of an HPKE context, RFC 9180 section 5. Messages have numbers, in order.
#[derive(Debug)]
pub struct HpkeSender(Schedule);

erased_by_fields!(HpkeSender: 0);

impl HpkeSender {
    /// `ContextS.Seal(aad, pt)`.
    ///
    /// # Errors
    /// [`Error::Exhausted`] after 2^64 messages.
    pub fn seal(&mut self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.0.seal_onto(aad, plaintext, &mut out)?;
        Ok(out)
    }

    /// `Context.Export(exporter_context, L)`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 8,160 bytes.
    pub fn export(&self, exporter_context: &[u8], len: usize) -> Result<SecretBytes, Error> {
        self.0.export(exporter_context, len)
    }
}

/// The receiver's side of an HPKE context. A message that is refused does not count.
#[derive(Debug)]
pub struct HpkeReceiver(Schedule);

erased_by_fields!(HpkeReceiver: 0);

impl HpkeReceiver {
    /// `ContextR.Open(aad, ct)`.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`], [`Error::Malformed`] below 16 bytes, [`Error::Exhausted`].
    pub fn open(&mut self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.open(aad, sealed)
    }

    /// `Context.Export(exporter_context, L)`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 8,160 bytes.
    pub fn export(&self, exporter_context: &[u8], len: usize) -> Result<SecretBytes, Error> {
        self.0.export(exporter_context, len)
    }
}

/// An info that [`Info::raw`] refuses, since it belongs to a format of this crate: for tests of these
/// formats. With one chosen by somebody else, a receiver unwraps the payload keys of envelopes.
#[must_use]
pub fn reserved_info(info: &[u8]) -> Info<'_> {
    Info::unchecked(info)
}

/// `Encap(pkR)`, RFC 9180 section 4: `enc` and the shared secret of 32 bytes. From `random` comes the
/// ephemeral secret key of X25519, 32 bytes, or the eseed of X-Wing, 32 bytes and then 32 more.
///
/// # Errors
/// Those of `random`.
pub fn hpke_encapsulate(
    recipient: &Recipient,
    random: &mut dyn Random,
) -> Result<(Vec<u8>, SecretBytes), Error> {
    let (shared, enc) = recipient.encapsulate(random)?;
    Ok((enc, SecretBytes::new(shared.to_vec())))
}

/// `Decap(enc, skR)`, RFC 9180 section 4: the shared secret of 32 bytes. X-Wing gives one for an `enc` that
/// nobody made, too; only what is sealed under it tells.
///
/// # Errors
/// [`Error::Malformed`] unless `enc` has its length, [`Error::NotAuthentic`] when an X25519 result is zero.
pub fn hpke_decapsulate(identity: &Identity, enc: &[u8]) -> Result<SecretBytes, Error> {
    Ok(SecretBytes::new(identity.decapsulate(enc)?.to_vec()))
}

/// `SetupBaseS` or, with a PSK, `SetupPSKS`: `enc` and the context. From `random` comes what
/// [`hpke_encapsulate`] takes.
///
/// # Errors
/// Those of `random`.
pub fn hpke_sender<'a>(
    recipient: &Recipient,
    info: impl Into<Info<'a>>,
    psk: Option<&Psk>,
    random: &mut dyn Random,
) -> Result<(Vec<u8>, HpkeSender), Error> {
    let (enc, schedule) = recipient.setup(info.into().bytes()?, psk, random)?;
    Ok((enc, HpkeSender(schedule)))
}

/// `SetupBaseR` or, with a PSK, `SetupPSKR`.
///
/// # Errors
/// [`Error::Malformed`] unless `enc` has its length, [`Error::NotAuthentic`] when an X25519 result is zero.
pub fn hpke_receiver<'a>(
    identity: &Identity,
    enc: &[u8],
    info: impl Into<Info<'a>>,
    psk: Option<&Psk>,
) -> Result<HpkeReceiver, Error> {
    Ok(HpkeReceiver(identity.setup(enc, info.into().bytes()?, psk)?))
}

/// [`Recipient::seal`](crate::hpke::Recipient::seal) with the randomness handed in.
///
/// # Errors
/// As there.
pub fn hpke_seal<'a>(
    recipient: &Recipient,
    info: impl Into<Info<'a>>,
    psk: Option<&Psk>,
    plaintext: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    recipient.seal_with(info.into().bytes()?, psk, plaintext, random)
}

/// [`Keyring::seal`] with the randomness handed in: 24 bytes, the salt.
///
/// # Errors
/// As there.
pub fn seal(
    keys: &Keyring<SealKey>,
    context: &Context,
    plaintext: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    keys.primary().seal_with(context, plaintext, random)
}

/// [`Sealer::seal`] with the randomness handed in: 32 bytes for the payload key, 32 for each
/// recipient, twice for X-Wing, 24 for the salt.
///
/// # Errors
/// As there.
pub fn seal_envelope(
    sealer: &Sealer,
    payload: &[u8],
    now: UnixTime,
    random: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    sealer.seal_with(payload, now, random)
}

/// [`Sealer::request`] with the randomness handed in, as [`seal_envelope`].
///
/// # Errors
/// As there.
pub fn seal_request(
    sealer: &Sealer,
    payload: &[u8],
    now: UnixTime,
    random: &mut dyn Random,
) -> Result<(Vec<u8>, Reply), Error> {
    sealer.request_with(payload, now, random)
}

/// [`Responder::seal`] with the randomness handed in: 24 bytes, the salt.
///
/// # Errors
/// As there.
pub fn seal_response(responder: Responder, answer: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, Error> {
    responder.seal_with(answer, random)
}

/// The header of the envelope that these bytes begin with, parsed and written anew: the same bytes, since a
/// header has one form.
///
/// # Errors
/// [`Error::Malformed`] when they begin with none.
pub fn envelope_header(envelope: &[u8]) -> Result<Vec<u8>, Error> {
    let (header, _) = Header::parse(envelope)?;
    let count = u8::try_from(header.entries.len()).map_err(|_| Error::Malformed)?;
    let mut written = fixed(header.suite, header.flags, count).to_vec();
    for entry in &header.entries {
        write_entry(&mut written, entry);
    }
    Ok(written)
}
