// SPDX-License-Identifier: MIT OR Apache-2.0
//! The grammars of signature headers. What does not fit the grammar gives nothing, and is no error: a
//! sender may put there what a newer receiver understands.

/// The values of `key` in `a=1,b=2,b=3`, with white space around a pair dropped.
pub(crate) fn pairs<'a>(header: &'a [u8], separator: u8, key: &'a str) -> impl Iterator<Item = &'a [u8]> {
    header.split(move |byte| *byte == separator).filter_map(move |pair| {
        let rest = pair.trim_ascii().strip_prefix(key.as_bytes())?;
        rest.strip_prefix(b"=")
    })
}

/// The values of `version` in `v1,abc v1a,def`.
pub(crate) fn versions<'a>(header: &'a [u8], version: &'a str) -> impl Iterator<Item = &'a [u8]> {
    header.split(|byte| *byte == b' ').filter_map(move |entry| {
        let rest = entry.strip_prefix(version.as_bytes())?;
        rest.strip_prefix(b",")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn pairs_are_found_by_their_whole_key() {
        let all = |header: &'static str, key| pairs(header.as_bytes(), b',', key).collect::<Vec<_>>();
        assert_eq!(all("t=1,v1=a,v1=b,v0=c", "v1"), [b"a", b"b"]);
        assert_eq!(all("t=1, v1=a==", "v1"), [b"a=="]);
        assert_eq!(all("xv1=a,v1,v11=b,=v1,v1 =c,V1=d", "v1"), [b""; 0]);
        assert_eq!(all("v1=", "v1"), [b""]);
        assert_eq!(all("", "v1"), [b""; 0]);
    }

    #[test]
    fn versions_are_found_by_their_whole_name() {
        let all = |header: &'static str, version| versions(header.as_bytes(), version).collect::<Vec<_>>();
        assert_eq!(all("v1,a v1a,b v1,c", "v1"), [b"a", b"c"]);
        assert_eq!(all("v1,a v1a,b v1,c", "v1a"), [b"b"]);
        assert_eq!(all("v1 a,v1  xv1,b", "v1"), [b""; 0]);
        assert_eq!(all("v1,a,b", "v1"), [b"a,b"]);
    }
}
