//! A response of the server.

use ureq_proto::http::{HeaderMap, StatusCode, header};

/// A response whose head arrived. The body may be cut short or empty.
#[derive(Debug, Default)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    /// The server's own id of the request, for its support and its logs.
    pub(crate) request_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Headers that servers and the proxies before them put a request's id in. The first one counts.
const REQUEST_ID: [&str; 4] = ["x-request-id", "request-id", "x-amzn-requestid", "x-correlation-id"];
/// A longer id is no id.
const MAX_REQUEST_ID: usize = 128;

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = REQUEST_ID.iter().find_map(|name| headers.get(*name))?.to_str().ok()?;
    let is_id = (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then(|| id.to_owned())
}

impl HttpResponse {
    /// Before its body arrives.
    pub(super) fn of_head(status: StatusCode, headers: &HeaderMap) -> Self {
        let retry_after = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        HttpResponse {
            status: status.as_u16(),
            retry_after: retry_after.map(str::to_owned),
            request_id: request_id(headers),
            body: Vec::new(),
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
