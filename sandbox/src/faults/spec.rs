//! A fault as it was asked for, on the command line or by the control API.

use crate::fields::{FieldError, Fields};
use serde_json::{Value, json};
use std::time::Duration;

/// In milliseconds.
const MAX_DELAY: u64 = 600_000;
/// In bytes.
const MAX_ROOM: usize = 256;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It waits so long before anything else happens.
    Delay(Duration),
    /// More than so many a second, after a burst of as many, get 429 and the time to wait. They are not processed.
    RateLimit(u32),
    /// The connection closes. It is not processed.
    Disconnect,
    /// It gets this status, of an error. It is not processed.
    Status(u16),
    /// It is processed, and the connection closes instead of the response.
    LostAnswer,
}

impl Kind {
    /// As the control API names it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::RateLimit(_) => "rate_limit",
            Self::Disconnect => "disconnect",
            Self::Status(_) => "status",
            Self::LostAnswer => "lost_answer",
        }
    }
}

/// A fault, and the requests that it applies to: by default, to all of the server API.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultSpec {
    pub kind: Kind,
    /// Only requests for this room.
    pub room_id: Option<String>,
    /// Only to so many requests.
    pub count: Option<u64>,
    /// To each request with this probability.
    pub probability: Option<f64>,
    /// Of the random numbers; by default, the fault's id.
    pub seed: Option<u64>,
}

impl From<Kind> for FaultSpec {
    fn from(kind: Kind) -> Self {
        Self { kind, room_id: None, count: None, probability: None, seed: None }
    }
}

impl FaultSpec {
    /// Reads the body of `POST /sandbox/faults`.
    pub fn read(mut fields: Fields) -> Result<Self, FieldError> {
        let needed = |field: &'static str| move || FieldError::new(field, "it is missing");
        let kind = fields.text("kind", 32)?.ok_or_else(needed("kind"))?;
        let kind = match kind.as_str() {
            "status" => {
                let status = fields.integer("status", 400..=599)?.ok_or_else(needed("status"))?;
                Kind::Status(u16::try_from(status).unwrap_or(500))
            }
            "delay" => {
                let delay = fields.integer("delay_ms", 1..=MAX_DELAY)?.ok_or_else(needed("delay_ms"))?;
                Kind::Delay(Duration::from_millis(delay))
            }
            "rate_limit" => {
                let limit = fields.integer("per_second", 1..=1_000_000)?.ok_or_else(needed("per_second"))?;
                Kind::RateLimit(u32::try_from(limit).unwrap_or(u32::MAX))
            }
            "lost_answer" => Kind::LostAnswer,
            "disconnect" => Kind::Disconnect,
            _ => {
                let known = "it must be status, lost_answer, delay, disconnect or rate_limit";
                return Err(FieldError::new("kind", known));
            }
        };
        let mut spec = Self::from(kind);
        spec.room_id = fields.name("room_id", MAX_ROOM)?;
        // A limit decides by itself which requests it refuses.
        if !matches!(spec.kind, Kind::RateLimit(_)) {
            spec.count = fields.integer("count", 1..=u64::MAX)?;
            spec.probability = fields.probability("probability")?;
            if spec.probability.is_some() {
                spec.seed = fields.integer("seed", 0..=u64::MAX)?;
            }
        }
        fields.finish()?;
        Ok(spec)
    }

    /// Reads an option such as `status=500,count=3`, `delay=200` or `lost_answer,probability=0.1,seed=7`.
    pub fn parse(option: &str) -> Result<Self, String> {
        let mut parts = option.split(',').map(|part| match part.split_once('=') {
            Some((name, value)) => (name.trim().to_owned(), value.trim().to_owned()),
            None => (part.trim().to_owned(), String::new()),
        });
        let (kind, value) = parts.next().unwrap_or_default();
        let mut texts = match (kind.as_str(), value) {
            ("status", value) => vec![("status".to_owned(), value)],
            ("delay", value) => vec![("delay_ms".to_owned(), value)],
            ("rate_limit", value) => vec![("per_second".to_owned(), value)],
            (_, value) if value.is_empty() => Vec::new(),
            _ => return Err(format!("{kind} has no value of its own, such as in status=500")),
        };
        texts.push(("kind".to_owned(), kind));
        texts.extend(parts);
        Fields::of_texts(texts)
            .and_then(Self::read)
            .map_err(|FieldError { field, message }| format!("{field}: {message}"))
    }

