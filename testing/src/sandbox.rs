//! A sandbox that belongs to a test.

use crate::control::{self, Shared};
use crate::fault::{ActiveFault, Fault};
use crate::peer::{NewPeer, Peer};
use crate::record::RecordedRequest;
use crate::webhook::{Webhook, WebhookResponse};
use roomcast::{Client, ClientBuilder};
use roomcast_sandbox::Options;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;

/// A sandbox on a free port of this machine, in threads of its own. It stops when this and all its peers are dropped.
#[derive(Debug)]
pub struct Sandbox {
    shared: Shared,
}

impl Sandbox {
    /// Starts a sandbox, and returns when it listens.
    ///
    /// # Panics
    /// If it cannot listen.
    #[must_use]
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// Starts a sandbox with other options, such as TLS.
    ///
    /// # Panics
    /// If an option is wrong, or it cannot listen.
    #[must_use]
    #[track_caller]
    pub fn start_with(options: Options) -> Self {
        match roomcast_sandbox::Sandbox::start(options) {
            Ok(sandbox) => Self { shared: Arc::new(sandbox) },
            Err(error) => panic!("cannot start a sandbox: {error}"),
        }
    }

    /// Where it listens, such as `http://127.0.0.1:49152`. A browser shows the rooms and every message there.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url()
    }

    /// The base URL for a client.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.base_url()
    }

    /// The access key for a client.
    #[must_use]
    pub fn access_key(&self) -> &str {
        self.shared.access_key()
    }

    /// The secret for a client.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.shared.secret()
    }

    /// With [`Tls::Own`](crate::Tls::Own), the CA file for a client.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.shared.ca_file()
    }

    /// A client of this sandbox.
    #[must_use]
    #[track_caller]
    pub fn client(&self) -> Client {
        match self.client_builder().build() {
            Ok(client) => client,
            Err(error) => panic!("cannot make a client: {error}"),
        }
    }

    /// A client of this sandbox, to which other options can be added.
    #[must_use]
    pub fn client_builder(&self) -> ClientBuilder {
        let builder = Client::builder()
            .only_sandbox(true)
            .base_url(self.base_url())
            .access_key(self.access_key())
            .secret(self.secret());
        match self.ca_file() {
            Some(ca_file) => builder.ca_file(ca_file),
            None => builder,
        }
    }

    /// The variables with which `Client::from_env` is a client of this sandbox: for a program that is started by a test.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("HMS_BASE_URL", self.base_url()),
            ("HMS_ACCESS_KEY", self.access_key().to_owned()),
            ("HMS_SECRET", self.secret().to_owned()),
        ]
    }

    /// A peer joins a room, with a random peer id. The room needs not be created.
    ///
    /// # Panics
    /// If the room's id has anything but 1 to 64 letters, digits, `_` and `-`, or the role is blank.
    #[track_caller]
    pub fn join(&self, room_id: &str, role: &str, user_id: &str) -> Peer {
        self.join_as(room_id, NewPeer { role: Some(role), user_id: Some(user_id), ..NewPeer::default() })
    }

    /// A peer joins a room, with more than a role and a user.
    ///
    /// # Panics
    /// Like [`Sandbox::join`]; and if a peer with this id is in the room already.
    #[track_caller]
    pub fn join_as(&self, room_id: &str, peer: NewPeer<'_>) -> Peer {
        Peer::join(&self.shared, room_id, &peer)
    }

    /// Applies a fault to requests from now on.
    ///
    /// # Panics
    /// If it has a value out of its range.
    #[track_caller]
    pub fn fault(&self, fault: Fault) -> ActiveFault {
        ActiveFault::add(&self.shared, &fault)
    }

    /// Removes all faults.
    #[track_caller]
    pub fn clear_faults(&self) {
        control::request(&self.shared, "DELETE", "/sandbox/faults", &Value::Null);
    }

    /// The last requests to the server API, the oldest first, with what became of them: at most 1,000 of them.
    #[must_use]
    #[track_caller]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        #[derive(Deserialize)]
        struct Requests {
            requests: Vec<RecordedRequest>,
        }
        control::request_as::<Requests>(&self.shared, "GET", "/sandbox/requests", &Value::Null).requests
    }

    /// Posts a webhook, as 100ms would, and returns the response to it.
    ///
    /// # Panics
    /// If it has no target, or a value that is not allowed.
    #[track_caller]
    pub fn webhook(&self, webhook: &Webhook) -> WebhookResponse {
        control::request_as(&self.shared, "POST", "/sandbox/webhooks", &webhook.body())
    }

    /// Where webhooks are posted from now on: those of peers that join and leave, and those of [`Sandbox::webhook`]. With the
    /// headers by which the program knows that they are from 100ms.
    ///
    /// # Panics
    /// If the URL is not http or https, or a header is invalid.
    #[track_caller]
    pub fn set_webhook_target(&self, url: &str, headers: &[(&str, &str)]) {
        let headers: Map<String, Value> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let target = json!({"url": url, "headers": headers});
        control::request(&self.shared, "PUT", "/sandbox/webhook-target", &target);
    }

    /// Forgets everything: rooms and peers, the record of requests, webhooks that are not delivered yet. Faults and the target
    /// of webhooks are again those that it started with.
    #[track_caller]
    pub fn reset(&self) {
        control::request(&self.shared, "DELETE", "/sandbox", &Value::Null);
    }
}
