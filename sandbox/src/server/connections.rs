//! Connections that a handler can end without a response.

use crate::http::{ClientConnection, Switch};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Gives each connection of a listener a switch.
pub struct Connections<L>(pub L);

impl<L: Listener<Addr = SocketAddr>> Listener for Connections<L> {
    type Io = Switched<L::Io>;
    type Addr = ClientConnection;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, client) = self.0.accept().await;
        let switch = Switch::default();
        (Switched { io, switch: switch.clone() }, ClientConnection { client, switch })
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        let switch = Switch::default();
        self.0.local_addr().map(|client| ClientConnection { client, switch })
    }
}

impl<L: Listener<Addr = SocketAddr>> Connected<IncomingStream<'_, Connections<L>>> for ClientConnection {
    fn connect_info(stream: IncomingStream<'_, Connections<L>>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection to which nothing is written once its switch is cut. The server then drops it.
pub struct Switched<S> {
    io: S,
    switch: Switch,
}

impl<S> Switched<S> {
    fn check(&self) -> io::Result<()> {
        if self.switch.is_cut() { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Switched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Switched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.io).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
