//! Applies the faults to requests.

use crate::faults::End;
use crate::http::{ApiError, ClientConnection};
use crate::state::SharedState;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::{Duration, Instant};

/// Middleware that does to a request what the faults say.
pub async fn admit(
    State(state): State<SharedState>,
    ConnectInfo(connection): ConnectInfo<ClientConnection>,
    path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let room = path.as_ref().ok().and_then(|path| path.iter().find(|(name, _)| *name == "room"));
    let decision = state.faults.decide(room.map(|(_, room_id)| room_id), Instant::now());
    if decision.delay.is_zero() {
        return finish(decision.end, connection, request, next).await;
    }
    // In a task of its own: the request is processed even if its client goes away meanwhile, as a slow server would.
    let late = tokio::spawn(async move {
        tokio::time::sleep(decision.delay).await;
        finish(decision.end, connection, request, next).await
    });
    late.await.unwrap_or_else(|_| ApiError::injected(StatusCode::INTERNAL_SERVER_ERROR).into_response())
}

async fn finish(end: End, connection: ClientConnection, request: Request, next: Next) -> Response {
    match end {
        End::Served => next.run(request).await,
        End::TooMany(wait) => ApiError::too_many_requests(wait).into_response(),
        // Also with a time to wait.
        End::Status(429) => ApiError::too_many_requests(Duration::from_secs(1)).into_response(),
        End::Status(status) => {
            ApiError::injected(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
                .into_response()
        }
        End::Disconnected => {
            connection.switch.cut();
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        End::AnswerLost => {
            let response = next.run(request).await;
            connection.switch.cut();
            response
        }
    }
}
