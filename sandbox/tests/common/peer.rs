//! A peer in a room, over a real WebSocket.

use super::{token, with_timeout};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub struct Peer {
    pub id: String,
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Peer {
    /// Opens the WebSocket without joining.
    pub async fn connect(authority: &str, id: &str, role: &str) -> Self {
        Self::connect_with(authority, id, &token::peer(role, &format!("user-{id}"))).await
    }

    pub async fn connect_with(authority: &str, id: &str, token: &str) -> Self {
        let url =
            format!("ws://{authority}/ws?peer={id}&token={token}&user_agent_v2=test&protocol_version=2.5");
        let (socket, _) = with_timeout(connect_async(url)).await.unwrap();
        let id = id.to_owned();
        Self { id, socket }
    }

    pub async fn join(authority: &str, id: &str, role: &str) -> Self {
        let mut peer = Self::connect(authority, id, role).await;
        peer.next("on-policy-change").await;
        let response = peer.call("join", json!({"name": format!("name of {id}"), "data": "{}"})).await;
        assert!(response["result"].is_object(), "{response}");
        peer.next("peer-list").await;
        peer
    }

    pub async fn send(&mut self, value: Value) {
        with_timeout(self.socket.send(Message::text(value.to_string()))).await.unwrap();
    }

    /// Calls a method and returns the whole response. Skips notifications that arrive before it.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = format!("call-{method}");
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        loop {
            let frame = self.frame().await;
            if frame["id"] == id.as_str() {
                return frame;
            }
        }
    }

    pub async fn frame(&mut self) -> Value {
        loop {
            match with_timeout(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{} expected a frame, got {other:?}", self.id),
            }
        }
    }

    /// The parameters of the next notification with this method. Skips others.
    pub async fn next(&mut self, method: &str) -> Value {
        loop {
            let mut frame = self.frame().await;
            if frame["method"] == method {
                return frame["params"].take();
            }
        }
    }

    /// The messages received before the marker, which was sent to everyone.
    pub async fn messages_until(&mut self, marker: &str) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let message = self.next("on-broadcast").await;
            if message["info"]["message"] == marker {
                return messages;
            }
            messages.push(message);
        }
    }

    /// The code with which the sandbox closes the connection; `None` if it closes without one.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match with_timeout(self.socket.next()).await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(Error::ConnectionClosed)) | None => return None,
                Some(Err(_)) => return None,
            }
        }
    }

    /// Completes the closing handshake, with this code or without one.
    pub async fn close(mut self, code: Option<u16>) {
        let frame = code.map(|code| CloseFrame { code: code.into(), reason: "".into() });
        with_timeout(self.socket.close(frame)).await.unwrap();
        while let Some(Ok(_)) = with_timeout(self.socket.next()).await {}
    }
}
