// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every change to a good delivery of every scheme, and what must become of it.

use crate::rows::{NOW, Request, Row, Signs, Time, rows, verify};
use chancery::{Error, webhook::Verifier};

/// One scheme under attack.
struct Battery<'a> {
    row: &'a Row,
    verifier: Verifier,
    refused: usize,
    accepted: usize,
}

fn as_it_is(signature: String) -> String {
    signature
}

impl Battery<'_> {
    fn refuse(&mut self, what: &str, request: &Request) -> Error {
        self.refuse_at(what, request, NOW)
    }

    fn refuse_at(&mut self, what: &str, request: &Request, now: u64) -> Error {
        self.refused += 1;
        let outcome = verify(&self.verifier, request, now);
        outcome.expect_err(&format!("{}: {what} was accepted: {request:?}", self.row.name))
    }

    fn accept(&mut self, what: &str, request: &Request, now: u64) {
        self.accepted += 1;
        let outcome = verify(&self.verifier, request, now);
        let delivery = outcome.unwrap_or_else(|error| panic!("{}: {what}: {error}", self.row.name));
        assert_eq!(delivery.allow_replays().body(), request.body, "{}: {what}", self.row.name);
    }

    fn signed_as(&self, signature: &dyn Fn(String) -> String) -> Request {
        self.row.make(self.row.time.text(), self.row.body, signature)
    }

    fn bodies(&mut self) {
        let good = self.row.good();
        if self.row.signs == Signs::Query {
            let mut request = good;
            request.body = b"{}".to_vec();
            assert_eq!(self.refuse("a body that is not signed", &request), Error::Policy);
            return;
        }
        if self.row.signs == Signs::Nothing {
            return;
        }
        for bit in 0..good.body.len() * 8 {
            let mut request = good.clone();
            request.body[bit / 8] ^= 1 << (bit % 8);
            self.refuse("a flipped bit of the body", &request);
        }
        for len in 0..good.body.len() {
            let mut request = good.clone();
            request.body.truncate(len);
            self.refuse("a shorter body", &request);
        }
        for byte in [0, b' ', b'\n', b'x'] {
            let mut request = good.clone();
            request.body.push(byte);
            self.refuse("a longer body", &request);
        }
        if self.row.signs == Signs::Bytes {
            for body in [&b""[..], b"\xff\xfe\x00", b"\r\n{}\r\n", &[0xc3; 4096]] {
                self.accept("bytes of any kind", &self.row.make(self.row.time.text(), body, &as_it_is), NOW);
            }
        }
    }

    fn signatures(&mut self) {
        let mut good = String::new();
        let keep = std::cell::RefCell::new(&mut good);
        self.signed_as(&|signature| {
            keep.borrow_mut().clone_from(&signature);
            signature
        });
        let mut mutants: Vec<(String, String)> =
            (0..good.len()).map(|len| (format!("{len} characters"), good[..len].to_owned())).collect();
        for more in ["0", "00", "A", "=", "==", "AAAA", ".", "\u{e9}", &good.clone()] {
            mutants.push((format!("{more} behind it"), format!("{good}{more}")));
            mutants.push((format!("{more} in front"), format!("{more}{good}")));
        }
        for at in 0..good.len() {
            let instead = if good[at..].starts_with('0') { "1" } else { "0" };
            mutants.push((
                format!("another character at {at}"),
                format!("{}{instead}{}", &good[..at], &good[at + 1..]),
            ));
        }
        for (what, mutant) in mutants {
            let request = self.signed_as(&|_| mutant.clone());
            self.refuse(&what, &request);
        }
        let case: String = good
            .chars()
            .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        if good.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            self.accept("hexadecimal of the other case", &self.signed_as(&|_| case.clone()), NOW);
        } else {
            self.refuse("the other case", &self.signed_as(&|_| case.clone()));
        }
    }

    fn secrets(&mut self) {
        let other = self.row.verifier(self.row.other);
        let verifier = std::mem::replace(&mut self.verifier, other);
        let error = self.refuse("another secret", &self.row.good());
        assert_eq!(error, Error::NotAuthentic, "{}", self.row.name);
        self.verifier = verifier;
    }

    fn clocks(&mut self) {
        if self.row.time == Time::None {
            self.accept("no time is signed: any", &self.row.good(), 0);
            self.accept("no time is signed: any", &self.row.good(), u64::MAX);
            return;
        }
        let (past, future) = self.row.tolerance;
        let good = self.row.good();
        self.accept("at the oldest", &good, NOW + past);
        self.accept("at the newest", &good, NOW - future);
        for now in [NOW + past + 1, NOW + 1_000_000, u64::MAX] {
            assert_eq!(self.refuse_at("an old one", &good, now), Error::Expired, "{}", self.row.name);
        }
        for now in [NOW - future - 1, 0, 1] {
            assert_eq!(
                self.refuse_at("one of the future", &good, now),
                Error::NotYetValid,
                "{}",
                self.row.name
            );
        }
        // Signed by the sender, or by somebody who found out how: the form is wrong all the same.
        let text = self.row.time.text();
        let mut forms: Vec<String> = ["+", "-", " ", "0", "00", "\t", "\u{a0}", "0x", "'", "\u{661}"]
            .map(|sign| format!("{sign}{text}"))
            .into();
        forms.extend(
            ["Z", " ", ".0", ".", "e0", "s", "\u{661}", "_", ",1", "\0"].map(|more| format!("{text}{more}")),
        );
        forms.extend(
            [
                "",
                "0",
                "-1",
                "1e9",
                "NaN",
                "inf",
                "1_790_000_000",
                "18446744073709551615",
                "18446744073709551616",
                "9223372036854775807",
                "9223372036854775808",
                "-9223372036854775808",
                "99999999999999999999999999",
                "1790000000000000",
                "Mon, 21 Sep 2026 14:13:20 GMT",
            ]
            .map(String::from),
        );
        if self.row.time == Time::Rfc3339 {
            forms.extend(
                [
                    "2026-09-21 14:13:20Z",
                    "2026-09-21T14:13:20",
                    "2026-9-21T14:13:20Z",
                    "2026-09-21T14:13:60Z",
                    "2026-09-31T14:13:20Z",
                    "2026-09-21T14:13:20.Z",
                    "2026-09-21T14:13:20+2400",
                    "1790000000",
                    "12026-09-21T14:13:20Z",
                    "2026-09-21T14:13:20Z2026-09-21T14:13:20Z",
                ]
                .map(String::from),
            );
        }
        // JSON has white space around a number.
        let in_json = self.row.name == "LINEAR";
        for form in forms.into_iter().filter(|form| !in_json || form.trim_matches([' ', '\t']) == form) {
            let request = self.row.make(&form, self.row.body, &as_it_is);
            self.refuse(&format!("the time {form:?}"), &request);
        }
        if self.row.time == Time::Rfc3339 {
            for form in
                ["2026-09-21T14:13:20.123456789Z", "2026-09-21T07:13:20-07:00", "2026-09-21t14:13:20z"]
            {
                self.accept(form, &self.row.make(form, self.row.body, &as_it_is), NOW);
            }
        }
        self.other_time();
    }

    /// The time of another delivery beside the signature of this one.
    fn other_time(&mut self) {
        let text = self.row.time.text();
        let other = text.replace("20Z", "21Z").replace("0000", "0001");
        assert_ne!(text, other);
        let replaced = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(text, &other);
        let mut request = self.row.good();
        request.target = replaced(request.target.as_bytes());
        request.body = replaced(&request.body).into_bytes();
        for (_, value) in &mut request.headers {
            *value = replaced(value).into_bytes();
        }
        let error = self.refuse("another time", &request);
        assert_eq!(error, Error::NotAuthentic, "{}", self.row.name);
    }

    fn headers(&mut self) {
        let good = self.row.good();
        let lists = ["webhook-signature", "svix-signature"];
        for at in 0..good.headers.len() {
            let name = good.headers[at].0.clone();
            let is_unsigned_id = self.row.unsigned_id == Some(&*name);
            let mut request = good.clone();
            request.headers.remove(at);
            if is_unsigned_id {
                self.accept("without an identifier", &request, NOW);
            } else {
                let error = self.refuse(&format!("without {name}"), &request);
                // The first of two signatures is left.
                let is_second = name == "X-DocuSign-Signature-2";
                assert_eq!(error, if is_second { Error::NotAuthentic } else { Error::Header }, "{name}");
            }
            let mut request = good.clone();
            request.headers.insert(0, (name.to_lowercase(), good.headers[at].1.clone()));
            if lists.contains(&&*name) {
                self.accept("a list in two headers", &request, NOW);
            } else {
                assert_eq!(self.refuse(&format!("{name} twice"), &request), Error::Header);
                request.headers[0].1 = b"x".to_vec();
                assert_eq!(self.refuse(&format!("{name} twice, one other"), &request), Error::Header);
            }
            for value in [&b"\xff\xfe"[..], b"\x00", b"", b" ", &[b'1'; 8193]] {
                let mut request = good.clone();
                request.headers[at].1 = value.to_vec();
                if name == "X-DocuSign-Signature-1" && value.len() <= 8192 {
                    self.accept("one of the signatures is none", &request, NOW);
                } else {
                    let error = self.refuse(&format!("{value:02x?} in {name}"), &request);
                    assert!(value.len() <= 8192 || error == Error::TooLarge);
                }
            }
        }
        for change in [str::to_lowercase, str::to_uppercase] {
            let mut request = good.clone();
            for (name, _) in &mut request.headers {
                *name = change(name);
            }
            self.accept("names of another case", &request, NOW);
        }
        let mut request = good;
        request.headers.insert(0, ("x-other".into(), b"\xff".to_vec()));
        request.headers.reverse();
        self.accept("other headers, in another order", &request, NOW);
    }

    fn identifiers(&mut self) {
        for (header, is_signed) in self
            .row
            .signed_id
            .map(|id| (id, true))
            .into_iter()
            .chain(self.row.unsigned_id.map(|id| (id, false)))
        {
            let mut request = self.row.good();
            let at = request.headers.iter().position(|(name, _)| name.eq_ignore_ascii_case(header)).unwrap();
            let delivery = verify(&self.verifier, &request, NOW).unwrap().allow_replays();
            let ids = if is_signed { (Some("msg_1"), None) } else { (None, Some("d-1:2")) };
            assert_eq!((delivery.id(), delivery.unsigned_id()), ids, "{}", self.row.name);
            request.headers[at].1 = b"msg_2".to_vec();
            if is_signed {
                assert_eq!(self.refuse("another identifier", &request), Error::NotAuthentic);
            } else {
                self.accept("another identifier, which is not signed", &request, NOW);
            }
            for id in [&b"a b"[..], b"\xc3\xa9", b"a\n", &[b'a'; 257]] {
                request.headers[at].1 = id.to_vec();
                assert_eq!(self.refuse("no identifier", &request), Error::Malformed);
            }
        }
    }

    fn targets(&mut self) {
        let good = self.row.good();
        if self.row.signs == Signs::Query {
            let (path, query) = good.target.split_once('?').unwrap();
            let parameters: Vec<&str> = query.split('&').collect();
            for at in 0..parameters.len() {
                let mut others = parameters.clone();
                let gone = others.remove(at);
                let target = |others: &[&str]| format!("{path}?{}", others.join("&"));
                self.refuse(&format!("without {gone}"), &Request { target: target(&others), ..good.clone() });
                others.splice(at..at, [gone, gone]);
                self.refuse(&format!("{gone} twice"), &Request { target: target(&others), ..good.clone() });
            }
            for more in ["&x=1", "&x", "&=", "&%", "&%ff=1"] {
                self.refuse(more, &Request { target: format!("{}{more}", good.target), ..good.clone() });
            }
            let other_path = Request { target: format!("/other?{query}"), ..good };
            self.accept("the path is not signed", &other_path, NOW);
        } else if self.row.url == Some("https://hooks.example.com") {
            for target in
                ["", "/in", "/in?a=:%20", "/in?a=:%20b&c", "/in?a=:%2520b", "/In?a=:%20b", "in?a=:%20b"]
            {
                self.refuse(target, &Request { target: target.into(), ..good.clone() });
            }
            for method in ["", "GET", "PUT"] {
                let error = self.refuse(method, &Request { method: method.into(), ..good.clone() });
                assert_eq!(error, Error::NotAuthentic, "{method}");
            }
            for method in ["post", "POST ", "POSThttps://hooks.example.com"] {
                let error = self.refuse(method, &Request { method: method.into(), ..good.clone() });
                assert_eq!(error, Error::Malformed, "{method}");
            }
            self.accept("decoded", &Request { target: "/in?a=:%20b".into(), ..good }, NOW);
        } else {
            if self.row.url.is_some() {
                let error = self.refuse("a query", &Request { target: "/x?y".into(), ..good.clone() });
                assert_eq!(error, Error::NotAuthentic);
            } else {
                self.accept("the URL is not signed", &Request { target: "/x?y".into(), ..good.clone() }, NOW);
            }
            self.accept("the method is not signed", &Request { method: "PUT".into(), ..good }, NOW);
        }
    }
}

