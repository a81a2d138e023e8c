// SPDX-License-Identifier: MIT OR Apache-2.0
//! HPKE in base mode to a recipient who is known, and opened by them: `enc || ct` in one new buffer.

use crate::{
    aws_lc,
    race::Job,
    sealing::{self, Party},
};
use ::hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead, inout::InOutBuf, kdf::HkdfSha256, kem,
};
use chancery::hpke::{Identity, Info, Suite};
use orion::hazardous::{
    hpke::{DHKEM_X25519_SHA256_CHACHA20, MLKEM768_X25519_SHA256_CHACHA20, ModeBase},
    kem::{x25519_hkdf_sha256, xwing},
};

const SIZES: [usize; 2] = [1024, 16 * 1024];
const SECRET: [u8; 32] = *b"a key of thirty-two bytes.......";
const INFO: &[u8] = b"race";
const TAG: usize = 16;
const X25519_ENC: usize = 32;
const XWING_ENC: usize = 1120;

pub(crate) fn jobs() -> Vec<Job> {
    [
        sealing::jobs("hpke x25519 aes-256-gcm", &SIZES, || {
            let mut parties = vec![ours(Suite::X25519Aes256Gcm)];
            parties.extend(x25519_aes_peers());
            parties
        }),
        sealing::jobs("hpke x25519 chacha20-poly1305", &SIZES, || {
            vec![
                ours(Suite::X25519ChaCha20Poly1305),
                theirs::<aead::ChaCha20Poly1305, kem::X25519HkdfSha256>(),
                aws(aws_lc::Hpke::chacha20_poly1305(&SECRET)),
                orion_x25519(),
            ]
        }),
        sealing::jobs("hpke x-wing aes-256-gcm", &SIZES, || {
            vec![ours(Suite::XWingAes256Gcm), theirs::<aead::AesGcm256, kem::XWing>()]
        }),
        sealing::jobs("hpke x-wing chacha20-poly1305", &SIZES, || {
            vec![
                ours(Suite::XWingChaCha20Poly1305),
                theirs::<aead::ChaCha20Poly1305, kem::XWing>(),
                orion_xwing(),
            ]
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Everybody but us, with X25519 and AES-256-GCM.
pub(crate) fn x25519_aes_peers() -> Vec<Party> {
    vec![theirs::<aead::AesGcm256, kem::X25519HkdfSha256>(), aws(aws_lc::Hpke::aes_256_gcm(&SECRET))]
}

fn ours(suite: Suite) -> Party {
    let identity = Identity::from_bytes(suite, &SECRET).expect("a key");
    let recipient = identity.recipient();
    Party::new(
        "chancery",
        "hpke",
        move |message| recipient.seal(info(), message).expect("sealed"),
        move |sealed| identity.open(info(), sealed).expect("opened"),
    )
}

fn info() -> Info<'static> {
    Info::raw(INFO).expect("an info")
}

fn theirs<A: aead::Aead + 'static, K: Kem + 'static>() -> Party {
    let secret = K::PrivateKey::from_bytes(&SECRET).expect("a key");
    let public = K::sk_to_pk(&secret);
    let seal = move |message: &[u8]| {
        let (enc, mut context) =
            ::hpke::setup_sender::<A, HkdfSha256, K>(&OpModeS::Base, &public, INFO).expect("encapsulated");
        let enc = enc.to_bytes();
        let mut sealed = Vec::with_capacity(enc.len() + message.len() + TAG);
        sealed.extend_from_slice(&enc);
        sealed.extend_from_slice(message);
        let tag = context.seal_inout_detached(InOutBuf::from(&mut sealed[enc.len()..]), b"").expect("sealed");
        sealed.extend_from_slice(&tag.to_bytes());
        sealed
    };
    let open = move |sealed: &[u8]| {
        let (enc, sealed) = sealed.split_at(K::EncappedKey::size());
        let enc = K::EncappedKey::from_bytes(enc).expect("a key");
        ::hpke::single_shot_open::<A, HkdfSha256, K>(&OpModeR::Base, &secret, &enc, INFO, sealed, b"")
            .expect("opened")
    };
    Party::new("hpke", "hpke", seal, open)
}

fn aws(hpke: aws_lc::Hpke) -> Party {
    let hpke = std::rc::Rc::new(hpke);
    let other = std::rc::Rc::clone(&hpke);
    Party::new(
        "aws-lc",
        "hpke",
        move |message| hpke.seal(INFO, message),
        move |sealed| other.open(INFO, sealed),
    )
}

macro_rules! orion {
    ($name:ident, $suite:ty, $enc_len:expr, $secret:expr, $public:expr, $enc:ty) => {
        fn $name() -> Party {
            let (secret, public) = ($secret, $public);
            let seal = move |message: &[u8]| {
                let mut sealed = vec![0; $enc_len + message.len() + TAG];
                let out = &mut sealed[$enc_len..];
                let enc = ModeBase::<$suite>::base_seal(&public, INFO, message, b"", out).expect("sealed");
                sealed[..$enc_len].copy_from_slice(enc.as_ref());
                sealed
            };
            let open = move |sealed: &[u8]| {
                let (enc, sealed) = sealed.split_at($enc_len);
                let enc = <$enc>::try_from(enc).expect("a key");
                let mut message = vec![0; sealed.len() - TAG];
                ModeBase::<$suite>::base_open(&enc, &secret, INFO, sealed, b"", &mut message)
                    .expect("opened");
                message
            };
            Party::new("orion", "hpke", seal, open)
        }
    };
}
orion!(
    orion_x25519,
    DHKEM_X25519_SHA256_CHACHA20,
    X25519_ENC,
    x25519_hkdf_sha256::PrivateKey::from(SECRET),
    x25519_hkdf_sha256::PublicKey::try_from(&x25519_hkdf_sha256::PrivateKey::from(SECRET)).expect("a key"),
    x25519_hkdf_sha256::PublicKey
);
orion!(
    orion_xwing,
    MLKEM768_X25519_SHA256_CHACHA20,
    XWING_ENC,
    xwing::DecapsulationKey::from(SECRET),
    xwing::EncapsulationKey::try_from(&xwing::DecapsulationKey::from(SECRET)).expect("a key"),
    xwing::Ciphertext
);
