//! The native part of `lib/client.js`: the core's client, and the operations it has in flight.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{Array, Either, Function, Object, Unknown};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status, sys};
use napi_derive::napi;
use roomcast::{Argument, Call, Error, Outcome, Pending, Spelling};

use crate::argument::{argument, pairs};
use crate::completions::{Batch, Completions};
use crate::error_object::ErrorObject;
use crate::message::message_argument;

/// Calls `settle` in JavaScript with a batch, from any thread. Weak: it keeps the process alive only while operations are in
/// flight.
type Settle = ThreadsafeFunction<(), (), Batch, Status, false, true>;

#[napi]
pub struct NativeClient {
    client: roomcast::Client,
    completions: Arc<Completions>,
    settle: Arc<Settle>,
    in_flight: Rc<InFlight>,
}

/// The operations in flight. Used on JavaScript's thread only.
struct InFlight {
    count: Cell<usize>,
    /// Those that a signal can abort, by their ids.
    abortable: RefCell<HashMap<u32, Pending>>,
    /// A raw pointer: an `Arc` would be a reference cycle, since the function's callback owns this struct.
    settle: Cell<sys::napi_threadsafe_function>,
}

impl InFlight {
    fn started(&self, env: Env) {
        if self.count.replace(self.count.get() + 1) == 0 {
            // SAFETY: this is JavaScript's thread, and the client that starts an operation owns `settle`.
            unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.settle.get()) };
        }
    }

    fn completed(&self, env: Env, batch: &Batch) {
        let left = self.count.get().saturating_sub(batch.len());
        if self.count.replace(left) > 0 && left == 0 {
            // SAFETY: this is JavaScript's thread, and the caller is either `settle` or the client that owns it.
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.settle.get()) };
        }
        let mut abortable = self.abortable.borrow_mut();
        if !abortable.is_empty() {
            for id in batch.ids() {
                abortable.remove(&id);
            }
        }
    }
}

/// A file of certificate authorities that Node's own TLS trusts, too.
const EXTRA_CA_CERTS: &str = "NODE_EXTRA_CA_CERTS";

/// Creates a client. `options` is `[name, value, …]`; `environment` is `process.env`, which in a worker thread is a copy of
/// the process's environment. `own_roots` returns Node's own certificate authorities, if they are needed. `settle` is called
/// with the results of the client's operations.
#[napi(catch_unwind)]
pub fn create_client(
    options: Array<'_>,
    environment: Object<'_>,
    node_version: String,
    own_roots: Function<'_, (), Option<String>>,
    settle: Function<'_, Batch, ()>,
) -> Result<Either<NativeClient, ErrorObject>> {
    let variable = |name: &str| environment.get::<String>(name).ok().flatten();
    let mut builder =
        roomcast::Client::builder().language("node", node_version, Spelling::Camel).environment(variable);
    if let Some(file) = variable(EXTRA_CA_CERTS).filter(|file| !file.is_empty()) {
        builder = builder.extra_ca_file(EXTRA_CA_CERTS, file);
    }
    for (name, value) in pairs(&options)? {
        builder = match builder.option(&name, value) {
            Ok(builder) => builder,
            Err(error) => return Ok(Either::B(error.into())),
        };
    }
    let own_roots = || own_roots.call(()).ok().flatten();
    let client = match builder.build_with_fallback_roots("tls.rootCertificates", own_roots) {
        Ok(client) => client,
        Err(error) => return Ok(Either::B(error.into())),
    };
    let completions = Arc::<Completions>::default();
    let in_flight = Rc::new(InFlight {
        count: Cell::new(0),
        abortable: RefCell::default(),
        settle: Cell::new(ptr::null_mut()),
    });
    let (queue, operations) = (completions.clone(), in_flight.clone());
    let settle: Settle =
        settle.build_threadsafe_function().weak::<true>().build_callback(move |call| -> Result<Batch> {
            let batch = queue.take();
            operations.completed(call.env, &batch);
            Ok(batch)
        })?;
    in_flight.settle.set(settle.raw());
    Ok(Either::A(NativeClient { client, completions, settle: Arc::new(settle), in_flight }))
}

