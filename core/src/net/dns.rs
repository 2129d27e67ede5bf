//! A host's addresses, within the deadline.
//!
//! The system's look-up takes no deadline and cannot be stopped, so it runs on a thread that is left behind if it takes
//! longer. A process has at most one such thread for each host: all that need the addresses wait for the same look-up.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::Builder;

use roomcast_process_local::ProcessLocal;

use crate::spawn::spawn;

use super::attempt::{Attempt, cancelled};
use super::failure::{Failure, FailureKind};
use super::send_state::Shutdown;

const RESOLVING: &str = "resolving the server's name";

/// Those of all clients. In a forked child the parent's threads do not exist, and nothing would end their look-ups.
static LOOK_UPS: ProcessLocal<LookUps> = ProcessLocal::new();

/// The addresses of a host.
pub(super) fn addresses(attempt: &Attempt, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let look_ups = LOOK_UPS.get_or_init(|| LookUps::new(|host| Ok((host, 0).to_socket_addrs()?.collect())));
    let mut found = look_ups.addresses(attempt, host)?;
    for address in &mut found {
        address.set_port(port);
    }
    Ok(found)
}

type Resolve = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// The look-ups that are running.
struct LookUps {
    resolve: Box<Resolve>,
    /// By host: who waits for its look-up.
    running: Mutex<BTreeMap<String, Vec<Arc<Waiter>>>>,
}

/// One that waits for a look-up. It has room for both messages that it may get.
struct Waiter(SyncSender<Message>);

enum Message {
    /// No addresses if there are none, or if the look-up failed.
    Found(Vec<SocketAddr>),
    Cancelled,
}

impl Waiter {
    fn send(&self, message: Message) {
        // It fails if nobody waits any more.
        let _ = self.0.try_send(message);
    }
}

impl Shutdown for Waiter {
    fn shut_down(&self) {
        self.send(Message::Cancelled);
    }
}

