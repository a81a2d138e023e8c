// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client asks over TCP, a server answers, and what is sent twice is answered once.
//!
//! `cargo run --release --example round_trip`

use chancery::{
    Context, Error, Keyring, UnixTime,
    envelope::{Opener, Sealer},
    hpke::Identity,
    replay::MemoryStore,
    signing::SigningKey,
};
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One request per connection, and a status for the log; a refusal is an empty answer.
fn serve(listener: &TcpListener, opener: &Opener, connections: usize) -> Result<Vec<u16>, Failure> {
    let (answered, mut log) = (MemoryStore::new(1000), Vec::new());
    for stream in listener.incoming().take(connections) {
        let (mut stream, mut request) = (stream?, Vec::new());
        Read::by_ref(&mut stream).take(1 << 20).read_to_end(&mut request)?; // bounded, before anything else
        let now = UnixTime::now();
        match opener.request(&request, now).and_then(|asked| asked.claim(&answered, now)) {
            Ok(asked) => {
                let (question, responder) = asked.into_parts();
                stream.write_all(&responder.seal(&[question.payload(), b": 42 EUR"].concat())?)?;
                log.push(200);
            }
            Err(refusal) => log.push(refusal.status()),
        }
    }
    Ok(log)
}

fn send(address: SocketAddr, request: &[u8]) -> Result<Vec<u8>, Failure> {
    let (mut stream, mut response) = (TcpStream::connect(address)?, Vec::new());
    stream.write_all(request)?;
    stream.shutdown(Shutdown::Write)?;
    stream.take(1 << 20).read_to_end(&mut response)?;
    Ok(response)
}

fn main() -> Result<(), Failure> {
    let (shop, customer) = (Keyring::new(Identity::generate()?), SigningKey::generate()?);
    let (context, age) = (Context::of("quote").field("v1"), Duration::from_secs(60));
    let opener = Opener::from_senders(&shop, &context, customer.verifying_key())?.max_age(age);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(&listener, &opener, 3));

    let sealer = Sealer::to(shop.primary().recipient(), &context)?.signed_by(customer);
    let (request, mut reply) = sealer.request(b"a lamp", UnixTime::now())?;
    let response = send(address, &request)?;
    assert_eq!(reply.open(&response)?, b"a lamp: 42 EUR");
    assert_eq!(reply.open(&response), Err(Error::Replayed), "one answer for a request");
    assert!(send(address, &request)?.is_empty(), "one request for an answer");
    assert!(send(address, &response)?.is_empty(), "and an answer is no request");
    assert_eq!(server.join().map_err(|_| "the server panicked")??, [200, 409, 400]);
    println!("asked in {} bytes, answered in {}; a copy was refused", request.len(), response.len());
    Ok(())
}
