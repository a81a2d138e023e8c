// SPDX-License-Identifier: MIT OR Apache-2.0
//! Adyen: eight fields and nothing else.

use crate::rows::sha256;
use base64ct::{Base64, Encoding as _};
use chancery::{
    ConfigError, Error, Keyring, UnixTime,
    replay::MemoryStore,
    webhook::{adyen::Verifier, provider},
};

const KEY: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
const GOOD: [&str; 8] =
    ["7914073381342284", "", "TestMerchant", "order:17", "1130", "EUR", "AUTHORISATION", "true"];

fn key() -> Vec<u8> {
    let text = KEY.to_lowercase();
    (0..32).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn signature(fields: &[&str; 8]) -> String {
    Base64::encode_string(&sha256(&key(), &[fields.join(":").as_bytes()]))
}

fn item(fields: &[&str; 8], signature: &str) -> String {
    let [psp, original, account, reference, value, currency, code, success] = fields;
    format!(
        r#"{{"NotificationRequestItem":{{"additionalData":{{"hmacSignature":"{signature}"}},"reason":"not signed",
        "pspReference":"{psp}","originalReference":"{original}","merchantAccountCode":"{account}",
        "merchantReference":"{reference}","amount":{{"value":{value},"currency":"{currency}"}},
        "eventCode":"{code}","success":"{success}"}}}}"#
    )
}

fn items(items: &[String]) -> String {
    format!(r#"{{"live":"false","notificationItems":[{}]}}"#, items.join(","))
}

pub(crate) fn body(fields: &[&str; 8], signature: &str) -> String {
    items(&[item(fields, signature)])
}

fn verifier() -> Verifier {
    Verifier::new(provider::ADYEN.secret(KEY).unwrap()).unwrap()
}

#[test]
fn requests_25_the_result_is_the_covered_fields_and_each_of_them_is_checked() {
    let good = body(&GOOD, &signature(&GOOD));
    let found = verifier().verify(good.as_bytes()).unwrap().remove(0).allow_replays();
    assert_eq!((found.merchant_reference.as_str(), found.value, found.success), ("order:17", 1130, true));
    let others = ["7914073381342285", "1", "TestMerchanT", "order:18", "1131", "EUr", "CAPTURE", "false"];
    for (at, other) in others.into_iter().enumerate() {
        let mut fields = GOOD;
        fields[at] = other;
        let refused = verifier().verify(body(&fields, &signature(&GOOD)).as_bytes()).err();
        assert_eq!(refused, Some(Error::NotAuthentic), "{other}");
    }
    // What is not covered can be written by anybody, and does not come out.
    assert!(verifier().verify(good.replace("not signed", "something else").as_bytes()).is_ok());
}

#[test]
fn no_two_items_have_one_signature() {
    // Each is signed, as Adyen would sign it; the same text is signed for another division of the fields.
    let moved = |at: usize, text: &'static str| {
        let mut fields = GOOD;
        fields[at] = text;
        fields
    };
    for fields in [
        moved(0, "7914073381342284:x"),
        moved(1, "a:b"),
        moved(2, "TestMerchant:order"),
        moved(5, "EUR:AUTHORISATION"),
        moved(6, "x:AUTHORISATION"),
        moved(7, "TRUE"),
        moved(7, ""),
    ] {
        let refused = verifier().verify(body(&fields, &signature(&fields)).as_bytes()).err();
        assert_eq!(refused, Some(Error::Malformed), "{fields:?}");
    }
    for value in ["1e3", "1.0", "-0", "\"1130\"", "99999999999999999999", "null", "01"] {
        let fields = moved(4, value);
        assert!(verifier().verify(body(&fields, &signature(&fields)).as_bytes()).is_err(), "{value}");
    }
}

#[test]
fn all_items_are_authentic_or_none_comes_out() {
    let good = item(&GOOD, &signature(&GOOD));
    assert_eq!(verifier().verify(items(&[good.clone(), good.clone()]).as_bytes()).unwrap().len(), 2);
    let forged = item(&GOOD, &Base64::encode_string(&[0; 32]));
    for list in [[good.clone(), forged.clone()], [forged, good.clone()]] {
        assert_eq!(verifier().verify(items(&list).as_bytes()).err(), Some(Error::NotAuthentic));
    }
    assert_eq!(verifier().verify(items(&vec![good.clone(); 65]).as_bytes()).err(), Some(Error::TooLarge));
    assert_eq!(verifier().verify(&vec![b' '; 256 * 1024 + 1]).err(), Some(Error::TooLarge));
    for body in
        ["", "{}", "[]", "null", r#"{"notificationItems":{}}"#, r#"{"notificationItems":[{}]}"#, &items(&[])]
    {
        assert_eq!(verifier().verify(body.as_bytes()).err(), Some(Error::Malformed), "{body}");
    }
    let signature = signature(&GOOD);
    for len in 0..signature.len() {
        let refused = verifier().verify(body(&GOOD, &signature[..len]).as_bytes()).err();
        assert_eq!(refused, Some(Error::NotAuthentic), "{len}");
    }
    assert!(verifier().verify(good.replace("hmacSignature", "hmac").as_bytes()).is_err());
}

#[test]
fn an_item_is_accepted_once_under_either_key() {
    let other = KEY.replace('4', "5");
    let keys = Keyring::new(provider::ADYEN.secret(&other).unwrap());
    let keys = keys.accept(provider::ADYEN.secret(KEY).unwrap()).unwrap();
    let verifier = Verifier::new(keys).unwrap();
    let (store, now) = (MemoryStore::new(16), UnixTime::from_secs(1_790_000_000));
    let body = body(&GOOD, &signature(&GOOD));
    let claim = || verifier.verify(body.as_bytes()).unwrap().remove(0).claim(&store, now).map(drop);
    assert_eq!((claim(), claim()), (Ok(()), Err(Error::Replayed)));
}

#[test]
fn a_secret_of_another_scheme_is_refused_and_so_is_a_general_verifier() {
    assert_eq!(Verifier::new(provider::GITHUB.secret(KEY).unwrap()).err(), Some(ConfigError::Suite));
    let general = chancery::webhook::Verifier::new(provider::ADYEN.secret(KEY).unwrap());
    assert_eq!(general.err(), Some(ConfigError::Scheme));
    for text in ["", "zz", "00", &"0".repeat(64)] {
        assert!(provider::ADYEN.secret(text).is_err(), "{text}");
    }
}
