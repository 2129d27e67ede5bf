//! The native part of `lib/client.js`: the core's client, and the operations it has in flight.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{Array, Either, Function, Object, Unknown};
use napi::{Env, Result};
use napi_derive::napi;
use roomcast::{Argument, Call, CallContext, Error, Operation, Outcome, Spelling};

use crate::argument::{argument, list, pairs};
use crate::call_trace::{CallTrace, Given};
use crate::completions::Completed;
use crate::error_object::ErrorObject;
use crate::fake::NativeFake;
use crate::in_flight::{self, InFlight, Results};
use crate::message::message_argument;
use crate::traces::Traced;

#[napi]
pub struct NativeClient {
    pub(crate) client: roomcast::Client,
    pub(crate) results: Results,
    pub(crate) in_flight: Rc<InFlight>,
}

/// A file of certificate authorities that Node's own TLS trusts, too.
const EXTRA_CA_CERTS: &str = "NODE_EXTRA_CA_CERTS";

/// Creates a client. `options` is `[name, value, …]`; `environment` is `process.env`, which in a worker thread is a copy of
/// the process's environment. `own_roots` returns Node's own certificate authorities, if they are needed. `settle` is called
/// with the results of the client's operations. With a `fake`, that responds instead of the server.
#[napi(catch_unwind)]
pub fn create_client(
    options: Array<'_>,
    environment: Object<'_>,
    node_version: String,
    own_roots: Function<'_, (), Option<String>>,
    settle: Function<'_, Completed, ()>,
    fake: Option<&NativeFake>,
) -> Result<Either<NativeClient, ErrorObject>> {
    let variable = |name: &str| environment.get::<String>(name).ok().flatten();
    let mut builder =
        roomcast::Client::builder().language("node", node_version, Spelling::Camel).environment(variable);
    if let Some(file) = variable(EXTRA_CA_CERTS).filter(|file| !file.is_empty()) {
        builder = builder.extra_ca_file(EXTRA_CA_CERTS, file);
    }
    if let Some(fake) = fake {
        builder = builder.fake_server(Arc::new(fake.server.clone()));
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
    let (results, in_flight) = in_flight::channel(&settle)?;
    Ok(Either::A(NativeClient { client, results, in_flight }))
}

#[napi]
impl NativeClient {
    /// Starts an operation. `settle` is called with its `id` and its result, unless this returns an error. With `trace`, it is
    /// also called with what happened, before the result or after it.
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
        trace: Option<Given<'_>>,
    ) -> Result<Option<ErrorObject>> {
        let (name, target_name) = METHODS[method as usize % METHODS.len()];
        let mut call = match Call::new(name, Spelling::Camel) {
            Ok(call) => call.own_options(&["signal"]),
            Err(error) => return Ok(Some(error.into())),
        };
        // A parameter that was omitted is undefined.
        for (parameter, value) in [("room_id", room_id), (target_name, target)] {
            if call.parameters().contains(&parameter) {
                let value = if call.takes_list(parameter) { list(value)? } else { argument(value)? };
                call = call.argument(parameter, value);
            }
        }
        if call.takes_message("message") {
            call = match message_argument(message, message_form)? {
                Ok(message) => call.argument("message", message),
                Err(error) => {
                    self.client.refuse(&call, &error);
                    return Ok(Some(error.into()));
                }
            };
        }
        for (name, value) in options.as_ref().map(pairs).transpose()?.unwrap_or_default() {
            call = call.option(name, value);
        }
        let results = self.results.clone();
        let (trace, context) = match trace {
            Some(trace) => {
                let (trace, context) = CallTrace::new(trace, &results)?;
                (Some(trace), context)
            }
            None => (None, CallContext::default()),
        };
        let start = || {
            let operation = self.client.operation(call)?;
            let has_parts = matches!(operation, Operation::Multicast(_));
            self.client.start_in(context, operation, move |result| {
                let traced = trace.map_or(Traced::Not, |trace| trace.finish(&result, has_parts));
                results.push(id, result, traced);
            })
        };
        // napi would throw a panic as an error without an outcome.
        let started =
            catch_unwind(AssertUnwindSafe(start)).unwrap_or_else(|_| Err(Error::panicked(Outcome::Unknown)));
        match started {
            Ok(pending) => {
                self.in_flight.started(env);
                if abortable {
                    self.in_flight.add_abortable(id, pending);
                }
                Ok(None)
            }
            Err(error) => Ok(Some(error.into())),
        }
    }

    /// Cancels an operation. Returns what has completed by now, so that it settles before the next turn of the event loop.
    #[napi(catch_unwind)]
    pub fn abort(&self, env: Env, id: u32) -> Completed {
        self.in_flight.abort(id);
        self.in_flight.take(env, &self.results)
    }

    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.client.close();
    }

    /// Closes the client and waits, on another thread, until its operations have ended. `settle` is called with `id` and whether
    /// they did so by themselves, unless this returns an error. `options` is `[name, value, …]`.
    #[napi(catch_unwind)]
    pub fn drain(&self, env: Env, id: u32, options: Array<'_>) -> Result<Option<ErrorObject>> {
        let results = self.results.clone();
        let drain =
            |timeout| self.client.start_drain(timeout, move |all_ended| results.push_drained(id, all_ended));
        match self.client.drain_timeout(pairs(&options)?, Spelling::Camel).and_then(drain) {
            Ok(()) => {
                self.in_flight.started(env);
                Ok(None)
            }
            Err(error) => Ok(Some(error.into())),
        }
    }

    /// What the client is doing, in numbers.
    #[napi(catch_unwind)]
    pub fn stats<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let stats = self.client.stats();
        let mut object = Object::new(env)?;
        for (name, count) in [
            ("in_flight", stats.in_flight as f64),
            ("queued", stats.queued as f64),
            ("queued_bytes", stats.queued_bytes as f64),
            ("idle_connections", stats.idle_connections as f64),
            ("busy_connections", stats.busy_connections as f64),
            ("sent", stats.sent as f64),
            ("queried", stats.queried as f64),
            ("retried", stats.retried as f64),
        ] {
            object.set(Spelling::Camel.of(name), count)?;
        }
        let mut failed = Object::new(env)?;
        for (kind, count) in stats.failed {
            failed.set(kind.as_str(), count as f64)?;
        }
        object.set("failed", failed)?;
        Ok(object)
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
const METHODS: [(&str, &str); 10] = [
    ("send_message", ""),
    ("send_to_peer", "peer_id"),
    ("send_to_role", "role"),
    ("broadcast", ""),
    ("send_to_user", "user_id"),
    ("send_to_users", "user_ids"),
    ("send_to_peers", "peer_ids"),
    ("send_to_roles", "roles"),
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
