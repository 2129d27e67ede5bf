//! The last requests.

use super::annotations::Annotations;
use super::recorded::{Arrived, Recorded, Response};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The oldest requests beyond either of these are forgotten.
const MAX_REQUESTS: usize = 10_000;
const MAX_BYTES: usize = 32 << 20;
/// At most so many are returned together.
const MAX_RETURNED: usize = 1000;
/// Sent instead of a request's number when the sandbox stops.
const CLOSED: u64 = u64::MAX;

/// Called for each request, in their order.
pub type RequestListener = Box<dyn Fn(&Recorded) + Send + Sync>;

pub struct Requests {
    kept: Mutex<Kept>,
    /// The number of the last request.
    last: watch::Sender<u64>,
    listener: Option<RequestListener>,
}

#[derive(Default)]
struct Kept {
    requests: VecDeque<Arc<Recorded>>,
    bytes: usize,
    /// How many there have been, including those that were forgotten.
    count: u64,
}

impl Requests {
    pub fn new(listener: Option<RequestListener>) -> Self {
        Self { kept: Mutex::default(), last: watch::Sender::new(0), listener }
    }

    /// Records a request that has ended. `body` is its beginning and the length of the whole; `response` is `None` if
    /// the client went away before there was one.
    pub fn add(
        &self,
        arrived: &Arrived,
        body: (&[u8], usize),
        response: Option<&Response>,
        annotations: &Annotations,
    ) {
        let mut kept = self.kept();
        kept.count += 1;
        let request = Recorded::new(kept.count, arrived, body, response, annotations);
        if let Some(listener) = &self.listener {
            listener(&request);
        }
        kept.bytes += request.size();
        kept.requests.push_back(Arc::new(request));
        while kept.requests.len() > MAX_REQUESTS || kept.bytes > MAX_BYTES {
            let Some(oldest) = kept.requests.pop_front() else { break };
            kept.bytes -= oldest.size();
        }
        self.last.send_if_modified(|last| {
            let open = *last != CLOSED;
            if open {
                *last = kept.count;
            }
            open
        });
    }

    /// The requests after the one with this number, oldest first, and the number of the last one that is returned. The
    /// first number shows whether some were forgotten.
    pub fn after(&self, number: u64) -> (Vec<Arc<Recorded>>, u64) {
        let kept = self.kept();
        let first = kept.requests.partition_point(|request| request.number <= number);
        let found: Vec<_> = kept.requests.iter().skip(first).take(MAX_RETURNED).cloned().collect();
        let next = found.last().map_or(number, |request| request.number);
        (found, next)
    }

    /// Like [`Requests::after`]; waits until there is one, until the time is over or the sandbox stops.
    pub async fn wait_after(&self, number: u64, wait: Duration) -> (Vec<Arc<Recorded>>, u64) {
        let mut last = self.last.subscribe();
        let _ = tokio::time::timeout(wait, last.wait_for(|last| *last > number)).await;
        self.after(number)
    }

    /// Forgets all requests. Numbers continue, so that whoever waits for the next one gets it.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.requests.clear();
        kept.bytes = 0;
    }

    /// Ends every wait, so that the sandbox can stop.
    pub fn close(&self) {
        self.last.send_replace(CLOSED);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use serde_json::json;

    fn add(requests: &Requests, path: &str, body: &str) {
        let arrived = Arrived {
            time: DateTime::UNIX_EPOCH,
            method: "POST".to_owned(),
            path: path.to_owned(),
            user_agent: None,
        };
        let response = Response { status: 200, body: b"{}".to_vec() };
        let body = (body.as_bytes(), body.len());
        requests.add(&arrived, body, Some(&response), &Annotations::default());
    }

    fn numbers(found: &[Arc<Recorded>]) -> Vec<u64> {
        found.iter().map(|request| request.number).collect()
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let requests = Requests::new(None);
        for _ in 0..MAX_REQUESTS + 5 {
            add(&requests, "/v2/active-rooms/r/peers", "{}");
        }
        let (found, next) = requests.after(0);
        assert_eq!((found.len(), found[0].number, next), (MAX_RETURNED, 6, 5 + MAX_RETURNED as u64));
        let last = (MAX_REQUESTS + 5) as u64;
        assert_eq!(numbers(&requests.after(last - 2).0), [last - 1, last]);
        assert_eq!(requests.after(last).1, last);
        requests.clear();
        assert!(requests.after(0).0.is_empty());
        add(&requests, "/v2/active-rooms/r/peers", "{}");
        assert_eq!(numbers(&requests.after(0).0), [last + 1]);
    }

    #[test]
    fn long_requests_are_bounded() {
        let requests = Requests::new(None);
        let huge = "x".repeat(1 << 20);
        for _ in 0..MAX_REQUESTS {
            add(&requests, &format!("/v2/active-rooms/{huge}"), &huge);
        }
        let kept = requests.kept();
        assert!(kept.bytes <= MAX_BYTES && kept.requests.len() < MAX_REQUESTS);
        let length = serde_json::to_string(&*kept.requests[0]).unwrap().len();
        assert!(length < 12 << 10, "{length}");
    }

    #[test]
    fn what_tools_get() {
        let requests = Requests::new(None);
        add(&requests, "/v2/active-rooms/r/send-message", "{}");
        let annotations = Annotations::default();
        annotations.fault("lost_answer");
        annotations.message("m");
        annotations.unanswered();
        let arrived = Arrived {
            time: DateTime::UNIX_EPOCH,
            method: "GET".to_owned(),
            path: "/v2/x?y".to_owned(),
            user_agent: Some("agent".to_owned()),
        };
        requests.add(&arrived, (b"", 0), Some(&Response::default()), &annotations);
        let mut found: Vec<_> =
            requests.after(0).0.iter().map(|request| serde_json::to_value(&**request).unwrap()).collect();
        for request in &mut found {
            assert!(request["duration_ms"].take().as_i64().unwrap() > 0);
        }
        assert_eq!(
            found,
            [
                json!({
                    "number": 1, "time": "1970-01-01T00:00:00.000Z", "duration_ms": null, "method": "POST",
                    "path": "/v2/active-rooms/r/send-message", "room_id": "r", "status": 200,
                    "outcome": "accepted", "body": "{}", "body_bytes": 2, "response": "{}",
                    "user_agent": null,
                }),
                json!({
                    "number": 2, "time": "1970-01-01T00:00:00.000Z", "duration_ms": null, "method": "GET",
                    "path": "/v2/x?y", "room_id": null, "status": null, "outcome": "unknown", "body": "",
                    "body_bytes": 0, "response": null, "user_agent": "agent", "fault": "lost_answer",
                    "message_id": "m",
                }),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_a_request_after_a_time_or_when_the_sandbox_stops() {
        let requests = Requests::new(None);
        let minute = Duration::from_secs(60);
        assert_eq!(requests.wait_after(0, minute).await.1, 0);
        let (found, ()) = tokio::join!(requests.wait_after(0, minute), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            add(&requests, "/v2/x", "");
        });
        assert_eq!(numbers(&found.0), [1]);
        let started = tokio::time::Instant::now();
        requests.close();
        add(&requests, "/v2/x", "");
        assert_eq!(requests.wait_after(2, minute).await.1, 2);
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
