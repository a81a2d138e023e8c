// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why the keys of an issuer could not be read: for the operator.

use crate::ConfigError;
use core::fmt;

/// There are no new keys. `Copy`, without anything of the URL or of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchError {
    /// It is not a URL with `https`, or with `http` and a loopback address; or a name or a password is in it.
    Url,
    /// The client cannot be built as its builder says.
    Client,
    /// The connection failed, or the HTTP on it; or the fetch has panicked, or ended with its runtime. For `https` reqwest needs a feature for TLS.
    Unreachable,
    /// It took longer than the timeout.
    Timeout,
    /// The answer has another status than 200: a redirect, for example, which is not followed.
    Status(u16),
    /// The answer is neither `application/json` nor `application/jwk-set+json`.
    MediaType,
    /// The answer is longer than 128 KiB.
    TooLarge,
    /// The answer is no set of public keys, as [`Keyring::from_jwk_set`](crate::Keyring::from_jwk_set) says.
    Set(ConfigError),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "keys are read from https, or from http on a loopback address, without a password",
            Self::Client => "the client cannot be built",
            Self::Unreachable => "the issuer's keys cannot be reached",
            Self::Timeout => "the issuer's keys did not come in time",
            Self::Status(status) => return write!(f, "the issuer's keys were answered with {status}"),
            Self::MediaType => "the issuer's keys are not said to be JSON",
            Self::TooLarge => "the issuer's keys are over 128 KiB",
            Self::Set(ConfigError::NoSuchKey) => {
                "the issuer has no key of an algorithm that is built in: RSA needs feature `rsa`, P-256 feature `p256`"
            }
            Self::Set(_) => "the issuer's keys are no set of public keys that can be used",
        })
    }
}

impl core::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Set(error) => Some(error),
            _ => None,
        }
    }
}
