//! What an operation carries along from where it was started.

use std::fmt;
use std::sync::Arc;

use ureq_proto::http::{HeaderName, HeaderValue};

use super::logging::LogScope;
use super::observer::Observer;

/// For language bindings: what an operation carries along from where it was started.
#[derive(Clone, Default)]
pub struct CallContext {
    pub(super) log_scope: Option<LogScope>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl CallContext {
    /// What its log lines are written in.
    pub fn log_scope(mut self, scope: LogScope) -> Self {
        self.log_scope = Some(scope);
        self
    }

    /// Who watches it, besides the client's own observer.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The trace that it belongs to, by W3C Trace Context: the headers `traceparent` and `tracestate` of its requests. What
    /// cannot be in a header is left out.
    pub fn trace(mut self, traceparent: &str, tracestate: &str) -> Self {
        for (name, value) in [("traceparent", traceparent), ("tracestate", tracestate)] {
            if !value.is_empty()
                && let Ok(value) = HeaderValue::from_str(value)
            {
                self.headers.push((HeaderName::from_static(name), value));
            }
        }
        self
    }
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallContext")
    }
}
