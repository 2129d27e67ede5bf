//! `roomcast listen`: receives the sandbox's webhooks on this machine, shows them, and forwards them to an app on this machine.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use roomcast::MAX_WEBHOOK_BODY;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use ureq::Agent;

use crate::args::{Global, ListenArgs};
use crate::outcome::{Exit, Failure};
use crate::output::Output;
use crate::peers::printable;
use crate::signals::Signals;

/// How long the app may take: as long as 100ms waits for it.
const FORWARD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long answers may take after the end.
const GRACE: Duration = Duration::from_secs(1);
/// Of an app's answer that is passed on.
const MAX_ANSWER: u64 = 64 * 1024;
/// Headers of one connection, not of the webhook.
const HOP_BY_HOP: [header::HeaderName; 5] =
    [header::HOST, header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING, header::EXPECT];

struct Receiver {
    agent: Agent,
    forward: Option<String>,
    shown: mpsc::UnboundedSender<Map<String, Value>>,
    received: AtomicU64,
}

pub fn run(global: &Global, args: &ListenArgs, output: &mut Output) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "--listen {}: anybody who reaches it could send webhooks; give an address of this machine, such as 127.0.0.1:8110",
            args.listen
        )));
    }
    for (name, url) in [("--forward", &args.forward), ("--sandbox", &args.sandbox)] {
        if let Some(url) = url {
            check_local(name, url)?;
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Local(format!("cannot start: {error}")))?;
    runtime.block_on(listen(global, args, output))
}

