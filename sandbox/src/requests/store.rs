//! The last requests.

use super::known::{Arrived, Known};
use super::recorded::Recorded;
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

/// What the record holds after a request that was read already.
#[derive(Debug, Default)]
pub struct Unread {
    /// The oldest first.
    pub requests: Vec<Arc<Recorded>>,
    /// The number of the last one: whoever asks for what is after it gets the rest.
    pub next: u64,
    /// How many requests after the one that was read are no longer kept.
    pub dropped: u64,
}

impl Requests {
    pub fn new(listener: Option<RequestListener>) -> Self {
        Self { kept: Mutex::default(), last: watch::Sender::new(0), listener }
    }

    /// Records a request that has ended.
    pub fn add(&self, arrived: &Arrived, known: Known) {
        let mut kept = self.kept();
        kept.count += 1;
        let request = Recorded::new(kept.count, arrived, known);
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

    /// The requests after the one with this number; 0 for all.
    pub fn after(&self, number: u64) -> Unread {
        let kept = self.kept();
        let first = kept.requests.partition_point(|request| request.number <= number);
        let requests: Vec<_> = kept.requests.iter().skip(first).take(MAX_RETURNED).cloned().collect();
        let next = requests.last().map_or_else(|| kept.count.max(number), |request| request.number);
        let oldest = requests.first().map_or(next + 1, |request| request.number);
        let dropped = oldest - 1 - number.min(oldest - 1);
        Unread { requests, next, dropped }
    }

    /// Waits until there is a request after the one with this number, the time is over, or the sandbox stops.
    pub async fn wait(&self, number: u64, at_most: Duration) {
        let mut last = self.last.subscribe();
        let _ = tokio::time::timeout(at_most, last.wait_for(|last| *last > number)).await;
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
    use crate::model::MAX_TEXT;
    use crate::requests::known::Response;
    use crate::requests::recording::Recording;
    use chrono::DateTime;
    use serde_json::json;

    fn add(requests: &Arc<Requests>, path: &str, body: &str) {
        begin(requests, path, body).end(Response { status: 200, body: b"{}".to_vec() });
    }

    fn begin(requests: &Arc<Requests>, path: &str, body: &str) -> Recording {
        let arrived = Arrived {
            time: DateTime::UNIX_EPOCH,
            method: "POST".to_owned(),
            path: path.to_owned(),
            user_agent: None,
        };
        let recording = Recording::new(Arc::clone(requests), arrived);
        recording.body(body.as_bytes());
        recording
    }

    fn numbers(unread: &Unread) -> Vec<u64> {
        unread.requests.iter().map(|request| request.number).collect()
    }

    fn none() -> Arc<Requests> {
        Arc::new(Requests::new(None))
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let requests = none();
        for _ in 0..MAX_REQUESTS + 5 {
            add(&requests, "/v2/active-rooms/r/peers", "{}");
        }
        let unread = requests.after(0);
        assert_eq!((numbers(&unread)[0], unread.next, unread.dropped), (6, 5 + MAX_RETURNED as u64, 5));
        assert_eq!(unread.requests.len(), MAX_RETURNED);
        let last = (MAX_REQUESTS + 5) as u64;
        let unread = requests.after(last - 2);
        assert_eq!((numbers(&unread), unread.next, unread.dropped), (vec![last - 1, last], last, 0));
        let unread = requests.after(last);
        assert_eq!((numbers(&unread), unread.next, unread.dropped), (vec![], last, 0));
        assert_eq!(requests.after(last + 7).next, last + 7);
        requests.clear();
        let unread = requests.after(last - 2);
        assert_eq!((numbers(&unread), unread.next, unread.dropped), (vec![], last, 2));
        add(&requests, "/v2/active-rooms/r/peers", "{}");
        assert_eq!(numbers(&requests.after(0)), [last + 1]);
    }

    #[test]
    fn long_requests_are_bounded() {
        let requests = none();
        let huge = "x".repeat(1 << 16);
        for _ in 0..MAX_BYTES / MAX_TEXT {
            add(&requests, &format!("/v2/active-rooms/{huge}"), &huge);
        }
        let kept = requests.kept();
        assert!(kept.bytes <= MAX_BYTES && kept.requests.len() < MAX_BYTES / MAX_TEXT);
        let length = serde_json::to_string(&*kept.requests[0]).unwrap().len();
        assert!(length < 12 << 10, "{length}");
    }

    #[test]
    fn what_tools_get() {
        let requests = none();
        add(&requests, "/v2/active-rooms/r/send-message", "{}");
        let arrived = Arrived {
            time: DateTime::UNIX_EPOCH,
            method: "GET".to_owned(),
            path: "/v2/x?y".to_owned(),
            user_agent: Some("agent".to_owned()),
        };
        let recording = Recording::new(Arc::clone(&requests), arrived);
        recording.faults(&[]);
        recording.faults(&["delay", "lost_answer"]);
        recording.message("m");
        recording.unanswered();
        recording.end(Response::default());
        let mut found: Vec<_> = requests
            .after(0)
            .requests
            .iter()
            .map(|request| serde_json::to_value(&**request).unwrap())
            .collect();
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
                    "body_bytes": 0, "response": null, "user_agent": "agent", "fault": "delay, lost_answer",
                    "message_id": "m",
                }),
            ]
        );
    }

    #[test]
    fn a_request_whose_client_goes_away_is_recorded_when_its_handler_has_ended() {
        let requests = none();
        let recording = begin(&requests, "/v2/x", "");
        let handler = recording.clone();
        drop(recording);
        assert!(requests.after(0).requests.is_empty());
        handler.message("m");
        drop(handler);
        let unread = requests.after(0);
        let request = serde_json::to_value(&*unread.requests[0]).unwrap();
        assert_eq!(
            (&request["status"], &request["outcome"], &request["message_id"]),
            (&json!(null), &json!("unknown"), &json!("m"))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_a_request_after_a_time_or_when_the_sandbox_stops() {
        let requests = none();
        let minute = Duration::from_secs(60);
        let started = tokio::time::Instant::now();
        requests.wait(0, minute).await;
        assert_eq!(started.elapsed(), minute);
        let second = Duration::from_secs(1);
        tokio::join!(requests.wait(0, minute), async {
            tokio::time::sleep(second).await;
            add(&requests, "/v2/x", "");
        });
        assert_eq!(started.elapsed(), minute + second);
        requests.close();
        add(&requests, "/v2/x", "");
        requests.wait(2, minute).await;
        assert_eq!(started.elapsed(), minute + second);
    }
}