    /// As the control API shows it.
    pub fn to_json(&self) -> Value {
        let mut fault = json!({"kind": self.kind.name()});
        match self.kind {
            Kind::Status(status) => fault["status"] = status.into(),
            Kind::Delay(delay) => fault["delay_ms"] = (delay.as_millis() as u64).into(),
            Kind::RateLimit(limit) => fault["per_second"] = limit.into(),
            Kind::Disconnect | Kind::LostAnswer => {}
        }
        let room_id = self.room_id.as_deref().map(Value::from);
        let given = [
            ("room_id", room_id),
            ("count", self.count.map(Value::from)),
            ("probability", self.probability.map(Value::from)),
            ("seed", self.seed.map(Value::from)),
        ];
        for (field, value) in given {
            if let Some(value) = value {
                fault[field] = value;
            }
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderMap;

    fn read(body: &Value) -> Result<FaultSpec, FieldError> {
        FaultSpec::read(Fields::of_body(&HeaderMap::new(), body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn options_and_bodies_mean_the_same() {
        for (option, body) in [
            ("status=500", json!({"kind": "status", "status": 500})),
            ("status=429,count=3", json!({"kind": "status", "status": 429, "count": 3})),
            (
                "lost_answer,probability=0.1,seed=7",
                json!({"kind": "lost_answer", "probability": 0.1, "seed": 7}),
            ),
            ("delay=200, room_id=r", json!({"kind": "delay", "delay_ms": 200, "room_id": "r"})),
            ("disconnect,room_id=627", json!({"kind": "disconnect", "room_id": "627"})),
            ("disconnect,count=1", json!({"kind": "disconnect", "count": 1})),
            ("rate_limit=5", json!({"kind": "rate_limit", "per_second": 5})),
        ] {
            let spec = read(&body).unwrap();
            assert_eq!(FaultSpec::parse(option).as_ref(), Ok(&spec), "{option}");
            assert_eq!(spec.to_json(), body);
        }
    }

    #[test]
    fn errors_name_the_field() {
        for (body, field) in [
            (json!({}), "kind"),
            (json!({"kind": "late"}), "kind"),
            (json!({"kind": "status"}), "status"),
            (json!({"kind": "status", "status": 200}), "status"),
            (json!({"kind": "status", "status": 600}), "status"),
            (json!({"kind": "status", "status": "500"}), "status"),
            (json!({"kind": "delay"}), "delay_ms"),
            (json!({"kind": "delay", "delay_ms": 0}), "delay_ms"),
            (json!({"kind": "delay", "delay_ms": 600_001}), "delay_ms"),
            (json!({"kind": "rate_limit", "per_second": 0}), "per_second"),
            (json!({"kind": "rate_limit", "per_second": 1, "count": 1}), "count"),
            (json!({"kind": "disconnect", "status": 500}), "status"),
            (json!({"kind": "disconnect", "count": 0}), "count"),
            (json!({"kind": "disconnect", "probability": 0}), "probability"),
            (json!({"kind": "disconnect", "probability": 1.1}), "probability"),
            (json!({"kind": "disconnect", "seed": 1}), "seed"),
            (json!({"kind": "disconnect", "room_id": ""}), "room_id"),
            (json!({"kind": "disconnect", "room": "r"}), "room"),
        ] {
            assert_eq!(read(&body).unwrap_err().field, field, "{body}");
        }
        for (option, why) in [
            ("", "kind: it must be"),
            ("status", "status: it is not a whole number, 400 to 599"),
            ("status=500,count", "count: it is not a whole number"),
            ("lost_answer=1", "lost_answer has no value"),
            ("disconnect,counts=1", "counts: it is not a known field"),
            ("disconnect,count=1,count=2", "count: it is given twice"),
        ] {
            let error = FaultSpec::parse(option).unwrap_err();
            assert!(error.starts_with(why), "{option}: {error}");
        }
    }
}
