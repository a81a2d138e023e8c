// SPDX-License-Identifier: MIT OR Apache-2.0
//! Freed memory holds no secret: after a key text that was refused, after a move of what owns a cipher.

#![cfg(feature = "hazmat")]
#![expect(unsafe_code, reason = "a global allocator that looks at what is freed")]

use chancery::{
    ConfigError, Context, Keyring,
    aead::{Algorithm, SealKey},
    hazmat::{self, Aead, AeadKey, Hash},
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::SeqCst},
    },
};

struct Looking;

static LOOKING: AtomicBool = AtomicBool::new(false);
static NEEDLE: [AtomicU8; 32] = [const { AtomicU8::new(0) }; 32];
static FOUND: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is the system's allocator; a block is read while it is still allocated.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that every byte of every block may be read.
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `layout` is that of the block, which was zeroed when it was made.
        let bytes = unsafe { core::slice::from_raw_parts(block, layout.size()) };
        if LOOKING.load(SeqCst)
            && bytes.windows(32).any(|w| w.iter().zip(&NEEDLE).all(|(a, b)| *a == b.load(SeqCst)))
        {
            FOUND.fetch_add(1, SeqCst);
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Looking = Looking;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How many freed blocks held `needle` while `run` ran.
fn freed_with(needle: &[u8; 32], run: impl FnOnce()) -> usize {
    let _guard: MutexGuard<'_, ()> = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    NEEDLE.iter().zip(needle).for_each(|(to, from)| to.store(*from, SeqCst));
    FOUND.store(0, SeqCst);
    LOOKING.store(true, SeqCst);
    run();
    LOOKING.store(false, SeqCst);
    FOUND.load(SeqCst)
}

const KEY: [u8; 32] = *b"thirty-two bytes that are secret";

#[test]
fn the_allocator_sees_what_is_freed() {
    assert_eq!(freed_with(&KEY, || drop(std::hint::black_box(KEY.to_vec()))), 1);
}

#[test]
fn a_refused_key_text_leaves_no_key() {
    let key = SealKey::from_bytes(Algorithm::Aes256Gcm, &KEY).unwrap();
    let text = key.to_secret_text();
    let mut bytes = [0; 128];
    let bytes = &mut bytes[..text.expose_secret().len()];
    bytes.copy_from_slice(text.expose_secret().as_bytes());
    for (typo, expected) in [(b'!', ConfigError::KeyText), (b'A', ConfigError::KeyChecksum)] {
        *bytes.last_mut().unwrap() = typo;
        let text = core::str::from_utf8(bytes).unwrap();
        let freed = freed_with(&KEY, || assert_eq!(text.parse::<SealKey>().map(|_| ()), Err(expected)));
        assert_eq!(freed, 0, "{expected:?}");
    }
}

#[test]
fn a_reader_or_cipher_that_is_moved_leaves_no_key() {
    for (algorithm, aead) in
        [(Algorithm::Aes256Gcm, Aead::Aes256Gcm), (Algorithm::ChaCha20Poly1305, Aead::ChaCha20Poly1305)]
    {
        let keys = Keyring::new(SealKey::from_bytes(algorithm, &KEY).unwrap());
        let context = Context::of("moved");
        let sealed = keys.seal(&context, b"message").unwrap();
        let needle = message_key(aead, &sealed);
        let freed = freed_with(&needle, || {
            let on_the_heap = Box::new(keys.open_reader(&context, sealed.as_slice()).unwrap());
            let moved = *on_the_heap;
            drop(moved);
        });
        assert_eq!(freed, 0, "{algorithm:?}");
        let freed = freed_with(&KEY, || {
            let on_the_heap = Box::new(AeadKey::new(aead, &KEY).unwrap());
            let moved = *on_the_heap;
            drop(moved);
        });
        assert_eq!(freed, 0, "{aead:?}");
    }
}

/// The first 32 bytes of the specification's section 6, for the context "moved".
fn message_key(aead: Aead, sealed: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let encoded = b"chancery/v1 context\0\0\x01\0\0\0\x05moved";
    let bound = [b"chancery/v1 sealed\0", &sealed[..9], &Sha256::digest(encoded)].concat();
    let info = [
        b"c2sp.org/chunked-encryption@v1+",
        aead.name().as_bytes(),
        &[0],
        &sealed[9..33],
        &Sha256::digest(bound),
    ];
    let okm = hazmat::hkdf_expand(Hash::Sha512, &KEY, &info.concat(), 76).unwrap();
    assert_eq!(okm.expose_secret()[44..], sealed[33..65], "the commitment");
    okm.expose_secret()[..32].try_into().unwrap()
}