#[test]
fn every_change_to_a_delivery_of_every_scheme_is_refused() {
    let (mut refused, mut accepted) = (0, 0);
    for row in rows() {
        let verifier = row.verifier(row.secret);
        let mut battery = Battery { row: &row, verifier, refused: 0, accepted: 0 };
        battery.accept("as it is", &row.good(), NOW);
        battery.bodies();
        battery.signatures();
        battery.secrets();
        battery.clocks();
        battery.headers();
        battery.identifiers();
        battery.targets();
        // Whatever was refused has changed nothing.
        battery.accept("as it is", &row.good(), NOW);
        println!(
            "webhooks: {:20} {:5} tamper cases refused, {:2} accepted",
            row.name, battery.refused, battery.accepted
        );
        refused += battery.refused;
        accepted += battery.accepted;
    }
    println!("webhooks: {refused} tamper cases refused, {accepted} harmless changes accepted");
}

#[test]
fn the_result_says_which_secret_matched_and_the_old_one_can_be_retired() {
    for row in rows() {
        let [new, old] = [row.other, row.secret].map(|secret| row.scheme.secret(secret).unwrap());
        let (new_id, old_id) = (chancery::Key::id(&new), chancery::Key::id(&old));
        assert_ne!(new_id, old_id, "{}", row.name);
        let keys = chancery::Keyring::new(old).rotate(new).unwrap();
        let verifier = |keys: &chancery::Keyring<_>| match row.url {
            Some(url) => Verifier::at(keys, url).unwrap(),
            None => Verifier::new(keys).unwrap(),
        };
        let good = row.good();
        let delivery = verify(&verifier(&keys), &good, NOW).unwrap().allow_replays();
        assert_eq!((delivery.secret(), delivery.scheme()), (old_id, row.scheme.name()), "{}", row.name);
        let retired = keys.retire(old_id).unwrap();
        assert_eq!(verify(&verifier(&retired), &good, NOW).err(), Some(Error::NotAuthentic), "{}", row.name);
    }
}
