// SPDX-License-Identifier: MIT OR Apache-2.0
//! A global allocator that looks for secrets in every block that is freed.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::RefCell,
};

/// So many bytes of a secret in a row are a leak.
const WINDOW: usize = 8;
const SECRETS: usize = 16;
const LONGEST: usize = 512;

struct Watching;

/// What to look for, and what was seen. Of fixed size: nothing here may allocate.
struct Watch {
    on: bool,
    secrets: [[u8; LONGEST]; SECRETS],
    lengths: [usize; SECRETS],
    known: usize,
    seen: Freed,
}

/// The blocks that were freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Freed {
    pub(crate) blocks: usize,
    /// In which eight bytes in a row are those of a secret.
    pub(crate) with_secret: usize,
    /// In which some byte is not zero.
    pub(crate) not_zero: usize,
}

thread_local! {
    static WATCH: RefCell<Watch> = const {
        RefCell::new(Watch {
            on: false,
            secrets: [[0; LONGEST]; SECRETS],
            lengths: [0; SECRETS],
            known: 0,
            seen: Freed { blocks: 0, with_secret: 0, not_zero: 0 },
        })
    };
}

impl Watch {
    fn look(&mut self, block: &[u8]) {
        if !self.on {
            return;
        }
        self.seen.blocks += 1;
        self.seen.not_zero += usize::from(block.iter().any(|byte| *byte != 0));
        let secrets = self.secrets.iter().zip(&self.lengths).take(self.known);
        let leaks = |(secret, len): (&[u8; LONGEST], &usize)| {
            secret[..*len].windows(WINDOW).any(|part| contains(block, part))
        };
        self.seen.with_secret += usize::from(secrets.into_iter().any(leaks));
    }
}

fn contains(block: &[u8], part: &[u8]) -> bool {
    let mut rest = block;
    while let Some(at) = rest.iter().position(|byte| *byte == part[0]) {
        if rest[at..].starts_with(part) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

#[expect(unsafe_code, reason = "only a global allocator sees the memory that is freed")]
// SAFETY: the system's allocator does all the work. `realloc` is that of the trait: a new block, a copy, and
// the old block is freed, and seen, by `dealloc`.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that a block holds what its owner wrote and nothing of an earlier owner.
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the block is still allocated, of this size, and was initialised when it was allocated.
        let block = unsafe { core::slice::from_raw_parts(pointer, layout.size()) };
        WATCH.with_borrow_mut(|watch| watch.look(block));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// From here on, these bytes are a secret, too.
pub(crate) fn also_secret(secret: &[u8]) {
    assert!((WINDOW..=LONGEST).contains(&secret.len()), "{}", secret.len());
    WATCH.with_borrow_mut(|watch| {
        watch.secrets[watch.known][..secret.len()].copy_from_slice(secret);
        watch.lengths[watch.known] = secret.len();
        watch.known += 1;
    });
}

/// What `f` frees.
pub(crate) fn freed<T>(secrets: &[&[u8]], f: impl FnOnce() -> T) -> (T, Freed) {
    WATCH.with_borrow_mut(|watch| {
        watch.known = 0;
        watch.seen = Freed::default();
    });
    for secret in secrets {
        also_secret(secret);
    }
    WATCH.with_borrow_mut(|watch| watch.on = true);
    let result = f();
    let seen = WATCH.with_borrow_mut(|watch| {
        watch.on = false;
        watch.seen
    });
    (result, seen)
}

/// No block that `f` frees holds a secret; and some are freed.
pub(crate) fn leaks_nothing(name: &str, secrets: &[&[u8]], f: impl FnOnce()) {
    let ((), seen) = freed(secrets, f);
    assert_eq!(seen.with_secret, 0, "{name}: {seen:?}");
    assert!(seen.blocks > 0, "{name}: nothing was freed");
    println!("{name}: {} blocks freed, 0 with a secret", seen.blocks);
}

// What is not erased is seen, wherever in a block it stands.

#[test]
fn a_secret_that_is_not_erased_is_seen() {
    let secret: [u8; 32] = crate::canary(1);
    let seen = |f: &dyn Fn()| freed(&[&secret], f).1.with_secret;
    assert_eq!(seen(&|| drop(secret.to_vec())), 1);
    assert_eq!(seen(&|| drop(Box::new(secret))), 1);
    assert_eq!(seen(&|| drop([&[7; 100], &secret[..8], &[7; 100]].concat())), 1);
    assert_eq!(seen(&|| drop([&[7; 100], &secret[24..]].concat())), 1);
    assert_eq!(seen(&|| drop([&[7; 100], &secret[..7]].concat())), 0);
    assert_eq!(seen(&|| drop(vec![7; 100])), 0);
    // A vector that grows leaves what it held behind.
    let grows = || {
        let mut grown = zeroize::Zeroizing::new(secret.to_vec());
        grown.resize(100_000, 0);
    };
    assert_eq!(seen(&grows), 1);
    assert_eq!(seen(&|| drop(zeroize::Zeroizing::new(secret.to_vec()))), 0);
}

#[test]
fn a_block_that_is_not_zero_is_seen() {
    assert_eq!(freed(&[], || drop(vec![0_u8; 9])).1, Freed { blocks: 1, with_secret: 0, not_zero: 0 });
    assert_eq!(freed(&[], || drop(vec![0, 0, 1_u8])).1, Freed { blocks: 1, with_secret: 0, not_zero: 1 });
}
