// SPDX-License-Identifier: MIT OR Apache-2.0
//! All changes to a message, and what must become of them.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A good message must open after so many that were refused.
const BETWEEN: usize = 100;

/// A good message and what to do to it.
pub(crate) struct Battery<'a> {
    name: &'a str,
    good: &'a [u8],
    /// A second good message of the same length, of which segments are spliced in.
    other: &'a [u8],
    /// Each list of cuts divides the message into segments.
    cuts: Vec<Vec<usize>>,
    step: usize,
    all_bits: bool,
}

impl<'a> Battery<'a> {
    /// Every bit and every position, and what `segments` gives when they are swapped.
    pub(crate) fn new(name: &'a str, good: &'a [u8], other: &'a [u8], segments: &[usize]) -> Self {
        assert_eq!(good.len(), other.len(), "{name}");
        assert_ne!(good, other, "{name}");
        Self { name, good, other, cuts: Vec::new(), step: 1, all_bits: true }.also_cut(segments)
    }

    /// One more division, by the lengths of its segments.
    pub(crate) fn also_cut(mut self, segments: &[usize]) -> Self {
        let mut cuts = vec![0];
        for segment in segments {
            cuts.push(cuts[cuts.len() - 1] + segment);
        }
        assert_eq!(cuts.last(), Some(&self.good.len()), "{}: the segments are not the message", self.name);
        self.cuts.push(cuts);
        self
    }

    /// One bit of each byte only.
    pub(crate) fn one_bit(mut self) -> Self {
        self.all_bits = false;
        self
    }

    /// Every `step`-th position and both sides of every cut only.
    pub(crate) fn every(mut self, step: usize) -> Self {
        self.step = step;
        self
    }

    fn is_tried(&self, at: usize) -> bool {
        let near = |cut: &usize| cut.abs_diff(at) <= 2;
        at.is_multiple_of(self.step) || self.cuts[0].iter().any(near)
    }

    fn positions(&self) -> impl Iterator<Item = usize> {
        (0..=self.good.len()).filter(|at| self.is_tried(*at))
    }

    /// The message with `bytes` instead of what is between two positions.
    fn replaced(&self, from: usize, to: usize, bytes: &[u8]) -> Vec<u8> {
        [&self.good[..from], bytes, &self.good[to..]].concat()
    }

    /// Flips, truncations at either end, removals and insertions of one byte.
    fn at(&self, at: usize) -> Vec<(&'static str, Vec<u8>)> {
        let mut mutants = vec![("insertions", self.replaced(at, at, &[0]))];
        if at > 0 {
            mutants.push(("cut in front", self.good[at..].to_vec()));
        }
        let Some(byte) = self.good.get(at).copied() else { return mutants };
        let bits = if self.all_bits { 0..8 } else { at % 8..at % 8 + 1 };
        mutants.extend(bits.map(|bit| ("bit flips", self.replaced(at, at + 1, &[byte ^ (1 << bit)]))));
        mutants.push(("truncations", self.good[..at].to_vec()));
        mutants.push(("removals", self.replaced(at, at + 1, &[])));
        if byte != 0 {
            mutants.push(("insertions", self.replaced(at, at, &[byte])));
        }
        mutants
    }

    /// Segments swapped, dropped, doubled, appended, and replaced by those of the other message.
    fn segments(&self, cuts: &[usize]) -> Vec<(&'static str, Vec<u8>)> {
        let mut mutants = Vec::new();
        for (i, a) in cuts.windows(2).enumerate() {
            let segment = &self.good[a[0]..a[1]];
            mutants.push(("drops", self.replaced(a[0], a[1], &[])));
            mutants.push(("doublings", self.replaced(a[1], a[1], segment)));
            mutants.push(("appendings", [self.good, segment].concat()));
            mutants.push(("splices", self.replaced(a[0], a[1], &self.other[a[0]..a[1]])));
            for b in cuts.windows(2).skip(i + 1) {
                let between = &self.good[a[1]..b[0]];
                let swapped = [&self.good[b[0]..b[1]], between, segment].concat();
                mutants.push(("swaps", self.replaced(a[0], b[1], &swapped)));
            }
        }
        mutants
    }

