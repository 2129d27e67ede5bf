//! The reactor's connections: in use by an attempt, or idle.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::mem;
use std::time::Instant;

use mio::{Registry, Token};

use crate::net::{BlockingSocket, Connection, MAX_IDLE, NonBlockingSocket};

use super::task::ActiveAttempt;

pub(super) struct Connections {
    registry: Registry,
    max_idle: usize,
    /// By an id that is never reused, so that a late event of a closed connection finds none.
    open: BTreeMap<usize, Open>,
    next_id: usize,
    /// Ordered by last use, the latest at the end.
    idle: VecDeque<(Instant, usize)>,
}

pub(super) struct Open {
    pub(super) connection: Connection<NonBlockingSocket>,
    /// The attempt that uses it.
    pub(super) active: Option<ActiveAttempt>,
}

impl Connections {
    pub(super) fn new(registry: Registry, max_idle: usize) -> Self {
        Connections { registry, max_idle, open: BTreeMap::new(), next_id: 0, idle: VecDeque::new() }
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

    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    /// Takes the idle connection that was used last.
    pub(super) fn take_idle(&mut self) -> Option<usize> {
        self.close_stale(Instant::now());
        let (_, id) = self.idle.pop_back()?;
        if let Some(open) = self.open.get_mut(&id) {
            open.connection.set_idle(false);
        }
        Some(id)
    }

    /// Closes the connections that were idle for too long. Later attempts use the others, so nothing else would ever do that,
    /// unless the server closes them.
    pub(super) fn close_stale(&mut self, now: Instant) {
        while let Some((since, id)) = self.idle.front().copied()
            && now.duration_since(since) > MAX_IDLE
        {
            self.idle.pop_front();
            self.close(id);
        }
    }

    /// Keeps a connection for the next attempt, or closes it.
    pub(super) fn release(&mut self, id: usize, can_reuse: bool) {
        let now = Instant::now();
        let has_place = self.idle.len() < self.max_idle;
        match self.open.get_mut(&id) {
            Some(open) if can_reuse && has_place && !open.connection.is_expired(now) => {
                open.connection.set_idle(true);
                self.idle.push_back((now, id));
            }
            _ => self.close(id),
        }
    }

    /// To be called for an event of a connection that no attempt uses: closes it, unless the event is a late one of a
    /// response that was read already.
    pub(super) fn on_idle_event(&mut self, id: usize) {
        if self.open.get_mut(&id).is_some_and(|open| !open.connection.is_open()) {
            self.idle.retain(|(_, idle)| *idle != id);
            self.close(id);
        }
    }

    pub(super) fn close(&mut self, id: usize) {
        if let Some(open) = self.open.remove(&id) {
            open.connection.close(&self.registry);
        }
    }

    pub(super) fn close_idle(&mut self) {
        for (_, id) in mem::take(&mut self.idle) {
            self.close(id);
        }
    }

    /// Closes all connections, and returns the attempts that used them.
    pub(super) fn close_all(&mut self) -> Vec<ActiveAttempt> {
        self.idle.clear();
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
