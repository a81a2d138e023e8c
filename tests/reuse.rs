// SPDX-License-Identifier: MIT OR Apache-2.0
//! One header for several messages: that its bounds are exact, and that an opener which remembers it is
//! no less strict.

#![cfg(feature = "std")]

use chancery::{
    ConfigError, Context, Error, Key, Keyring, UnixTime,
    envelope::{Opener, ReuseLimits, ReusingSealer, Sealer},
    hpke::Identity,
    replay::MemoryStore,
    signing::SigningKey,
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Mutex,
    thread,
    time::Duration,
};

/// Length of a header for one recipient.
const HEADER: usize = 97;

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(1_790_000_000 + seconds)
}

fn context() -> Context {
    Context::of("reading")
}

fn limits(messages: u32, seconds: u64) -> ReuseLimits {
    ReuseLimits::new(messages, Duration::from_secs(seconds)).unwrap()
}

fn identity() -> Keyring<Identity> {
    Keyring::new(Identity::generate().unwrap())
}

fn sealer(identity: &Keyring<Identity>) -> Sealer {
    Sealer::to(identity.primary().recipient(), &context()).unwrap()
}

fn pair(limits: ReuseLimits) -> (ReusingSealer, Opener) {
    let identity = identity();
    let opener = Opener::from_anyone(&identity, &context()).unwrap().remember(4).unwrap();
    (sealer(&identity).reusing(limits), opener)
}

/// How many payload keys an opener remembers, as its `Debug` says.
fn remembered(opener: &Opener) -> usize {
    let text = format!("{opener:?}");
    let (_, from) = text.split_once("Memory(").expect("it has a memory");
    from.split_once(" of ").unwrap().0.parse().unwrap()
}

fn opened(opener: &Opener, sealed: &[u8], now: UnixTime) -> Result<Vec<u8>, Error> {
    Ok(opener.open(sealed, now)?.allow_replays().into_inner().into_payload())
}

/// How many messages each header has sealed.
fn count<'a>(sealed: impl IntoIterator<Item = &'a Vec<u8>>) -> BTreeMap<&'a [u8], u32> {
    let mut headers = BTreeMap::new();
    sealed.into_iter().for_each(|sealed| *headers.entry(&sealed[..HEADER]).or_default() += 1);
    headers
}

#[test]
fn limits_are_within_those_of_the_format() {
    let new = |messages, age| ReuseLimits::new(messages, age).map(|_| ());
    assert_eq!(new(1, Duration::from_secs(1)), Ok(()));
    assert_eq!(new(1 << 20, Duration::from_secs(300)), Ok(()));
    for (messages, milliseconds) in
        [(0, 1000), ((1 << 20) + 1, 1000), (u32::MAX, 1000), (1, 0), (1, 999), (1, 301_000)]
    {
        let refused = new(messages, Duration::from_millis(milliseconds));
        assert_eq!(refused, Err(ConfigError::Limit), "{messages} {milliseconds}");
    }
    for n in [0, 4097, usize::MAX] {
        let opener = Opener::from_anyone(identity(), &context()).unwrap();
        assert_eq!(opener.remember(n).map(|_| ()), Err(ConfigError::Limit), "{n}");
    }
}

#[test]
fn a_header_seals_as_many_messages_as_it_may_and_not_one_more() {
    for bound in [1, 2, 3, 10] {
        let (sealer, _) = pair(limits(bound, 300));
        let sealed: Vec<_> = (0..30).map(|_| sealer.seal(b"20.5", at(0)).unwrap()).collect();
        let headers = count(&sealed);
        assert_eq!(headers.len(), 30 / usize::try_from(bound).unwrap());
        assert!(headers.values().all(|n| *n == bound));
    }
}

#[test]
fn a_header_is_as_old_as_it_may_be_and_not_a_second_older() {
    let (sealer, _) = pair(limits(1000, 60));
    let header = |seconds| sealer.seal(b"20.5", at(seconds)).unwrap()[..HEADER].to_vec();
    let first = header(100);
    assert!(first == header(100) && first == header(130) && first == header(160));
    let second = header(161);
    assert!(second != first && second == header(161 + 60));
    // Earlier than its start, though no bound is reached: nobody can tell how old it is.
    let third = header(160);
    assert!(third != second && third != first);
    assert!(third == header(160) && third == header(220) && third != header(221));
}

