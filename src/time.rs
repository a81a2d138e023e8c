// SPDX-License-Identifier: MIT OR Apache-2.0
//! [`UnixTime`]: the time as an argument. The core never reads a clock.

use core::{fmt, time::Duration};

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Arithmetic saturates: a time from a message cannot overflow.
///
/// ```
/// use chancery::UnixTime;
/// let now = UnixTime::from_secs(1_790_000_000);
/// assert_eq!(now.as_secs(), 1_790_000_000);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The end of time: what never expires.
    pub const MAX: Self = Self(u64::MAX);

    /// The time so many seconds after the epoch.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The time of the system's clock, for the place where a service decides what `now` is.
    /// A clock before 1970 gives the epoch, at which whatever a right clock dated is from the future.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn now() -> Self {
        std::time::SystemTime::now().into()
    }

    /// Later by the whole seconds of `duration`.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// Earlier by the whole seconds of `duration`.
    #[must_use]
    pub const fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_secs()))
    }
}

impl fmt::Debug for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnixTime({})", self.0)
    }
}

#[cfg(feature = "std")]
impl From<std::time::SystemTime> for UnixTime {
    fn from(time: std::time::SystemTime) -> Self {
        Self(time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}
