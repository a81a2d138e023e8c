// SPDX-License-Identifier: MIT OR Apache-2.0
//! API keys: one text has access, a record is what it says, one header presents a key.

use super::{
    input::{Input, edit, edited},
    known::{now, secret},
    naive::{label, sha256},
};
use chancery::{
    api_key::{ApiKeyRecord, ApiKeyStore, ApiKeys, MemoryStore},
    middleware::{ApiKey, ApiKeyLayer},
};
use http::{HeaderName, HeaderValue, Request, Response, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    pin::pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll, Waker},
};
use tower::{Layer, ServiceExt, service_fn};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FRONT: &str = "acme_live_";

/// A key, and the record of it.
struct Good {
    text: String,
    json: Value,
    store: Arc<MemoryStore>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let (id, secret) = (&secret("api key id")[..12], secret("api key"));
    let text = summed(&format!("{FRONT}{}_{}", base62(id, 17), base62(&secret, 43)));
    let hash = sha256(&[&label("api-key"), &[9], b"acme_live", id, &secret]);
    let [high, low] = [0, 16].map(|at| u128::from_be_bytes(hash[at..at + 16].try_into().expect("16 bytes")));
    let hash = format!("{high:032x}{low:032x}");
    let json = json!({
        "id": base62(id, 17), "prefix": "acme_live", "hash": hash, "pepper": null, "name": "n", "scopes": ["a:b"],
        "created": 1_790_000_000, "expires": 1_790_000_100, "revoked": null, "last_used": 1_790_000_000, "successor": null,
    });
    let store = Arc::new(MemoryStore::new());
    let record: ApiKeyRecord = serde_json::from_value(json.clone()).expect("a record");
    store.create(&record).expect("the first");
    Good { text, json, store }
});

fn keys() -> ApiKeys {
    ApiKeys::unpeppered("acme_live").expect("a prefix")
}

fn base62(bytes: &[u8], digits: usize) -> String {
    let mut places = vec![0_u32; digits];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for place in places.iter_mut().rev() {
            let sum = *place * 256 + carry;
            (*place, carry) = (sum % 62, sum / 62);
        }
    }
    places.iter().map(|place| char::from(DIGITS[*place as usize])).collect()
}

/// Whether these are digits of a number that so many bytes hold.
fn is_number(text: &[u8], len: usize) -> bool {
    let mut bytes = vec![0_u32; len];
    text.iter().all(|digit| {
        let Some(value) = DIGITS.iter().position(|other| other == digit) else { return false };
        let mut carry = u32::try_from(value).expect("below 62");
        for byte in bytes.iter_mut().rev() {
            carry += *byte * 62;
            (*byte, carry) = (carry % 256, carry / 256);
        }
        carry == 0
    })
}

fn checksum(text: &str) -> String {
    base62(&sha256(&[&label("api-key text"), text.as_bytes()])[..4], 6)
}

fn summed(text: &str) -> String {
    format!("{text}{}", checksum(text))
}

/// The identifier in the text of a key, by `docs/api-keys.md`.
fn id(text: &str) -> Option<&str> {
    let (front, sum) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let (id, secret) = front.strip_prefix(FRONT)?.split_once('_')?;
    let lengths = id.len() == 17 && secret.len() == 43;
    let numbers = is_number(id.as_bytes(), 12) && is_number(secret.as_bytes(), 32);
    (lengths && numbers && checksum(front) == sum).then_some(id)
}

/// A text, one with the checksum that belongs to it, a record, or headers.
pub(crate) fn api_key(data: &[u8]) -> bool {
    let mut input = Input::new(data);
    match input.below(4) {
        0 => {
            let bytes = edited(&mut input, &[GOOD.text.as_bytes()]);
            text(&String::from_utf8_lossy(&bytes))
        }
        1 => {
            let mut body = GOOD.text.as_bytes()[..GOOD.text.len() - 6].to_vec();
            edit(
                &mut body,
                &mut input,
                &[b"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"],
            );
            text(&summed(&String::from_utf8_lossy(&body)))
        }
        2 => record(&edited(&mut input, &[GOOD.json.to_string().as_bytes()])),
        _ => headers(&mut input),
    }
}

fn text(text: &str) -> bool {
    let read = keys().untrusted_id(text);
    assert_eq!(read.map(|id| id.to_string()).ok().as_deref(), id(text), "{text}");
    let accepted = keys().verify(&*GOOD.store, text, now()).is_ok();
    assert_eq!(accepted, text == GOOD.text, "{text}");
    accepted
}

fn record(json: &[u8]) -> bool {
    let Ok(record) = serde_json::from_slice::<ApiKeyRecord>(json) else { return false };
    // Nothing in it that was not read, and nothing read that is not in it.
    let mut value: Value = serde_json::from_slice(json).expect("JSON");
    // Hexadecimal digits are read in either case.
    for name in ["hash", "pepper"] {
        value[name] = value[name].as_str().map(str::to_ascii_lowercase).into();
    }
    assert_eq!(serde_json::to_value(&record).expect("JSON"), value);
    let store = MemoryStore::new();
    store.create(&record).expect("the first");
    let access = keys().verify(&store, &GOOD.text, now()).is_ok();
    // The prefix is in the hash.
    let same = ["id", "hash", "pepper", "revoked"].iter().all(|name| value[name] == GOOD.json[name]);
    let lasts = value["expires"].is_null() || value["expires"].as_u64() > Some(now().as_secs());
    assert_eq!(access, same && lasts);
    access
}

