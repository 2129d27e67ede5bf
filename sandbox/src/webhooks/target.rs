//! Where webhooks go: the URL and the headers, checked, and one attempt at delivering.

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, Request, StatusCode, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// An answer that takes longer is none. 100ms documents no limit.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const MAX_ANSWER: usize = 64 << 10;
/// What a request's framing and its meaning hang on.
const OURS: [HeaderName; 5] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::TRANSFER_ENCODING,
];

pub struct Target {
    url: Uri,
    headers: HeaderMap,
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl Target {
    /// An error names the option, and shows nothing of a header: its value is a secret.
    pub fn new(url: &str, headers: &[String]) -> Result<Self, String> {
        let url = parse_url(url)?;
        let headers = parse_headers(headers)?;
        let tls =
            tls(&url).map_err(|error| format!("--webhook-url is https, and TLS cannot be had: {error}"))?;
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Ok(Self { url, headers, client: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// One attempt. 100ms counts nothing but 200 as delivered.
    pub async fn post(&self, body: &str) -> Result<(), String> {
        let mut request = Request::new(Body::from(body.to_owned()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = async {
            let answer = self.client.request(request).await?;
            let status = answer.status();
            // Read to its end, so that the connection serves the next one too; what it says is nobody's business.
            let _ = axum::body::to_bytes(Body::new(answer.into_body()), MAX_ANSWER).await;
            Ok::<_, hyper_util::client::legacy::Error>(status)
        };
        match tokio::time::timeout(ANSWER_WITHIN, answer).await {
            Err(_) => Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())),
            Ok(Err(error)) => Err(format!("no answer: {}", innermost(&error))),
            Ok(Ok(StatusCode::OK)) => Ok(()),
            Ok(Ok(status)) => Err(format!("the answer was {}, not 200", status.as_u16())),
        }
    }
}

/// Trusts the system's authorities. Where there are none, as in a small container, http works all the same.
fn tls(url: &Uri) -> Result<ClientConfig, Box<dyn Error>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = match url.scheme_str() {
        Some("https") => config.with_native_roots()?,
        _ => config.with_root_certificates(RootCertStore::empty()),
    };
    Ok(config.with_no_client_auth())
}

/// The client's own words are "client error (Connect)".
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn parse_url(url: &str) -> Result<Uri, String> {
    let bad = |why: &str| format!("--webhook-url {why}; give one such as http://127.0.0.1:3000/webhooks");
    let url: Uri = url.parse().map_err(|_| bad("is not a URL"))?;
    if !matches!(url.scheme_str(), Some("http" | "https")) {
        return Err(bad("must begin with http:// or https://"));
    }
    let authority = url.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err(bad("must not hold a user or a password (secrets go into --webhook-header)"));
    }
    if url.host().is_none_or(str::is_empty) {
        return Err(bad("names no host"));
    }
    Ok(url)
}

fn parse_headers(given: &[String]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for text in given {
        let bad = |why: &str| format!("--webhook-header {why}; give one such as 'X-Key: some-secret'");
        let (name, value) = text.split_once(':').ok_or_else(|| bad("has no colon"))?;
        let name: HeaderName = name.trim().parse().map_err(|_| bad("has a name that no header can have"))?;
        if OURS.contains(&name) {
            return Err(bad(&format!("cannot set {name}, which the sandbox sets itself")));
        }
        let mut value =
            HeaderValue::from_str(value.trim()).map_err(|_| bad("has a value that no header can have"))?;
        if value.is_empty() {
            return Err(bad(&format!("gives {name} no value")));
        }
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str, header: &str) -> String {
        Target::new(url, &[header.to_owned()]).err().unwrap()
    }

    #[test]
    fn a_bad_url_is_named() {
        for (url, why) in [
            ("", "is not a URL"),
            ("http://a b/", "is not a URL"),
            ("127.0.0.1:3000", "must begin with http:// or https://"),
            ("ftp://127.0.0.1/", "must begin with http:// or https://"),
            ("http://user:pass-word@127.0.0.1/", "must not hold a user"),
            ("http://:80/", "names no host"),
        ] {
            let refusal = refusal(url, "X-Key: value");
            assert!(refusal.starts_with("--webhook-url ") && refusal.contains(why), "{url}: {refusal}");
            assert!(!refusal.contains("pass-word"));
        }
    }

    #[test]
    fn a_bad_header_is_named_and_not_shown() {
        for (header, why) in [
            ("top-secret", "has no colon"),
            (": top-secret", "has a name"),
            ("X Key: top-secret", "has a name"),
            ("X-Key: top-secret\r\nX-Other: top-secret", "has a value"),
            ("X-Key: ", "gives x-key no value"),
            ("Host: top-secret", "cannot set host"),
            ("content-type: top-secret", "cannot set content-type"),
        ] {
            let refusal = refusal("http://127.0.0.1/", header);
            assert!(refusal.starts_with("--webhook-header ") && refusal.contains(why), "{header}: {refusal}");
            assert!(!refusal.contains("top-secret"), "{refusal}");
        }
    }

    #[test]
    fn headers_may_come_several_times_and_are_secrets() {
        let target =
            Target::new("https://example.org/w?x=1", &["X-Key: a:b".to_owned(), "x-key:  c ".to_owned()])
                .unwrap();
        let values: Vec<&str> =
            target.headers.get_all("x-key").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(values, ["a:b", "c"]);
        assert!(!format!("{:?}", target.headers).contains("a:b"));
    }
}
