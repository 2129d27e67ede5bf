//! The native part of `lib/testing/fake-client.js`: the core's fake server.

use napi::bindgen_prelude::{Array, Either, Object, Unknown};
use napi::{Env, Result};
use napi_derive::napi;
use roomcast::{Fake, Spelling};

use crate::argument::{argument, pairs};
use crate::error_object::ErrorObject;
use crate::record;

#[napi]
pub struct NativeFake {
    pub(crate) server: Fake,
}

/// A call that has ended. A property that it does not have is absent.
#[napi(object, object_from_js = false)]
pub struct CallObject {
    pub method: String,
    pub room_id: Option<String>,
    pub peer_id: Option<String>,
    pub role: Option<String>,
    pub user_id: Option<String>,
    pub message: Option<String>,
    pub r#type: Option<String>,
    pub attempts: u32,
    pub error: Option<ErrorObject>,
}

/// A message that was accepted. A property that it does not have is absent.
#[napi(object, object_from_js = false)]
pub struct SentObject {
    pub room_id: String,
    pub peer_id: Option<String>,
    pub role: Option<String>,
    pub message: String,
    pub r#type: Option<String>,
}

#[napi]
impl NativeFake {
    #[napi(constructor)]
    #[allow(clippy::new_without_default, reason = "it is JavaScript's constructor")]
    pub fn new() -> Self {
        NativeFake { server: Fake::default() }
    }

    /// A peer joins a room. `peer` is `[name, value, …]`. Returns the peer.
    #[napi(catch_unwind)]
    pub fn join<'env>(
        &self,
        env: &'env Env,
        room_id: Unknown<'_>,
        peer: Array<'_>,
    ) -> Result<Either<Object<'env>, ErrorObject>> {
        match self.server.join_by_name(argument(room_id)?, pairs(&peer)?, Spelling::Camel) {
            Ok(peer) => Ok(Either::A(record::object(env, peer.fields())?)),
            Err(error) => Ok(Either::B(error.into())),
        }
    }

    #[napi(catch_unwind)]
    pub fn leave(&self, room_id: Unknown<'_>, peer_id: Unknown<'_>) -> Result<Option<ErrorObject>> {
        let left = self.server.leave_by_name(argument(room_id)?, argument(peer_id)?, Spelling::Camel);
        Ok(left.err().map(Into::into))
    }

    /// The next calls fail. `options` is `[name, value, …]`.
    #[napi(catch_unwind)]
    pub fn fail_next(&self, failure: Unknown<'_>, options: Array<'_>) -> Result<Option<ErrorObject>> {
        let set = self.server.fail_next_by_name(argument(failure)?, pairs(&options)?, Spelling::Camel);
        Ok(set.err().map(Into::into))
    }

    /// The calls that have ended, without the first ones, which JavaScript has.
    #[napi(catch_unwind)]
    pub fn calls_after(&self, known: u32) -> Vec<CallObject> {
        let calls = self.server.calls().into_iter().skip(known as usize);
        let objects = calls.map(|call| CallObject {
            method: Spelling::Camel.of(call.method),
            room_id: call.room_id,
            peer_id: call.peer_id,
            role: call.role,
            user_id: call.user_id,
            message: call.message,
            r#type: call.message_type,
            attempts: call.attempts,
            error: call.error.map(Into::into),
        });
        objects.collect()
    }

    /// The messages that were accepted, without the first ones, which JavaScript has.
    #[napi(catch_unwind)]
    pub fn sent_after(&self, known: u32) -> Vec<SentObject> {
        let sent = self.server.sent().into_iter().skip(known as usize);
        let objects = sent.map(|sent| SentObject {
            room_id: sent.room_id,
            peer_id: sent.peer_id,
            role: sent.role,
            message: sent.message,
            r#type: sent.message_type,
        });
        objects.collect()
    }

    #[napi(catch_unwind)]
    pub fn reset(&self) {
        self.server.reset();
    }
}
