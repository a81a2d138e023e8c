// SPDX-License-Identifier: MIT OR Apache-2.0
//! X25519 through `hazmat` and strict Ed25519 through key import and `hazmat::ed25519_verify`.

use crate::{
    case::Case,
    report::{Run, Verdict, ensure, said},
    tiers,
};
use chancery::{
    Error,
    hazmat::{ed25519_precompute, ed25519_verify, x25519},
    signing::{Signature, VerifyingKey},
};

pub(crate) fn check_x25519(_group: Case<'_>, case: Case<'_>) -> Verdict {
    tiers::each(|| diffie_hellman(case))
}

/// What is "acceptable" is decided here: a shared secret of zero is refused, everything else computed.
fn diffie_hellman(case: Case<'_>) -> Verdict {
    ensure(matches!(case.text("result"), "valid" | "acceptable"), "a result that this test does not know")?;
    let (secret, public) = (case.bytes("private").try_into(), case.bytes("public").try_into());
    let (Ok(secret), Ok(public)) = (secret, public) else {
        return Ok(Run::Unsupported("a key has not 32 bytes"));
    };
    let (shared, stated) = (x25519(&secret, &public), case.bytes("shared"));
    let zero = stated.iter().all(|byte| *byte == 0);
    ensure(zero == case.flag("ZeroSharedSecret"), "the flag does not go with the value")?;
    if zero {
        ensure(matches!(shared, Err(Error::NotAuthentic)), "a shared secret of zero was not refused")?;
    } else {
        let shared = shared.map_err(said("x25519"))?;
        ensure(shared.expose_secret() == stated, "another shared secret")?;
    }
    Ok(Run::Passed)
}

/// Without and with the table of the key.
pub(crate) fn check_ed25519(group: Case<'_>, case: Case<'_>) -> Verdict {
    verify(group, case, |_| true)?;
    tiers::each(|| verify(group, case, ed25519_precompute))
}

fn verify(group: Case<'_>, case: Case<'_>, prepare: impl Fn(&VerifyingKey) -> bool) -> Verdict {
    let key = VerifyingKey::from_bytes(&group.object("publicKey").bytes("pk"));
    ensure(key.as_ref().map_or(true, prepare), "no table")?;
    let signature = case.bytes("sig").try_into();
    if case.valid() {
        let key = key.map_err(said("the key"))?;
        let signature = Signature::from_bytes(signature.map_err(said("the signature"))?);
        ed25519_verify(&key, &case.bytes("msg"), &signature).map_err(said("verify"))?;
        return Ok(Run::Passed);
    }
    let Ok(key) = key else {
        return Ok(Run::PassedInPart("by refusing the key at import"));
    };
    let Ok(signature) = signature else {
        return Ok(Run::RefusedByType("invalid, the signature has not 64 bytes"));
    };
    let verified = ed25519_verify(&key, &case.bytes("msg"), &Signature::from_bytes(signature));
    ensure(verified == Err(Error::NotAuthentic), "an invalid signature was not refused")?;
    Ok(Run::Passed)
}
