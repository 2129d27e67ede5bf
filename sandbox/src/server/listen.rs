//! Binds the TCP listener.

use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Fails for an address that other machines can reach, unless `allow_non_loopback` is set.
pub async fn bind(listen: &str, allow_non_loopback: bool) -> Result<TcpListener, String> {
    let cannot_listen = |error: std::io::Error| {
        format!("cannot listen on {listen}: {error} (another address: --listen 127.0.0.1:PORT)")
    };
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(listen).await.map_err(cannot_listen)?.collect();
    let non_loopback = addresses.iter().find(|address| !address.ip().is_loopback());
    if let (Some(address), false) = (non_loopback, allow_non_loopback) {
        return Err(format!(
            "other machines can reach {}, and anyone who can reach the sandbox can try to join its rooms; \
             listen on 127.0.0.1, or pass --allow-non-loopback",
            address.ip()
        ));
    }
    TcpListener::bind(addresses.as_slice()).await.map_err(cannot_listen)
}
