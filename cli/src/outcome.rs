//! What a command ends with: exit codes, and results as JSON.

use std::process::ExitCode;

use roomcast::{Error, Outcome, SendResult};
use serde_json::{Map, Value, json};

/// How a command ends. A greater one is the worse news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Accepted,
    NotSent,
    Usage,
    Unknown,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Accepted => 0,
            Exit::NotSent => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
        }
    }

    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::NotSent | Outcome::Rejected => Exit::NotSent,
            Outcome::Unknown => Exit::Unknown,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// Why a command, or one line of many, did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// The command line, or a file that it names, is wrong: nothing was sent.
    Usage(String),
    /// Something of this machine failed: nothing was sent.
    Local(String),
    /// A line that says something wrong: nothing was sent.
    Line(String),
    /// The core's error.
    Core(Error),
}

impl Failure {
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Usage(_) => Exit::Usage,
            Failure::Local(_) | Failure::Line(_) => Exit::NotSent,
            Failure::Core(error) => Exit::of(error.outcome()),
        }
    }

    pub fn outcome(&self) -> Outcome {
        match self {
            Failure::Core(error) => error.outcome(),
            _ => Outcome::NotSent,
        }
    }

    pub fn text(&self) -> String {
        match self {
            Failure::Usage(text) | Failure::Local(text) => text.clone(),
            Failure::Line(text) => format!("invalid_request: {text}"),
            Failure::Core(error) => core_text(error),
        }
    }

    /// `{"outcome", "attempts", "error": {…}}`.
    pub fn to_json(&self) -> Map<String, Value> {
        let (attempts, error) = match self {
            Failure::Usage(text) => (0, json!({"kind": "usage", "text": text})),
            Failure::Local(text) => (0, json!({"kind": "local", "text": text})),
            Failure::Line(_) => (0, json!({"kind": "invalid_request", "text": self.text()})),
            Failure::Core(error) => (error.attempts(), core_error(error)),
        };
        let outcome = self.outcome().as_str();
        object([("outcome", json!(outcome)), ("attempts", json!(attempts)), ("error", error)])
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Core(error)
    }
}

fn core_error(error: &Error) -> Value {
    let mut members = object([("kind", json!(error.kind().as_str())), ("text", json!(core_text(error)))]);
    let optional = [
        ("status", error.status().map(Value::from)),
        ("code", error.code().map(Value::from)),
        ("server_message", error.server_message().map(Value::from)),
        ("details", (!error.details().is_empty()).then(|| json!(error.details()))),
        ("retry_after", error.retry_after().map(|wait| json!(wait.as_secs_f64()))),
        ("request_id", error.request_id().map(Value::from)),
    ];
    members.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(members)
}

/// Here and in MCP, nobody reaches everyone by leaving something out, and no text may suggest it.
fn core_text(error: &Error) -> String {
    error.to_string().replace(", or omit it to reach everyone.", ".")
}

/// `{"outcome": "accepted", "attempts", "message", "request_id"?}`.
pub fn accepted(result: &SendResult) -> Map<String, Value> {
    let mut members = object([
        ("outcome", json!("accepted")),
        ("attempts", json!(result.attempts)),
        ("message", json!(result.message)),
    ]);
    if let Some(request_id) = &result.request_id {
        members.insert("request_id".to_owned(), json!(request_id));
    }
    members
}

pub fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
