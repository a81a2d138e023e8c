// SPDX-License-Identifier: MIT OR Apache-2.0
//! An identity service issues access tokens, a service verifies them with the keys that were published, and the key is
//! replaced on the way.
//!
//! `cargo run --release --features jwt --example issue_and_verify_jwt`

use chancery::{
    Error, Keyring, UnixTime,
    jwt::{Expect, Grant, SignKey, Signer, Verifier},
    signing::SigningKey,
};
use core::time::Duration;
use serde::{Deserialize, Serialize};

type Failure = Box<dyn std::error::Error>;

const ISSUER: &str = "https://id.example.com";

#[derive(Serialize, Deserialize)]
struct Claims {
    scope: String,
}

/// What a service does that has read the published keys.
fn orders(published: &str, token: &str) -> Result<String, Failure> {
    let expect = Expect { issuer: ISSUER, audience: "orders.example.com" };
    let verifier = Verifier::access_tokens(Keyring::from_jwk_set(published)?, expect)?;
    let token = verifier.verify::<Claims>(token, UnixTime::now())?;
    let subject = token.subject().unwrap_or_default();
    Ok(format!("{subject} may {} until {}", token.claims().scope, token.expires().as_secs()))
}

fn main() -> Result<(), Failure> {
    let keys = Keyring::new(SignKey::from(SigningKey::generate()?).named("monday")?);
    let issue = |keys: &Keyring<SignKey>, audience: &str| -> Result<String, Failure> {
        let grant = Grant::new(audience, Duration::from_secs(600)).access_token("user-17", "web-shop");
        let claims = Claims { scope: "orders:read".into() };
        Ok(Signer::new(keys, ISSUER)?.issue(&grant, &claims, UnixTime::now())?)
    };
    let first = issue(&keys, "orders.example.com")?;
    println!("{first}");
    println!("published: {}", keys.to_jwk_set()?);
    println!("monday:    {}", orders(&keys.to_jwk_set()?, &first)?);

    // A token for another service of the same issuer is none for this one.
    let other = issue(&keys, "billing.example.com")?;
    let refused = orders(&keys.to_jwk_set()?, &other).err().and_then(|error| error.downcast::<Error>().ok());
    assert_eq!(refused.as_deref(), Some(&Error::Policy));

    // 1. The new key is published, 2. it signs when everybody has read it, 3. the old one goes.
    let new = SignKey::from(SigningKey::generate()?).named("tuesday")?;
    let both = keys.accept(new)?;
    let (old, new) = (keys.primary_id(), both.ids().nth(1).ok_or("two keys")?);
    let rotated = both.promote(new)?;
    for token in [first.clone(), issue(&rotated, "orders.example.com")?] {
        println!("tuesday:   {}", orders(&rotated.to_jwk_set()?, &token)?);
    }
    let refused = orders(&rotated.retire(old)?.to_jwk_set()?, &first);
    assert_eq!(refused.map_err(|error| error.to_string()).err(), Some(Error::UnknownKey.to_string()));
    println!("wednesday: the token of monday's key is refused");
    Ok(())
}
