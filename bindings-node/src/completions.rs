//! Results on their way from the core's threads to JavaScript's thread: a queue that is drained in batches.
//!
//! Only the first result in an empty queue wakes the event loop. So under load one wake-up, one call into JavaScript and
//! one run of its microtasks serve many operations.

use std::sync::{Mutex, MutexGuard};

use napi::bindgen_prelude::{Array, Object, ToNapiValue};
use napi::{Env, Result, sys};
use roomcast::{Error, RecipientResult, Response, Trace};

use crate::error_object::ErrorObject;
use crate::record;
use crate::traces::{self, Traced};

/// Completed operations that JavaScript has not received yet.
#[derive(Default)]
pub(crate) struct Completions(Mutex<Vec<Completion>>);

pub(crate) enum Completion {
    /// Of the operation with the id that JavaScript gave it.
    Result { id: u32, result: std::result::Result<Response, Error>, traced: Traced },
    /// What happened to an operation that has its result already, by the id that JavaScript gave its trace.
    Traces { id: u32, traces: Vec<Trace> },
    /// A drain ended: whether all operations ended by themselves.
    Drained { id: u32, all_ended: bool },
}

impl Completions {
    /// Adds a result. Returns whether the event loop has to be woken for it.
    pub(crate) fn push(&self, completion: Completion) -> bool {
        let mut completions = self.lock();
        completions.push(completion);
        completions.len() == 1
    }

    pub(crate) fn take(&self) -> Completed {
        Completed(std::mem::take(&mut *self.lock()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Completion>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// In JavaScript `[id, attempts, message, requestId, id, 0, error, undefined, id, 0, room or peers, undefined, …]`: a flat
/// array costs less than an object for each operation. The traces of an operation are `[id, -1, traces, undefined]`, before its
/// result, or later.
pub struct Completed(Vec<Completion>);

impl Completed {
    /// How many operations and drains have ended with it, traces included.
    pub(crate) fn ended(&self) -> usize {
        self.0.iter().filter(|completion| !completion.is_followed()).count()
    }

    /// The ids of the operations that have their results.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().filter_map(|completion| match completion {
            Completion::Result { id, .. } => Some(*id),
            _ => None,
        })
    }
}

impl Completion {
    fn is_followed(&self) -> bool {
        matches!(self, Completion::Result { traced: Traced::Later, .. })
    }
}

impl ToNapiValue for Completed {
    unsafe fn to_napi_value(raw_env: sys::napi_env, completed: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw_env);
        let mut array: Array = env.create_array(0)?;
        for completion in completed.0 {
            match completion {
                Completion::Result { id, result, traced } => {
                    if let Traced::With(trace, traces) = traced {
                        add_traces(&mut array, trace, &traces)?;
                    }
                    add_result(&env, &mut array, id, result)?;
                }
                Completion::Traces { id, traces } => add_traces(&mut array, id, &traces)?,
                Completion::Drained { id, all_ended } => {
                    array.insert(id)?;
                    array.insert(0)?;
                    array.insert(all_ended)?;
                    array.insert(())?;
                }
            }
        }
        // SAFETY: the environment is the caller's, and the array was created in it.
        unsafe { Array::to_napi_value(raw_env, array) }
    }
}

fn add_traces(array: &mut Array<'_>, id: u32, traces: &[Trace]) -> Result<()> {
    array.insert(id)?;
    array.insert(-1)?;
    array.insert(traces::json(traces))?;
    array.insert(())
}

fn add_result(
    env: &Env,
    array: &mut Array<'_>,
    id: u32,
    result: std::result::Result<Response, Error>,
) -> Result<()> {
    array.insert(id)?;
    let mut request_id = None;
    match result {
        Ok(Response::SendResult(result)) => {
            array.insert(result.attempts)?;
            array.insert(result.message)?;
            request_id = result.request_id;
        }
        Ok(Response::Room(room)) => {
            array.insert(0)?;
            array.insert(record::object(env, room.fields())?)?;
        }
        Ok(Response::Recipients(recipients)) => {
            array.insert(0)?;
            let mut list: Array = env.create_array(0)?;
            for recipient in recipients {
                list.insert(recipient_object(env, recipient)?)?;
            }
            array.insert(list)?;
        }
        Ok(Response::Peers(peers)) => {
            array.insert(0)?;
            let mut list: Array = env.create_array(0)?;
            for peer in &peers {
                list.insert(record::object(env, peer.fields())?)?;
            }
            array.insert(list)?;
        }
        Err(error) => {
            array.insert(0)?;
            array.insert(ErrorObject::from(error))?;
        }
    }
    match request_id {
        Some(request_id) => array.insert(request_id),
        None => array.insert(()),
    }
}

/// In JavaScript `{ peerId, role, userId, attempts, message, requestId, error }`, without those that it does not have.
fn recipient_object<'env>(env: &'env Env, recipient: RecipientResult) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    let names = [("peerId", recipient.peer_id), ("role", recipient.role), ("userId", recipient.user_id)];
    for (name, value) in names {
        if let Some(value) = value {
            object.set(name, value)?;
        }
    }
    match recipient.result {
        Ok(result) => {
            object.set("attempts", result.attempts)?;
            object.set("message", result.message)?;
            if let Some(request_id) = result.request_id {
                object.set("requestId", request_id)?;
            }
        }
        Err(error) => object.set("error", ErrorObject::from(error))?,
    }
    Ok(object)
}
