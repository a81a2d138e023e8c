// SPDX-License-Identifier: MIT OR Apache-2.0
//! The main job: a shop seals an order for two partners, each opens it, and nobody else can.
//!
//! `cargo run --release --example seal_payload` with a sample, `... -- FILE` with a file of yours.

use chancery::{
    Context, UnixTime,
    envelope::{Opener, Sealer},
    hpke::Identity,
    signing::SigningKey,
};
use std::{error::Error, time::Instant};

const SAMPLE: &[u8] = br#"{"order": 1017, "card": "4000 0000 0000 0002", "total": {"EUR": 42.5}}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let payload = match std::env::args_os().nth(1) {
        Some(file) => std::fs::read(file)?,
        None => SAMPLE.to_vec(),
    };

    // Each side makes its keys once and gives the public half away, as text.
    let (billing, warehouse) = (Identity::generate()?, Identity::generate()?);
    let (shop, stranger) = (SigningKey::generate()?, SigningKey::generate()?);
    println!("billing    {}", billing.recipient());
    println!("warehouse  {}", warehouse.recipient());
    println!("shop       {}\n", shop.verifying_key());

    let context = Context::of("order").field("v1");
    let (from_shop, from_stranger) = (shop.verifying_key(), stranger.verifying_key());
    let sealer = Sealer::to(billing.recipient(), &context)?.and(warehouse.recipient())?.signed_by(shop);

    let now = UnixTime::now();
    let start = Instant::now();
    let sealed = sealer.seal(&payload, now)?;
    println!("sealed     {} bytes into {} in {:.1?}", payload.len(), sealed.len(), start.elapsed());

    // A second opener for billing, made before its identity moves into the first.
    let again = || billing.to_secret_text().expose_secret().parse::<Identity>();
    let elsewhere = Opener::from_senders(again()?, &Context::of("invoice").field("v1"), from_shop.clone())?;
    let suspicious = Opener::from_senders(again()?, &context, from_stranger)?;
    let outsider = Opener::from_senders(Identity::generate()?, &context, from_shop.clone())?;

    for (name, identity) in [("billing", again()?), ("warehouse", warehouse)] {
        let opener = Opener::from_senders(identity, &context, from_shop.clone())?;
        let start = Instant::now();
        let opened = opener.open(&sealed, now)?.allow_replays();
        println!("opened     by {name} in {:.1?}", start.elapsed());
        assert_eq!(opened.payload(), payload, "what was opened is what was sealed");
        assert_eq!(opened.created(), now);
    }

    println!();
    let opener = Opener::from_senders(again()?, &context, from_shop)?;
    let mut flipped = sealed.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (what, opener, bytes) in [
        ("a flipped bit", &opener, &flipped),
        ("a wrong context", &elsewhere, &sealed),
        ("a wrong recipient", &outsider, &sealed),
        ("an unexpected sender", &suspicious, &sealed),
    ] {
        let refusal = opener.open(bytes, now).expect_err("must be refused");
        println!("refused    {what:21} {refusal} ({})", refusal.status());
    }
    Ok(())
}
