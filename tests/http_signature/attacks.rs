// SPDX-License-Identifier: MIT OR Apache-2.0
//! What once worked for an attacker.

use crate::{
    BODY, HOST, NOW, api,
    forge::{API, forge, get, params},
    outcome, outgoing, received, set, sign_key, signed_by, signer, text, verifier, verify_key,
};
use chancery::{
    Error,
    http_signature::{Policy, Signer, Verifier},
};
use http::{Method, Response, Uri, request, response};

#[test]
fn a_digest_is_checked_in_whatever_form_it_is_covered() {
    let digest = text(&crate::signed().headers, "content-digest");
    for form in ["sf", "bs", "key=\"sha-256\""] {
        let request = forge(
            get(&[("content-digest", &digest)]),
            &format!("(\"@authority\" \"content-digest\";{form}){}", params()),
        );
        let component = format!("content-digest;{form}");
        let policy = Policy::custom_request([HOST], &["@authority", &component]).allow_unsigned_body();
        assert_eq!(outcome(verifier(policy.clone()).verify(&request, BODY, NOW)), Ok(()), "{form}");
        let other = outcome(verifier(policy).verify(&request, b"other", NOW));
        assert_eq!(other, Err(Error::NotAuthentic), "{form}");
    }
    // One that proves nothing is none.
    let request = forge(
        get(&[("content-digest", "md5=:AAAAAAAAAAAAAAAAAAAAAA==:")]),
        &format!("(\"@authority\" \"content-digest\";key=\"md5\"){}", params()),
    );
    let policy = Policy::custom_request([HOST], &["@authority"]).allow_unsigned_body();
    assert_eq!(outcome(verifier(policy).verify(&request, BODY, NOW)), Ok(()));
}
