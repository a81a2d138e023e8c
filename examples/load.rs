// SPDX-License-Identifier: MIT OR Apache-2.0
//! What each layer costs an axum service: the same load on loopback with and without it, in turns.
//!
//! `cargo run --release --features axum --example load -- --seconds 20`
//!
//! The clients sign their requests before the clock starts, each with a nonce of its own, so that the service is what
//! is measured. Claims are in memory.

use axum::{Router, body::Bytes, http::Request, routing::post};
use chancery::{
    Context, UnixTime,
    envelope::{Opener, Sealer},
    hpke::Identity,
    http_signature::{Policy, SignKey, Signer, Verifier, VerifyKey},
    mac::MacKey,
    middleware::{SealedLayer, SignedLayer, WebhookLayer},
    replay::MemoryStore,
    scheme::request,
    signing::SigningKey,
    webhook,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

type Failure = Box<dyn std::error::Error + Send + Sync>;
/// Headers of one request beyond the usual ones, and its body.
type Message = (Vec<(String, String)>, Vec<u8>);
/// Makes a message for this path.
type Make = Box<dyn Fn(&str) -> Result<Message, Failure>>;

const AUTHORITY: &str = "api.example.com";
const SECRET: &str = "4f0c81e9b7d25a6303cf4e1d98ab7762";
const BODY: [u8; 1024] = [b'7'; 1024];
const CONNECTIONS: usize = 8;
/// Of one case in one round: short, so that whatever else the machine does meets all cases alike.
const SLICE: Duration = Duration::from_millis(120);

/// What is compared, and what was measured of it so far.
struct Case {
    name: &'static str,
    path: &'static str,
    make: Make,
    /// How many requests go into a slice.
    count: u32,
    /// Of each round, for one request: the time between two of them, and that of the service's processor.
    rounds: Vec<[Duration; 2]>,
    latencies: Vec<Duration>,
}

async fn handle(body: Bytes) -> String {
    format!(r#"{{"bytes":{}}}"#, body.len())
}

/// How long the service's thread has run: nanoseconds, then other numbers. Linux has it.
async fn processor() -> String {
    std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default()
}

fn signing(signer: &Arc<Signer>) -> Make {
    let signer = Arc::clone(signer);
    Box::new(move |path| {
        let (mut head, ()) = Request::post(format!("https://{AUTHORITY}{path}")).body(())?.into_parts();
        signer.sign(&mut head, &BODY, UnixTime::now())?;
        let headers = head.headers.iter().map(|(name, value)| Ok((name.to_string(), value.to_str()?.into())));
        Ok((headers.collect::<Result<_, Failure>>()?, BODY.to_vec()))
    })
}

/// One service with a route for each layer, and the requests for it.
fn service() -> Result<(Router, Vec<Case>), Failure> {
    let (url, store) = (format!("https://{AUTHORITY}"), Arc::new(MemoryStore::new(10_000_000)));
    let (ed25519, shared) = (SigningKey::generate()?, MacKey::generate()?.to_secret_text());
    let shared = || shared.expose_secret().parse::<MacKey>();
    let policy = || Policy::api([AUTHORITY]);
    let by_hmac = SignedLayer::new(Verifier::new(VerifyKey::try_from(shared()?)?, policy())?, store.clone());
    let by_ed25519 =
        SignedLayer::new(Verifier::new(VerifyKey::from(ed25519.verifying_key()), policy())?, store.clone());
    let with_hmac = || Ok::<_, Failure>(Arc::new(Signer::new(SignKey::try_from(shared()?)?)));
    let (with_hmac, with_ed25519) = (with_hmac()?, Arc::new(Signer::new(SignKey::from(ed25519))));
    let secret = request::HMAC.secret(SECRET)?;
    let webhook = WebhookLayer::new(webhook::Verifier::at(secret, &url)?, store.clone());
    let request_signer = request::Signer::new(SECRET, &url)?;
    let (identity, context) = (Identity::generate()?, Context::of("load"));
    let sealer = Sealer::to(identity.recipient(), &context)?;
    let opener = Opener::from_anyone(identity, &context)?;
    let sealed = SealedLayer::new(opener, store, Duration::from_secs(300));

    let app = Router::new()
        .route("/plain", post(handle).get(processor))
        .route("/request", post(handle).layer(webhook))
        .route("/hmac", post(handle).layer(by_hmac.clone()))
        .route("/hmac-both", post(handle).layer(by_hmac.signing_answers(with_hmac.clone())))
        .route("/ed25519", post(handle).layer(by_ed25519.clone()))
        .route("/ed25519-both", post(handle).layer(by_ed25519.signing_answers(with_ed25519.clone())))
        .route("/sealed", post(handle).layer(sealed));
    let as_it_is: Make = Box::new(|_| Ok((Vec::new(), BODY.to_vec())));
    let request: Make =
        Box::new(move |path| Ok((request_signer.sign("POST", path, &BODY, UnixTime::now())?, BODY.to_vec())));
    let seal: Make = Box::new(move |_| Ok((Vec::new(), sealer.request(&BODY, UnixTime::now())?.0)));
    let cases = [
        ("no layer", "/plain", as_it_is),
        ("no layer, RFC 9421 headers", "/plain", signing(&with_hmac)),
        ("scheme::request::HMAC", "/request", request),
        ("RFC 9421 hmac-sha256", "/hmac", signing(&with_hmac)),
        ("... and answers signed", "/hmac-both", signing(&with_hmac)),
        ("RFC 9421 ed25519", "/ed25519", signing(&with_ed25519)),
        ("... and answers signed", "/ed25519-both", signing(&with_ed25519)),
        ("sealed both ways", "/sealed", seal),
    ];
    let new = |(name, path, make)| Case { name, path, make, count: 500, rounds: vec![], latencies: vec![] };
    Ok((app, cases.map(new).into()))
}

impl Case {
    /// A request, as it goes over the wire.
    fn request(&self) -> Result<Vec<u8>, Failure> {
        let (headers, body) = (self.make)(self.path)?;
        let mut head = format!("POST {} HTTP/1.1\r\nhost: {AUTHORITY}\r\n", self.path);
        for (name, value) in &headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.extend(["content-length: ", &body.len().to_string(), "\r\n\r\n"]);
        Ok([head.into_bytes(), body].concat())
    }

    /// Signs what is to be sent, starts the clock, and sends it over all connections.
    async fn run(&mut self, connections: &mut Vec<TcpStream>) -> Result<(), Failure> {
        let mut requests = (0..self.count).map(|_| self.request()).collect::<Result<Vec<_>, _>>()?;
        let share = requests.len().div_ceil(connections.len());
        let before = processor_time(connections).await?;
        let (start, mut tasks) = (Instant::now(), JoinSet::new());
        for connection in connections.drain(..) {
            let requests = requests.split_off(requests.len().saturating_sub(share));
            tasks.spawn(send_all(connection, requests));
        }
        for done in tasks.join_all().await {
            let (connection, latencies) = done?;
            connections.push(connection);
            self.latencies.extend(latencies);
        }
        let each = start.elapsed() / self.count;
        let processor = processor_time(connections).await?.saturating_sub(before) / self.count;
        self.rounds.push([each, processor]);
        self.count = u32::try_from(SLICE.as_nanos() / each.as_nanos().max(1))?.max(100);
        Ok(())
    }
}

/// One request after another, each when the last one is answered.
async fn send_all(
    mut connection: TcpStream,
    requests: Vec<Vec<u8>>,
) -> Result<(TcpStream, Vec<Duration>), Failure> {
    let mut latencies = Vec::with_capacity(requests.len());
    for request in requests {
        let start = Instant::now();
        exchange(&mut connection, &request).await?;
        latencies.push(start.elapsed());
    }
    Ok((connection, latencies))
}

/// The body of an answer, which must be 200.
async fn exchange(connection: &mut TcpStream, request: &[u8]) -> Result<Vec<u8>, Failure> {
    connection.write_all(request).await?;
    let mut answer = Vec::with_capacity(1024);
    loop {
        if connection.read_buf(&mut answer).await? == 0 {
            return Err("the service hung up".into());
        }
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end])?;
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(head.into());
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.ok_or("no length")?.parse()?;
        if answer.len() == end + 4 + length {
            return Ok(answer.split_off(end + 4));
        }
    }
}

