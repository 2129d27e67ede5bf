//! The program: its output, its errors at start, its shutdown, TLS.

mod common;

use common::{ACCESS_KEY, Request, SECRET, Sandbox, binary, http, send_path, token, with_timeout};
use serde_json::json;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

fn error_of(args: &[&str]) -> String {
    let output = binary().args(args).stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success(), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn it_prints_the_export_lines() {
    let sandbox = Sandbox::start();
    let port = sandbox.url.strip_prefix("http://127.0.0.1:").unwrap();
    assert_ne!(port.parse::<u16>().unwrap(), 0);
    assert_eq!(
        sandbox.exports,
        [
            format!("export HMS_BASE_URL={}/v2", sandbox.url),
            format!("export HMS_ACCESS_KEY={ACCESS_KEY}"),
            format!("export HMS_SECRET={SECRET}"),
        ]
    );
}

#[tokio::test]
async fn the_keys_come_from_the_environment_too() {
    let output = binary()
        .env("HMS_ACCESS_KEY", ACCESS_KEY)
        .env("HMS_SECRET", SECRET)
        .args(["token", "management"])
        .output()
        .unwrap();
    let token = String::from_utf8(output.stdout).unwrap();
    let sandbox = Sandbox::start();
    let request = Request::get("/v2/active-rooms/empty").bearer(token.trim());
    assert_ne!(sandbox.request(request).await.detail(404), "");
}

#[test]
fn it_reports_why_it_does_not_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    assert!(error_of(&["--listen", &taken]).contains(&taken));
    assert!(error_of(&["--listen", "nowhere"]).contains("nowhere"));
    assert!(error_of(&["--listen", "0.0.0.0:0"]).contains("--allow-non-loopback"));
    assert!(error_of(&["--tls-cert", "cert.pem"]).contains("--tls-key"));
    assert!(error_of(&["--tls-key", "key.pem"]).contains("--tls-cert"));
    let missing = ["--tls-cert", "no-such.pem", "--tls-key", "no-such.pem"];
    assert!(error_of(&missing).contains("no-such.pem"));
    assert!(error_of(&["--secret", ""]).contains("must not be empty"));
    assert!(error_of(&["--webhook-url", "nowhere"]).contains("--webhook-url must begin with http"));
    let header = error_of(&["--webhook-header", "X-Key: top-secret"]);
    assert!(header.contains("--webhook-url") && !header.contains("top-secret"), "{header}");
    let header = error_of(&["--webhook-url", "http://127.0.0.1/", "--webhook-header", "X-Key top-secret"]);
    assert!(header.contains("--webhook-header has no colon") && !header.contains("top-secret"), "{header}");
    let directory = Directory::new("empty-certificate");
    let empty = directory.write("empty.pem", "");
    let empty = empty.to_str().unwrap();
    assert!(error_of(&["--tls-cert", empty, "--tls-key", empty]).contains("no certificate"));
}

#[test]
fn it_listens_on_other_addresses_only_if_allowed() {
    let sandbox = Sandbox::start_at("0.0.0.0:0", &["--allow-non-loopback"]);
    let port = sandbox.url.strip_prefix("http://0.0.0.0:").unwrap();
    let callable = format!("export HMS_BASE_URL=http://127.0.0.1:{port}/v2");
    assert_eq!(sandbox.exports[0], callable);
}

#[cfg(unix)]
#[tokio::test]
async fn it_stops_promptly_while_peers_are_connected() {
    for signal in ["-TERM", "-INT"] {
        let mut sandbox = Sandbox::start();
        let mut reading = sandbox.join("reading", "host").await;
        let silent = sandbox.join("silent", "host").await;
        // A request that never ends.
        let half = tokio::net::TcpStream::connect(sandbox.authority()).await.unwrap();
        half.try_write(b"POST /init HTTP/1.1\r\nContent-Length: 9\r\n").unwrap();
        let pid = sandbox.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        assert_eq!(reading.closed().await, Some(1001));
        let status = with_timeout(async {
            tokio::task::spawn_blocking(move || sandbox.child.wait().unwrap()).await.unwrap()
        })
        .await;
        assert_eq!(status.code(), Some(0), "{signal}");
        drop((silent, half));
    }
}

#[tokio::test]
async fn it_serves_tls() {
    let directory = Directory::new("tls");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let cert = directory.write("cert.pem", &made.cert.pem());
    let key = directory.write("key.pem", &made.signing_key.serialize_pem());
    let sandbox =
        Sandbox::start_with(&["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()]);
    assert!(sandbox.url.starts_with("https://127.0.0.1:"));
    assert!(sandbox.exports[0].contains("=https://127.0.0.1:"));

    // A connection that never starts its handshake does not delay others.
    let _silent = tokio::net::TcpStream::connect(sandbox.authority()).await.unwrap();
    let token = token::peer("host", "alice");
    let init = over_tls(&sandbox, made.cert.der(), Request::get("/init").bearer(&token)).await;
    assert_eq!(init.status, 200);
    let endpoint = init.json()["endpoint"].as_str().unwrap().to_owned();
    assert_eq!(endpoint, format!("wss://{}/ws", sandbox.authority()));

    let mut socket = open_over_tls(&sandbox, made.cert.der(), &token).await;
    use futures_util::{SinkExt, StreamExt};
    let join = json!({"method": "join", "id": "j", "params": {"name": "Alice"}});
    socket.send(join.to_string().into()).await.unwrap();
    let path = send_path(common::ROOM);
    let body = json!({"message": "hi"}).to_string();
    loop {
        let frame = with_timeout(socket.next()).await.unwrap().unwrap();
        if frame.to_text().unwrap().contains("peer-list") {
            break;
        }
    }
    let request = Request::post(&path, body).bearer(&token::management());
    let sent = over_tls(&sandbox, made.cert.der(), request).await;
    assert_eq!(sent.status, 200);
    let frame = with_timeout(socket.next()).await.unwrap().unwrap();
    assert!(frame.to_text().unwrap().contains("on-broadcast"));
}

async fn tls_stream(
    sandbox: &Sandbox,
    cert: &CertificateDer<'static>,
) -> tokio_rustls::client::TlsStream<tokio::net::TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(cert.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = tokio::net::TcpStream::connect(sandbox.authority()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    with_timeout(TlsConnector::from(Arc::new(config)).connect(name, tcp)).await.unwrap()
}

async fn over_tls(sandbox: &Sandbox, cert: &CertificateDer<'static>, request: Request) -> common::Response {
    let stream = tls_stream(sandbox, cert).await;
    with_timeout(http::exchange_on(stream, sandbox.authority(), request)).await
}

async fn open_over_tls(
    sandbox: &Sandbox,
    cert: &CertificateDer<'static>,
    token: &str,
) -> tokio_tungstenite::WebSocketStream<tokio_rustls::client::TlsStream<tokio::net::TcpStream>> {
    let stream = tls_stream(sandbox, cert).await;
    let url = format!("ws://{}/ws?peer=alice&token={token}", sandbox.authority());
    let (socket, _) = with_timeout(tokio_tungstenite::client_async(url, stream)).await.unwrap();
    socket
}

/// A directory for one test. It is removed afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
