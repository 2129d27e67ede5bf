//! Listening, serving, and stopping.

use crate::app::{App, Shared};
use crate::args::{KeyArgs, ServeArgs};
use crate::page::{self, Page};
use crate::rooms::Rooms;
use crate::rooms::events::{Listener, RoomEvent};
use crate::tls::{self, TlsListener};
use crate::tokens::AppKeys;
use crate::webhooks::{Target, Webhooks};
use crate::{api, signalling};
use axum::Router;
use axum::serve::ListenerExt;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Time for open requests and connections to end when the sandbox is stopped.
const STOPPING: Duration = Duration::from_secs(1);

pub async fn run(keys: KeyArgs, args: ServeArgs) -> Result<(), String> {
    let acceptor = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(tls::acceptor(cert, key)?),
        _ => None,
    };
    let webhooks = match &args.webhook_url {
        Some(url) => Some(Arc::new(Webhooks::to(Target::new(url, &args.webhook_header)?))),
        None => None,
    };
    // From here on a signal is ours, so that none is lost between the first line of output and serving.
    let stop = stop_signal()?;
    let tcp = bind(&args.listen, args.allow_non_loopback).await?;
    let address = tcp.local_addr().map_err(|error| error.to_string())?;
    let has_page = args.page || (address.ip().is_loopback() && !args.no_page);
    let page = Arc::new(Page::new(&args.listen));
    let app: App = Arc::new(Shared::new(
        AppKeys::new(keys.access_key.clone(), &keys.secret),
        Arc::clone(&page),
        Rooms::new(listeners(args.verbose, webhooks.clone(), has_page.then_some(page))),
        acceptor.is_some(),
        Duration::from_secs(args.drop_after_seconds),
    ));
    announce(address, app.tls, &keys, has_page);

    let router = router(Arc::clone(&app), has_page);
    let serving = Arc::clone(&app);
    let (stopped, on_stop) = tokio::sync::oneshot::channel();
    let stopping = async move {
        stop.await;
        serving.rooms().shut_down();
        serving.page.feed.close();
        let _ = stopped.send(());
    };
    let served = async {
        match acceptor {
            None => {
                let tcp = tcp.tap_io(|stream| {
                    let _ = stream.set_nodelay(true);
                });
                axum::serve(tcp, router).with_graceful_shutdown(stopping).await
            }
            Some(acceptor) => {
                let tls = TlsListener::new(tcp, acceptor)?;
                axum::serve(tls, router).with_graceful_shutdown(stopping).await
            }
        }
    };
    let ended = async {
        let served = served.await;
        app.sockets.closed().await;
        served
    };
    let too_late = async {
        let _ = on_stop.await;
        tokio::time::sleep(STOPPING).await;
    };
    let done = tokio::select! {
        served = ended => served.map_err(|error| format!("cannot serve: {error}")),
        () = too_late => Ok(()),
    };
    match webhooks.map_or(0, |webhooks| webhooks.pending()) {
        0 => {}
        dropped => {
            let _ = writeln!(std::io::stderr(), "stopped; webhooks that were not delivered: {dropped}");
        }
    }
    done
}

fn router(app: App, has_page: bool) -> Router {
    let page = if has_page { page::routes(&app) } else { Router::new() };
    Router::new()
        .merge(api::routes())
        .merge(signalling::routes())
        .merge(page)
        .fallback(api::unknown_path)
        .method_not_allowed_fallback(api::wrong_method)
        .layer(axum::middleware::from_fn(api::whole_body))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(app)
}

async fn bind(listen: &str, allow_non_loopback: bool) -> Result<TcpListener, String> {
    let cannot = |error: std::io::Error| {
        format!("cannot listen on {listen}: {error} (another address: --listen 127.0.0.1:PORT)")
    };
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(listen).await.map_err(cannot)?.collect();
    let reachable = addresses.iter().find(|address| !address.ip().is_loopback());
    if let (Some(address), false) = (reachable, allow_non_loopback) {
        return Err(format!(
            "{} can be reached from other machines, and whoever reaches the sandbox can try to join its rooms; \
             listen on 127.0.0.1, or pass --allow-non-loopback",
            address.ip()
        ));
    }
    TcpListener::bind(addresses.as_slice()).await.map_err(cannot)
}

/// What a developer pastes into a shell, and where a test reads the address.
fn announce(address: SocketAddr, tls: bool, keys: &KeyArgs, has_page: bool) {
    let scheme = if tls { "https" } else { "http" };
    let mut local = address;
    match address.ip() {
        // All addresses is none that a client could call.
        IpAddr::V4(ip) if ip.is_unspecified() => local.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => local.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    // One that came from the environment may be real, and output is kept in logs.
    let is_from_environment = std::env::var("HMS_SECRET").is_ok_and(|secret| secret == keys.secret);
    let secret = match is_from_environment {
        true => "# HMS_SECRET is the one in this shell's environment; it is not shown".to_owned(),
        false => format!("export HMS_SECRET={}", shell_word(&keys.secret)),
    };
    // A comment, so that it can be pasted with the others.
    let page = if has_page { format!("# see the rooms at {scheme}://{local}/\n") } else { String::new() };
    let text = format!(
        "roomcast-sandbox listening on {scheme}://{address}\n\
         export HMS_BASE_URL={scheme}://{local}/v2\n\
         export HMS_ACCESS_KEY={}\n{secret}\n{page}",
        shell_word(&keys.access_key),
    );
    // Nobody may be reading, which is no reason to stop.
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/+=@%".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Who is told what happens in the rooms: the log, the webhooks, the page.
fn listeners(verbose: bool, webhooks: Option<Arc<Webhooks>>, page: Option<Arc<Page>>) -> Vec<Listener> {
    let mut listeners: Vec<Listener> = Vec::new();
    if verbose {
        listeners.push(Box::new(log));
    }
    if let Some(webhooks) = webhooks {
        listeners.push(Box::new(move |event| webhooks.tell(event)));
    }
    if let Some(page) = page {
        listeners.push(Box::new(move |event| page.feed.add(event)));
    }
    listeners
}

fn log(event: &RoomEvent) {
    let line = match event {
        RoomEvent::Joined { room_id, session, peer } => {
            format!("{room_id}: {} joined as {} (session {})", peer.peer_id, peer.role, session.id)
        }
        RoomEvent::Left { room_id, session, peer, reason, .. } => {
            format!("{room_id}: {} left: {} (session {})", peer.peer_id, reason.as_str(), session.id)
        }
        // The first joining and the last leaving say the rest.
        RoomEvent::Opened { .. } | RoomEvent::Closed { .. } | RoomEvent::Sent { .. } => return,
    };
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Completes at SIGINT or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| format!("cannot wait for signals: {error}"));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_pasted_into_a_shell() {
        assert_eq!(shell_word("a-B_9.=/+"), "a-B_9.=/+");
        assert_eq!(shell_word("a b$c"), "'a b$c'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }
}