    /// Opens the good message and all changed ones, with one and the same `open`. Gives the errors it met.
    pub(crate) fn run<E: Copy + Debug + PartialEq>(
        &self,
        plaintext: &[u8],
        mut open: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Vec<E> {
        let name = self.name;
        let (mut tried, mut errors) = (BTreeMap::<&str, usize>::new(), Vec::new());
        assert_eq!(open(self.good).as_deref(), Ok(plaintext), "{name}");
        assert_eq!(open(self.other).as_deref(), Ok(plaintext), "{name}");
        let here = self.positions().flat_map(|at| self.at(at).into_iter().map(move |(k, m)| (at, k, m)));
        let cut = self.cuts.iter().flat_map(|cuts| self.segments(cuts)).map(|(kind, m)| (0, kind, m));
        // A swap of two equal segments is no change.
        for (at, kind, mutant) in here.chain(cut).filter(|(_, _, mutant)| mutant != self.good) {
            match open(&mutant) {
                Ok(_) => panic!("{name}: accepted: {kind} at {at}: {mutant:02x?}"),
                Err(error) if !errors.contains(&error) => errors.push(error),
                Err(_) => {}
            }
            *tried.entry(kind).or_default() += 1;
            if tried.values().sum::<usize>().is_multiple_of(BETWEEN) {
                assert_eq!(open(self.good).as_deref(), Ok(plaintext), "{name}: after {kind} at {at}");
            }
        }
        assert_eq!(open(self.good).as_deref(), Ok(plaintext), "{name}: at the end");
        for kind in ["bit flips", "truncations", "insertions", "splices"] {
            assert!(tried.contains_key(kind), "{name}: no {kind}");
        }
        let all: usize = tried.values().sum();
        println!("{name} of {} bytes: {all} changes, 0 accepted: {tried:?}, {errors:?}", self.good.len());
        errors
    }
}

/// Every error must be one of those that the documentation of the call names.
pub(crate) fn assert_only<E: Debug + PartialEq>(errors: &[E], documented: &[E]) {
    let other: Vec<_> = errors.iter().filter(|error| !documented.contains(error)).collect();
    assert!(other.is_empty(), "undocumented: {other:?}");
}

// A battery that lets everything pass would be of no use: it must notice each kind of lenience.

fn notices(open: impl Fn(&[u8]) -> bool) {
    let (good, other) = (b"12345678".as_slice(), b"abcdefgh".as_slice());
    let run = AssertUnwindSafe(|| {
        let lenient = |bytes: &[u8]| {
            let accepted = bytes == good || bytes == other || open(bytes);
            accepted.then(Vec::new).ok_or(())
        };
        Battery::new("lenient", good, other, &[4, 4]).run(b"", lenient)
    });
    assert!(catch_unwind(run).is_err());
}

#[test]
fn a_lenient_opener_is_noticed() {
    notices(|bytes| bytes == b"1234567\xb8"); // one bit
    notices(|bytes| bytes == b"1234567");
    notices(|bytes| bytes == b"2345678");
    notices(|bytes| bytes == b"1234\x005678");
    notices(|bytes| bytes == b"56781234");
    notices(|bytes| bytes == b"1234efgh");
    notices(|bytes| bytes == b"12345678\x00");
    notices(|bytes| bytes == b"123456785678");
}

#[test]
fn an_opener_that_remembers_a_failure_is_noticed() {
    let mut failed = false;
    let run = AssertUnwindSafe(|| {
        Battery::new("sulking", b"1234", b"abcd", &[2, 2]).run(b"", |bytes| {
            failed |= bytes != b"1234" && bytes != b"abcd";
            if failed { Err(()) } else { Ok(Vec::new()) }
        })
    });
    assert!(catch_unwind(run).is_err());
}
