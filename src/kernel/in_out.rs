// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arrays of what is read and of what is written, which are the same memory or apart.
#![expect(unsafe_code)]

use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use inout::{InOut, InOutBuf, InOutBufIter};

/// As many arrays as there are, and the rest.
#[inline]
pub(super) fn chunks<'i, 'o, const N: usize>(
    bytes: InOutBuf<'i, 'o, u8>,
) -> (InOutBuf<'i, 'o, [u8; N]>, InOutBuf<'i, 'o, u8>) {
    let number = bytes.get_in().as_chunks::<N>().0.len();
    let (whole, rest) = bytes.split_at(number.wrapping_mul(N));
    let (input, output) = whole.into_raw();
    // SAFETY: these are the bytes of `whole`, for as long as it may use them.
    (unsafe { InOutBuf::from_raw(input.cast(), output.cast(), number) }, rest)
}

/// The arrays that an array is made of.
#[inline]
pub(super) fn parts<'i, 'o, const M: usize, const N: usize>(
    array: InOut<'i, 'o, [u8; M]>,
) -> InOutBufIter<'i, 'o, [u8; N]> {
    let (input, output) = array.into_raw();
    // SAFETY: these are the bytes of `array`, for as long as it may use them.
    let bytes = unsafe { InOutBuf::from_raw(input.cast(), output.cast(), M) };
    chunks(bytes).0.into_iter()
}

/// Asks for as much memory as the array has, behind it, for a loop that comes there next.
#[inline]
pub(super) fn fetch_next<const N: usize>(array: &mut InOut<'_, '_, [u8; N]>) {
    for start in [array.get_in().as_ptr(), array.get_out().as_ptr()] {
        for at in (N..N.wrapping_mul(2)).step_by(64) {
            // SAFETY: it is a hint, for any address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(at).cast()) };
        }
    }
}