/// Webhooks hold what peers say of themselves: they stay on this machine.
fn check_local(name: &str, url: &str) -> Result<(), Failure> {
    let wrong = |why: &str| Failure::Usage(format!("{name} {}: {why}", printable(url)));
    let uri: Uri = url.parse().map_err(|_| wrong("is not a URL"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong("give a URL such as http://127.0.0.1:3000/webhooks"));
    }
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
        true => Ok(()),
        false => Err(wrong("is not on this machine; give localhost or 127.0.0.1")),
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .proxy(None)
        .timeout_global(Some(FORWARD_TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    Agent::from(config)
}

async fn listen(global: &Global, args: &ListenArgs, output: &mut Output) -> Result<Exit, Failure> {
    let mut signals =
        Signals::new().map_err(|error| Failure::Local(format!("cannot watch for signals: {error}")))?;
    let cannot = |error: io::Error| Failure::Usage(format!("--listen {}: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let (shown, mut to_show) = mpsc::unbounded_channel();
    let receiver = Arc::new(Receiver {
        agent: agent(),
        forward: args.forward.clone(),
        shown,
        received: AtomicU64::new(0),
    });
    let router = Router::new()
        .fallback(receive)
        .layer(DefaultBodyLimit::max(MAX_WEBHOOK_BODY))
        .with_state(Arc::clone(&receiver));
    let (stop, stopped) = oneshot::channel::<()>();
    let stopping = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(stopping).into_future());
    if let Some(sandbox) = &args.sandbox {
        register(&receiver.agent, sandbox, address).await?;
    }
    let url = format!("http://{address}/");
    match global.json {
        true => output.line(json!({"listening": url}).to_string()),
        false => {
            output.line(format!("receiving webhooks at {url}"));
            if args.sandbox.is_none() {
                output.line(format!("  roomcast-sandbox --webhook-url {url}"));
            }
        }
    }
    let mut shown_so_far = 0;
    loop {
        tokio::select! {
            biased;
            Some(webhook) = to_show.recv() => {
                show(global, &webhook, output);
                shown_so_far += 1;
                if output.is_closed() || args.count == Some(shown_so_far) {
                    break;
                }
            }
            () = signals.next() => break,
        }
    }
    // The sandbox gets the answers that are under way; it would post those webhooks again.
    drop(stop);
    let _ = tokio::time::timeout(GRACE, server).await;
    while let Ok(webhook) = to_show.try_recv() {
        show(global, &webhook, output);
    }
    Ok(Exit::Accepted)
}

/// Tells a sandbox where to post its webhooks.
async fn register(agent: &Agent, sandbox: &str, address: SocketAddr) -> Result<(), Failure> {
    let url = format!("{}/sandbox/webhook-target", sandbox.trim_end_matches('/'));
    let body = json!({"url": format!("http://{address}/")}).to_string();
    let agent = agent.clone();
    let shown = url.clone();
    let put = move || agent.put(&url).header("content-type", "application/json").send(body);
    let answered =
        tokio::task::spawn_blocking(put).await.map_err(|error| Failure::Local(error.to_string()))?;
    match answered {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => {
            Err(Failure::Local(format!("{shown} answered {}: is it a sandbox?", response.status())))
        }
        Err(error) => Err(Failure::Local(format!("{shown}: {error}. Start the sandbox first."))),
    }
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    if method != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, b"webhooks are posted\n".to_vec());
    }
    // No webhook has it: a page in a browser must not reach the app through this program.
    if headers.contains_key(header::ORIGIN) {
        return (StatusCode::FORBIDDEN, b"not for web pages\n".to_vec());
    }
    let number = receiver.received.fetch_add(1, Ordering::SeqCst) + 1;
    let mut webhook = describe(number, &body);
    let answer = match receiver.forward.clone() {
        None => (StatusCode::OK, Vec::new()),
        Some(url) => {
            let agent = receiver.agent.clone();
            let forwarding = tokio::task::spawn_blocking(move || forward(&agent, &url, &headers, &body));
            let forwarded = forwarding.await.unwrap_or_else(|error| Err(error.to_string()));
            match forwarded {
                Ok((status, answer)) => {
                    webhook.insert("forwarded".to_owned(), json!({"status": status.as_u16()}));
                    (status, answer)
                }
                Err(error) => {
                    webhook.insert("forwarded".to_owned(), json!({"error": error}));
                    (StatusCode::BAD_GATEWAY, format!("{error}\n").into_bytes())
                }
            }
        }
    };
    let _ = receiver.shown.send(webhook);
    answer
}

/// Passes a webhook on as it came. Its headers hold the secret by which the app verifies it.
fn forward(
    agent: &Agent,
    url: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(StatusCode, Vec<u8>), String> {
    let mut request = agent.post(url);
    for (name, value) in headers.iter().filter(|(name, _)| !HOP_BY_HOP.contains(name)) {
        request = request.header(name, value);
    }
    let mut response = request.send(body).map_err(|error| format!("not forwarded: {error}"))?;
    let answer = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().unwrap_or_default();
    Ok((response.status(), answer))
}

/// A webhook as it is shown. Its headers are not: they hold a secret.
fn describe(number: u64, body: &[u8]) -> Map<String, Value> {
    let mut webhook = Map::from_iter([("number".to_owned(), json!(number))]);
    match serde_json::from_slice::<Value>(body) {
        Ok(body) => webhook.insert("webhook".to_owned(), body),
        Err(_) => webhook.insert("not_json".to_owned(), json!(body.len())),
    };
    webhook
}

fn show(global: &Global, webhook: &Map<String, Value>, output: &mut Output) {
    if global.json {
        return output.line(Value::Object(webhook.clone()).to_string());
    }
    let forwarded = match webhook.get("forwarded") {
        None => String::new(),
        Some(answer) => match (&answer["status"], &answer["error"]) {
            (_, Value::String(error)) => format!("  {}", printable(error)),
            (status, _) => format!("  the app answered {status}"),
        },
    };
    let body = webhook.get("webhook").unwrap_or(&Value::Null);
    let kind = body["type"].as_str().map_or_else(|| "not a webhook".to_owned(), printable);
    output.line(format!("{}  {kind}{forwarded}", webhook["number"]));
    if let Ok(laid_out) = serde_json::to_string_pretty(body) {
        for line in laid_out.lines() {
            output.line(format!("    {}", printable(line)));
        }
    }
}