impl LookUps {
    fn new(resolve: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static) -> Self {
        LookUps { resolve: Box::new(resolve), running: Mutex::default() }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Arc<Waiter>>>> {
        self.running.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Waits for the look-up of a host that is running, or for a new one, until this attempt's own deadline or cancel.
    fn addresses(self: &Arc<Self>, attempt: &Attempt, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        let (sender, receiver) = mpsc::sync_channel(2);
        let waiter = Arc::new(Waiter(sender));
        attempt.shut_down_on_cancel(waiter.clone())?;
        let received = self.join(host, &waiter).and_then(|()| attempt.receive(RESOLVING, &receiver));
        attempt.release_socket();
        if !matches!(received, Ok(Some(Message::Found(_)))) {
            self.leave(host, &waiter);
        }
        match received? {
            Some(Message::Found(found)) if !found.is_empty() => Ok(found),
            Some(Message::Cancelled) => Err(cancelled()),
            _ => Err(Failure::new(FailureKind::Connect, "the server's name does not resolve")),
        }
    }

    /// Adds one that waits for a host's look-up, and begins one if none is running.
    fn join(self: &Arc<Self>, host: &str, waiter: &Arc<Waiter>) -> Result<(), Failure> {
        let mut running = self.running();
        if let Some(waiters) = running.get_mut(host) {
            waiters.push(waiter.clone());
            return Ok(());
        }
        let (look_ups, name) = (self.clone(), host.to_owned());
        let builder = Builder::new().name("roomcast-resolve".into());
        spawn(builder, move || look_ups.run(&name)).map_err(|_| {
            Failure::new(FailureKind::Connect, format!("the system gives no thread for {RESOLVING}"))
        })?;
        running.insert(host.to_owned(), vec![waiter.clone()]);
        Ok(())
    }

    /// Removes one that no longer waits, so that those of a look-up that never ends do not pile up.
    fn leave(&self, host: &str, waiter: &Arc<Waiter>) {
        if let Some(waiters) = self.running().get_mut(host) {
            waiters.retain(|other| !Arc::ptr_eq(other, waiter));
        }
    }

    /// The thread of one look-up.
    fn run(&self, host: &str) {
        let resolved = catch_unwind(AssertUnwindSafe(|| (self.resolve)(host)));
        let found = resolved.ok().and_then(Result::ok).unwrap_or_default();
        // Whoever comes from now on begins another look-up.
        let waiters = self.running().remove(host).unwrap_or_default();
        for waiter in waiters {
            waiter.send(Message::Found(found.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::send_state::SendState;
    use std::sync::Condvar;
    use std::thread;
    use std::time::{Duration, Instant};

    /// No test waits longer than this for what must happen.
    const HANG: Duration = Duration::from_secs(60);

    /// A resolver whose look-ups hang until the test ends them.
    #[derive(Default)]
    struct Resolver {
        state: Mutex<State>,
        changed: Condvar,
    }

    #[derive(Default)]
    struct State {
        begun: Vec<String>,
        ended: usize,
        running: usize,
        most: usize,
    }

    impl Resolver {
        fn look_ups(self: &Arc<Self>) -> Arc<LookUps> {
            let resolver = self.clone();
            Arc::new(LookUps::new(move |host| resolver.resolve(host)))
        }

        fn resolve(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
            let mut state = self.state.lock().unwrap();
            state.begun.push(host.to_owned());
            state.running += 1;
            state.most = state.most.max(state.running);
            let number = state.begun.len();
            self.changed.notify_all();
            let hangs = |state: &mut State| state.ended < number;
            let (mut state, waited) = self.changed.wait_timeout_while(state, HANG, hangs).unwrap();
            state.running -= 1;
            drop(state);
            assert!(!waited.timed_out(), "the test ends every look-up");
            match host {
                "unknown" => Err(io::ErrorKind::NotFound.into()),
                "panics" => panic!("on purpose"),
                _ => Ok(vec![address(number)]),
            }
        }

        fn wait_until(&self, is_so: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
            let waited =
                self.changed.wait_timeout_while(self.state.lock().unwrap(), HANG, |state| !is_so(state));
            let (state, waited) = waited.unwrap();
            assert!(!waited.timed_out(), "{:?} began", state.begun);
            state
        }

        /// Ends so many look-ups, in the order in which they began.
        fn end(&self, ended: usize) {
            self.state.lock().unwrap().ended = ended;
            self.changed.notify_all();
        }
    }

    /// The result of the look-up of this number.
    fn address(number: usize) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, u8::try_from(number).unwrap()], 0))
    }

    fn state_with(timeout: Duration) -> Arc<SendState> {
        SendState::new(Instant::now() + timeout, None)
    }

    fn look_up(
        look_ups: &Arc<LookUps>,
        host: &str,
        state: Arc<SendState>,
    ) -> Result<Vec<SocketAddr>, Failure> {
        look_ups.addresses(&Attempt::new(state), host)
    }

    fn wait_for_waiters(look_ups: &LookUps, host: &str, count: usize) {
        let end = Instant::now() + HANG;
        while look_ups.running().get(host).map_or(0, Vec::len) != count {
            assert!(Instant::now() < end, "{count} do not wait for {host}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_resolver_that_hangs_has_one_thread_and_each_waiter_its_deadline() {
        let resolver = Arc::new(Resolver::default());
        let look_ups = resolver.look_ups();
        for _ in 0..3 {
            thread::scope(|scope| {
                for _ in 0..64 {
                    scope.spawn(|| {
                        let failure =
                            look_up(&look_ups, "host", state_with(Duration::from_millis(50))).unwrap_err();
                        assert_eq!(failure.kind, FailureKind::Deadline);
                    });
                }
            });
        }
        assert_eq!(resolver.wait_until(|state| !state.begun.is_empty()).begun.len(), 1, "look-ups");
        wait_for_waiters(&look_ups, "host", 0);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| look_up(&look_ups, "host", state_with(HANG)));
            wait_for_waiters(&look_ups, "host", 1);
            resolver.end(1);
            assert_eq!(waiting.join().unwrap().unwrap(), [address(1)]);
        });
    }

    #[test]
    fn those_that_wait_at_the_same_time_share_a_look_up_and_later_ones_do_not() {
        let resolver = Arc::new(Resolver::default());
        let look_ups = resolver.look_ups();
        for number in 1..=3 {
            thread::scope(|scope| {
                let waiting: Vec<_> =
                    (0..16).map(|_| scope.spawn(|| look_up(&look_ups, "host", state_with(HANG)))).collect();
                wait_for_waiters(&look_ups, "host", 16);
                resolver.end(number);
                for waiting in waiting {
                    assert_eq!(waiting.join().unwrap().unwrap(), [address(number)]);
                }
            });
            assert_eq!(resolver.wait_until(|_| true).begun.len(), number);
        }
    }

    #[test]
    fn a_look_up_that_hangs_delays_no_other_host() {
        let resolver = Arc::new(Resolver::default());
        let look_ups = resolver.look_ups();
        thread::scope(|scope| {
            let first = scope.spawn(|| look_up(&look_ups, "first", state_with(HANG)));
            drop(resolver.wait_until(|state| state.begun.len() == 1));
            let second = scope.spawn(|| look_up(&look_ups, "second", state_with(HANG)));
            let state = resolver.wait_until(|state| state.begun.len() == 2);
            assert_eq!((state.begun.concat().as_str(), state.most), ("firstsecond", 2));
            drop(state);
            resolver.end(2);
            assert_eq!(first.join().unwrap().unwrap(), [address(1)]);
            assert_eq!(second.join().unwrap().unwrap(), [address(2)]);
        });
    }

    #[test]
    fn a_cancel_ends_the_wait_of_its_send_only() {
        let resolver = Arc::new(Resolver::default());
        let look_ups = resolver.look_ups();
        let (cancelled, state) = (state_with(HANG), state_with(HANG));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| look_up(&look_ups, "host", cancelled.clone()));
            let other = scope.spawn(|| look_up(&look_ups, "host", state.clone()));
            wait_for_waiters(&look_ups, "host", 2);
            cancelled.cancel();
            assert_eq!(waiting.join().unwrap().unwrap_err().kind, FailureKind::Cancelled);
            wait_for_waiters(&look_ups, "host", 1);
            assert_eq!(
                look_up(&look_ups, "host", cancelled.clone()).unwrap_err().kind,
                FailureKind::Cancelled
            );
            resolver.end(1);
            assert_eq!(other.join().unwrap().unwrap(), [address(1)]);
        });
    }

    #[test]
    fn a_look_up_that_fails_or_panics_fails_for_all_and_the_next_one_is_new() {
        let resolver = Arc::new(Resolver::default());
        let look_ups = resolver.look_ups();
        for (number, host) in [(1, "unknown"), (2, "panics"), (3, "unknown"), (4, "panics")] {
            thread::scope(|scope| {
                let waiting = [(); 2].map(|()| scope.spawn(|| look_up(&look_ups, host, state_with(HANG))));
                wait_for_waiters(&look_ups, host, 2);
                resolver.end(number);
                for waiting in waiting {
                    let failure = waiting.join().unwrap().unwrap_err();
                    assert_eq!(failure.kind, FailureKind::Connect);
                    assert_eq!(failure.text, "the server's name does not resolve");
                }
            });
            assert_eq!(resolver.wait_until(|_| true).begun.len(), number);
        }
    }
}
