//! What belongs to one process: connections, tokens, worker threads.
//!
//! After a fork, parent and child would share sockets and TLS keys, each taking the other's answers; and a lock that
//! another thread held at that moment stays locked for ever in the child. So a child finds its own here, made anew,
//! and never touches its parent's.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};

use ureq::Agent;

use crate::base_url::BaseUrl;
use crate::credentials::Credentials;
use crate::dispatch::Dispatcher;
use crate::proxy::Proxy;
use crate::token::Tokens;
use crate::transport::{self, Roots, Route};

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
    fn agent(&self) -> Agent {
        let route = Route {
            base_url: self.base_url.clone(),
            proxy: self.proxy.clone(),
            tls: self.roots.as_ref().map(Roots::config),
        };
        transport::agent(route, self.max_in_flight)
    }
}

/// One process's own.
pub(crate) struct Process {
    id: u32,
    recipe: Arc<Recipe>,
    agent: RwLock<Agent>,
    tokens: Tokens,
    dispatcher: Dispatcher,
}

impl Process {
    fn new(recipe: Arc<Recipe>) -> Arc<Self> {
        Arc::new(Process {
            id: std::process::id(),
            agent: RwLock::new(recipe.agent()),
            tokens: Tokens::new(recipe.credentials.clone()),
            dispatcher: Dispatcher::new(recipe.max_in_flight),
            recipe,
        })
    }

    pub(crate) fn agent(&self) -> Agent {
        self.agent.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Closes the idle connections; those in use are closed when their sends end.
    pub(crate) fn renew_agent(&self) {
        *self.agent.write().unwrap_or_else(|e| e.into_inner()) = self.recipe.agent();
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub(crate) fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }
}

/// The processes that came to hold a client: the one that made it, then a child, then its child, …
///
/// A list that only grows, so that finding one's own takes no lock that a fork could leave locked.
pub(crate) struct Processes {
    recipe: Arc<Recipe>,
    first: OnceLock<Link>,
}

struct Link {
    process: Arc<Process>,
    next: Box<OnceLock<Link>>,
}

impl Processes {
    pub(crate) fn new(recipe: Recipe) -> Self {
        let recipe = Arc::new(recipe);
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
    fn new(recipe: &Arc<Recipe>) -> Self {
        Link { process: Process::new(recipe.clone()), next: Box::default() }
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
