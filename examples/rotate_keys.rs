// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every key of two running services is replaced, in three steps each, and no message is lost.
//!
//! `cargo run --release --example rotate_keys`

use chancery::{
    Context, Error, Keyring, UnixTime,
    aead::SealKey,
    envelope::{Opener, Sealer},
    hpke::Identity,
    signing::{SigningKey, VerifyingKey},
};

type Failure = Box<dyn std::error::Error>;

/// The shop seals orders for billing and signs them; billing keeps them, sealed for itself.
struct Pair {
    shop: Keyring<SigningKey>,
    from_shop: Keyring<VerifyingKey>,
    billing: Keyring<Identity>,
    at_rest: Keyring<SealKey>,
    /// What was sent and kept so far, all of which has to stay readable.
    sent: Vec<Vec<u8>>,
    kept: Vec<Vec<u8>>,
}

impl Pair {
    /// One more order, with the primary keys as they are now; then everything is opened again.
    fn order(&mut self, step: &str) -> Result<(), Failure> {
        let to_billing = self.billing.primary().recipient();
        let sealer = Sealer::to(to_billing, &Context::of("order"))?.signed_by(&self.shop);
        self.sent.push(sealer.seal(step.as_bytes(), UnixTime::now())?);
        self.kept.push(self.at_rest.seal(&Context::of("ledger"), step.as_bytes())?);
        let readable = self.read().iter().filter(|read| read.is_ok()).count();
        assert_eq!(readable, 2 * self.sent.len(), "{step}: everything opens");
        println!("{step:45} {readable} messages open");
        Ok(())
    }

    fn read(&self) -> Vec<Result<Vec<u8>, Error>> {
        let opener = Opener::from_senders(&self.billing, &Context::of("order"), &self.from_shop);
        let opener = opener.expect("the suite and the context are those of every order");
        let open = |sealed: &Vec<u8>| opener.open(sealed, UnixTime::now());
        let sent = self.sent.iter().map(|sealed| Ok(open(sealed)?.allow_replays().payload().to_vec()));
        sent.chain(self.kept.iter().map(|kept| self.at_rest.open(&Context::of("ledger"), kept))).collect()
    }
}

fn main() -> Result<(), Failure> {
    let (key, billing) = (SigningKey::generate()?, Keyring::new(Identity::generate()?));
    let (from_shop, shop) = (Keyring::new(key.verifying_key()), Keyring::new(key));
    let at_rest = Keyring::new(SealKey::generate()?);
    let mut pair = Pair { shop, from_shop, billing, at_rest, sent: Vec::new(), kept: Vec::new() };
    let old = (pair.from_shop.primary_id(), pair.billing.primary_id(), pair.at_rest.primary_id());
    pair.order("before")?;

    // 1. Who opens and verifies accepts the new key. Nobody uses it yet.
    let (key, identity, seal) = (SigningKey::generate()?, Identity::generate()?, SealKey::generate()?);
    let new = (key.verifying_key(), chancery::Key::id(&identity), chancery::Key::id(&seal));
    pair.from_shop = pair.from_shop.accept(new.0)?;
    pair.billing = pair.billing.accept(identity)?;
    pair.at_rest = pair.at_rest.accept(seal)?;
    pair.order("accepted where messages are opened")?;

    // 2. Who seals and signs uses it. What is on its way with the old one still opens.
    pair.shop = pair.shop.rotate(key)?;
    pair.billing = pair.billing.promote(new.1)?; // and billing gives its new recipient to the shop
    pair.at_rest = pair.at_rest.promote(new.2)?;
    pair.order("promoted where they are sealed")?;

    // 3. When nothing is left of the old keys, they go; what they made is refused from here on.
    pair.from_shop = pair.from_shop.promote(pair.shop.primary_id())?.retire(old.0)?;
    (pair.billing, pair.at_rest) = (pair.billing.retire(old.1)?, pair.at_rest.retire(old.2)?);
    let refused = pair.read().iter().filter(|read| **read == Err(Error::UnknownKey)).count();
    assert_eq!((refused, pair.read().iter().filter(|read| read.is_ok()).count()), (4, 2));
    (pair.sent, pair.kept) = (Vec::new(), Vec::new());
    pair.order("retired")
}
