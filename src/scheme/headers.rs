// SPDX-License-Identifier: MIT OR Apache-2.0
//! Headers of a request, from whatever holds them.

use crate::Error;

/// A longer header is refused before it is looked at.
const MAX_LEN: usize = 8192;

/// Headers by name, whatever their case. Implemented for slices and arrays of names and values, and, with
/// feature `http`, for `http::HeaderMap`.
pub trait Headers {
    /// The values of every header of this name, in order. `name` is in lower case.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]>;
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |(other, _): &&'a (N, V)| other.as_ref().eq_ignore_ascii_case(name);
        self.iter().filter(named).map(|(_, value)| value.as_ref())
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> Headers for [(N, V); LEN] {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.as_slice().values(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for alloc::vec::Vec<(N, V)> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.as_slice().values(name)
    }
}

#[cfg(feature = "http")]
impl Headers for http::HeaderMap {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).into_iter().map(http::HeaderValue::as_bytes)
    }
}

/// Every value of a header, of which there may be many.
pub(super) fn all<'a, H: Headers + ?Sized>(
    headers: &'a H,
    name: &'a str,
) -> impl Iterator<Item = Result<&'a [u8], Error>> {
    headers.values(name).map(|value| if value.len() > MAX_LEN { Err(Error::TooLarge) } else { Ok(value) })
}

/// The value of a header that is there at most once.
///
/// # Errors
/// [`Error::Header`] when it is there twice, [`Error::TooLarge`].
pub(super) fn one<'a, H: Headers + ?Sized>(headers: &'a H, name: &'a str) -> Result<Option<&'a [u8]>, Error> {
    let mut values = all(headers, name);
    let value = values.next().transpose()?;
    if values.next().is_some() { Err(Error::Header) } else { Ok(value) }
}
