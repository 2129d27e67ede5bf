//! Webhooks: what 100ms posts to your server (100ms documentation, "Webhook").
//!
//! Webhooks are not signed: a request with the secret header counts as 100ms's. So the header is compared first, and the
//! body of any other request is not parsed at all.

mod error;
mod event;
mod reader;

pub use error::{WebhookError, WebhookErrorKind};
pub use event::{Event, EventKind, MAX_WEBHOOK_BODY, PeerJoined, PeerLeft};
pub use reader::Webhooks;

pub(crate) use reader::unusable_secret;
