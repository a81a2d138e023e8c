// SPDX-License-Identifier: MIT OR Apache-2.0
//! X-Wing through `hazmat::hpke_encapsulate` and `hpke_decapsulate`, and ML-KEM-768 through `hazmat`.

use crate::{
    case::{Case, Stated},
    report::{Counts, Row, Run, Verdict, ensure, said},
};
use chancery::{
    Error,
    hazmat::{
        hpke_decapsulate, hpke_encapsulate, mlkem768_decapsulate, mlkem768_encapsulate, mlkem768_public,
    },
    hpke::{Identity, Recipient, Suite},
};

pub(crate) const FILE: &str = "xwing/test-vectors.json";
pub(crate) const COUNTS: Counts = Counts::all(3);

pub(crate) fn row(text: &str) -> Row {
    let entries: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let mut row = Row::new(FILE);
    for (i, entry) in entries.as_array().expect("a list").iter().map(Case).enumerate() {
        row.count(&format!("entry {i}"), x_wing(entry));
    }
    row
}

fn x_wing(entry: Case<'_>) -> Verdict {
    let (secret, public, enc) = (entry.bytes("sk"), entry.bytes("pk"), entry.bytes("ct"));
    ensure(secret == entry.bytes("seed"), "the secret key is not the seed")?;
    for suite in [Suite::XWingAes256Gcm, Suite::XWingChaCha20Poly1305] {
        let identity = Identity::from_bytes(suite, &secret).map_err(said("sk"))?;
        let recipient = Recipient::from_bytes(suite, &public).map_err(said("pk"))?;
        ensure(identity.recipient() == recipient, "pk is not the recipient of sk")?;
        let mut eseed = Stated(entry.bytes("eseed"));
        let (made, shared) = hpke_encapsulate(&recipient, &mut eseed).map_err(said("encapsulate"))?;
        ensure(made == enc, "another ciphertext")?;
        ensure(shared.expose_secret() == entry.bytes("ss"), "another secret when encapsulating")?;
        let shared = hpke_decapsulate(&identity, &enc).map_err(said("decapsulate"))?;
        ensure(shared.expose_secret() == entry.bytes("ss"), "another secret when decapsulating")?;
    }
    Ok(Run::Passed)
}

fn parameters(group: Case<'_>, kind: &str) -> Result<(), String> {
    ensure(group.text("type") == kind && group.text("parameterSet") == "ML-KEM-768", "another kind of case")
}

/// An invalid case of which no value of the API's types can be made.
fn refused_by_type(case: Case<'_>, why: &'static str) -> Verdict {
    ensure(!case.valid(), "valid, and the type does not take it")?;
    Ok(Run::RefusedByType(why))
}

pub(crate) fn decapsulation(group: Case<'_>, case: Case<'_>) -> Verdict {
    parameters(group, "MLKEMTest")?;
    let Ok(seed) = case.bytes("seed").try_into() else {
        return refused_by_type(case, "invalid, the seed has not 64 bytes");
    };
    ensure(mlkem768_public(&seed)[..] == case.bytes("ek"), "another public key")?;
    let Ok(ciphertext) = case.bytes("c").try_into() else {
        return refused_by_type(case, "invalid, the ciphertext has not 1,088 bytes");
    };
    ensure(case.valid(), "invalid for a reason that this test does not know")?;
    let shared = mlkem768_decapsulate(&seed, &ciphertext);
    ensure(shared.expose_secret() == case.bytes("K"), "another secret")?;
    Ok(Run::Passed)
}

pub(crate) fn encapsulation(group: Case<'_>, case: Case<'_>) -> Verdict {
    parameters(group, "MLKEMEncapsTest")?;
    let Ok(public) = case.bytes("ek").try_into() else {
        return refused_by_type(case, "invalid, the public key has not 1,184 bytes");
    };
    let made = mlkem768_encapsulate(&public, &mut Stated(case.bytes("m")));
    if case.valid() {
        let (ciphertext, shared) = made.map_err(said("encapsulate"))?;
        ensure(ciphertext[..] == case.bytes("c"), "another ciphertext")?;
        ensure(shared.expose_secret() == case.bytes("K"), "another secret")?;
    } else {
        ensure(matches!(made, Err(Error::Malformed)), "an unsound key was taken")?;
    }
    Ok(Run::Passed)
}

pub(crate) fn key_generation(group: Case<'_>, case: Case<'_>) -> Verdict {
    parameters(group, "MLKEMKeyGen")?;
    ensure(case.valid(), "invalid for a reason that this test does not know")?;
    let seed = case.bytes("seed").try_into().map_err(said("the seed"))?;
    ensure(mlkem768_public(&seed)[..] == case.bytes("ek"), "another public key")?;
    Ok(Run::PassedInPart("the public key; the expanded secret key cannot be had"))
}

pub(crate) fn expanded_decapsulation(group: Case<'_>, _case: Case<'_>) -> Verdict {
    parameters(group, "MLKEMDecapsValidationTest")?;
    Ok(Run::Unsupported("expanded secret keys: only seeds are taken"))
}
