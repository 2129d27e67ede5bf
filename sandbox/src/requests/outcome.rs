//! What a client of roomcast reports of a request.

use serde::Serialize;

/// The outcome of one attempt, with the names that every language uses. A client may retry: that is another request. It
/// is never `not_sent`, which a client reports if no byte left: such a request does not reach the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Accepted,
    Rejected,
    Unknown,
}

impl Outcome {
    /// By the status of the response; `None` if the client got no response. A test compares it with the core's rule.
    pub fn of(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Accepted,
            Some(408) => Self::Unknown,
            Some(300..=499) => Self::Rejected,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roomcast::{Client, Fake, FakeResponse, PeerQuery};
    use std::sync::Arc;

    fn name(outcome: Outcome) -> String {
        serde_json::to_value(outcome).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn it_is_what_the_client_reports_for_every_status() {
        let fake = Fake::default();
        let client = Client::builder().fake_server(Arc::new(fake.clone())).max_attempts(1).build().unwrap();
        let statuses = (100..=999).map(|status| {
            // A query fails on a body without peers, whatever the status.
            let body = br#"{"message": "message sent", "peers": {}}"#.to_vec();
            (Some(status), FakeResponse::Http { status, retry_after: None, body })
        });
        let none = [(None, FakeResponse::ConnectionLost), (None, FakeResponse::NoResponse)];
        for (status, response) in statuses.chain(none) {
            let expected = name(Outcome::of(status));
            fake.respond_next(response.clone());
            let sent = client
                .broadcast("room", "hi")
                .map_or_else(|e| e.outcome().to_string(), |_| "accepted".into());
            assert_eq!(sent, expected, "{status:?}");
            fake.respond_next(response);
            let queried = client.list_peers(&PeerQuery::new("room"));
            let queried = queried.map_or_else(|e| e.outcome().to_string(), |_| "accepted".into());
            assert_eq!(queried, expected, "{status:?}");
        }
    }
}
