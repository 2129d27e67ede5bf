//! The native part of `lib/send-many.js`: the core's batch of sends.
//!
//! Its items stay in JavaScript; here each is the id of an operation in flight, whose result comes as any other's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{Array, Either, Unknown};
use napi::{Env, Result};
use napi_derive::napi;
use roomcast::{Batch, BatchOptions, Call, Client, Error, Operation, Outcome, Response, Spelling};

use crate::argument::{argument, pairs};
use crate::call_trace::{CallTrace, Given};
use crate::client::NativeClient;
use crate::completions::Completed;
use crate::error_object::ErrorObject;
use crate::in_flight::{InFlight, Results};
use crate::message::message_argument;
use crate::traces::Traced;

/// The id of an operation, and its trace if somebody listens.
type Send = (u32, Option<Arc<CallTrace>>);

#[napi]
pub struct NativeBatch {
    batch: Batch<Send>,
    results: Results,
    in_flight: Rc<InFlight>,
}

/// Creates a batch without sends yet. `options` is `[name, value, …]`.
#[napi(catch_unwind)]
pub fn create_batch(client: &NativeClient, options: Array<'_>) -> Result<Either<NativeBatch, ErrorObject>> {
    let mut batch_options = BatchOptions::default();
    for (name, value) in pairs(&options)? {
        batch_options = match batch_options.option(&name, value, &["on_progress", "signal"], Spelling::Camel)
        {
            Ok(options) => options,
            Err(error) => return Ok(Either::B(error.into())),
        };
    }
    let results = client.results.clone();
    let on_result = {
        let results = results.clone();
        move |batch: &Batch<Send>| pass_on(batch, &results)
    };
    Ok(match Batch::new(&client.client, batch_options, on_result) {
        Ok(batch) => Either::A(NativeBatch { batch, results, in_flight: client.in_flight.clone() }),
        Err(error) => Either::B(error.into()),
    })
}

/// The error for a signal that aborted before all items were taken.
#[napi(catch_unwind)]
pub fn aborted_rest() -> ErrorObject {
    Error::cancelled_rest().into()
}

#[napi]
impl NativeBatch {
    /// The most sends in flight, and the most results that wait for the caller in JavaScript.
    #[napi(getter)]
    pub fn limit(&self) -> u32 {
        self.batch.limit() as u32
    }

    /// The most sends under way: in flight, or queued by the client.
    #[napi(getter)]
    pub fn max_under_way(&self) -> u32 {
        self.batch.max_under_way() as u32
    }

    /// Starts the send of an item. The client's `settle` is called with its `id` and its result, also if it cannot be started,
    /// and with what happened if there is a `trace`: see `NativeClient::start`.
    /// Most items have a `peer_id`, so it is apart; `others` are all other keys, as `[name, value, …]`.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would cost more than the arguments")]
    pub fn start(
        &self,
        env: Env,
        id: u32,
        room_id: Unknown<'_>,
        message: Unknown<'_>,
        message_form: u32,
        has_peer_id: bool,
        peer_id: Unknown<'_>,
        others: Option<Array<'_>>,
        trace: Option<Given<'_>>,
    ) -> Result<()> {
        let peer_id = has_peer_id.then_some(peer_id);
        let client = self.batch.client();
        let operation = operation(client, room_id, message, message_form, peer_id, others)?;
        self.start_or_complete(env, id, operation, trace)
    }

    /// An item that cannot be read: one of its values, or the item, is of the wrong type. That is its result.
    #[napi(catch_unwind)]
    pub fn refuse(
        &self,
        env: Env,
        id: u32,
        name: String,
        value: Unknown<'_>,
        wanted: String,
        trace: Option<Given<'_>>,
    ) -> Result<()> {
        let error = Error::wrong_argument(&name, &argument(value)?, &wanted);
        self.start_or_complete(env, id, Err(error), trace)
    }

    /// Cancels the sends that are under way; those that are started from now on are not sent. Returns what has completed by
    /// now, so that it settles before the next turn of the event loop.
    #[napi(catch_unwind)]
    pub fn cancel(&self, env: Env) -> Completed {
        self.batch.cancel();
        self.in_flight.take(env, &self.results)
    }

    #[napi(catch_unwind)]
    pub fn progress(&self) -> Progress {
        let progress = self.batch.progress();
        Progress {
            completed: progress.completed as f64,
            accepted: progress.accepted as f64,
            not_sent: progress.not_sent as f64,
            rejected: progress.rejected as f64,
            unknown: progress.unknown as f64,
        }
    }

    fn start_or_complete(
        &self,
        env: Env,
        id: u32,
        operation: std::result::Result<Operation<'_>, Error>,
        trace: Option<Given<'_>>,
    ) -> Result<()> {
        let traced = trace.map(|trace| CallTrace::new(trace, &self.results)).transpose()?;
        self.in_flight.started(env);
        match traced {
            Some((trace, context)) => self.batch.start_in(context, (id, Some(trace)), operation),
            None => self.batch.start((id, None), operation),
        }
        // One that cannot be started has completed.
        pass_on(&self.batch, &self.results);
        Ok(())
    }
}

#[napi(object, object_from_js = false)]
pub struct Progress {
    pub completed: f64,
    pub accepted: f64,
    pub not_sent: f64,
    pub rejected: f64,
    pub unknown: f64,
}

fn operation(
    client: &Client,
    room_id: Unknown<'_>,
    message: Unknown<'_>,
    message_form: u32,
    peer_id: Option<Unknown<'_>>,
    others: Option<Array<'_>>,
) -> Result<std::result::Result<Operation<'static>, Error>> {
    let mut call = match Call::new("send_message", Spelling::Camel) {
        Ok(call) => call.argument("room_id", argument(room_id)?),
        Err(error) => return Ok(Err(error)),
    };
    call = match message_argument(message, message_form)? {
        Ok(message) => call.argument("message", message),
        Err(error) => {
            client.refuse(&call, &error);
            return Ok(Err(error));
        }
    };
    if let Some(peer_id) = peer_id {
        call = call.by_name("peerId", argument(peer_id)?);
    }
    for (name, value) in others.as_ref().map(pairs).transpose()?.unwrap_or_default() {
        call = call.by_name(name, value);
    }
    // napi would throw a panic, and the item would have no result.
    let operation = catch_unwind(AssertUnwindSafe(|| client.operation(call)));
    Ok(operation.unwrap_or_else(|_| Err(Error::panicked(Outcome::NotSent))))
}

/// Passes a result on, if there is one: called once for each, after it has completed. So the batch is never full of them, and
/// JavaScript holds those that wait for the caller.
fn pass_on(batch: &Batch<Send>, results: &Results) {
    if let Some(((id, trace), result)) = batch.take() {
        let result = result.map(Response::SendResult);
        let traced = trace.map_or(Traced::Not, |trace| trace.finish(&result, false));
        results.push(id, result, traced);
    }
}