#[test]
fn the_time_is_the_one_that_is_handed_in_even_at_its_ends() {
    let (sealer, opener) = pair(limits(1000, 300));
    for now in [UnixTime::from_secs(0), UnixTime::MAX, UnixTime::from_secs(u64::MAX - 1), UnixTime::MAX] {
        for _ in 0..2 {
            assert_eq!(opened(&opener, &sealer.seal(b"20.5", now).unwrap(), now).unwrap(), b"20.5");
        }
    }
}

#[test]
fn no_header_seals_more_than_its_bound_under_many_threads() {
    const THREADS: u32 = 8;
    const EACH: u32 = 500;
    const BOUND: u32 = 7;
    let (sealer, opener) = pair(limits(BOUND, 300));
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let sealed: Vec<_> = (0..EACH).map(|_| sealer.seal(b"20.5", at(0)).unwrap()).collect();
                all.lock().unwrap().extend(sealed);
            });
        }
    });
    let all = all.into_inner().unwrap();
    let headers = count(&all);
    assert_eq!(headers.values().sum::<u32>(), THREADS * EACH);
    // No slot is lost either: every header but the last is used up.
    assert_eq!(headers.len(), usize::try_from((THREADS * EACH).div_ceil(BOUND)).unwrap());
    assert!(headers.values().all(|n| *n <= BOUND));
    let salts: HashSet<_> = all.iter().map(|sealed| &sealed[HEADER..HEADER + 24]).collect();
    assert_eq!(salts.len(), all.len());
    assert!(all.iter().step_by(97).all(|sealed| opened(&opener, sealed, at(0)).is_ok()));
}

#[test]
fn messages_of_one_header_are_as_distinct_as_others_and_any_opener_opens_them() {
    let (identity, key) = (identity(), SigningKey::generate().unwrap());
    let sender = key.verifying_key();
    let id = sender.id();
    let second = Identity::generate().unwrap();
    let sealer = sealer(&identity).and(second.recipient()).unwrap().signed_by(key).padded();
    let sealer = sealer.reusing(limits(100, 300));
    let plain = Opener::from_senders(&identity, &context(), sender.clone()).unwrap();
    let remembering = Opener::from_senders(second, &context(), sender).unwrap().remember(1).unwrap();
    let mut ids = HashSet::new();
    for i in 0..20_u8 {
        let sealed = sealer.seal(&[i], at(i.into())).unwrap();
        for opener in [&plain, &remembering] {
            let opened = opener.open(&sealed, at(30)).unwrap().allow_replays();
            assert_eq!((opened.payload(), opened.created()), (&[i][..], at(i.into())));
            assert_eq!(opened.sender(), Some(id));
            ids.insert(*opened.message_id());
        }
    }
    assert_eq!(ids.len(), 20);
    assert_eq!(remembered(&remembering), 1);
}

#[test]
fn an_opener_that_remembers_refuses_what_one_without_memory_refuses_and_for_the_same_reason() {
    let identity = identity();
    let sealer = sealer(&identity).padded().reusing(limits(100, 300));
    let plain = Opener::from_anyone(&identity, &context()).unwrap();
    let opener = Opener::from_anyone(&identity, &context()).unwrap().remember(4).unwrap();
    let first = sealer.seal(b"20.5", at(0)).unwrap();
    opened(&opener, &first, at(0)).unwrap();
    assert_eq!(remembered(&opener), 1);

    let sealed = sealer.seal(b"20.6", at(0)).unwrap();
    assert_eq!(first[..HEADER], sealed[..HEADER]);
    let refused = |bytes: &[u8], what| {
        let refused = opened(&opener, bytes, at(0)).expect_err("it was changed");
        assert_eq!(Err(refused), opened(&plain, bytes, at(0)), "{what}");
    };
    for byte in 0..sealed.len() {
        for bit in [0, 7] {
            let mut forged = sealed.clone();
            forged[byte] ^= 1 << bit;
            refused(&forged, byte);
        }
        refused(&sealed[..byte], byte);
    }
    refused(&[&sealed[..], &[0]].concat(), sealed.len());
    refused(&[&sealed[..HEADER + 56], &first[HEADER + 56..]].concat(), 0);
    assert_eq!(remembered(&opener), 1, "nothing that was refused is remembered");
    assert_eq!(opened(&opener, &sealed, at(0)).unwrap(), b"20.6");
}

