//! The core's errors as plain objects, from which JavaScript creates a `RoomcastError`.

use std::error::Error as _;
use std::io;

use napi_derive::napi;
use roomcast::Error;

/// A property that the error does not have is absent.
#[napi(object, object_from_js = false)]
pub struct ErrorObject {
    pub kind: &'static str,
    pub outcome: &'static str,
    pub text: String,
    pub status: Option<u32>,
    pub code: Option<i64>,
    pub server_message: Option<String>,
    pub details: Option<Vec<String>>,
    pub retry_after_ms: Option<f64>,
    pub request_id: Option<String>,
    pub attempts: u32,
    /// The error of the system call that failed.
    pub system: Option<SystemError>,
}

#[napi(object, object_from_js = false)]
pub struct SystemError {
    pub number: i32,
    pub text: String,
}

impl From<Error> for ErrorObject {
    fn from(error: Error) -> Self {
        ErrorObject {
            kind: error.kind().as_str(),
            outcome: error.outcome().as_str(),
            text: error.to_string(),
            status: error.status().map(u32::from),
            code: error.code(),
            server_message: error.server_message().map(str::to_owned),
            details: Some(error.details().to_vec()).filter(|details| !details.is_empty()),
            retry_after_ms: error.retry_after().map(|time| time.as_secs_f64() * 1000.0),
            request_id: error.request_id().map(str::to_owned),
            attempts: error.attempts(),
            system: system_error(&error),
        }
    }
}

fn system_error(error: &Error) -> Option<SystemError> {
    let source = error.source()?.downcast_ref::<io::Error>()?;
    Some(SystemError { number: source.raw_os_error()?, text: source.to_string() })
}