async fn processor_time(connections: &mut [TcpStream]) -> Result<Duration, Failure> {
    let request = format!("GET /plain HTTP/1.1\r\nhost: {AUTHORITY}\r\n\r\n");
    let answer = exchange(&mut connections[0], request.as_bytes()).await?;
    let nanoseconds = str::from_utf8(&answer)?.split(' ').next().and_then(|text| text.parse().ok());
    Ok(Duration::from_nanos(nanoseconds.unwrap_or_default()))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(cases: &mut [Case]) {
    println!("\n{:27} requests/s   p99, ms   of throughput   processor, µs   added, µs   below 5 % from", "");
    let plain = cases[0].rounds.clone();
    if plain.iter().all(|round| round[1].is_zero()) {
        println!("(this system does not tell the processor time of a thread)");
    }
    for case in cases {
        let micros = |which: usize| case.rounds.iter().map(move |round| 1e6 * round[which].as_secs_f64());
        let without = |which: usize| plain.iter().map(move |round| 1e6 * round[which].as_secs_f64());
        // Against the service without a layer in the same round.
        let cost = 100.0 * (1.0 - median(without(0).zip(micros(0)).map(|(without, with)| without / with)));
        let added = median(without(1).zip(micros(1)).map(|(without, with)| with - without));
        let [rate, processor] = [1e6 / median(micros(0)), median(micros(1))];
        case.latencies.sort_unstable();
        let p99 = 1e3 * case.latencies[case.latencies.len() * 99 / 100].as_secs_f64();
        println!(
            "{:27} {rate:>10.0} {p99:>9.2} {cost:>14.1}% {processor:>15.1} {added:>11.1} {:>12.0} µs",
            case.name,
            (20.0 * added).max(0.0)
        );
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--seconds").skip(1);
    let seconds = arguments.next().map_or(Ok(20), |text| text.parse::<u64>())?.clamp(1, 35);
    let (app, mut cases) = service()?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await })
    });
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let connection = TcpStream::connect(address).await?;
        connection.set_nodelay(true)?;
        connections.push(connection);
    }

    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < Duration::from_secs(seconds) || rounds < 3 {
        for case in &mut cases {
            case.run(&mut connections).await?;
        }
        rounds += 1;
    }
    println!(
        "{} bytes a request, {CONNECTIONS} connections, {rounds} rounds of {SLICE:?} a case, medians; {} cores.\n\
         One thread serves and one sends: what else the machine does is in requests/s and p99, and hardly in the\n\
         processor time of the service for a request, or in what a layer adds to it. The handler does nothing: in a\n\
         service whose requests take the time in the last column, all told, the layer is 5 % of them.",
        BODY.len(),
        std::thread::available_parallelism()?,
    );
    report(&mut cases);
    Ok(())
}
