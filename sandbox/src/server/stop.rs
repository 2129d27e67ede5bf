//! What stops the program.

use std::io::{self, Read};

/// Starts to handle SIGINT and SIGTERM. The future completes at the first of them.
#[cfg(unix)]
pub fn signal() -> Result<impl Future<Output = ()>, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| format!("cannot handle signals: {error}"));
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
pub fn signal() -> Result<impl Future<Output = ()>, String> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Completes when the standard input ends, as it does when the process that started this one ends. What is read is
/// ignored.
pub async fn end_of_stdin() {
    let (ended, end) = tokio::sync::oneshot::channel();
    // A thread of its own: the runtime would wait for one of its threads that still reads.
    std::thread::spawn(move || {
        let mut ignored = [0; 1024];
        let mut stdin = io::stdin().lock();
        loop {
            match stdin.read(&mut ignored) {
                Ok(read) if read > 0 => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => break,
            }
        }
        let _ = ended.send(());
    });
    let _ = end.await;
}
