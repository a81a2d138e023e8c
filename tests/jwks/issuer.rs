// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that publishes keys, or says that it does, and counts who asks.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Response, Uri, header::CONTENT_TYPE, header::LOCATION},
};
use http_body::Frame;
use std::{
    io,
    net::TcpListener,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    thread,
    time::Duration,
};
use tokio::sync::watch;

/// What the server does.
#[derive(Clone)]
pub(crate) enum Answer {
    /// This text with 200 as this media type.
    Text(&'static str, String),
    Status(u16),
    Redirect(String),
    /// Of so many chunks of spaces; without a number it never ends.
    Spaces(Option<usize>),
    /// The connection is lost in the middle of the body.
    Broken,
    /// The head, and no body ever.
    Stalled,
}

pub(crate) struct Issuer {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Mutex<Answer>,
    seen: Mutex<Vec<Uri>>,
    open: watch::Sender<bool>,
}

impl Issuer {
    /// In a thread of its own, which answers whatever the runtime of a test does.
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/jwks?v=1", listener.local_addr().unwrap());
        let (seen, open) = (Mutex::default(), watch::Sender::new(true));
        let shared = Arc::new(Shared { answer: Mutex::new(answer), seen, open });
        let app = Router::new().fallback(answers).with_state(Arc::clone(&shared));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await
            })
        });
        Self { url, shared }
    }

    pub(crate) fn with(set: &str) -> Self {
        let issuer = Self::start(Answer::Stalled);
        issuer.publishes(set);
        issuer
    }

    pub(crate) fn publishes(&self, set: &str) {
        self.answers(Answer::Text("application/json", set.to_owned()));
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.shared.answer.lock().unwrap() = answer;
    }

    /// Whether it answers now, or when it is told to.
    pub(crate) fn open(&self, open: bool) {
        self.shared.open.send_replace(open);
    }

    /// How many requests it has seen.
    pub(crate) fn hits(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().iter().map(Uri::to_string).collect()
    }

    /// Returns when it has seen so many.
    pub(crate) async fn until(&self, hits: usize) {
        while self.hits() < hits {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn answers(State(shared): State<Arc<Shared>>, uri: Uri) -> Response<Body> {
    shared.seen.lock().unwrap().push(uri);
    shared.open.subscribe().wait_for(|open| *open).await.unwrap();
    let answer = shared.answer.lock().unwrap().clone();
    let json = Response::builder().header(CONTENT_TYPE, "application/json");
    let response = match answer {
        Answer::Text(media_type, text) => {
            Response::builder().header(CONTENT_TYPE, media_type).body(Body::from(text))
        }
        Answer::Status(status) => json.status(status).body(Body::from(super::set(&[1]))),
        Answer::Redirect(to) => json.status(307).header(LOCATION, to).body(Body::empty()),
        other => json.body(Body::new(Chunks(other))),
    };
    response.unwrap()
}

struct Chunks(Answer);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Answer::Stalled => return Poll::Pending,
            Answer::Broken => return Poll::Ready(Some(Err(io::ErrorKind::Other.into()))),
            Answer::Spaces(Some(0)) => return Poll::Ready(None),
            Answer::Spaces(Some(left)) => *left -= 1,
            _ => {}
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 1024])))))
    }
}
