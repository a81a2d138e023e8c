// SPDX-License-Identifier: MIT OR Apache-2.0
//! Times as text: decimal seconds or milliseconds, and RFC 3339.

/// A number in its one decimal form: digits, no sign, no leading zero, at most `u64::MAX`.
pub(crate) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || (text.len() > 1 && text.first() == Some(&b'0')) {
        return None;
    }
    text.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte.wrapping_sub(b'0')))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Seconds since 1970 of `YYYY-MM-DDTHH:MM:SS[.fraction](Z|+HH:MM|-HH:MM)`, RFC 3339 section 5.6; `None`
/// before 1970, for a date that does not exist and for a leap second.
pub(crate) fn rfc3339(text: &[u8]) -> Option<u64> {
    let (date, rest) = text.split_first_chunk::<11>()?;
    let (time, rest) = rest.split_first_chunk::<8>()?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T' | b't'] = *date else { return None };
    let [h1, h2, b':', mi1, mi2, b':', s1, s2] = *time else { return None };
    let year = two(y1, y2)?.checked_mul(100)?.checked_add(two(y3, y4)?)?;
    let (month, day) = (two(mo1, mo2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset = offset(fraction(rest)?)?;
    let days = days(year, month, day)?;
    let seconds = seconds(days, hour, minute, second)?.checked_sub(offset)?;
    u64::try_from(seconds).ok()
}

/// `YYYY-MM-DDTHH:MM:SSZ`; the last second of the year 9999 for all that come after it.
pub(crate) fn to_rfc3339(seconds: u64) -> alloc::string::String {
    /// 9999-12-31T23:59:59Z
    const LAST: u64 = 253_402_300_799;
    let seconds = seconds.min(LAST);
    let (minutes, second) = (seconds / 60, seconds % 60);
    let (hours, minute) = (minutes / 60, minutes % 60);
    let (day, hour) = (i64::try_from(hours / 24).unwrap_or_default(), hours % 24);
    // The last year, month and day that have begun by then.
    let last = |range: core::ops::RangeInclusive<i64>, begins: &dyn Fn(i64) -> Option<i64>| {
        range.rev().find(|n| begins(*n).is_some_and(|first| first <= day)).unwrap_or(1)
    };
    let years = |length| day.checked_div(length).and_then(|years| years.checked_add(1970)).unwrap_or(1970);
    let year = last(years(366)..=years(365), &|year| days(year, 1, 1));
    let month = last(1..=12, &|month| days(year, month, 1));
    let date = last(1..=31, &|date| days(year, month, date));
    alloc::format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn seconds(days: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let minutes = days.checked_mul(24)?.checked_add(hour)?.checked_mul(60)?.checked_add(minute)?;
    minutes.checked_mul(60)?.checked_add(second)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte.wrapping_sub(b'0')));
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

/// What follows the fraction of a second: one to nine digits, which are dropped.
fn fraction(text: &[u8]) -> Option<&[u8]> {
    let Some((b'.', digits)) = text.split_first() else { return Some(text) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=9).contains(&count).then(|| digits.get(count..)).flatten()
}

/// Seconds that a local time is ahead of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            let ahead = seconds(0, hours, minutes, 0).filter(|_| hours <= 23 && minutes <= 59)?;
            if sign == b'+' { Some(ahead) } else { ahead.checked_neg() }
        }
        _ => None,
    }
}

/// Days from the first of the year 1 to 1970-01-01.
const UNTIL_1970: i64 = 719_162;

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let divides = |n: i64| year.checked_rem(n) == Some(0);
    let leap = divides(4) && (!divides(100) || divides(400));
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month.checked_sub(1)?).ok()?;
    if day < 1 || day > *lengths.get(before)? {
        return None;
    }
    let of_year =
        lengths.get(..before)?.iter().try_fold(day.checked_sub(1)?, |sum, n| sum.checked_add(*n))?;
    // Leap days of the years before this one.
    let last = year.checked_sub(1)?;
    let leap_days =
        last.div_euclid(4).checked_sub(last.div_euclid(100))?.checked_add(last.div_euclid(400))?;
    last.checked_mul(365)?.checked_add(leap_days)?.checked_add(of_year)?.checked_sub(UNTIL_1970)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_one_form() {
        for (text, value) in
            [("0", 0), ("1", 1), ("1700000000", 1_700_000_000), ("18446744073709551615", u64::MAX)]
        {
            assert_eq!(decimal(text.as_bytes()), Some(value));
        }
        for text in
            ["", "00", "01", "+1", "-1", " 1", "1 ", "1.0", "1e3", "0x1", "18446744073709551616", "\u{661}"]
        {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for seconds in (0..40_000).map(|n| n * 6_335_057).chain([951_782_400, 951_868_799, 253_402_300_799]) {
            assert_eq!(rfc3339(to_rfc3339(seconds).as_bytes()), Some(seconds), "{seconds}");
        }
        assert_eq!(to_rfc3339(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(to_rfc3339(u64::MAX), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn times_of_rfc_3339() {
        for (text, value) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2020-01-01T00:00:00-07:00", 1_577_862_000),
            ("2024-02-29T23:59:59.123456789+00:00", 1_709_251_199),
            ("2000-03-01T00:00:00z", 951_868_800),
            ("1985-04-12t23:20:50.52Z", 482_196_050),
            ("2026-11-24T12:00:00+05:30", 1_795_501_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(rfc3339(text.as_bytes()), Some(value), "{text}");
        }
        for text in [
            "",
            "2020-01-01",
            "2020-01-01T00:00:00",
            "2020-01-01 00:00:00Z",
            "2020-02-30T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2020-13-01T00:00:00Z",
            "2020-00-01T00:00:00Z",
            "2020-01-00T00:00:00Z",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:60:00Z",
            "2016-12-31T23:59:60Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00.1234567890Z",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00+0000",
            "2020-01-01T00:00:00Z ",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "+020-01-01T00:00:00Z",
        ] {
            assert_eq!(rfc3339(text.as_bytes()), None, "{text}");
        }
    }
}
