//! A server that receives webhooks.

use super::with_timeout;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A webhook, as received.
pub struct Webhook {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Webhook {
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }
}

pub struct Receiver {
    pub url: String,
    webhooks: mpsc::UnboundedReceiver<Webhook>,
}

impl Receiver {
    /// Responds to each webhook with the status that `respond` returns for its type and the number of its attempt.
    pub async fn start(respond: fn(&str, usize) -> StatusCode) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?app=1", tcp.local_addr().unwrap());
        let (sender, webhooks) = mpsc::unbounded_channel();
        let seen = Arc::new(Mutex::new(Vec::<Value>::new()));
        let take = async move |uri: Uri, headers: HeaderMap, axum::Json(body): axum::Json<Value>| {
            let times = {
                let mut seen = seen.lock().unwrap();
                seen.push(body["id"].clone());
                seen.iter().filter(|id| **id == body["id"]).count()
            };
            let status = respond(body["type"].as_str().unwrap(), times);
            let _ = sender.send(Webhook { path: uri.to_string(), headers, body });
            status
        };
        let app = axum::Router::new().route("/hooks", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(tcp, app).await });
        Self { url, webhooks }
    }

    pub async fn next(&mut self) -> Webhook {
        with_timeout(self.webhooks.recv()).await.unwrap()
    }

    pub async fn kinds(&mut self, many: usize) -> Vec<String> {
        let mut kinds = Vec::new();
        for _ in 0..many {
            kinds.push(self.next().await.kind().to_owned());
        }
        kinds
    }
}
