//! Ctrl-C, and SIGTERM: the command ends with what is known.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use crate::outcome::Exit;

/// Whether a signal came. Clones are the same.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub fn has_come(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Watches for signals from now on. The first one calls `on_signal`; the second one ends the process, since it is unknown what is
/// in flight.
pub fn watch(on_signal: impl FnOnce() + Send + 'static) -> Interrupt {
    let interrupt = Interrupt::default();
    let flag = interrupt.clone();
    let (ready, is_ready) = mpsc::channel();
    let watching = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut signals) = Signals::new() else { return };
            let _ = ready.send(());
            signals.next().await;
            flag.0.store(true, Ordering::SeqCst);
            on_signal();
            signals.next().await;
            std::process::exit(Exit::Unknown.code().into());
        });
    };
    // Without a thread, a signal ends the process at once, as it does by default.
    if thread::Builder::new().name("roomcast-signals".to_owned()).spawn(watching).is_ok() {
        let _ = is_ready.recv();
    }
    interrupt
}

/// The signals by which a program is asked to end.
#[cfg(unix)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// In a Tokio runtime.
    pub fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals by which a program is asked to end.
#[cfg(windows)]
pub struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// In a Tokio runtime.
    pub fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    pub async fn next(&mut self) {
        self.0.recv().await;
    }
}
