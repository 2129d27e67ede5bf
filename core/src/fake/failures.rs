//! How calls are told to fail.

use std::collections::{HashMap, VecDeque};

use ureq_proto::http::StatusCode;

use crate::net::{FakeRequest, FakeResponse};

/// How the next calls of a [`Fake`](crate::Fake) fail: by default one call, in each of its attempts.
#[derive(Debug, Clone)]
pub struct FakeFailure {
    response: FakeResponse,
    calls: u32,
    attempts: Option<u32>,
}

impl FakeFailure {
    /// What each attempt ends with.
    pub fn new(response: FakeResponse) -> Self {
        FakeFailure { response, calls: 1, attempts: None }
    }

    /// The server refuses, with the body of an error of 100ms's.
    pub fn status(status: u16) -> Self {
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let message = reason.unwrap_or("Error");
        let body =
            serde_json::json!({"code": status, "message": message, "details": []}).to_string().into_bytes();
        FakeFailure::new(FakeResponse::Http { status, retry_after: None, body })
    }

    /// With the header `Retry-After`, in seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let FakeResponse::Http { retry_after, .. } = &mut self.response {
            *retry_after = Some(seconds);
        }
        self
    }

    /// How many calls fail.
    pub fn calls(mut self, calls: u32) -> Self {
        self.calls = calls;
        self
    }

    /// How many attempts of each of them fail; those that follow reach the rooms. By default all.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }
}

/// What was set, and which call it is for.
#[derive(Debug, Default)]
pub(super) struct Failures {
    next: VecDeque<FakeFailure>,
    /// By the calls' numbers.
    of_calls: HashMap<u64, FakeFailure>,
}

impl Failures {
    pub(super) fn add(&mut self, failure: FakeFailure) {
        if failure.calls > 0 {
            self.next.push_back(failure);
        }
    }

    /// What an attempt fails with, if it does.
    pub(super) fn respond(&mut self, request: &FakeRequest<'_>) -> Option<FakeResponse> {
        if request.attempt == 1
            && let Some(failure) = self.next.front_mut()
        {
            failure.calls -= 1;
            self.of_calls.insert(request.call, failure.clone());
            if failure.calls == 0 {
                self.next.pop_front();
            }
        }
        let failure = self.of_calls.get(&request.call)?;
        let fails = failure.attempts.is_none_or(|attempts| request.attempt <= attempts);
        fails.then(|| failure.response.clone())
    }

    /// The call has ended.
    pub(super) fn forget(&mut self, call: u64) {
        self.of_calls.remove(&call);
    }
}
