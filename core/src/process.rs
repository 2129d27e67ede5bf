//! What belongs to one process: connections, tokens, threads.
//!
//! After a fork, parent and child would share sockets and TLS keys, each taking the other's answers; and a lock that
//! another thread held at that moment stays locked for ever in the child. So a child finds its own here, made anew,
//! and never touches its parent's.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::base_url::BaseUrl;
use crate::credentials::Credentials;
use crate::event_loop::{Connecting, EventLoop};
use crate::proxy::Proxy;
use crate::token::Tokens;
use crate::transport::{Pool, Roots, Route};
use crate::workers::Workers;

/// What it takes to make a process's own.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) base_url: BaseUrl,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) roots: Option<Roots>,
    pub(crate) credentials: Credentials,
    pub(crate) max_in_flight: usize,
    /// Only to be shown: `roots` holds what was in it.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Recipe {
    fn route(&self) -> Route {
        Route {
            base_url: self.base_url.clone(),
            proxy: self.proxy.clone(),
            tls: self.roots.as_ref().map(Roots::config),
        }
    }
}

/// One process's own.
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) route: Route,
    /// For sends on their callers' threads.
    pub(crate) pool: Pool,
    pub(crate) tokens: Tokens,
    /// For sends that nobody waits for.
    pub(crate) event_loop: EventLoop,
    /// For making the event loop's connections.
    pub(crate) workers: Workers<Connecting>,
}

impl Process {
    fn new(recipe: &Recipe) -> Arc<Self> {
        Arc::new(Process {
            id: std::process::id(),
            route: recipe.route(),
            pool: Pool::new(recipe.max_in_flight),
            tokens: Tokens::new(recipe.credentials.clone()),
            event_loop: EventLoop::new(recipe.max_in_flight),
            workers: Workers::new(recipe.max_in_flight),
        })
    }

    /// Nothing more is expected: idle connections are closed, and idle threads end.
    pub(crate) fn retire(&self) {
        self.pool.close();
        self.event_loop.retire();
        self.workers.retire();
    }
}

/// The processes that came to hold a client: the one that made it, then a child, then its child, …
///
/// A list that only grows, so that finding one's own takes no lock that a fork could leave locked.
pub(crate) struct Processes {
    recipe: Recipe,
    first: OnceLock<Link>,
}

struct Link {
    process: Arc<Process>,
    next: Box<OnceLock<Link>>,
}

impl Processes {
    pub(crate) fn new(recipe: Recipe) -> Self {
        let first = OnceLock::new();
        let _ = first.set(Link::new(&recipe));
        Processes { recipe, first }
    }

    pub(crate) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// This process's own.
    pub(crate) fn current(&self) -> &Arc<Process> {
        let id = std::process::id();
        let mut place = &self.first;
        loop {
            let link = place.get_or_init(|| Link::new(&self.recipe));
            if link.process.id == id {
                return &link.process;
            }
            place = &link.next;
        }
    }
}

impl Link {
    fn new(recipe: &Recipe) -> Self {
        Link { process: Process::new(recipe), next: Box::default() }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.process.id != std::process::id() {
            // A parent's: its locks may be held by threads that do not exist here. One more count keeps it whole.
            std::mem::forget(self.process.clone());
        }
    }
}
