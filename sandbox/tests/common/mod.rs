//! A running sandbox, and helpers to talk to it.

#![allow(dead_code, reason = "each test file uses only some of it")]

pub mod http;
pub mod peer;
pub mod token;

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

pub use http::{Request, Response};
pub use peer::Peer;

pub const ACCESS_KEY: &str = "test-key";
pub const SECRET: &str = "test-secret";
pub const ROOM: &str = "627cda81ab4f3b56a077dc33";

/// Makes a test fail that would hang otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(60);

pub async fn with_timeout<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, work).await.expect("timed out")
}

pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomcast-sandbox"));
    command.env_remove("HMS_ACCESS_KEY").env_remove("HMS_SECRET");
    command
}

pub struct Sandbox {
    pub child: Child,
    pub url: String,
    pub exports: Vec<String>,
    lines: Mutex<Lines<BufReader<ChildStdout>>>,
}

impl Sandbox {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    pub fn start_with(more: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", more)
    }

    pub fn start_at(listen: &str, more: &[&str]) -> Self {
        Self::spawn(&mut Self::command(listen, more))
    }

    pub fn command(listen: &str, more: &[&str]) -> Command {
        let mut command = binary();
        command.args(["--listen", listen]).args(["--access-key", ACCESS_KEY, "--secret", SECRET]).args(more);
        command
    }

    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("the sandbox has ended").unwrap();
        let first = line();
        let url = first
            .strip_prefix("roomcast-sandbox listening on ")
            .unwrap_or_else(|| panic!("{first}"))
            .to_owned();
        let exports = vec![line(), line(), line()];
        Self { child, url, exports, lines: Mutex::new(lines) }
    }

    /// The next line that it prints; `None` at the end of its output.
    pub fn line(&self) -> Option<String> {
        self.lines.lock().unwrap().next().map(Result::unwrap)
    }

    /// `127.0.0.1:<port>`.
    pub fn authority(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    pub async fn request(&self, request: Request) -> Response {
        with_timeout(http::exchange(self.authority(), request)).await
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Request::get(path).bearer(&token::management())).await
    }

    pub async fn send(&self, body: serde_json::Value) -> Response {
        self.request(Request::post(&send_path(ROOM), body.to_string()).bearer(&token::management())).await
    }

    /// A request to the control API, with a JSON body.
    pub async fn control(&self, method: &str, path: &str, body: serde_json::Value) -> Response {
        self.request(Request::json(method, path, &body)).await
    }

    /// A simulated peer.
    pub async fn seat(&self, peer_id: &str, role: &str) {
        let body = serde_json::json!({"peer_id": peer_id, "role": role});
        let response = self.control("POST", &format!("/sandbox/rooms/{ROOM}/peers"), body).await;
        assert_eq!(response.status, 201, "{response:?}");
    }

    /// What a simulated peer has received. The query is that of `messages`.
    pub async fn received(&self, peer_id: &str, query: &str) -> serde_json::Value {
        let path = format!("/sandbox/rooms/{ROOM}/peers/{peer_id}/messages?{query}");
        let response = self.request(Request::get(&path)).await;
        assert_eq!(response.status, 200, "{response:?}");
        response.json()
    }

    /// A peer that has joined, and has received the list of peers.
    pub async fn join(&self, peer_id: &str, role: &str) -> Peer {
        Peer::join(self.authority(), peer_id, role).await
    }
}

pub fn send_path(room: &str) -> String {
    format!("/v2/active-rooms/{room}/send-message")
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
