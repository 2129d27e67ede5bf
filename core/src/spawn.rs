//! Starting a thread. It takes none of the program's signals: those are for the program's own threads.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread that blocks every signal but those of faults.
pub(crate) fn spawn<T: Send + 'static>(
    builder: Builder,
    body: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    // A thread begins with the mask of the one that starts it, so no signal can come too early.
    #[cfg(unix)]
    let _blocked = signals::Blocked::new();
    builder.spawn(body)
}

#[cfg(unix)]
mod signals {
    use nix::sys::signal::{SigSet, SigmaskHow, Signal};

    /// The signals that this thread raises itself by a fault. Blocked, they would end the process before any handler of it.
    const FAULTS: [Signal; 6] =
        [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL, Signal::SIGTRAP, Signal::SIGSYS];

    /// Blocks this thread's signals until it is dropped.
    pub(super) struct Blocked {
        before: Option<SigSet>,
    }

    impl Blocked {
        pub(super) fn new() -> Self {
            let mut signals = SigSet::all();
            FAULTS.into_iter().for_each(|fault| signals.remove(fault));
            Blocked { before: signals.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok() }
        }
    }

    impl Drop for Blocked {
        fn drop(&mut self) {
            if let Some(before) = self.before {
                let _ = before.thread_set_mask();
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use nix::sys::signal::{SigSet, Signal};

    #[test]
    fn a_thread_blocks_all_signals_but_faults_and_its_parent_none() {
        let before = SigSet::thread_get_mask().unwrap();
        let mask = spawn(Builder::new(), || SigSet::thread_get_mask().unwrap()).unwrap().join().unwrap();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGALRM, Signal::SIGCHLD, Signal::SIGUSR1] {
            assert!(mask.contains(signal), "{signal}");
        }
        for fault in [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGILL] {
            assert!(!mask.contains(fault), "{fault}");
        }
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
    }
}
