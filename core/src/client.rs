//! The client: one for all threads.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq_proto::http::Uri;

use crate::builder::ClientBuilder;
use crate::call::{Argument, Ask};
use crate::delivery::{Delivery, Prepared, Purpose, Shared};
use crate::error::Error;
use crate::event_loop::Started;
use crate::pending::{Completion, Pending, Sending, Slot};
use crate::process::{Processes, Recipe};
use crate::receipt::Receipt;
use crate::request::{Request, Spelling};
use crate::rooms::{Peer, PeerQuery, Room};
use crate::told::Told;
use crate::transport::{Interrupted, Progress};
use crate::{validate, wire};

/// Sends messages into live rooms, and asks who is there. Make one and share it: it is cheap to clone, all clones are the
/// same client, and any number of threads may use it at once. In a forked child it makes connections of its own.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    processes: Processes,
    shared: Arc<Shared>,
    timeout: Duration,
    closed: AtomicBool,
}

impl Client {
    /// Begins a client with options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client from the environment: `HMS_ACCESS_KEY` with `HMS_SECRET`, or `HMS_MANAGEMENT_TOKEN`; and `HMS_BASE_URL`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), saying what is missing or wrong.
    pub fn from_env() -> Result<Client, Error> {
        ClientBuilder::new().build()
    }

    pub(crate) fn new(recipe: Recipe, shared: Shared, timeout: Duration) -> Self {
        Client(Arc::new(Inner {
            processes: Processes::new(recipe),
            shared: Arc::new(shared),
            timeout,
            closed: AtomicBool::new(false),
        }))
    }

    /// Sends a message, and waits for the server's answer, at most the client's timeout.
    ///
    /// # Errors
    /// Every [`ErrorKind`](crate::ErrorKind); what is known of the message tells [`Error::outcome`].
    pub fn send_message(&self, request: &Request) -> Result<Receipt, Error> {
        self.run(|| self.prepare(request)).map(receipt)
    }

    /// Asks for the peers of a room, and waits for the server's answer, at most the client's timeout. In the order of
    /// their ids; none, if there are none in the room that were asked for. A message to one of them is sent with
    /// [`send_to_peer`](Client::send_to_peer).
    ///
    /// Asking changes nothing. So unlike a send it is tried again, too, when it is unknown whether the server has read it. An
    /// answer has at most 16 MiB.
    ///
    /// # Errors
    /// Every [`ErrorKind`](crate::ErrorKind), as of a send. [`NotFound`](crate::ErrorKind::NotFound) if nobody is in the room;
    /// [`Protocol`](crate::ErrorKind::Protocol) also if the answer does not hold what was asked for.
    pub fn list_peers(&self, query: &PeerQuery) -> Result<Vec<Peer>, Error> {
        self.run(|| self.prepare_peers(query)).map(peers)
    }

    /// Asks for a room that somebody is in. All else is as in [`list_peers`](Client::list_peers).
    ///
    /// # Errors
    /// As [`list_peers`](Client::list_peers).
    pub fn get_room(&self, room_id: &str) -> Result<Room, Error> {
        self.run(|| self.prepare_room(room_id, Spelling::Snake)).map(room)
    }

    /// For language bindings: makes a call, of whatever method.
    ///
    /// # Errors
    /// Those of the method.
    pub fn ask(&self, ask: &Ask) -> Result<Told, Error> {
        self.run(|| self.prepare_ask(ask))
    }

    /// Sends a message to one connected peer.
    ///
    /// # Errors
    /// As [`send_message`](Client::send_message).
    pub fn send_to_peer(&self, room_id: &str, peer_id: &str, message: &str) -> Result<Receipt, Error> {
        self.send_message(&Request::new(room_id, message).peer_id(peer_id))
    }

    /// Sends a message to every connected peer with a role. If nobody has it, nobody receives it, and the server says
    /// nothing of that.
    ///
    /// # Errors
    /// As [`send_message`](Client::send_message).
    pub fn send_to_role(&self, room_id: &str, role: &str, message: &str) -> Result<Receipt, Error> {
        self.send_message(&Request::new(room_id, message).role(role))
    }

