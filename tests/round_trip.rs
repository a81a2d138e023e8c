// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests and answers: who can answer what, how often, and what is refused on the way.

use chancery::{
    Context, Error, Keyring, UnixTime,
    envelope::{Opener, Reply, Responder, Sealer},
    hpke::{Identity, Suite},
    signing::SigningKey,
};
use std::collections::HashSet;

const NOW: UnixTime = UnixTime::from_secs(1_790_000_000);

fn context() -> Context {
    Context::of("quote").field("v1")
}

fn pair() -> (Sealer, Opener) {
    pair_of(Suite::X25519Aes256Gcm)
}

fn pair_of(suite: Suite) -> (Sealer, Opener) {
    let identity = Identity::generate_for(suite).unwrap();
    let sealer = Sealer::to(identity.recipient(), &context()).unwrap();
    (sealer, Opener::from_anyone(identity, &context()).unwrap())
}

/// Asks; what comes out at the other end, and both halves of what is waiting.
fn ask(sealer: &Sealer, opener: &Opener, question: &[u8]) -> (Vec<u8>, Reply, Responder) {
    let (request, reply) = sealer.request(question, NOW).unwrap();
    let (opened, responder) = opener.request(&request, NOW).unwrap().allow_replays().into_parts();
    assert_eq!(opened.payload(), question);
    assert_eq!(opened.created(), NOW);
    (request, reply, responder)
}

#[test]
fn an_answer_of_any_length_comes_back() {
    for suite in [Suite::X25519Aes256Gcm, Suite::X25519ChaCha20Poly1305] {
        let (sealer, opener) = pair_of(suite);
        for len in [0, 1, 1000, 16_383, 16_384, 16_385, 40_000] {
            let (_, mut reply, responder) = ask(&sealer, &opener, &vec![1; len]);
            let response = responder.seal(&vec![2; len]).unwrap();
            assert_eq!(response.len(), len + 73 + len / 16_384 * 16);
            assert_eq!(response[0], 0xC2);
            assert_eq!(reply.open(&response).unwrap(), vec![2; len]);
        }
    }
}

#[test]
fn a_request_can_be_signed_and_padded_like_any_message() {
    let (identity, key) = (Identity::generate().unwrap(), SigningKey::generate().unwrap());
    let sender = key.verifying_key();
    let sealer = Sealer::to(identity.recipient(), &context()).unwrap().signed_by(key).padded();
    let opener = Opener::from_senders(identity, &context(), sender.clone()).unwrap();
    let (request, mut reply) = sealer.request(b"how much?", NOW).unwrap();
    assert_eq!(request.len(), sealer.request(b"and how many are there?", NOW).unwrap().0.len());
    let asked = opener.request(&request, NOW).unwrap().allow_replays();
    assert_eq!(asked.opened().sender(), Some(chancery::Key::id(&sender)));
    let (_, responder) = asked.into_parts();
    assert_eq!(reply.open(&responder.seal(b"42").unwrap()).unwrap(), b"42");
}

#[test]
fn a_request_has_one_recipient() {
    let (sealer, _) = pair();
    let sealer = sealer.and(Identity::generate().unwrap().recipient()).unwrap();
    assert_eq!(sealer.request(b"", NOW).map(|_| ()), Err(Error::Policy));
    assert!(sealer.seal(b"", NOW).is_ok());
}

#[test]
fn a_request_is_no_message_and_a_message_no_request() {
    let (sealer, opener) = pair();
    let (request, _reply) = sealer.request(b"", NOW).unwrap();
    assert_eq!(opener.open(&request, NOW).map(|_| ()), Err(Error::Policy));
    let message = sealer.seal(b"", NOW).unwrap();
    assert_eq!(opener.request(&message, NOW).map(|_| ()), Err(Error::Policy));

    // Nor does the flag make one of the other.
    for (mut bytes, flags) in [(request, 0), (message, 4)] {
        bytes[5] = flags;
        assert!(opener.open(&bytes, NOW).is_err());
        assert!(opener.request(&bytes, NOW).is_err());
    }
}

#[test]
fn every_request_has_a_header_of_its_own() {
    let (sealer, _) = pair();
    let headers: HashSet<_> = (0..50).map(|_| sealer.request(b"", NOW).unwrap().0[..97].to_vec()).collect();
    assert_eq!(headers.len(), 50);
}

#[test]
fn a_response_that_is_refused_leaves_the_reply_waiting_and_one_is_accepted() {
    let (sealer, opener) = pair();
    let (_, mut reply, responder) = ask(&sealer, &opener, b"?");
    let response = responder.seal(b"yes").unwrap();
    for at in 0..response.len() {
        for bit in 0..8 {
            let mut bad = response.clone();
            bad[at] ^= 1 << bit;
            let expected = if at == 0 { Error::Malformed } else { Error::NotAuthentic };
            assert_eq!(reply.open(&bad), Err(expected), "byte {at}");
        }
    }
    for len in 0..response.len() {
        let expected = if len < 73 { Error::Malformed } else { Error::NotAuthentic };
        assert_eq!(reply.open(&response[..len]), Err(expected), "{len}");
    }
    assert_eq!(reply.open(&[response.as_slice(), &[0]].concat()), Err(Error::NotAuthentic));
    assert_eq!(format!("{reply:?}"), "Reply(waiting)");
    assert_eq!(reply.open(&response).unwrap(), b"yes");
    assert_eq!(format!("{reply:?}"), "Reply(opened)");
    assert_eq!(reply.open(&response), Err(Error::Replayed));
    assert_eq!(reply.open(b""), Err(Error::Replayed));
}

