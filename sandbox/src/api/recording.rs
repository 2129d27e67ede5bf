//! Records requests, with their bodies and what became of them.

use crate::model::MAX_TEXT;
use crate::requests::{Annotations, Arrived, Response as RecordedResponse};
use crate::state::SharedState;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use chrono::Utc;
use futures_util::TryStreamExt;
use std::sync::{Arc, Mutex, PoisonError};

/// Middleware that records the requests whose path is one of the server API, also those that no handler gets.
pub async fn record_api(state: State<SharedState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == "/v2" || path.starts_with("/v2/") {
        record(state, request, next).await
    } else {
        next.run(request).await
    }
}

/// Middleware that records every request.
pub async fn record(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    let recording = Recording::of(state, &request);
    let (annotations, body) = (recording.annotations.clone(), Arc::clone(&recording.body));
    let mut request = request.map(|whole| {
        Body::from_stream(whole.into_data_stream().inspect_ok(move |chunk| {
            body.lock().unwrap_or_else(PoisonError::into_inner).add(chunk);
        }))
    });
    request.extensions_mut().insert(annotations);
    let (response, recorded) = read(next.run(request).await).await;
    recording.end(recorded);
    response
}

/// The status and the body of a response. Of a body whose length is not known only the status: it is streamed.
async fn read(response: Response) -> (Response, RecordedResponse) {
    let status = response.status().as_u16();
    if response.body().size_hint().exact().is_none() {
        return (response, RecordedResponse { status, body: Vec::new() });
    }
    let (parts, body) = response.into_parts();
    // It is in memory already.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = bytes[..bytes.len().min(MAX_TEXT + 1)].to_vec();
    (Response::from_parts(parts, Body::from(bytes)), RecordedResponse { status, body })
}

/// The beginning of a body, and its length.
#[derive(Default)]
struct Beginning {
    bytes: Vec<u8>,
    length: usize,
}

impl Beginning {
    fn add(&mut self, chunk: &[u8]) {
        // One byte more shows that there are more.
        let missing = (MAX_TEXT + 1).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&chunk[..chunk.len().min(missing)]);
        self.length += chunk.len();
    }
}

/// Adds the request to the record when it is dropped: also if the client goes away, so that the handler is dropped.
struct Recording {
    state: SharedState,
    arrived: Arrived,
    body: Arc<Mutex<Beginning>>,
    annotations: Annotations,
    response: Option<RecordedResponse>,
}

impl Recording {
    fn of(state: SharedState, request: &Request) -> Self {
        let path = request.uri().path_and_query().map_or_else(|| request.uri().path(), |path| path.as_str());
        let user_agent = request.headers().get(header::USER_AGENT);
        let arrived = Arrived {
            time: Utc::now(),
            method: request.method().as_str().to_owned(),
            path: path.to_owned(),
            user_agent: user_agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        };
        let (body, annotations) = (Arc::default(), Annotations::default());
        Self { state, arrived, body, annotations, response: None }
    }

    fn end(mut self, response: RecordedResponse) {
        self.response = Some(response);
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        let body = (body.bytes.as_slice(), body.length);
        self.state.requests.add(&self.arrived, body, self.response.as_ref(), &self.annotations);
    }
}
