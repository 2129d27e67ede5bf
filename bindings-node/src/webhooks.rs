//! The core's webhooks, as `lib/webhooks.js` calls them.

use std::borrow::Cow;

use napi::Result;
use napi::bindgen_prelude::{Array, Either, Uint8Array, Utf16String};
use napi_derive::napi;
use roomcast::{Spelling, WebhookError, Webhooks};

use crate::argument::pairs;
use crate::failure::Failure;
use crate::record::EventObject;

#[napi]
pub struct NativeWebhooks(Webhooks);

/// A webhook that was refused, of which JavaScript makes its `WebhookError`.
#[napi(object, object_from_js = false)]
pub struct Refusal {
    pub kind: &'static str,
    pub status: u32,
    pub text: String,
}

impl From<WebhookError> for Refusal {
    fn from(error: WebhookError) -> Self {
        Refusal { kind: error.kind().as_str(), status: error.status().into(), text: error.to_string() }
    }
}

/// Makes one of `options`, `[name, value, …]`.
#[napi(catch_unwind)]
pub fn open_webhooks(options: Array<'_>) -> Result<Either<NativeWebhooks, Failure>> {
    Ok(match Webhooks::with_options(pairs(&options)?, Spelling::Camel) {
        Ok(webhooks) => Either::A(NativeWebhooks(webhooks)),
        Err(error) => Either::B(error.into()),
    })
}

#[napi]
impl NativeWebhooks {
    #[napi(catch_unwind)]
    pub fn read(
        &self,
        given: Option<Utf16String>,
        body: Either<Utf16String, Uint8Array>,
    ) -> Either<EventObject, Refusal> {
        let given = given.map(|given| utf8(&given));
        let body = match &body {
            Either::A(text) => Cow::Owned(utf8(text)),
            Either::B(bytes) => Cow::Borrowed(&bytes[..]),
        };
        match self.0.read(given.as_deref(), &body) {
            Ok(event) => Either::A(EventObject(event)),
            Err(error) => Either::B(error.into()),
        }
    }
}

/// JavaScript's text in UTF-8. Half a surrogate pair is written as one, which is no UTF-8, for the core to refuse: replaced
/// by U+FFFD it would be another text than was given.
fn utf8(units: &[u16]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(units.len());
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(half) => bytes.extend_from_slice(&half_pair(half.unpaired_surrogate())),
        }
    }
    bytes
}

fn half_pair(unit: u16) -> [u8; 3] {
    [0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]
}
