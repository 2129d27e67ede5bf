//! Runs the server: listens, serves, and shuts down.

mod connections;
mod event_log;
mod listen;
mod own_certificate;
pub mod startup;
pub mod stop;
mod tls;

use crate::control::Access;
use crate::faults::{FaultSpec, Faults, Kind};
use crate::options::{Options, Tls};
use crate::page::{self, Page};
use crate::rooms::{Listeners, Rooms};
use crate::state::{AppState, SharedState};
use crate::tokens::AppKeys;
use crate::webhooks::{Target, Webhooks};
use crate::{api, control, http, signalling};
use axum::Router;
use axum::serve::ListenerExt;
use connections::Connections;
use own_certificate::{AuthorityFile, OwnCertificate};
use startup::Ready;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tls::TlsListener;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Time for open requests and connections to end once it stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// A sandbox that listens. Its first clients are accepted by [`Server::serve`].
pub struct Server {
    ready: Ready,
    tcp: TcpListener,
    acceptor: Option<TlsAcceptor>,
    state: SharedState,
    page: Option<Arc<Page>>,
    webhooks: Option<Arc<Webhooks>>,
    router: Router,
    /// Removes the file when the server is dropped.
    _authority: Option<AuthorityFile>,
}

impl Server {
    /// Listens. Needs a Tokio runtime.
    pub async fn bind(options: Options) -> Result<Self, String> {
        let webhooks = match &options.webhook_url {
            Some(url) => Some(Arc::new(Webhooks::new(Target::new(url, &options.webhook_headers)?))),
            None => None,
        };
        let faults = Faults::new(initial_faults(&options)?);
        let access = Access::new(&options.listen, options.allow_remote_control);
        let (acceptor, authority) = certificate(&options.tls, &access.listen_host)?;
        let tcp = listen::bind(&options.listen, options.allow_non_loopback).await?;
        let address = tcp.local_addr().map_err(|error| error.to_string())?;
        let has_page = options.page.unwrap_or(address.ip().is_loopback());
        let page = has_page.then(|| Arc::new(Page::new(&options.listen)));
        let state: SharedState = Arc::new(AppState::new(
            AppKeys::new(options.access_key.clone(), &options.secret),
            Rooms::new(listeners(options.verbose, webhooks.clone(), page.clone())),
            acceptor.is_some(),
            options.drop_after,
            faults,
        ));
        let router = router(Arc::clone(&state), page.clone(), access);
        let ready = Ready {
            address,
            tls: state.tls,
            access_key: options.access_key,
            secret: options.secret,
            ca_file: authority.as_ref().map(|file| file.path.clone()),
            has_page,
        };
        Ok(Self { ready, tcp, acceptor, state, page, webhooks, router, _authority: authority })
    }

    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// What handles the requests, to be called without a connection.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until `stop` completes.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), String> {
        let Self { tcp, acceptor, state, page, webhooks, router, .. } = self;
        let router = router.into_make_service_with_connect_info::<http::ClientConnection>();
        let stopping_state = Arc::clone(&state);
        let (stopped, on_stop) = tokio::sync::oneshot::channel();
        let stopping = async move {
            stop.await;
            stopping_state.rooms().disconnect_all();
            if let Some(page) = page {
                page.feed.close();
            }
            let _ = stopped.send(());
        };
        let serve = async {
            match acceptor {
                None => {
                    let tcp = tcp.tap_io(|stream| {
                        let _ = stream.set_nodelay(true);
                    });
                    axum::serve(Connections(tcp), router).with_graceful_shutdown(stopping).await
                }
                Some(acceptor) => {
                    let tls = TlsListener::new(tcp, acceptor)?;
                    axum::serve(Connections(tls), router).with_graceful_shutdown(stopping).await
                }
            }
        };
        let all_closed = async {
            let result = serve.await;
            state.connections.closed().await;
            result
        };
        let timeout = async {
            let _ = on_stop.await;
            tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
        };
        let result = tokio::select! {
            result = all_closed => result.map_err(|error| format!("cannot serve: {error}")),
            () = timeout => Ok(()),
        };
        match webhooks.map_or(0, |webhooks| webhooks.pending()) {
            0 => {}
            dropped => {
                let _ = writeln!(std::io::stderr(), "stopped; webhooks that were not delivered: {dropped}");
            }
        }
        result
    }
}

/// What accepts TLS connections, and the file with the certificate authority if it is the sandbox's own.
fn certificate(tls: &Tls, listen_host: &str) -> Result<(Option<TlsAcceptor>, Option<AuthorityFile>), String> {
    match tls {
        Tls::Off => Ok((None, None)),
        Tls::Files { cert, key } => Ok((Some(tls::acceptor_of_files(cert, key)?), None)),
        Tls::Own { names, ca_file } => {
            let listen_host = listen_host.trim_start_matches('[').trim_end_matches(']').to_owned();
            let names: Vec<String> = [listen_host].into_iter().chain(names.iter().cloned()).collect();
            let failed = |error: &dyn std::fmt::Display| format!("cannot make a certificate: {error}");
            let own = OwnCertificate::new(&names).map_err(|error| failed(&error))?;
            let file = AuthorityFile::write(&own.authority, ca_file.clone())?;
            let acceptor = tls::acceptor(own.chain, own.key).map_err(|error| failed(&error))?;
            Ok((Some(acceptor), Some(file)))
        }
    }
}

/// `--rate-limit` is a fault, too.
fn initial_faults(options: &Options) -> Result<Vec<FaultSpec>, String> {
    let limit = options.rate_limit.map(|limit| Ok(Kind::RateLimit(limit).into()));
    let given = options
        .faults
        .iter()
        .map(|fault| FaultSpec::parse(fault).map_err(|error| format!("--fault {fault}: {error}")));
    limit.into_iter().chain(given).collect()
}

fn router(state: SharedState, page: Option<Arc<Page>>, access: Access) -> Router {
    let page = match page {
        Some(page) => page::routes(Arc::clone(&state), page),
        None => Router::new(),
    };
    Router::new()
        .merge(api::routes(&state))
        .merge(signalling::routes())
        .merge(control::routes(access))
        .merge(page)
        .fallback(http::unknown_path)
        .method_not_allowed_fallback(http::wrong_method)
        .layer(axum::middleware::from_fn(http::buffer_body))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(state)
}

/// The room events go to the log, the webhooks and the page.
fn listeners(verbose: bool, webhooks: Option<Arc<Webhooks>>, page: Option<Arc<Page>>) -> Listeners {
    let mut listeners = Listeners::default();
    if verbose {
        listeners.add(Box::new(event_log::log));
    }
    if let Some(webhooks) = webhooks {
        listeners.add(Box::new(move |event| webhooks.enqueue(event)));
    }
    if let Some(page) = page {
        listeners.add(Box::new(move |event| page.feed.add(event)));
    }
    listeners
}
