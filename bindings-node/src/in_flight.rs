//! The operations of a client that are in flight, and the way of their results to JavaScript's thread.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status, sys};
use roomcast::{Error, Pending, Response, Trace};

use crate::completions::{Completed, Completion, Completions};
use crate::traces::Traced;

/// Calls `settle` in JavaScript with results, from any thread. Weak: it keeps the process alive only while operations are in
/// flight.
type Settle = ThreadsafeFunction<(), (), Completed, Status, false, true>;

/// Passes results on to JavaScript, from any thread.
#[derive(Clone)]
pub(crate) struct Results {
    completions: Arc<Completions>,
    settle: Arc<Settle>,
}

/// The operations in flight. Used on JavaScript's thread only.
pub(crate) struct InFlight {
    count: Cell<usize>,
    /// Those that a signal can abort, by their ids.
    abortable: RefCell<HashMap<u32, Pending>>,
    /// A raw pointer: an `Arc` would be a reference cycle, since the function's callback owns this struct.
    settle: Cell<sys::napi_threadsafe_function>,
}

/// `settle` is called in JavaScript with the results.
pub(crate) fn channel(settle: &Function<'_, Completed, ()>) -> Result<(Results, Rc<InFlight>)> {
    let completions = Arc::<Completions>::default();
    let in_flight = Rc::new(InFlight {
        count: Cell::new(0),
        abortable: RefCell::default(),
        settle: Cell::new(ptr::null_mut()),
    });
    let (queue, operations) = (completions.clone(), in_flight.clone());
    let settle: Settle = settle.build_threadsafe_function().weak::<true>().build_callback(
        move |call| -> Result<Completed> {
            let completed = queue.take();
            operations.completed(call.env, &completed);
            Ok(completed)
        },
    )?;
    in_flight.settle.set(settle.raw());
    Ok((Results { completions, settle: Arc::new(settle) }, in_flight))
}

impl Results {
    /// The result of the operation with this id.
    pub(crate) fn push(&self, id: u32, result: std::result::Result<Response, Error>, traced: Traced) {
        self.complete(Completion::Result { id, result, traced });
    }

    /// The traces, by their id, of an operation that had its result before.
    pub(crate) fn push_traces(&self, id: u32, traces: Vec<Trace>) {
        self.complete(Completion::Traces { id, traces });
    }

    /// The end of the drain with this id.
    pub(crate) fn push_drained(&self, id: u32, all_ended: bool) {
        self.complete(Completion::Drained { id, all_ended });
    }

    fn complete(&self, completion: Completion) {
        if self.completions.push(completion) {
            // It fails only after the environment was torn down, when nothing awaits the result any more.
            self.settle.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

impl InFlight {
    /// An operation has started. The caller owns the [`Results`] that it completes with.
    pub(crate) fn started(&self, env: Env) {
        if self.count.replace(self.count.get() + 1) == 0 {
            // SAFETY: this is JavaScript's thread, and whatever starts an operation owns `settle`.
            unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.settle.get()) };
        }
    }

    pub(crate) fn add_abortable(&self, id: u32, pending: Pending) {
        self.abortable.borrow_mut().insert(id, pending);
    }

    pub(crate) fn abort(&self, id: u32) {
        let pending = self.abortable.borrow_mut().remove(&id);
        if let Some(pending) = pending {
            pending.cancel();
        }
    }

    /// Takes what has completed by now, so that JavaScript settles it before the next turn of the event loop.
    pub(crate) fn take(&self, env: Env, results: &Results) -> Completed {
        let completed = results.completions.take();
        self.completed(env, &completed);
        completed
    }

    fn completed(&self, env: Env, completed: &Completed) {
        let left = self.count.get().saturating_sub(completed.ended());
        if self.count.replace(left) > 0 && left == 0 {
            // SAFETY: this is JavaScript's thread, and the caller is either `settle` or an owner of it.
            unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.settle.get()) };
        }
        let mut abortable = self.abortable.borrow_mut();
        if !abortable.is_empty() {
            for id in completed.ids() {
                abortable.remove(&id);
            }
        }
    }
}
