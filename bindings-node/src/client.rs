//! The core's client, as `lib/client.js` calls it.

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

use crate::argument::{argument, pairs, positional};
use crate::completions::{Batch, Completions};
use crate::failure::Failure;

/// Calls JavaScript with a batch. Weak: it keeps the process alive only while sends are in flight.
type Wake = ThreadsafeFunction<(), (), Batch, Status, false, true>;

#[napi]
pub struct NativeClient {
    client: roomcast::Client,
    completions: Arc<Completions>,
    wake: Arc<Wake>,
    sends: Rc<Sends>,
}

/// The sends in flight, as the event loop's thread knows them.
struct Sends {
    count: Cell<usize>,
    /// Those that a signal may abort.
    abortable: RefCell<HashMap<u32, Pending>>,
    /// Not owned: that would keep itself alive.
    wake: Cell<sys::napi_threadsafe_function>,
}

impl Sends {
    fn started(&self, env: Env) {
        if self.count.replace(self.count.get() + 1) == 0 {
            // SAFETY: this is the event loop's thread, and the client that starts a send owns `wake`.
            unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.wake.get()) };
        }
    }

    fn ended(&self, env: Env, batch: &Batch) {
        let left = self.count.get().saturating_sub(batch.len());
        if self.count.replace(left) > 0 && left == 0 {
            // SAFETY: this is the event loop's thread, and either `wake` itself or its owner is calling.
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.wake.get()) };
        }
        let mut abortable = self.abortable.borrow_mut();
        if !abortable.is_empty() {
            for id in batch.ids() {
                abortable.remove(&id);
            }
        }
    }
}

/// Makes a client of `options`, `[name, value, …]`, and of `environment`, which is `process.env`: the process's own only
/// in Node's main thread. `settle` is called with the results of its sends.
#[napi(catch_unwind)]
pub fn open(
    options: Array<'_>,
    environment: Object<'_>,
    node_version: String,
    settle: Function<'_, Batch, ()>,
) -> Result<Either<NativeClient, Failure>> {
    let variable = |name: &str| environment.get::<String>(name).ok().flatten();
    let mut builder =
        roomcast::Client::builder().language("node", node_version, Spelling::Camel).environment(variable);
    for (name, value) in pairs(&options)? {
        builder = match builder.option(&name, value) {
            Ok(builder) => builder,
            Err(error) => return Ok(Either::B(error.into())),
        };
    }
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => return Ok(Either::B(error.into())),
    };
    let completions = Arc::<Completions>::default();
    let sends = Rc::new(Sends {
        count: Cell::new(0),
        abortable: RefCell::default(),
        wake: Cell::new(ptr::null_mut()),
    });
    let (queue, in_flight) = (completions.clone(), sends.clone());
    let wake: Wake =
        settle.build_threadsafe_function().weak::<true>().build_callback(move |call| -> Result<Batch> {
            let batch = queue.take();
            in_flight.ended(call.env, &batch);
            Ok(batch)
        })?;
    sends.wake.set(wake.raw());
    Ok(Either::A(NativeClient { client, completions, wake: Arc::new(wake), sends }))
}

#[napi]
impl NativeClient {
    /// Starts a send. Its result goes to `settle` under the number `id`, unless it is returned at once.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would cost more than the arguments")]
    pub fn start(
        &self,
        env: Env,
        id: u32,
        method: u32,
        room_id: Unknown<'_>,
        message: Unknown<'_>,
        target: Unknown<'_>,
        options: Option<Array<'_>>,
        abortable: bool,
    ) -> Result<Option<Failure>> {
        let (name, target_name) = METHODS[method as usize % METHODS.len()];
        let mut call = match Call::new(name, Spelling::Camel) {
            Ok(call) => call,
            Err(error) => return Ok(Some(error.into())),
        };
        for (parameter, value) in [("room_id", room_id), ("message", message), (target_name, target)] {
            if let Some(value) = positional(value)? {
                call = call.argument(parameter, value);
            }
        }
        for (name, value) in options.as_ref().map(pairs).transpose()?.unwrap_or_default() {
            call = call.option(name, value);
        }
        let (completions, wake) = (self.completions.clone(), self.wake.clone());
        let on_done = move |result| {
            if completions.push(id, result) {
                // It fails only when the environment is gone, and with it whoever waits.
                wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
            }
        };
        let start = || self.client.start(call.into_operation()?, on_done);
        // What is thrown from here would say nothing of the outcome.
        let started =
            catch_unwind(AssertUnwindSafe(start)).unwrap_or_else(|_| Err(Error::panicked(Outcome::Unknown)));
        match started {
            Ok(pending) => {
                self.sends.started(env);
                if abortable {
                    self.sends.abortable.borrow_mut().insert(id, pending);
                }
                Ok(None)
            }
            Err(error) => Ok(Some(error.into())),
        }
    }

    /// Gives a send up. Returns what has ended by now, so that nobody waits for the event loop to come round.
    #[napi(catch_unwind)]
    pub fn abort(&self, env: Env, id: u32) -> Batch {
        let pending = self.sends.abortable.borrow_mut().remove(&id);
        if let Some(pending) = pending {
            pending.cancel();
        }
        let batch = self.completions.take();
        self.sends.ended(env, &batch);
        batch
    }

    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.client.close();
    }

    /// The client's options without its secrets.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> String {
        let shown = self.client.options().into_iter().filter_map(|(name, value)| {
            let (name, value) = match (name, value) {
                ("timeout", Argument::Number(seconds)) => ("timeout_ms", (seconds * 1000.0).to_string()),
                (name, Argument::Text(text)) => (name, format!("'{text}'")),
                (name, Argument::Number(number)) => (name, number.to_string()),
                (name, Argument::Bool(truth)) => (name, truth.to_string()),
                _ => return None, // Not given.
            };
            Some(format!("{}: {value}", Spelling::Camel.of(name)))
        });
        format!("Client {{ {} }}", shown.collect::<Vec<_>>().join(", "))
    }
}

/// The methods in the order of `lib/client.js`, and the parameter that `target` is.
const METHODS: [(&str, &str); 6] = [
    ("send_message", ""),
    ("send_to_peer", "peer_id"),
    ("send_to_role", "role"),
    ("broadcast", ""),
    ("list_peers", ""),
    ("get_room", ""),
];

/// The options of each method.
#[napi(catch_unwind)]
pub fn option_names() -> Vec<Vec<String>> {
    let names = |method| Call::new(method, Spelling::Camel).map(|call| call.option_names());
    METHODS.iter().map(|(method, _)| names(method).unwrap_or_default()).collect()
}

/// The error for an argument that only JavaScript has.
#[napi(catch_unwind)]
pub fn wrong_argument(name: String, value: Unknown<'_>, wanted: String, of_client: bool) -> Result<Failure> {
    let error = Error::wrong_argument(&name, &argument(value)?, &wanted);
    Ok(if of_client { error.into_configuration() } else { error }.into())
}

/// The error for a send that was aborted before it was started.
#[napi(catch_unwind)]
pub fn aborted_before_start() -> Failure {
    Error::cancelled_before_start().into()
}
