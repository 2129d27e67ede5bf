//! The 100ms API as pure functions: what may be sent, to whom, as which bytes, and what a response means. No I/O.

mod api_request;
mod argument;
mod call_options;
mod encode;
mod error_response;
mod fake_call;
mod json;
mod json_serializer;
mod json_writer;
mod message;
mod multicast;
mod operation;
mod option_names;
mod printable;
mod queries;
mod recipient;
mod request;
mod response;
mod rooms;
mod send_result;
mod spelling;
mod timestamp;
pub(crate) mod validate;

pub use api_request::ApiRequest;
pub use argument::{Argument, MessageArgument};
pub use call_options::{LIMIT_MAX_ATTEMPTS, MAX_TIMEOUT};
pub use json_writer::{JsonText, JsonWriter, MAX_JSON_NESTING};
pub use message::Message;
pub use multicast::{MulticastRequest, RecipientResult};
pub use operation::Operation;
pub use queries::{PeerQuery, RoomQuery};
pub use recipient::Recipient;
pub use request::Request;
pub use response::Response;
pub use rooms::{Peer, Room};
pub use send_result::SendResult;
pub use spelling::Spelling;
pub use validate::{MAX_MESSAGE, MAX_NAME, MAX_ROOM_ID};

pub(crate) use call_options::{
    CallOptions, MAX_ATTEMPTS_RANGE, TIMEOUT_RANGE, is_max_attempts, is_timeout, out_of_range,
};
pub(crate) use encode::{EncodedRequest, MessageInBody};
#[cfg(test)]
pub(crate) use error_response::error_body;
pub(crate) use error_response::error_for;
pub(crate) use json::{MAX_WEBHOOK_NESTING, Members, parse_object};
pub(crate) use message::DEFAULT_SENDER;
pub(crate) use multicast::{Audience, MulticastPlan, MulticastRecipient};
pub(crate) use option_names::find_option;
pub(crate) use recipient::Target;
pub(crate) use response::MAX_RESPONSE;
pub(crate) use validate::is_blank;
