//! Any operation: executed on the caller's thread, or started.

use std::time::Instant;

use crate::api::{Operation, Response};
use crate::delivery::{CallContext, Delivery};
use crate::error::Error;
use crate::net::SendState;
use crate::runtime::OperationKind;

use super::multicast;
use super::pending::Pending;
use super::{Client, Start};

impl Client {
    /// For language bindings: executes any operation on this thread.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn execute(&self, operation: Operation<'_>) -> Result<Response, Error> {
        self.execute_in(CallContext::default(), operation)
    }

    /// For language bindings: [`execute`](Client::execute), with what the operation carries along.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn execute_in(&self, context: CallContext, operation: Operation<'_>) -> Result<Response, Error> {
        let api_request = match operation {
            Operation::Api(request) => request,
            Operation::Multicast(request) => return multicast::execute(self, context, request.into_owned()),
        };
        let started = Instant::now();
        let request = self.encode(api_request)?;
        let process = self.0.per_process.current();
        let guard = self.begin(process, OperationKind::Blocking);
        let _guard = guard.map_err(|error| self.refused(|| request.fake_call(), error))?;
        let deadline = started + self.timeout_of(request.api_request().options());
        let state = SendState::new(deadline, self.0.delivery.interrupted.clone());
        Delivery::new(process.backend.clone(), self.0.delivery.clone(), request, state, context).run()
    }

    /// For language bindings: starts any operation, as [`start_message`](Client::start_message) starts a send.
    ///
    /// # Errors
    /// As [`start_message`](Client::start_message).
    pub fn start(
        &self,
        operation: Operation<'_>,
        on_done: impl FnOnce(Result<Response, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        self.start_in(CallContext::default(), operation, on_done)
    }

    /// For language bindings: [`start`](Client::start), with what the operation carries along.
    ///
    /// # Errors
    /// As [`start_message`](Client::start_message).
    pub fn start_in(
        &self,
        context: CallContext,
        operation: Operation<'_>,
        on_done: impl FnOnce(Result<Response, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        match operation {
            Operation::Multicast(request) => multicast::start(self, context, request.into_owned(), on_done),
            Operation::Api(request) => {
                let deadline = Instant::now() + self.timeout_of(request.options());
                let request = self.encode(request)?.into_owned();
                self.start_prepared(request, Start { context, ..Start::by(deadline) }, on_done)
            }
        }
    }
}