#[test]
fn the_age_of_a_message_is_checked_under_a_remembered_header() {
    let identity = identity();
    let sealer = sealer(&identity).reusing(limits(100, 300));
    let opener = Opener::from_anyone(&identity, &context()).unwrap().max_age(Duration::from_secs(100));
    let opener = opener.remember(1).unwrap();
    let sealed = sealer.seal(b"20.5", at(100)).unwrap();
    opened(&opener, &sealed, at(100)).unwrap();
    opened(&opener, &sealed, at(200)).unwrap();
    assert_eq!(opened(&opener, &sealed, at(201)), Err(Error::Expired));
    let later = sealer.seal(b"20.5", at(300)).unwrap();
    assert_eq!(later[..HEADER], sealed[..HEADER]);
    assert_eq!(opened(&opener, &later, at(201)), Err(Error::NotYetValid));
    opened(&opener, &later, at(240)).unwrap();
}

#[test]
fn what_was_refused_is_not_remembered() {
    let (sealer, opener) = pair(limits(1, 300));
    let mut forged = sealer.seal(b"20.5", at(0)).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    for _ in 0..3 {
        assert_eq!(opened(&opener, &forged, at(0)), Err(Error::NotAuthentic));
    }
    assert_eq!(opened(&opener, &sealer.seal(b"", at(61)).unwrap(), at(0)), Err(Error::NotYetValid));
    let (request, _reply) = self::sealer(&identity()).request(b"?", at(0)).unwrap();
    assert!(opened(&opener, &request, at(0)).is_err());
    assert_eq!(remembered(&opener), 0);
    *forged.last_mut().unwrap() ^= 1;
    opened(&opener, &forged, at(0)).unwrap();
    assert_eq!(remembered(&opener), 1);
}

#[test]
fn a_request_is_not_remembered() {
    let identity = identity();
    let opener = Opener::from_anyone(&identity, &context()).unwrap().remember(4).unwrap();
    let (request, _reply) = sealer(&identity).request(b"?", at(0)).unwrap();
    assert!(opener.request(&request, at(0)).is_ok());
    assert_eq!(remembered(&opener), 0);
}

/// The memory is bounded, and belongs to one opener, whose identities, context and senders cannot change.
#[test]
fn pitfall_05_a_payload_key_is_remembered_within_one_policy() {
    let (identity, key) = (identity(), SigningKey::generate().unwrap());
    let (from_us, stranger) = (key.verifying_key(), SigningKey::generate().unwrap().verifying_key());
    let sealer = sealer(&identity).signed_by(key).reusing(limits(100, 300));
    let seal = || sealer.seal(b"20.5", at(0)).unwrap();
    let open = |senders, context: &Context| {
        Opener::from_senders(&identity, context, senders).unwrap().remember(2).unwrap()
    };
    let ours = open(from_us.clone(), &context());
    for _ in 0..3 {
        opened(&ours, &seal(), at(0)).unwrap();
    }
    // What one remembers no other profits from.
    let others = [
        (open(stranger, &context()), Error::NotAuthentic),
        (open(from_us.clone(), &Context::of("order")), Error::NotAuthentic),
        (Opener::from_anyone(&identity, &context()).unwrap().remember(2).unwrap(), Error::Policy),
    ];
    for (other, error) in &others {
        assert_eq!(opened(other, &seal(), at(0)), Err(*error));
        assert_eq!(remembered(other), 0);
    }
    // A service that retires an identity makes an opener without it, which remembers nothing.
    let old = identity.primary_id();
    let rotated = identity.rotate(Identity::generate().unwrap()).unwrap().retire(old).unwrap();
    let after = Opener::from_senders(&rotated, &context(), from_us).unwrap().remember(2).unwrap();
    assert_eq!(opened(&after, &seal(), at(0)), Err(Error::UnknownKey));

    let many = self::sealer(&identity).reusing(limits(1, 300));
    let small = Opener::from_anyone(&identity, &context()).unwrap().remember(2).unwrap();
    for i in 1..20 {
        opened(&small, &many.seal(b"", at(0)).unwrap(), at(0)).unwrap();
        assert_eq!(remembered(&small), i.min(2));
    }
}