fn headers(input: &mut Input<'_>) -> bool {
    let (mut request, mut presented) = (Request::new(()), Vec::new());
    for _ in 0..input.below(4) {
        let name = ["authorization", "x-api-key", "cookie"][input.below(3)];
        let front = ["", "Bearer ", "bEARER ", "Basic "][input.below(4)].as_bytes();
        let good = if input.below(2) == 0 { "" } else { &GOOD.text };
        let Ok(value) = HeaderValue::from_bytes(&[front, good.as_bytes(), input.short()].concat()) else {
            continue;
        };
        request.headers_mut().append(HeaderName::from_static(name), value.clone());
        presented.extend((name != "cookie").then_some((name, value)));
    }
    let (status, challenge) = served(request);
    let expected = expected(&presented);
    assert_eq!((status, challenge.as_deref()), expected, "{}", presented.len());
    status == 200
}

/// What the layer answers.
fn served(request: Request<()>) -> (u16, Option<String>) {
    let layer = ApiKeyLayer::new(keys(), GOOD.store.clone()).clock(now);
    let service = layer.layer(service_fn(async |request: Request<()>| {
        assert!(request.extensions().get::<ApiKey>().is_some());
        assert!(
            !format!("{request:?}").contains(&GOOD.text[..28]) || request.headers().contains_key("cookie")
        );
        Ok::<_, Infallible>(Response::new(()))
    }));
    let answer = pin!(service.oneshot(request)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(response)) = answer else { panic!("nothing is waited for") };
    let challenge = response.headers().get(WWW_AUTHENTICATE);
    (response.status().as_u16(), challenge.map(|value| value.to_str().expect("ASCII").to_owned()))
}

/// By the table in `docs/api-keys.md`.
fn expected(presented: &[(&str, HeaderValue)]) -> (u16, Option<&'static str>) {
    let (none, invalid) = ((401, Some("Bearer")), (401, Some(r#"Bearer error="invalid_token""#)));
    let (name, value) = match presented {
        [] => return none,
        [one] => one,
        _ => return (400, Some(r#"Bearer error="invalid_request""#)),
    };
    let value = value.as_bytes();
    let is_visible = value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let bearer = value.len() >= 7 && value[..7].eq_ignore_ascii_case(b"bearer ");
    let key = if *name == "x-api-key" { Some(value) } else { value.get(7..).filter(|_| bearer) };
    match key {
        _ if !is_visible => invalid,
        None => none,
        Some(key) if key == GOOD.text.as_bytes() => (200, None),
        Some(_) => invalid,
    }
}

pub(crate) fn api_key_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        vec![0, 0],
        vec![0, 0, 4, 0, 30, 1],
        vec![0, 0, 0, 0, 70],
        [&[0, 1][..], GOOD.text.as_bytes(), b" "].concat(),
        vec![1],
        // The largest digits in the place of the identifier, of the secret; one digit less.
        vec![1, 3, 0, 10, 0, 0, 17],
        vec![1, 3, 0, 28, 0, 0, 43],
        vec![1, 2, 0, 28, 0, 1],
    ];
    let json = GOOD.json.to_string();
    for (from, to) in [
        ("\"n\"", "\"m\""),
        ("\"revoked\":null", "\"revoked\":1"),
        ("1790000100", "1789999999"),
        ("\"pepper\":null", "\"pepper\":\"0123456789abcdef\""),
        ("\"pepper\":null,", ""),
        ("\"name\":", "\"name\":\"n\",\"name\":"),
        ("\"successor\":null", "\"successor\":\"00000000000000001\""),
        ("[\"a:b\"]", "[]"),
        ("{", "{\"owner\":true,"),
        ("acme_live", "acme_test"),
    ] {
        assert!(json.contains(from), "{from}");
        seeds.push([b"\x02\x01", json.replacen(from, to, 1).as_bytes()].concat());
    }
    // A number of headers; of each name, scheme, whether the key follows, and what else.
    for headers in [
        &[0][..],
        &[1, 0, 1, 1, 0],
        &[1, 1, 0, 1, 0],
        &[1, 0, 2, 1, 0],
        &[1, 0, 3, 1, 0],
        &[1, 0, 0, 1, 0],
        &[1, 0, 1, 1, 1, b'='],
        &[1, 0, 1, 0, 1, 0xff],
        &[2, 0, 1, 1, 0, 1, 0, 1, 0],
        &[2, 0, 1, 1, 0, 2, 0, 1, 0],
        &[3, 2, 0, 0, 0, 1, 0, 1, 0, 2, 0, 0, 0],
    ] {
        seeds.push([&[3], headers].concat());
    }
    seeds
}
