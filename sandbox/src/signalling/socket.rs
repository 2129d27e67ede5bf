//! `GET /ws`: the WebSocket of one peer, from the upgrade to the close.

use super::{calls, init::unauthorized};
use crate::http::ApiError;
use crate::model::LeaveReason;
use crate::rooms::{Connection, DisconnectReason, FrameReceiver, FrameSender, frame_queue};
use crate::state::SharedState;
use crate::tokens::PeerToken;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use std::time::Duration;

/// In bytes. A peer's own messages may be as large as those to the server API.
const MAX_MESSAGE: usize = 16 << 20;
/// In bytes. Frames that are queued already are written together, up to about this size, before a flush.
const MAX_BATCH: usize = 1 << 16;
/// Time for the closing handshake with a peer that may not respond.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
pub struct ConnectQuery {
    #[serde(default)]
    peer: String,
    #[serde(default)]
    token: String,
}

pub async fn connect(
    State(state): State<SharedState>,
    query: Result<Query<ConnectQuery>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let bad_request = |message: &str| ApiError::without_details(StatusCode::BAD_REQUEST, message);
    let Query(ConnectQuery { peer, token }) = query.map_err(|_| bad_request("the query cannot be read"))?;
    let token = state.verify_peer(&token).map_err(unauthorized)?;
    if peer.is_empty() {
        return Err(bad_request("peer is missing"));
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let status = rejection.into_response().status();
            return Err(ApiError::without_details(status, "this is a WebSocket endpoint"));
        }
    };
    Ok(upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| serve(state, token, peer, socket)))
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client closed it with a code that means that the peer leaves.
    Closed,
    /// It broke, or the client closed it with a code that does not say whether the peer reconnects.
    Broken,
    /// The sandbox ended it.
    Disconnected(DisconnectReason),
}

async fn serve(state: SharedState, token: PeerToken, peer_id: String, socket: WebSocket) {
    let open = state.connections.subscribe();
    let (queue, mut frames) = frame_queue();
    let connection = state.rooms().connect(token, peer_id, queue.clone());
    let (mut sink, mut stream) = socket.split();
    let disconnected = frames.disconnected();
    let end = tokio::select! {
        end = read(&mut stream, &state, &connection, &queue) => end,
        () = write(&mut sink, &mut frames) => End::Broken,
        reason = disconnected => End::Disconnected(reason),
    };
    let stays = match end {
        End::Closed => {
            state.rooms().leave(&connection, LeaveReason::WebsocketClosed);
            false
        }
        End::Broken | End::Disconnected(_) => state.rooms().connection_lost(&connection),
    };
    // Frees the frames that are still queued.
    drop((queue, frames));
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, close(end, sink, stream)).await;
    drop(open);
    if stays {
        tokio::time::sleep(state.drop_after).await;
        state.rooms().remove_disconnected(&connection);
    }
}

async fn read(
    stream: &mut SplitStream<WebSocket>,
    state: &SharedState,
    connection: &Connection,
    queue: &FrameSender,
) -> End {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => calls::handle(state, connection, queue, &text),
            Some(Ok(Message::Close(frame))) => return end_of(frame.as_ref()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return End::Broken,
        }
    }
}

/// The codes 1000 (normal) and 1001 (going away) mean that the peer leaves. The web client closes its old socket
/// without a code just before it reconnects, so that does not count as leaving.
fn end_of(frame: Option<&CloseFrame>) -> End {
    match frame.map(|frame| frame.code) {
        Some(close_code::NORMAL | close_code::AWAY) => End::Closed,
        _ => End::Broken,
    }
}

/// Writes the queued frames. Frames that are queued already share one flush.
async fn write(sink: &mut SplitSink<WebSocket, Message>, frames: &mut FrameReceiver) {
    while let Some(frame) = frames.recv().await {
        let mut bytes = 0;
        let mut next = Some(frame);
        while let Some(frame) = next {
            bytes += frame.len();
            if sink.feed(Message::Text(frame)).await.is_err() {
                return;
            }
            next = if bytes < MAX_BATCH { frames.try_recv() } else { None };
        }
        if sink.flush().await.is_err() {
            return;
        }
        frames.record_written(bytes);
    }
}

/// Sends a close frame if the sandbox ended the connection, and completes the closing handshake.
async fn close(end: End, mut sink: SplitSink<WebSocket, Message>, mut stream: SplitStream<WebSocket>) {
    let frame = match end {
        End::Closed | End::Broken => None,
        // The peer does not read, so it would not get the frame.
        End::Disconnected(DisconnectReason::Overflow) => return,
        End::Disconnected(DisconnectReason::Replaced) => {
            Some((close_code::POLICY, "the peer has connected again"))
        }
        End::Disconnected(DisconnectReason::Reset) => {
            Some((close_code::AWAY, "the sandbox has forgotten all rooms"))
        }
        End::Disconnected(DisconnectReason::Shutdown) => {
            Some((close_code::AWAY, "the sandbox is shutting down"))
        }
    };
    if let Some((code, reason)) = frame {
        let reason = reason.into();
        let _ = sink.send(Message::Close(Some(CloseFrame { code, reason }))).await;
    }
    // Reading until the end completes the closing handshake.
    while let Some(Ok(_)) = stream.next().await {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_1000_and_1001_mean_that_the_peer_leaves() {
        let code = |code| {
            let reason = "".into();
            end_of(Some(&CloseFrame { code, reason }))
        };
        assert_eq!(code(1000), End::Closed);
        assert_eq!(code(1001), End::Closed);
        assert_eq!(code(1005), End::Broken);
        assert_eq!(code(1011), End::Broken);
        assert_eq!(end_of(None), End::Broken);
    }
}