    /// Sends a message to everyone in a room.
    ///
    /// # Errors
    /// As [`send_message`](Client::send_message).
    pub fn broadcast(&self, room_id: &str, message: &str) -> Result<Receipt, Error> {
        self.send_message(&Request::new(room_id, message))
    }

    /// Starts a send and returns at once. `on_done` is called once with the result, on the one thread that does all of this
    /// client's started sends (or on the thread that [cancels](Pending::cancel) this one). They wait for it: so it should be
    /// short, and must not wait for another of them. At most `max_in_flight` sends are under way at once, the others wait
    /// in line. The timeout counts from this call.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), [`Configuration`](crate::ErrorKind::Configuration) after
    /// [`close`](Client::close), [`Connection`](crate::ErrorKind::Connection) if the system gives no thread; `on_done` is not
    /// called then.
    pub fn start(
        &self,
        request: &Request,
        on_done: impl FnOnce(Result<Receipt, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        self.begin(|| self.prepare(request), |result| on_done(result.map(receipt)))
    }

    /// For language bindings: starts a call, of whatever method, as [`start`](Client::start) does a send.
    ///
    /// # Errors
    /// As [`start`](Client::start).
    pub fn start_ask(
        &self,
        ask: &Ask,
        on_done: impl FnOnce(Result<Told, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        self.begin(|| self.prepare_ask(ask), on_done)
    }

    fn run<'a>(&self, prepare: impl FnOnce() -> Result<Prepared<'a>, Error>) -> Result<Told, Error> {
        let progress = self.progress(self.0.shared.interrupted.clone());
        let prepared = prepare()?;
        let process = self.0.processes.current().clone();
        Delivery::new(process, self.0.shared.clone(), prepared, progress).run()
    }

    fn begin<'a>(
        &self,
        prepare: impl FnOnce() -> Result<Prepared<'a>, Error>,
        on_done: impl FnOnce(Result<Told, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        let progress = self.progress(None);
        let prepared = prepare()?.into_owned();
        let is_question = prepared.is_question();
        let completion = Completion::new(move |result: Result<Told, Error>| {
            // Whoever gives it up does not know what it was.
            on_done(if is_question { result.map_err(Error::of_question) } else { result });
        });
        // The process's own, not the client: an idle client can be dropped while its last sends end.
        let process = self.0.processes.current();
        let delivery = Delivery::new(process.clone(), self.0.shared.clone(), prepared, progress.clone());
        process.event_loop.submit(Started { delivery, completion: completion.clone() })?;
        Ok(Pending::new(process, progress, completion))
    }

    /// Starts a send, as a future for any runtime. Dropping the future gives the send up.
    pub fn send_message_async(&self, request: &Request) -> Sending {
        self.future(|| self.prepare(request), receipt)
    }

    /// Asks for the peers of a room, as a future for any runtime. All else is as in [`list_peers`](Client::list_peers).
    pub fn list_peers_async(&self, query: &PeerQuery) -> Sending<Vec<Peer>> {
        self.future(|| self.prepare_peers(query), peers)
    }

    /// Asks for a room, as a future for any runtime. All else is as in [`get_room`](Client::get_room).
    pub fn get_room_async(&self, room_id: &str) -> Sending<Room> {
        self.future(|| self.prepare_room(room_id, Spelling::Snake), room)
    }

    fn future<'a, T: Send + 'static>(
        &self,
        prepare: impl FnOnce() -> Result<Prepared<'a>, Error>,
        of: fn(Told) -> T,
    ) -> Sending<T> {
        let slot = Arc::new(Slot::default());
        let fill = slot.clone();
        let pending = self.begin(prepare, move |result| fill.fill(result.map(of))).map_err(Some);
        Sending { slot, pending }
    }

    /// Closes the client: whoever sends from now on is told [`Configuration`](crate::ErrorKind::Configuration). Sends that
    /// were started go on to their end; idle connections are closed. Closing twice is fine.
    pub fn close(&self) {
        if !self.0.closed.swap(true, Ordering::Relaxed) {
            self.0.processes.current().retire();
        }
    }

    /// For language bindings: the options in force, to be shown. No secret is among them, and what was left out and has
    /// no default is null. `timeout` is in seconds.
    pub fn options(&self) -> [(&'static str, Argument); 8] {
        let recipe = self.0.processes.recipe();
        let policy = &self.0.shared.policy;
        let text = |text: String| Argument::Text(text);
        let shown = |path: &PathBuf| text(path.display().to_string());
        [
            ("base_url", text(recipe.base_url.to_string())),
            ("credentials", text(format!("{:?}", recipe.credentials))),
            ("timeout", Argument::Number(self.0.timeout.as_secs_f64())),
            ("max_attempts", Argument::Number(policy.max_attempts.into())),
            ("retry_unknown", Argument::Bool(policy.retry_unknown)),
            ("max_in_flight", Argument::Number(recipe.max_in_flight as f64)),
            ("ca_file", recipe.ca_file.as_ref().map_or(Argument::Null, shown)),
            ("proxy", recipe.proxy.as_ref().map_or(Argument::Null, |proxy| text(format!("{proxy:?}")))),
        ]
    }

    fn progress(&self, interrupted: Option<Interrupted>) -> Arc<Progress> {
        Progress::new(Instant::now() + self.0.timeout, interrupted)
    }

    fn prepare<'a>(&self, request: &'a Request) -> Result<Prepared<'a>, Error> {
        let valid = request.validate()?;
        Ok(Prepared {
            uri: self.uri(&wire::path(valid.room_id))?,
            body: wire::body(&valid),
            message: Cow::Borrowed(valid.message),
            purpose: Purpose::Send,
        })
    }

