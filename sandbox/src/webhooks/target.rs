//! The URL and the headers of webhooks, and one delivery attempt.

use axum::body::{Body, Bytes};
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

/// 100ms documents no timeout.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
/// In bytes.
const MAX_RESPONSE_BODY: usize = 64 << 10;
/// Headers that the sandbox sets itself: they determine how the request is framed and read.
const RESERVED_HEADERS: [HeaderName; 5] = [
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

/// What is wrong with a URL or a header. It contains nothing of a header, which may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct TargetError {
    pub part: TargetPart,
    /// Such as "is not a URL".
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetPart {
    Url,
    Headers,
}

/// The response to a webhook.
#[derive(Debug, PartialEq, Eq)]
pub struct TargetResponse {
    pub status: StatusCode,
    /// The whole body, unless it is longer than 64 KiB: then nothing of it.
    pub body: Bytes,
}

impl TargetResponse {
    /// Why a response with another status than 200 does not count as delivered.
    pub fn refusal(&self) -> String {
        format!("the response status was {}, not 200", self.status.as_u16())
    }
}

impl Target {
    /// For the command line: the error names the option.
    pub fn of_options(url: &str, headers: &[String]) -> Result<Self, String> {
        let option = |error: TargetError| match error.part {
            TargetPart::Url => format!("--webhook-url {}", error.why),
            TargetPart::Headers => format!("--webhook-header {}", error.why),
        };
        let no_colon = "--webhook-header has no colon; give one such as 'X-Key: some-secret'";
        let headers: Option<Vec<(&str, &str)>> =
            headers.iter().map(|header| header.split_once(':')).collect();
        Self::new(url, &headers.ok_or(no_colon)?).map_err(option)
    }

    /// Fails if the URL or a header is invalid.
    pub fn new(url: &str, headers: &[(&str, &str)]) -> Result<Self, TargetError> {
        let of = |part| move |why| TargetError { part, why };
        let url = parse_url(url).map_err(of(TargetPart::Url))?;
        let headers = parse_headers(headers).map_err(of(TargetPart::Headers))?;
        let tls = tls(&url)
            .map_err(|error| format!("is https, but TLS is not available: {error}"))
            .map_err(of(TargetPart::Url))?;
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Ok(Self { url, headers, client: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// Makes one attempt. As in 100ms, only status 200 counts as delivered.
    pub async fn post(&self, body: &str) -> Result<(), String> {
        let response = self.attempt(body).await?;
        match response.status {
            StatusCode::OK => Ok(()),
            _ => Err(response.refusal()),
        }
    }

    /// Makes one attempt, and returns the response. Fails if there is none.
    pub async fn attempt(&self, body: &str) -> Result<TargetResponse, String> {
        let mut request = Request::new(Body::from(body.to_owned()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        let attempt = async {
            let response = self.client.request(request).await?;
            let status = response.status();
            // Reads the body to its end, so that the connection can be reused.
            let body = axum::body::to_bytes(Body::new(response.into_body()), MAX_RESPONSE_BODY).await;
            Ok::<_, hyper_util::client::legacy::Error>(TargetResponse {
                status,
                body: body.unwrap_or_default(),
            })
        };
        match tokio::time::timeout(RESPONSE_TIMEOUT, attempt).await {
            Err(_) => Err(format!("no response within {} s", RESPONSE_TIMEOUT.as_secs())),
            Ok(Err(error)) => Err(format!("no response: {}", innermost(&error))),
            Ok(Ok(response)) => Ok(response),
        }
    }
}

/// Trusts the system's certificate authorities. An http URL works without any, as in a small container.
fn tls(url: &Uri) -> Result<ClientConfig, Box<dyn Error>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = match url.scheme_str() {
        Some("https") => config.with_native_roots()?,
        _ => config.with_root_certificates(RootCertStore::empty()),
    };
    Ok(config.with_no_client_auth())
}

/// The text of the root cause. That of the client's own error is just "client error (Connect)".
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn parse_url(url: &str) -> Result<Uri, String> {
    let bad = |why: &str| format!("{why}; give one such as http://127.0.0.1:3000/webhooks");
    let url: Uri = url.parse().map_err(|_| bad("is not a URL"))?;
    if !matches!(url.scheme_str(), Some("http" | "https")) {
        return Err(bad("must begin with http:// or https://"));
    }
    let authority = url.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err(bad("must not contain a user or a password (headers are for secrets)"));
    }
    if url.host().is_none_or(str::is_empty) {
        return Err(bad("has no host"));
    }
    Ok(url)
}

fn parse_headers(given: &[(&str, &str)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in given {
        let bad = |why: &str| format!("{why}; give one such as 'X-Key: some-secret'");
        let name: HeaderName = name.trim().parse().map_err(|_| bad("has an invalid header name"))?;
        if RESERVED_HEADERS.contains(&name) {
            return Err(bad(&format!("cannot set {name}, which the sandbox sets itself")));
        }
        let mut value =
            HeaderValue::from_str(value.trim()).map_err(|_| bad("has an invalid header value"))?;
        if value.is_empty() {
            return Err(bad(&format!("has no value for {name}")));
        }
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(url: &str, header: &str) -> String {
        Target::of_options(url, &[header.to_owned()]).err().unwrap()
    }

    #[test]
    fn an_invalid_url_is_reported() {
        for (url, why) in [
            ("", "is not a URL"),
            ("http://a b/", "is not a URL"),
            ("127.0.0.1:3000", "must begin with http:// or https://"),
            ("ftp://127.0.0.1/", "must begin with http:// or https://"),
            ("http://user:pass-word@127.0.0.1/", "must not contain a user"),
            ("http://:80/", "has no host"),
        ] {
            let error = error_of(url, "X-Key: value");
            assert!(error.starts_with("--webhook-url ") && error.contains(why), "{url}: {error}");
            assert!(!error.contains("pass-word"));
        }
    }

    #[test]
    fn an_invalid_header_is_reported_without_its_text() {
        for (header, why) in [
            ("top-secret", "has no colon"),
            (": top-secret", "has an invalid header name"),
            ("X Key: top-secret", "has an invalid header name"),
            ("X-Key: top-secret\r\nX-Other: top-secret", "has an invalid header value"),
            ("X-Key: ", "has no value for x-key"),
            ("Host: top-secret", "cannot set host"),
            ("content-type: top-secret", "cannot set content-type"),
        ] {
            let error = error_of("http://127.0.0.1/", header);
            assert!(error.starts_with("--webhook-header ") && error.contains(why), "{header}: {error}");
            assert!(!error.contains("top-secret"), "{error}");
        }
    }

    #[test]
    fn headers_may_be_repeated_and_are_sensitive() {
        let target = Target::of_options(
            "https://example.org/w?x=1",
            &["X-Key: a:b".to_owned(), "x-key:  c ".to_owned()],
        )
        .unwrap();
        let values: Vec<&str> =
            target.headers.get_all("x-key").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(values, ["a:b", "c"]);
        assert!(!format!("{:?}", target.headers).contains("a:b"));
    }
}
