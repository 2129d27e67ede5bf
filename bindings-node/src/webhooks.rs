//! The native part of `lib/webhooks.js`: the core's webhook reader.

use std::borrow::Cow;

use napi::bindgen_prelude::{Array, Either, Uint8Array, Utf16String};
use napi::{JsString, JsValue, Result};
use napi_derive::napi;
use roomcast::{MAX_WEBHOOK_BODY, Spelling, WebhookError, Webhooks};

use crate::argument::{get, pairs};
use crate::error_object::ErrorObject;
use crate::record::EventObject;

#[napi]
pub struct NativeWebhooks(Webhooks);

/// Why a webhook was refused, as a plain object, from which JavaScript creates a `WebhookError`.
#[napi(object, object_from_js = false)]
pub struct WebhookErrorObject {
    pub kind: &'static str,
    pub status: u32,
    pub text: String,
}

impl From<WebhookError> for WebhookErrorObject {
    fn from(error: WebhookError) -> Self {
        WebhookErrorObject {
            kind: error.kind().as_str(),
            status: error.status().into(),
            text: error.to_string(),
        }
    }
}

/// Creates a webhook reader. `options` is `[name, value, …]`.
#[napi(catch_unwind)]
pub fn create_webhooks(options: Array<'_>) -> Result<Either<NativeWebhooks, ErrorObject>> {
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
        given: Option<JsString<'_>>,
        body: Either<JsString<'_>, Uint8Array>,
    ) -> Result<Either<EventObject, WebhookErrorObject>> {
        let given = given.map(utf8).transpose()?;
        let body = match &body {
            Either::A(text) => Cow::Owned(utf8(*text)?),
            Either::B(bytes) => Cow::Borrowed(&bytes[..]),
        };
        Ok(match self.0.read(given.as_deref(), &body) {
            Ok(event) => Either::A(EventObject(event)),
            Err(error) => Either::B(error.into()),
        })
    }
}

/// A JavaScript string in UTF-8. A lone surrogate is encoded as such, which is not valid UTF-8 and makes the core refuse it;
/// replacing it with U+FFFD would change the text.
///
/// A string that is longer than a body may be is not copied, since that would block the event loop: NUL bytes stand for it, as
/// many as are too long. No secret has any.
fn utf8(text: JsString<'_>) -> Result<Vec<u8>> {
    // In UTF-16 units: a lower bound of the bytes.
    if text.utf16_len()? > MAX_WEBHOOK_BODY {
        return Ok(vec![0; MAX_WEBHOOK_BODY + 1]);
    }
    let units = get::<Utf16String>(text.to_unknown())?;
    let mut bytes = Vec::with_capacity(units.len());
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(error) => bytes.extend_from_slice(&encode_surrogate(error.unpaired_surrogate())),
        }
    }
    Ok(bytes)
}

fn encode_surrogate(unit: u16) -> [u8; 3] {
    [0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]
}
