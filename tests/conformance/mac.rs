// SPDX-License-Identifier: MIT OR Apache-2.0
//! HMAC and HKDF through `hazmat`.

use crate::{
    case::Case,
    report::{Run, Verdict, ensure, said},
};
use chancery::{
    Error,
    hazmat::{Hash, hkdf_expand, hkdf_extract, hmac, hmac_verify},
};

/// A truncated tag is compared here: the crate verifies whole ones only, and must refuse this one.
pub(crate) fn check_hmac(hash: Hash, case: Case<'_>) -> Verdict {
    let (key, message, tag) = (case.bytes("key"), case.bytes("msg"), case.bytes("tag"));
    let whole = hmac(hash, &key, &message);
    let whole = whole.expose_secret();
    ensure(whole.len() == hash.output_len(), "the HMAC has another length")?;
    let equal = whole.get(..tag.len()) == Some(&tag[..]);
    ensure(equal == case.valid(), "the HMAC does not decide as stated")?;

    let verified = hmac_verify(hash, &key, &message, &tag);
    if tag.len() == hash.output_len() {
        let stated = if case.valid() { Ok(()) } else { Err(Error::NotAuthentic) };
        ensure(verified == stated, "hmac_verify does not decide as stated")?;
        return Ok(Run::Passed);
    }
    ensure(verified == Err(Error::NotAuthentic), "hmac_verify took a truncated tag")?;
    Ok(Run::PassedInPart(
        "with a truncated tag: compared by the test, hmac_verify takes whole tags and refused it",
    ))
}

pub(crate) fn check_hkdf(hash: Hash, case: Case<'_>) -> Verdict {
    let prk = hkdf_extract(hash, &case.bytes("salt"), &case.bytes("ikm"));
    let okm = hkdf_expand(hash, prk.expose_secret(), &case.bytes("info"), case.number("size"));
    if case.valid() {
        let okm = okm.map_err(said("expand"))?;
        ensure(okm.expose_secret() == case.bytes("okm"), "another key")?;
    } else {
        ensure(case.flag("SizeTooLarge"), "invalid for a reason that this test does not know")?;
        ensure(matches!(okm, Err(Error::TooLarge)), "a size that is too large was not refused")?;
    }
    Ok(Run::Passed)
}
