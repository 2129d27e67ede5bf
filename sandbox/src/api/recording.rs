//! Records requests, with their bodies and what became of them.

use crate::model::MAX_TEXT;
use crate::requests::{Arrived, Recording, Response as RecordedResponse};
use crate::state::SharedState;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use chrono::Utc;
use futures_util::TryStreamExt;
use std::sync::Arc;

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
    let recording = Recording::new(Arc::clone(&state.requests), arrived(&request));
    let of_body = recording.clone();
    let mut request = request.map(|whole| {
        Body::from_stream(whole.into_data_stream().inspect_ok(move |chunk| of_body.body(chunk)))
    });
    request.extensions_mut().insert(recording.clone());
    let (response, recorded) = read(next.run(request).await).await;
    recording.end(recorded);
    response
}

fn arrived(request: &Request) -> Arrived {
    let path = request.uri().path_and_query().map_or_else(|| request.uri().path(), |path| path.as_str());
    let user_agent = request.headers().get(header::USER_AGENT);
    Arrived {
        time: Utc::now(),
        method: request.method().as_str().to_owned(),
        path: path.to_owned(),
        user_agent: user_agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
    }
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
