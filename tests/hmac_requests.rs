// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clients that `docs/hmac-requests.md` prints, as they stand there, against a server on the loopback address.
//!
//! Without `python3`, or `sh`, `openssl` and `curl`, a test says that it did not run, and fails where
//! `CHANCERY_REQUIRE_PROGRAMS` is set.

use axum::{
    Router,
    http::{Method, StatusCode},
    response::IntoResponse,
};
use chancery::{
    UnixTime,
    extract::Webhook,
    middleware::WebhookLayer,
    replay::MemoryStore,
    scheme::request::{HMAC, Signer},
    webhook::Verifier,
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

const SECRET: &str = "4f0c81e9b7d25a6303cf4e1d98ab7762";
const OTHER: &str = "4f0c81e9b7d25a6303cf4e1d98ab7763";
/// Method, path and query, body.
const REQUESTS: [(&str, &str, &str); 5] = [
    ("POST", "/orders?dry=1&q=%C3%a9+1", "{\"n\": \"it's 100 %s \\\\ $HOME\"}"),
    ("GET", "/", ""),
    ("PUT", "/a//b/%2e%2E/c;d=1?", "\u{e9}\n\n"),
    ("DELETE", "/orders/1", ""),
    ("POST", "/a/./b/../c", "@Cargo.toml"),
];

/// Answers with method and body, and counts.
struct Server {
    address: SocketAddr,
    handled: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, handled) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let verifier = Verifier::at(HMAC.secret(SECRET).unwrap(), &format!("http://{address}")).unwrap();
        let layer = WebhookLayer::new(verifier, Arc::new(MemoryStore::new(1000)));
        let count = Arc::clone(&handled);
        let handler = async move |method: Method, request: Webhook| {
            count.fetch_add(1, SeqCst);
            if request.body() == b"fail" {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            format!("{method} {body}").into_response()
        };
        let app: Router = Router::new().fallback(handler).layer(layer);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
            });
        });
        Self { address, handled }
    }

    /// What a client prints that is called with method, URL and body, and whether it was content.
    fn call(
        &self,
        client: &mut Command,
        secret: &str,
        (method, target, body): (&str, &str, &str),
    ) -> (bool, String) {
        let url = format!("http://{}{target}", self.address);
        let client = client.args([method, &url, body]).env("SECRET", secret).env("NO_PROXY", "*");
        let output = client.stdin(Stdio::null()).output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(printed).unwrap())
    }

    /// All requests with the secret are handled, none with another one is.
    fn serves(&self, mut client: impl FnMut() -> Command) {
        for request in REQUESTS {
            let answer = self.call(&mut client(), SECRET, request);
            assert_eq!(answer, (true, format!("{} {}", request.0, request.2)));
        }
        assert_eq!(self.handled.load(SeqCst), REQUESTS.len());
        for request in REQUESTS {
            let (content, printed) = self.call(&mut client(), OTHER, request);
            assert!(!content && printed.contains("401"), "{printed}");
        }
        assert_eq!(self.handled.load(SeqCst), REQUESTS.len());
    }

    /// The status of a request with these headers.
    fn status(&self, headers: &[(String, String)], method: &str, target: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "{method} {target} HTTP/1.1\r\nhost: api.example.com\r\nconnection: close\r\n")
            .unwrap();
        for (name, value) in headers {
            write!(stream, "{name}: {value}\r\n").unwrap();
        }
        write!(stream, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// The code that the document prints in this language.
fn printed(language: &str) -> &'static str {
    let document = include_str!("../docs/hmac-requests.md");
    let (_, code) = document.split_once(&format!("\n```{language}\n")).expect("it is printed");
    let (code, rest) = code.split_once("```").expect("it ends");
    assert!(!rest.contains(&format!("```{language}\n")), "it is printed once");
    code
}

/// Whether all of them can be started.
fn found(programs: &[&str]) -> bool {
    let missing = |program: &&&str| {
        // `openssl` knows no option with two dashes.
        let argument = if **program == "openssl" { "version" } else { "--version" };
        Command::new(program).arg(argument).output().is_err()
    };
    let Some(program) = programs.iter().find(missing) else { return true };
    assert!(std::env::var_os("CHANCERY_REQUIRE_PROGRAMS").is_none(), "{program} is required and missing");
    println!("hmac_requests: NOT RUN without `{program}`");
    false
}

#[test]
fn the_printed_client_in_python_is_understood() {
    if !found(&["python3"]) {
        return;
    }
    let call = "import os, sys\nmethod, url, body = sys.argv[1:]\n\
                answer = send(os.environ['SECRET'], method, url, os.fsencode(body))\n\
                sys.stdout.buffer.write(answer.read())\n";
    let program = format!("{}{call}", printed("python"));
    Server::start().serves(|| {
        let mut client = Command::new("python3");
        client.args(["-c", &program]);
        client
    });
}

#[test]
fn the_printed_client_in_shell_is_understood() {
    if !found(&["sh", "openssl", "curl"]) {
        return;
    }
    Server::start().serves(|| {
        let mut client = Command::new("sh");
        client.args(["-c", printed("sh"), "send.sh"]);
        client
    });
}

#[test]
fn a_copy_is_answered_with_409_and_a_request_that_failed_may_come_again() {
    let server = Server::start();
    let signer = Signer::new(SECRET, &format!("http://{}", server.address)).unwrap();
    let sign = |body: &str| signer.sign("POST", "/orders", body.as_bytes(), UnixTime::now()).unwrap();
    let headers = sign("{}");
    assert_eq!(server.status(&headers, "POST", "/orders", "{}"), 200);
    assert_eq!(server.status(&headers, "POST", "/orders", "{}"), 409);
    for (method, target, body) in [
        ("PUT", "/orders", "{}"),
        ("POST", "/orders?", "{}"),
        ("POST", "//orders", "{}"),
        ("POST", "/orders", ""),
    ] {
        assert_eq!(server.status(&headers, method, target, body), 401, "{method} {target} {body}");
    }
    assert_eq!(server.handled.load(SeqCst), 1);
    let headers = sign("fail");
    assert_eq!(server.status(&headers, "POST", "/orders", "fail"), 503);
    assert_eq!(server.status(&headers, "POST", "/orders", "fail"), 503);
    assert_eq!(server.handled.load(SeqCst), 3);
}
