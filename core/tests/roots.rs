//! Which authorities are trusted, and what says so. Each test runs again in a process with an environment of its own.

use std::env;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rcgen::{Certificate, CertificateParams, DnType, KeyPair};
use roomcast::{Client, ClientBuilder, ErrorKind};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// No test waits longer than this for what must happen.
const HANG: Duration = Duration::from_secs(60);
/// Set in the process with the test's environment.
const CHILD: &str = "ROOMCAST_TEST_CHILD";
const NOWHERE: &str = "/nonexistent";

/// Runs the test of this name in a process with these variables, and without others that name certificates.
fn with_variables(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return body();
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test]).env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    let output = command.envs(variables.iter().copied()).env(CHILD, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// A server's certificate, which is its own authority, and its key.
fn self_signed(authority: &str) -> (Certificate, KeyPair) {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, authority);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap(), key)
}

/// A server's base URL, and the certificate of its authority.
fn serve() -> (String, String) {
    let (certificate, key) = self_signed("the server's");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            thread::spawn(move || {
                // A request is one write. A client that does not trust the certificate sends none.
                if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
                }
            });
        }
    });
    (format!("https://localhost:{port}/v2"), certificate.pem())
}

fn builder(base_url: &str) -> ClientBuilder {
    Client::builder().management_token("t").environment(|_| None).base_url(base_url).timeout(HANG)
}

fn written(name: &str, pem: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, pem).unwrap();
    file
}

/// The sources, as the client shows them.
fn roots(client: &Client) -> String {
    let shown = format!("{client:?}");
    let (_, after) = shown.split_once(", roots: ").expect(&shown);
    after.split_once(", proxy: ").expect(&shown).0.to_owned()
}

fn assert_refused(client: &Client, text: &str, roots: &str) {
    let error = client.broadcast("r", "hi").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let advice = "if it is your own, give its certificate as ca_file. Nothing was sent.";
    let text = format!("connection: the server's certificate {text} (roots: {roots}); {advice}");
    assert!(error.to_string().starts_with(&text), "{error}");
}

fn unused() -> Option<String> {
    panic!("the language's own authorities are not needed")
}

#[test]
fn without_a_store_the_languages_own_authorities_are_trusted() {
    let test = "without_a_store_the_languages_own_authorities_are_trusted";
    with_variables(test, &[("SSL_CERT_FILE", NOWHERE), ("SSL_CERT_DIR", NOWHERE)], || {
        let (base_url, pem) = serve();
        let client = builder(&base_url).build_with_fallback_roots("own", || Some(pem.clone())).unwrap();
        client.broadcast("r", "hi").unwrap();
        assert_eq!(roots(&client), "Some(SSL_CERT_FILE and SSL_CERT_DIR (0) + own (1))");

        let added = builder(&base_url).ca_file(written("added.pem", &pem)).extra_ca_file("EXTRA", NOWHERE);
        let client = added.build_with_fallback_roots("own", || Some(pem)).unwrap();
        client.broadcast("r", "hi").unwrap();
        let sources = "Some(SSL_CERT_FILE and SSL_CERT_DIR (0) + own (1) + EXTRA (0) + ca_file (1))";
        assert_eq!(roots(&client), sources);
    });
}

#[test]
fn with_a_store_the_languages_own_authorities_are_not_asked_for() {
    let file = written("store.pem", &self_signed("another").0.pem());
    let test = "with_a_store_the_languages_own_authorities_are_not_asked_for";
    with_variables(test, &[("SSL_CERT_FILE", file.to_str().unwrap())], || {
        let (base_url, _) = serve();
        let client = builder(&base_url).build_with_fallback_roots("own", unused).unwrap();
        assert_eq!(roots(&client), "Some(SSL_CERT_FILE (1))");
        assert_refused(&client, "is signed by an authority that is not trusted", "SSL_CERT_FILE (1)");
        // An authority that was made anew.
        let ca_file = written("renewed.pem", &self_signed("the server's").0.pem());
        let client = builder(&base_url).ca_file(ca_file).build().unwrap();
        let text = "has a wrong signature, or one of another authority with the same name";
        assert_refused(&client, text, "SSL_CERT_FILE (1) + ca_file (1)");
    });
}

#[test]
fn plain_http_asks_for_no_authorities() {
    with_variables("plain_http_asks_for_no_authorities", &[("SSL_CERT_FILE", NOWHERE)], || {
        let client = builder("http://127.0.0.1:9").build_with_fallback_roots("own", unused).unwrap();
        assert_eq!(roots(&client), "None");
        let error = builder("http://127.0.0.1:9").ca_file(NOWHERE).build().unwrap_err();
        assert!(error.to_string().contains("ca_file /nonexistent cannot be read"), "{error}");
    });
}

/// A variable without a value is one of nowhere, as with OpenSSL; a list of directories without an entry is none.
#[test]
fn empty_variables() {
    with_variables("empty_variables", &[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "")], || {
        let (base_url, pem) = serve();
        let client = builder(&base_url).build_with_fallback_roots("own", || Some(pem)).unwrap();
        assert_eq!(roots(&client), "Some(SSL_CERT_FILE (0) + own (1))");
    });
}

/// What a broken language gives in place of certificates.
const NO_PEM: &str = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";

#[test]
#[cfg(feature = "webpki-roots")]
fn a_language_without_authorities_gets_mozillas() {
    with_variables("a_language_without_authorities_gets_mozillas", &[("SSL_CERT_FILE", NOWHERE)], || {
        let (base_url, pem) = serve();
        let count = webpki_roots::TLS_SERVER_ROOTS.len();
        let client = builder(&base_url).build().unwrap();
        assert_eq!(roots(&client), format!("Some(SSL_CERT_FILE (0) + webpki-roots ({count}))"));
        assert_eq!(client.broadcast("r", "hi").unwrap_err().kind(), ErrorKind::Connection);

        let client = builder(&base_url).build_with_fallback_roots("own", || Some(NO_PEM.into())).unwrap();
        assert_eq!(roots(&client), format!("Some(SSL_CERT_FILE (0) + own (0) + webpki-roots ({count}))"));

        let client = builder(&base_url).ca_file(written("with-mozillas.pem", &pem)).build().unwrap();
        client.broadcast("r", "hi").unwrap();
        assert_eq!(roots(&client), format!("Some(SSL_CERT_FILE (0) + webpki-roots ({count}) + ca_file (1))"));
    });
}

#[test]
#[cfg(not(feature = "webpki-roots"))]
fn without_any_authority_there_is_no_client() {
    with_variables("without_any_authority_there_is_no_client", &[("SSL_CERT_FILE", NOWHERE)], || {
        let (base_url, pem) = serve();
        for own in [None, Some(NO_PEM.to_owned())] {
            let sources = if own.is_some() { "SSL_CERT_FILE (0) + own (0)" } else { "SSL_CERT_FILE (0)" };
            let error = builder(&base_url).build_with_fallback_roots("own", || own).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let text = format!("there are no certificates of authorities to trust (roots: {sources})");
            assert!(error.to_string().contains(&text), "{error}");
            assert!(error.to_string().contains("ca_file"), "{error}");
        }
        let client = builder(&base_url).ca_file(written("alone.pem", &pem)).build().unwrap();
        client.broadcast("r", "hi").unwrap();
        assert_eq!(roots(&client), "Some(SSL_CERT_FILE (0) + ca_file (1))");
    });
}
