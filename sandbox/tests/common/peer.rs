//! A peer in a room, over a real WebSocket.

use super::{guarded, token};
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
    /// Opens the socket, and nothing more.
    pub async fn connect(authority: &str, id: &str, role: &str) -> Self {
        Self::connect_with(authority, id, &token::peer(role, &format!("user-{id}"))).await
    }

    pub async fn connect_with(authority: &str, id: &str, token: &str) -> Self {
        let url =
            format!("ws://{authority}/ws?peer={id}&token={token}&user_agent_v2=test&protocol_version=2.5");
        let (socket, _) = guarded(connect_async(url)).await.unwrap();
        let id = id.to_owned();
        Self { id, socket }
    }

    pub async fn join(authority: &str, id: &str, role: &str) -> Self {
        let mut peer = Self::connect(authority, id, role).await;
        peer.next("on-policy-change").await;
        let answer = peer.call("join", json!({"name": format!("name of {id}"), "data": "{}"})).await;
        assert!(answer["result"].is_object(), "{answer}");
        peer.next("peer-list").await;
        peer
    }

    pub async fn say(&mut self, value: Value) {
        guarded(self.socket.send(Message::text(value.to_string()))).await.unwrap();
    }

    /// Calls a method and gives the whole answer. What is pushed meanwhile is passed over.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = format!("call-{method}");
        self.say(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        loop {
            let frame = self.frame().await;
            if frame["id"] == id.as_str() {
                return frame;
            }
        }
    }

    pub async fn frame(&mut self) -> Value {
        loop {
            match guarded(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{} waits for a frame and gets {other:?}", self.id),
            }
        }
    }

    /// The parameters of the next push of this kind; others are passed over.
    pub async fn next(&mut self, method: &str) -> Value {
        loop {
            let mut frame = self.frame().await;
            if frame["method"] == method {
                return frame["params"].take();
            }
        }
    }

    /// The messages received up to the marker, which has been sent to everybody.
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

    /// The code with which the sandbox ends the connection; None when it just breaks.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match guarded(self.socket.next()).await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(Error::ConnectionClosed)) | None => return None,
                Some(Err(_)) => return None,
            }
        }
    }

    /// The closing handshake, with this code or without any.
    pub async fn close(mut self, code: Option<u16>) {
        let frame = code.map(|code| CloseFrame { code: code.into(), reason: "".into() });
        guarded(self.socket.close(frame)).await.unwrap();
        while let Some(Ok(_)) = guarded(self.socket.next()).await {}
    }
}