#[test]
fn pitfall_27_a_copy_is_a_copy_under_a_remembered_header() {
    let (sealer, opener) = pair(limits(100, 300));
    let (store, opener) = (MemoryStore::new(100), opener.max_age(Duration::from_secs(300)));
    for _ in 0..3 {
        let sealed = sealer.seal(b"pay", at(0)).unwrap();
        assert!(opener.open(&sealed, at(0)).unwrap().claim(&store, at(0)).is_ok());
        for _ in 0..2 {
            let copy = opener.open(&sealed, at(0)).unwrap().claim(&store, at(0));
            assert_eq!(copy.map(|_| ()), Err(Error::Replayed));
        }
    }
}

#[test]
fn openers_and_sealers_serve_many_threads_at_once() {
    fn shared<T: Send + Sync>(_: &T) {}

    let identity = identity();
    let sealers: Vec<_> = (0..6).map(|_| sealer(&identity).reusing(limits(5, 300))).collect();
    let opener = Opener::from_anyone(&identity, &context()).unwrap().remember(3).unwrap();
    shared(&sealers[0]);
    shared(&opener);
    thread::scope(|scope| {
        for i in 0..4_u8 {
            let (sealers, opener) = (&sealers, &opener);
            scope.spawn(move || {
                for j in 0..60_u8 {
                    let now = at(u64::from(j));
                    let sealed = sealers[usize::from(j % 6)].seal(&[i, j], now).unwrap();
                    assert_eq!(opened(opener, &sealed, now).unwrap(), [i, j]);
                    let mut forged = sealed;
                    forged[HEADER + 60] ^= 1;
                    assert_eq!(opened(opener, &forged, now), Err(Error::NotAuthentic));
                }
            });
        }
    });
    assert!(remembered(&opener) <= 3);
}

/// What only somebody with the payload key can make: it is checked like the message that came first.
#[cfg(feature = "hazmat")]
mod under_a_remembered_header {
    use super::*;
    use chancery::hazmat;

    /// The same payload key and header every time, and then a salt of its own.
    struct Same {
        drawn: usize,
        salt: u8,
    }

    impl hazmat::Random for Same {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            self.drawn += 1;
            buffer.fill(if buffer.len() == 24 { self.salt } else { 100 });
            buffer[0] = u8::try_from(self.drawn).expect("few");
            Ok(())
        }
    }

    fn seal(sealer: &Sealer, salt: u8, now: UnixTime) -> Vec<u8> {
        hazmat::seal_envelope(sealer, b"20.5", now, &mut Same { drawn: 0, salt }).unwrap()
    }

    #[test]
    fn a_sender_who_is_not_known_is_refused() {
        let (identity, known, unknown) =
            (identity(), SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let senders = known.verifying_key();
        let opener = Opener::from_senders(&identity, &context(), senders).unwrap().remember(2).unwrap();
        let (good, bad) = (sealer(&identity).signed_by(known), sealer(&identity).signed_by(unknown));
        let forged = seal(&bad, 2, at(0));
        assert_eq!(opened(&opener, &forged, at(0)), Err(Error::NotAuthentic));
        assert_eq!(remembered(&opener), 0);
        assert_eq!(seal(&good, 1, at(0))[..HEADER], forged[..HEADER]);
        opened(&opener, &seal(&good, 1, at(0)), at(0)).unwrap();
        assert_eq!(remembered(&opener), 1);
        assert_eq!(opened(&opener, &forged, at(0)), Err(Error::NotAuthentic));
        opened(&opener, &seal(&good, 3, at(0)), at(0)).unwrap();
    }

    #[test]
    fn a_message_that_is_too_old_is_refused() {
        let identity = identity();
        let opener = Opener::from_anyone(&identity, &context()).unwrap().max_age(Duration::from_secs(10));
        let (opener, sealer) = (opener.remember(2).unwrap(), sealer(&identity));
        opened(&opener, &seal(&sealer, 1, at(100)), at(100)).unwrap();
        assert_eq!(remembered(&opener), 1);
        assert_eq!(opened(&opener, &seal(&sealer, 2, at(89)), at(100)), Err(Error::Expired));
        assert_eq!(opened(&opener, &seal(&sealer, 3, at(161)), at(100)), Err(Error::NotYetValid));
        opened(&opener, &seal(&sealer, 4, at(90)), at(100)).unwrap();
    }
}
