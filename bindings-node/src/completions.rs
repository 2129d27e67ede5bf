//! The way back from the core's threads to JavaScript's: a queue that is drained in batches.
//!
//! Only the first result in an empty queue wakes the event loop, so under load one wake-up, one call into JavaScript
//! and one run of its microtasks serve many sends.

use std::sync::{Mutex, MutexGuard};

use napi::bindgen_prelude::{Array, ToNapiValue};
use napi::{Env, Result, sys};
use roomcast::{Error, Response};

use crate::failure::Failure;
use crate::record;

/// Sends that have ended, by the number that JavaScript gave them.
#[derive(Default)]
pub(crate) struct Completions(Mutex<Vec<Done>>);

struct Done {
    id: u32,
    result: std::result::Result<Response, Error>,
}

impl Completions {
    /// Adds a result. Tells whether the event loop needs to be woken for it.
    pub(crate) fn push(&self, id: u32, result: std::result::Result<Response, Error>) -> bool {
        let mut done = self.done();
        done.push(Done { id, result });
        done.len() == 1
    }

    pub(crate) fn take(&self) -> Batch {
        Batch(std::mem::take(&mut *self.done()))
    }

    fn done(&self) -> MutexGuard<'_, Vec<Done>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// In JavaScript `[id, attempts, message, id, 0, failure, id, 0, room or peers, …]`: a flat array costs less than an object for
/// each send.
pub struct Batch(Vec<Done>);

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().map(|done| done.id)
    }
}

impl ToNapiValue for Batch {
    unsafe fn to_napi_value(raw_env: sys::napi_env, batch: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw_env);
        let mut array: Array = env.create_array(0)?;
        for Done { id, result } in batch.0 {
            array.insert(id)?;
            match result {
                Ok(Response::SendResult(result)) => {
                    array.insert(result.attempts)?;
                    array.insert(result.message)?;
                }
                Ok(Response::Room(room)) => {
                    array.insert(0)?;
                    array.insert(record::object(&env, room.fields())?)?;
                }
                Ok(Response::Peers(peers)) => {
                    array.insert(0)?;
                    let mut list: Array = env.create_array(0)?;
                    for peer in &peers {
                        list.insert(record::object(&env, peer.fields())?)?;
                    }
                    array.insert(list)?;
                }
                Err(error) => {
                    array.insert(0)?;
                    array.insert(Failure::from(error))?;
                }
            }
        }
        // SAFETY: the environment is the caller's, and the array was just made in it.
        unsafe { Array::to_napi_value(raw_env, array) }
    }
}
