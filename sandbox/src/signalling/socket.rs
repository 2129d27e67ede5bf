//! `GET /ws`: one peer's connection, from its opening to its end.

use super::{calls, init::unauthorized};
use crate::api::Refused;
use crate::app::App;
use crate::rooms::events::LeaveReason;
use crate::rooms::{Cut, Line, LineEnd, Seat, line};
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

/// A peer's own messages may be as large as the server API's.
const MAX_MESSAGE: usize = 16 << 20;
/// Time for a farewell to a peer that may not listen.
const FAREWELL: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
pub struct Opening {
    #[serde(default)]
    peer: String,
    #[serde(default)]
    token: String,
}

pub async fn open(
    State(app): State<App>,
    opening: Result<Query<Opening>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    let bad = |why: &str| Refused::brief(StatusCode::BAD_REQUEST, why);
    let Query(Opening { peer, token }) = opening.map_err(|_| bad("the query cannot be read"))?;
    let who = app.verify_peer(&token).map_err(unauthorized)?;
    if peer.is_empty() {
        return Err(bad("peer is missing"));
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let status = rejection.into_response().status();
            return Err(Refused::brief(status, "this is a WebSocket endpoint"));
        }
    };
    Ok(upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| serve(app, who, peer, socket)))
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client closed it and said that it is done.
    Closed,
    /// It broke, or was closed in a way that leaves open whether the peer comes back.
    Broken,
    /// The sandbox ended it.
    Cut(Cut),
}

async fn serve(app: App, who: PeerToken, peer_id: String, socket: WebSocket) {
    let open = app.sockets.subscribe();
    let (line, mut end) = line();
    let seat = app.rooms().connect(who, peer_id, line.clone());
    let (mut sink, mut stream) = socket.split();
    let cutting = end.cutting();
    let ended = tokio::select! {
        ended = read(&mut stream, &app, &seat, &line) => ended,
        () = write(&mut sink, &mut end) => End::Broken,
        why = cutting => End::Cut(why),
    };
    let stays = match ended {
        End::Closed => {
            app.rooms().leave(&seat, LeaveReason::WebsocketClosed);
            false
        }
        End::Broken | End::Cut(_) => app.rooms().lose(&seat),
    };
    // Whatever nobody will read any more.
    drop((line, end));
    let _ = tokio::time::timeout(FAREWELL, farewell(ended, sink, stream)).await;
    drop(open);
    if stays {
        tokio::time::sleep(app.drop_after).await;
        app.rooms().drop_absent(&seat);
    }
}

async fn read(stream: &mut SplitStream<WebSocket>, app: &App, seat: &Seat, line: &Line) -> End {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => calls::handle(app, seat, line, &text),
            Some(Ok(Message::Close(frame))) => return how_closed(frame.as_ref()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return End::Broken,
        }
    }
}

/// 1000 and 1001 mean "done" and "the page is gone". The web client closes its old socket without a code just before
/// it comes back, so that is no leaving.
fn how_closed(frame: Option<&CloseFrame>) -> End {
    match frame.map(|frame| frame.code) {
        Some(close_code::NORMAL | close_code::AWAY) => End::Closed,
        _ => End::Broken,
    }
}

/// Writes what is queued; whatever is there already goes out in one flush.
async fn write(sink: &mut SplitSink<WebSocket, Message>, end: &mut LineEnd) {
    while let Some(frame) = end.next().await {
        let mut bytes = 0;
        let mut next = Some(frame);
        while let Some(frame) = next {
            bytes += frame.len();
            if sink.feed(Message::Text(frame)).await.is_err() {
                return;
            }
            next = if bytes < 1 << 16 { end.next_at_once() } else { None };
        }
        if sink.flush().await.is_err() {
            return;
        }
        end.written(bytes);
    }
}

async fn farewell(ended: End, mut sink: SplitSink<WebSocket, Message>, mut stream: SplitStream<WebSocket>) {
    let frame = match ended {
        End::Closed | End::Broken => None,
        // It does not read, so there is nobody to tell.
        End::Cut(Cut::Overflow) => return,
        End::Cut(Cut::Replaced) => Some((close_code::POLICY, "the peer has connected again")),
        End::Cut(Cut::Shutdown) => Some((close_code::AWAY, "the sandbox is shutting down")),
    };
    if let Some((code, reason)) = frame {
        let reason = reason.into();
        let _ = sink.send(Message::Close(Some(CloseFrame { code, reason }))).await;
    }
    // Reading on completes the closing handshake.
    while let Some(Ok(_)) = stream.next().await {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_closing_that_says_so_is_a_leaving() {
        let code = |code| {
            let reason = "".into();
            how_closed(Some(&CloseFrame { code, reason }))
        };
        assert_eq!(code(1000), End::Closed);
        assert_eq!(code(1001), End::Closed);
        assert_eq!(code(1005), End::Broken);
        assert_eq!(code(1011), End::Broken);
        assert_eq!(how_closed(None), End::Broken);
    }
}
