//! What a call of a client's method performs.

use std::borrow::Cow;

use super::{ApiRequest, MulticastRequest};

/// For language bindings: one call with its arguments. It is validated when it is executed.
#[derive(Debug, Clone)]
pub enum Operation<'a> {
    /// One request to the API.
    Api(ApiRequest<'a>),
    /// One message to each of several recipients.
    Multicast(Cow<'a, MulticastRequest>),
}

impl<'a> From<ApiRequest<'a>> for Operation<'a> {
    fn from(request: ApiRequest<'a>) -> Self {
        Operation::Api(request)
    }
}