    fn prepare_peers(&self, query: &PeerQuery) -> Result<Prepared<'static>, Error> {
        let filter = query.validate()?;
        let uri = self.uri(&[&wire::peers_path(&query.room_id, &filter)])?;
        Ok(Prepared::question(uri, Purpose::Peers(filter)))
    }

    fn prepare_room(&self, room_id: &str, spelling: Spelling) -> Result<Prepared<'static>, Error> {
        validate::room_id(spelling.room_id(), room_id)?;
        let uri = self.uri(&wire::room_path(room_id))?;
        Ok(Prepared::question(uri, Purpose::Room(room_id.to_owned())))
    }

    fn prepare_ask<'a>(&self, ask: &'a Ask) -> Result<Prepared<'a>, Error> {
        match ask {
            Ask::Send(request) => self.prepare(request),
            Ask::Peers(query) => self.prepare_peers(query),
            Ask::Room { room_id, spelling } => self.prepare_room(room_id, *spelling),
        }
    }

    /// Where to send to, unless the client is closed.
    fn uri(&self, path: &[&str]) -> Result<Uri, Error> {
        if self.0.closed.load(Ordering::Relaxed) {
            return Err(
                Error::configuration("the client is closed").advice("Make another one, or close it later.")
            );
        }
        Ok(self.0.processes.recipe().base_url.join(path))
    }
}

// What a call is told follows from what it was prepared for.

fn receipt(told: Told) -> Receipt {
    let Told::Receipt(receipt) = told else { unreachable!("a send gives a receipt") };
    receipt
}

fn peers(told: Told) -> Vec<Peer> {
    let Told::Peers(peers) = told else { unreachable!("who asked for peers is told of peers") };
    peers
}

fn room(told: Told) -> Room {
    let Told::Room(room) = told else { unreachable!("who asked for a room is told of a room") };
    *room
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recipe = self.0.processes.recipe();
        f.debug_struct("Client")
            .field("base_url", &recipe.base_url)
            .field("credentials", &recipe.credentials)
            .field("timeout", &self.0.timeout)
            .field("max_attempts", &self.0.shared.policy.max_attempts)
            .field("retry_unknown", &self.0.shared.policy.retry_unknown)
            .field("max_in_flight", &recipe.max_in_flight)
            .field("ca_file", &recipe.ca_file)
            .field("proxy", &recipe.proxy)
            .finish_non_exhaustive()
    }
}
