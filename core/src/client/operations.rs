//! Any operation: executed on the caller's thread, or started.

use std::time::Instant;

use crate::api::{Operation, Response};
use crate::delivery::{Delivery, LogScope};
use crate::error::Error;
use crate::net::SendState;

use super::multicast;
use super::pending::Pending;
use super::{Client, Start};

impl Client {
    /// For language bindings: executes any operation on this thread.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn execute(&self, operation: Operation<'_>) -> Result<Response, Error> {
        self.execute_logged(operation, None)
    }

    /// For language bindings: as [`execute`](Client::execute). The log lines that another thread writes, as for several
    /// recipients, are written in `log_scope`.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn execute_logged(
        &self,
        operation: Operation<'_>,
        log_scope: Option<LogScope>,
    ) -> Result<Response, Error> {
        let api_request = match operation {
            Operation::Api(request) => request,
            Operation::Multicast(request) => {
                return multicast::execute(self, request.into_owned(), log_scope);
            }
        };
        let started = Instant::now();
        let request = self.prepare(api_request)?;
        let deadline = started + self.timeout_of(request.api_request().options());
        let state = SendState::new(deadline, self.0.delivery.interrupted.clone());
        let backend = self.0.per_process.current().backend.clone();
        Delivery::new(backend, self.0.delivery.clone(), request, state).run()
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
        self.start_logged(operation, None, on_done)
    }

    /// For language bindings: [`start`](Client::start), with what the operation's log lines are written in.
    ///
    /// # Errors
    /// As [`start_message`](Client::start_message).
    pub fn start_logged(
        &self,
        operation: Operation<'_>,
        log_scope: Option<LogScope>,
        on_done: impl FnOnce(Result<Response, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        match operation {
            Operation::Multicast(request) => multicast::start(self, request.into_owned(), log_scope, on_done),
            Operation::Api(request) => {
                let deadline = Instant::now() + self.timeout_of(request.options());
                let request = self.prepare(request)?.into_owned();
                self.start_prepared(request, Start { log_scope, ..Start::by(deadline) }, on_done)
            }
        }
    }
}
