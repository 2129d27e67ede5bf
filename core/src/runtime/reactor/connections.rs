//! The reactor's connections: in use by an attempt, or idle.

use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Registry, Token};

use crate::net::{BlockingSocket, Connection, IdleLimit, IdleQueue, NonBlockingSocket};

use super::task::ActiveAttempt;

pub(super) struct Connections {
    registry: Registry,
    max_idle: usize,
    /// By an id that is never reused, so that a late event of a closed connection finds none.
    open: BTreeMap<usize, Open>,
    next_id: usize,
    /// Their ids.
    idle: IdleQueue<usize>,
    idle_limit: Arc<IdleLimit>,
}

pub(super) struct Open {
    pub(super) connection: Connection<NonBlockingSocket>,
    /// The attempt that uses it.
    pub(super) active: Option<ActiveAttempt>,
}

impl Connections {
    pub(super) fn new(registry: Registry, max_idle: usize, idle_limit: Arc<IdleLimit>) -> Self {
        let idle = IdleQueue::default();
        Connections { registry, max_idle, open: BTreeMap::new(), next_id: 0, idle, idle_limit }
    }

    /// Adds a connection, and returns its id.
    pub(super) fn add(&mut self, connection: Connection<BlockingSocket>) -> io::Result<usize> {
        let id = self.next_id;
        let connection = connection.into_non_blocking(&self.registry, Token(id))?;
        self.next_id += 1;
        self.open.insert(id, Open { connection, active: None });
        Ok(id)
    }

    pub(super) fn get_mut(&mut self, id: usize) -> Option<&mut Open> {
        self.open.get_mut(&id)
    }

    /// Takes the attempt off the connection that it uses.
    pub(super) fn take_active(&mut self, id: usize) -> Option<ActiveAttempt> {
        self.open.get_mut(&id)?.active.take()
    }

    /// The attempts in flight, with the ids of their connections.
    pub(super) fn active(&self) -> impl Iterator<Item = (usize, &ActiveAttempt)> {
        self.open.iter().filter_map(|(id, open)| Some((*id, open.active.as_ref()?)))
    }

    /// Whether there is an idle connection that the next attempt may use.
    pub(super) fn has_usable(&self, now: Instant) -> bool {
        self.idle.has_usable(now, self.idle_limit.get(now))
    }

    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    /// When an idle connection is to be closed; none if there is none.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.idle.due(self.idle_limit.get(now))
    }

    /// Takes the idle connection that was used last, with how long it was idle.
    pub(super) fn take_idle(&mut self) -> Option<(Duration, usize)> {
        let now = Instant::now();
        self.look_at_watched(now);
        // What was seen may have changed it.
        let limit = self.idle_limit.get(now);
        self.close_idle_beyond(limit, now);
        let (idle, id) = self.idle.pop(now, limit)?;
        if let Some(open) = self.open.get_mut(&id) {
            open.connection.wake(idle);
        }
        Some((idle, id))
    }

    /// Finds out whether the connection is still open that nobody uses any more.
    fn look_at_watched(&mut self, now: Instant) {
        let Some((since, id)) = self.idle.take_watched(now, self.idle_limit.get(now)) else { return };
        match self.open.get_mut(&id).is_some_and(|open| open.connection.is_open_after(now - since)) {
            true => self.idle.watch(since, id),
            false => self.close(id),
        }
    }

    /// Closes the connections that were idle for too long, but for one. Later attempts use the others, so nothing else would
    /// ever do that, unless the server closes them.
    pub(super) fn close_stale(&mut self, now: Instant) {
        if self.has_idle() {
            self.close_idle_beyond(self.idle_limit.get(now), now);
        }
    }

    fn close_idle_beyond(&mut self, limit: Duration, now: Instant) {
        for id in self.idle.take_stale(now, limit) {
            self.close(id);
        }
    }

    /// Keeps a connection for the next attempt, or closes it.
    pub(super) fn release(&mut self, id: usize, can_reuse: bool) {
        let now = Instant::now();
        let has_place = self.idle.len() < self.max_idle;
        match self.open.get_mut(&id) {
            Some(open) if can_reuse && has_place && !open.connection.is_expired(now) => {
                open.connection.rest();
                self.idle.push(now, id);
            }
            _ => self.close(id),
        }
    }

    /// To be called for an event of a connection that no attempt uses: closes it, unless the event is a late one of a
    /// response that was read already.
    pub(super) fn on_idle_event(&mut self, id: usize) {
        if self.open.get_mut(&id).is_none_or(|open| open.connection.is_open()) {
            return;
        }
        if let Some(since) = self.idle.remove(|idle| *idle == id) {
            self.idle_limit.was_closed(since.elapsed());
        }
        self.close(id);
    }

    pub(super) fn close(&mut self, id: usize) {
        if let Some(open) = self.open.remove(&id) {
            open.connection.close(&self.registry);
        }
    }

    pub(super) fn close_idle(&mut self) {
        for id in self.idle.take_all() {
            self.close(id);
        }
    }

    /// Closes all connections, and returns the attempts that used them.
    pub(super) fn close_all(&mut self) -> Vec<ActiveAttempt> {
        self.idle = IdleQueue::default();
        let mut interrupted = Vec::new();
        for (_, open) in mem::take(&mut self.open) {
            if let Some(active) = open.active {
                active.attempt.release_socket();
                interrupted.push(active);
            }
            open.connection.close(&self.registry);
        }
        interrupted
    }
}
