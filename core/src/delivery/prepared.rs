//! An operation's HTTP request: checked and encoded once, sent as often as there are attempts.

use ureq_proto::http::{HeaderValue, Request, Uri, header};

use crate::api::{EncodedRequest, MAX_RESPONSE, Operation};
use crate::auth::Token;
use crate::net::{BaseUrl, Exchange};

use super::backend::Backend;

pub(crate) struct PreparedRequest<'a> {
    operation: Operation<'a>,
    uri: Uri,
    /// The JSON body of a POST; a GET has none.
    body: Option<Vec<u8>>,
}

impl<'a> PreparedRequest<'a> {
    /// `encoded` is the operation, encoded.
    pub(crate) fn new(operation: Operation<'a>, encoded: EncodedRequest, base_url: &BaseUrl) -> Self {
        PreparedRequest { operation, uri: base_url.join(&encoded.path), body: encoded.body }
    }

    pub(crate) fn into_owned(self) -> PreparedRequest<'static> {
        PreparedRequest { operation: self.operation.into_owned(), uri: self.uri, body: self.body }
    }

    pub(super) fn operation(&self) -> &Operation<'a> {
        &self.operation
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        self.operation.is_idempotent()
    }

    /// The message's text, which no error may show.
    pub(super) fn message(&self) -> &str {
        self.operation.message()
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(super) fn body_len(&self) -> usize {
        self.body.as_ref().map_or(0, Vec::len)
    }

    /// The request of one attempt.
    pub(super) fn exchange(&self, backend: &Backend, token: &Token, user_agent: &HeaderValue) -> Exchange {
        let json = HeaderValue::from_static("application/json");
        let request = match &self.body {
            None => Request::get(self.uri.clone()),
            Some(_) => Request::post(self.uri.clone()),
        };
        let mut request = request
            .header(header::HOST, backend.route.base_url.host_header())
            .header(header::ACCEPT, &json)
            .header(header::USER_AGENT, user_agent);
        if let Some(body) = &self.body {
            request = request.header(header::CONTENT_TYPE, &json).header(header::CONTENT_LENGTH, body.len());
        }
        let request = request.body(()).expect("checked parts make a request");
        match &self.body {
            // One byte above the limit shows that a response is too long.
            None => Exchange::new(request, &token.authorization, &[]).with_body(MAX_RESPONSE + 1),
            Some(body) => Exchange::new(request, &token.authorization, body),
        }
    }
}
