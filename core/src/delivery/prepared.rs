//! An operation's HTTP request: checked and encoded once, sent as often as there are attempts.

use ureq_proto::http::{HeaderName, HeaderValue, Request, Uri, header};

use crate::api::{ApiRequest, EncodedRequest, MAX_RESPONSE, MessageInBody};
use crate::auth::Token;
use crate::net::{BaseUrl, Exchange, FakeCall};

use super::backend::Backend;

pub(crate) struct PreparedRequest<'a> {
    /// Without a message's text, if it owns it.
    api_request: ApiRequest<'a>,
    uri: Uri,
    /// The JSON body of a POST, until the delivery begins; a GET has none. It is the only copy of the message.
    body: Option<Vec<u8>>,
    message: MessageInBody,
}

impl<'a> PreparedRequest<'a> {
    /// `encoded` is the request, encoded.
    pub(crate) fn new(api_request: ApiRequest<'a>, encoded: EncodedRequest, base_url: &BaseUrl) -> Self {
        PreparedRequest {
            api_request: api_request.without_text(),
            uri: base_url.join(&encoded.path),
            body: encoded.body,
            message: encoded.message,
        }
    }

    pub(crate) fn into_owned(self) -> PreparedRequest<'static> {
        let PreparedRequest { api_request, uri, body, message } = self;
        PreparedRequest { api_request: api_request.into_owned_without_text(), uri, body, message }
    }

    pub(crate) fn api_request(&self) -> &ApiRequest<'a> {
        &self.api_request
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        self.api_request.is_idempotent()
    }

    /// Where the message stands in the body.
    pub(super) fn message(&self) -> MessageInBody {
        self.message
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The body's length, until it is taken.
    pub(crate) fn body_len(&self) -> usize {
        self.body.as_ref().map_or(0, Vec::len)
    }

    /// The call that it is of, for a fake server.
    pub(crate) fn fake_call(&self) -> FakeCall {
        self.api_request.fake_call_of(self.body.as_deref().unwrap_or_default())
    }

    /// Takes the body out.
    pub(super) fn take_body(&mut self) -> Option<Vec<u8>> {
        self.body.take()
    }

    /// The request of one attempt, with its body.
    pub(super) fn exchange(
        &self,
        backend: &Backend,
        token: &Token,
        user_agent: &HeaderValue,
        headers: &[(HeaderName, HeaderValue)],
        body: Vec<u8>,
    ) -> Exchange {
        let json = HeaderValue::from_static("application/json");
        let request = match self.is_idempotent() {
            true => Request::get(self.uri.clone()),
            false => Request::post(self.uri.clone()),
        };
        let mut request = request
            .header(header::HOST, backend.route.base_url.host_header())
            .header(header::ACCEPT, &json)
            .header(header::USER_AGENT, user_agent);
        if !self.is_idempotent() {
            request = request.header(header::CONTENT_TYPE, &json).header(header::CONTENT_LENGTH, body.len());
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(()).expect("checked parts make a request");
        let exchange = Exchange::new(request, &token.authorization, body);
        match self.is_idempotent() {
            // One byte above the limit shows that a response is too long.
            true => exchange.with_body(MAX_RESPONSE + 1),
            false => exchange,
        }
    }
}
