//! A sandbox in a thread of its own, for tests.

use crate::http::{ClientConnection, Switch};
use crate::options::Options;
use crate::server::Server;
use crate::server::startup::Ready;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use serde_json::Value;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tower::ServiceExt;

/// A sandbox that runs in this process, in threads of its own. It is stopped when this is dropped.
pub struct Sandbox {
    ready: Ready,
    router: Router,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A request to the control API that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlFailure {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong in the body, the query or the path.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for ControlFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.field, self.message)
    }
}

impl std::error::Error for ControlFailure {}

impl Sandbox {
    /// Starts a sandbox, and returns when it listens. It needs no async runtime, and can be called from within one.
    ///
    /// # Errors
    /// An option is wrong, or it cannot listen; the text says why.
    pub fn start(options: Options) -> Result<Self, String> {
        let (report, started) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("roomcast-sandbox".to_owned());
        let thread = thread.spawn(move || run(options, &report, stopped)).map_err(cannot_start)?;
        let (ready, router, runtime) =
            started.recv().map_err(|_| "the sandbox ended while it started".to_owned())??;
        Ok(Self { ready, router, runtime, stop: Some(stop), thread: Some(thread) })
    }

    /// What a client of the server API needs as its `base_url`.
    pub fn base_url(&self) -> String {
        self.ready.base_url()
    }

    /// Where it listens, such as `http://127.0.0.1:49152`.
    pub fn url(&self) -> String {
        self.ready.url()
    }

    /// The app's access key.
    pub fn access_key(&self) -> &str {
        &self.ready.access_key
    }

    /// The app's secret.
    pub fn secret(&self) -> &str {
        &self.ready.secret
    }

    /// With [`Tls::Own`](crate::Tls::Own), the file with which clients trust its certificate.
    pub fn ca_file(&self) -> Option<&Path> {
        self.ready.ca_file.as_deref()
    }

    /// A request to the control API, such as `("POST", "/sandbox/faults", {"kind": "lost_answer"})`; the paths and the
    /// bodies are in the sandbox's README. It blocks until there is a response. A body of null is none, and so is a
    /// response of null.
    ///
    /// # Errors
    /// The request was refused; the error names the field that is wrong.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value, ControlFailure> {
        let (done, response) = mpsc::channel();
        let request = request(method, path, body, &self.ready.url())?;
        let router = self.router.clone();
        // Not `block_on`, which an async test may not call.
        self.runtime.spawn(async move {
            let _ = done.send(respond(router, request).await);
        });
        response.recv().unwrap_or_else(|_| Err(failure(503, "sandbox", "it has ended")))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url()).finish_non_exhaustive()
    }
}

type Started = Result<(Ready, Router, Handle), String>;

fn cannot_start(error: impl fmt::Display) -> String {
    format!("cannot start the sandbox: {error}")
}

/// Serves until `stopped` gets something or its sender is dropped.
fn run(options: Options, report: &mpsc::Sender<Started>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("roomcast-sandbox")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = report.send(Err(cannot_start(error)));
            return;
        }
    };
    runtime.block_on(async {
        match Server::bind(options).await {
            Err(error) => {
                let _ = report.send(Err(error));
            }
            Ok(server) => {
                let _ = report.send(Ok((server.ready().clone(), server.router(), Handle::current())));
                let stopping = async {
                    let _ = stopped.await;
                };
                let _ = server.serve(stopping).await;
            }
        }
    });
    // Requests that are delayed, and retries of webhooks, end here.
    runtime.shutdown_background();
}

fn request(method: &str, path: &str, body: &Value, url: &str) -> Result<Request<Body>, ControlFailure> {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    let client = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .map_err(|error| failure(400, "path", &error.to_string()))?;
    request.extensions_mut().insert(ConnectInfo(ClientConnection { client, switch: Switch::default() }));
    Ok(request)
}

async fn respond(router: Router, request: Request<Body>) -> Result<Value, ControlFailure> {
    let Ok(response) = router.oneshot(request).await;
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status.is_success() {
        return Ok(body);
    }
    let error = |name: &str| body["error"][name].as_str();
    match (error("field"), error("message")) {
        (Some(field), Some(message)) => Err(failure(status.as_u16(), field, message)),
        _ => Err(failure(status.as_u16(), "path", "there is no such path or method in the control API")),
    }
}

fn failure(status: u16, field: &str, message: &str) -> ControlFailure {
    ControlFailure { status, field: field.to_owned(), message: message.to_owned() }
}