#[test]
fn an_answer_belongs_to_one_request_even_if_another_says_the_same() {
    let (sealer, opener) = pair();
    let (_, mut first, to_first) = ask(&sealer, &opener, b"how much?");
    let (_, mut second, to_second) = ask(&sealer, &opener, b"how much?");
    let (for_first, for_second) = (to_first.seal(b"1").unwrap(), to_second.seal(b"2").unwrap());
    assert_eq!(first.open(&for_second), Err(Error::NotAuthentic));
    assert_eq!(second.open(&for_first), Err(Error::NotAuthentic));
    assert_eq!(first.open(&for_first).unwrap(), b"1");
    assert_eq!(second.open(&for_second).unwrap(), b"2");
}

#[test]
fn nothing_that_travels_can_be_taken_for_something_else() {
    let (sealer, opener) = pair();
    let (request, mut reply, responder) = ask(&sealer, &opener, b"?");
    let response = responder.seal(b"yes").unwrap();
    // Sent back to where it came from.
    assert_eq!(reply.open(&request), Err(Error::Malformed));
    assert_eq!(opener.request(&response, NOW).map(|_| ()), Err(Error::Malformed));
    assert_eq!(opener.open(&response, NOW).map(|_| ()), Err(Error::Malformed));
    // The body of the request, dressed up as an answer: the same payload key is behind both.
    let dressed = [&[0xC2], &request[97..]].concat();
    assert_eq!(reply.open(&dressed), Err(Error::NotAuthentic));
    // The answer, dressed up as the body of a request or of a message.
    for flags in [0, 4] {
        let mut dressed = [&request[..97], &response[1..]].concat();
        dressed[5] = flags;
        assert!(opener.request(&dressed, NOW).is_err());
        assert!(opener.open(&dressed, NOW).is_err());
    }
    assert_eq!(reply.open(&response).unwrap(), b"yes");
}

#[test]
fn two_openers_of_one_identity_answer_the_same_request_and_one_answer_is_taken() {
    let identity = Keyring::new(Identity::generate().unwrap());
    let sealer = Sealer::to(identity.primary().recipient(), &context()).unwrap();
    let openers = [(); 2].map(|()| Opener::from_anyone(&identity, &context()).unwrap());
    let (request, mut reply) = sealer.request(b"?", NOW).unwrap();
    let answers = openers.map(|opener| {
        let (_, responder) = opener.request(&request, NOW).unwrap().allow_replays().into_parts();
        responder.seal(b"yes").unwrap()
    });
    assert_ne!(answers[0], answers[1]);
    assert_eq!(reply.open(&answers[1]).unwrap(), b"yes");
    assert_eq!(reply.open(&answers[0]), Err(Error::Replayed));
}

/// Also for answers: a second copy of a request finds nobody who answers it, and a second copy of an
/// answer nobody who takes it.
#[cfg(feature = "std")]
#[test]
fn pitfall_27_a_replayed_request_is_not_answered_again() {
    let (sealer, opener) = pair();
    let store = chancery::replay::MemoryStore::new(100);
    let opener = opener.max_age(core::time::Duration::from_secs(300));
    let (request, mut reply) = sealer.request(b"pay", NOW).unwrap();
    let (_, responder) = opener.request(&request, NOW).unwrap().claim(&store, NOW).unwrap().into_parts();
    for _ in 0..2 {
        let again = opener.request(&request, NOW).unwrap().claim(&store, NOW);
        assert_eq!(again.map(|_| ()), Err(Error::Replayed));
    }
    let response = responder.seal(b"paid").unwrap();
    assert_eq!(reply.open(&response).unwrap(), b"paid");
    assert_eq!(reply.open(&response), Err(Error::Replayed));
}

#[test]
fn a_request_of_another_time_sender_or_context_gets_no_responder() {
    let identity = Keyring::new(Identity::generate().unwrap());
    let sealer = Sealer::to(identity.primary().recipient(), &context()).unwrap();
    let (request, _reply) = sealer.request(b"?", NOW).unwrap();
    let refused = |opener: &Opener, now| opener.request(&request, now).map(|_| ()).unwrap_err();

    let age = std::time::Duration::from_secs(60);
    let opener = Opener::from_anyone(&identity, &context()).unwrap().max_age(age);
    assert!(opener.request(&request, UnixTime::from_secs(NOW.as_secs() + 60)).is_ok());
    assert_eq!(refused(&opener, UnixTime::from_secs(NOW.as_secs() + 61)), Error::Expired);
    assert_eq!(refused(&opener, UnixTime::from_secs(NOW.as_secs() - 61)), Error::NotYetValid);

    let elsewhere = Opener::from_anyone(&identity, &Context::of("order")).unwrap();
    assert_eq!(refused(&elsewhere, NOW), Error::NotAuthentic);
    let sender = SigningKey::generate().unwrap().verifying_key();
    let signed = Opener::from_senders(&identity, &context(), sender).unwrap();
    assert_eq!(refused(&signed, NOW), Error::Policy);
    let stranger = Opener::from_anyone(Identity::generate().unwrap(), &context()).unwrap();
    assert_eq!(refused(&stranger, NOW), Error::UnknownKey);
}

#[test]
fn neither_half_of_a_round_trip_is_printed() {
    let (sealer, opener) = pair();
    let (request, reply) = sealer.request(b"needle", NOW).unwrap();
    let asked = opener.request(&request, NOW).unwrap().allow_replays().into_inner();
    let printed = format!("{reply:?} {asked:?}");
    assert!(!printed.contains("needle") && !printed.contains("110, 101"), "{printed}");
}
