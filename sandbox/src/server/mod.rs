//! Runs the server: listens, serves, and shuts down.

mod connections;
mod event_log;
mod listen;
mod shutdown;
mod startup;
mod tls;

use crate::args::{KeyArgs, ServeArgs};
use crate::control::Access;
use crate::faults::{FaultSpec, Faults, Kind};
use crate::page::{self, Page};
use crate::rooms::{Listeners, Rooms};
use crate::state::{AppState, SharedState};
use crate::tokens::AppKeys;
use crate::webhooks::{Target, Webhooks};
use crate::{api, control, http, signalling};
use axum::Router;
use axum::serve::ListenerExt;
use connections::Connections;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tls::TlsListener;

/// Time for open requests and connections to end after a signal.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves until SIGINT or SIGTERM.
pub async fn run(keys: KeyArgs, args: ServeArgs) -> Result<(), String> {
    let acceptor = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(tls::acceptor(cert, key)?),
        _ => None,
    };
    let webhooks = match &args.webhook_url {
        Some(url) => Some(Arc::new(Webhooks::new(Target::new(url, &args.webhook_header)?))),
        None => None,
    };
    // Handles signals from before the first line of output, so that none is missed.
    let signal = shutdown::signal()?;
    let tcp = listen::bind(&args.listen, args.allow_non_loopback).await?;
    let address = tcp.local_addr().map_err(|error| error.to_string())?;
    let has_page = args.page || (address.ip().is_loopback() && !args.no_page);
    let page = has_page.then(|| Arc::new(Page::new(&args.listen)));
    let state: SharedState = Arc::new(AppState::new(
        AppKeys::new(keys.access_key.clone(), &keys.secret),
        Rooms::new(listeners(args.verbose, webhooks.clone(), page.clone())),
        acceptor.is_some(),
        Duration::from_secs(args.drop_after_seconds),
        Faults::new(initial_faults(&args)?),
    ));
    startup::print(address, state.tls, &keys, has_page);

    let access = Access::new(&args.listen, args.allow_remote_control);
    let router = router(Arc::clone(&state), page.clone(), access)
        .into_make_service_with_connect_info::<http::ClientConnection>();
    let stopping_state = Arc::clone(&state);
    let (stopped, on_stop) = tokio::sync::oneshot::channel();
    let stopping = async move {
        signal.await;
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

/// `--rate-limit` is a fault, too.
fn initial_faults(args: &ServeArgs) -> Result<Vec<FaultSpec>, String> {
    let limit = args.rate_limit.map(|limit| Ok(Kind::RateLimit(limit).into()));
    let given = args
        .fault
        .iter()
        .map(|fault| FaultSpec::parse(fault).map_err(|error| format!("--fault {fault}: {error}")));
    limit.into_iter().chain(given).collect()
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