#[napi]
impl NativeClient {
    /// Starts an operation. `settle` is called with its `id` and its result, unless this returns an error.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would cost more than the arguments")]
    pub fn start(
        &self,
        env: Env,
        id: u32,
        method: u32,
        room_id: Unknown<'_>,
        message: Unknown<'_>,
        message_form: u32,
        target: Unknown<'_>,
        options: Option<Array<'_>>,
        abortable: bool,
    ) -> Result<Option<ErrorObject>> {
        let (name, target_name) = METHODS[method as usize % METHODS.len()];
        let mut call = match Call::new(name, Spelling::Camel) {
            Ok(call) => call.own_options(&["signal"]),
            Err(error) => return Ok(Some(error.into())),
        };
        // A parameter that was omitted is undefined.
        for (parameter, value) in [("room_id", room_id), (target_name, target)] {
            if call.parameters().contains(&parameter) {
                call = call.argument(parameter, argument(value)?);
            }
        }
        if call.takes_message("message") {
            call = match message_argument(message, message_form)? {
                Ok(message) => call.argument("message", message),
                Err(error) => return Ok(Some(error.into())),
            };
        }
        for (name, value) in options.as_ref().map(pairs).transpose()?.unwrap_or_default() {
            call = call.option(name, value);
        }
        let (completions, settle) = (self.completions.clone(), self.settle.clone());
        let on_done = move |result| {
            if completions.push(id, result) {
                // It fails only after the environment was torn down, when nothing awaits the result any more.
                settle.call((), ThreadsafeFunctionCallMode::NonBlocking);
            }
        };
        let start = || self.client.start(call.into_operation()?, on_done);
        // napi would throw a panic as an error without an outcome.
        let started =
            catch_unwind(AssertUnwindSafe(start)).unwrap_or_else(|_| Err(Error::panicked(Outcome::Unknown)));
        match started {
            Ok(pending) => {
                self.in_flight.started(env);
                if abortable {
                    self.in_flight.abortable.borrow_mut().insert(id, pending);
                }
                Ok(None)
            }
            Err(error) => Ok(Some(error.into())),
        }
    }

    /// Cancels an operation. Returns what has completed by now, so that it settles before the next turn of the event loop.
    #[napi(catch_unwind)]
    pub fn abort(&self, env: Env, id: u32) -> Batch {
        let pending = self.in_flight.abortable.borrow_mut().remove(&id);
        if let Some(pending) = pending {
            pending.cancel();
        }
        let batch = self.completions.take();
        self.in_flight.completed(env, &batch);
        batch
    }

    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.client.close();
    }

    /// The client's options, without its secrets, for `util.inspect`.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> String {
        let shown = self.client.options().into_iter().filter_map(|(name, value)| {
            let (name, value) = match (name, value) {
                ("timeout", Argument::Number(seconds)) => ("timeout_ms", (seconds * 1000.0).to_string()),
                (name, Argument::Text(text)) => (name, format!("'{text}'")),
                (name, Argument::Number(number)) => (name, number.to_string()),
                (name, Argument::Bool(flag)) => (name, flag.to_string()),
                _ => return None, // Not given.
            };
            Some(format!("{}: {value}", Spelling::Camel.of(name)))
        });
        format!("Client {{ {} }}", shown.collect::<Vec<_>>().join(", "))
    }
}

/// The methods, in the order of `lib/client.js`, each with the name of the parameter that `target` stands for.
const METHODS: [(&str, &str); 6] = [
    ("send_message", ""),
    ("send_to_peer", "peer_id"),
    ("send_to_role", "role"),
    ("broadcast", ""),
    ("list_peers", ""),
    ("get_room", ""),
];

/// The names of the options of each method.
#[napi(catch_unwind)]
pub fn option_names() -> Vec<Vec<String>> {
    let names = |method| Call::new(method, Spelling::Camel).map(|call| call.option_names());
    METHODS.iter().map(|(method, _)| names(method).unwrap_or_default()).collect()
}

/// The error for an argument that exists in JavaScript only.
#[napi(catch_unwind)]
pub fn wrong_argument(
    name: String,
    value: Unknown<'_>,
    wanted: String,
    is_configuration: bool,
) -> Result<ErrorObject> {
    let error = Error::wrong_argument(&name, &argument(value)?, &wanted);
    Ok(if is_configuration { error.into_configuration() } else { error }.into())
}

/// The error for an operation whose signal aborted before it was started.
#[napi(catch_unwind)]
pub fn aborted_before_start() -> ErrorObject {
    Error::cancelled_before_start().into()
}
