//! Many messages as a stream: on a runtime that does nothing but wait until it is woken.

mod common;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use common::{HANG, Server, ok};
use futures_util::{Stream, StreamExt, stream};
use roomcast::{BatchOptions, ErrorKind, Outcome, Request};

/// Unparks the thread that polls.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The next result. Polls once more for each wake-up, so a wake-up that is missing is a test that hangs.
fn next<T>(results: &mut (impl Stream<Item = T> + Unpin)) -> Option<T> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let end = Instant::now() + HANG;
    loop {
        if let Poll::Ready(next) = results.poll_next_unpin(&mut context) {
            return next;
        }
        thread::park_timeout(HANG);
        assert!(Instant::now() < end, "it was not woken");
    }
}

fn all<T>(mut results: impl Stream<Item = T> + Unpin) -> Vec<T> {
    std::iter::from_fn(|| next(&mut results)).collect()
}

fn requests(count: usize) -> impl Iterator<Item = Request> {
    (0..count).map(|number| Request::new("room", format!("m{number}")))
}

#[test]
fn each_is_sent_once_and_no_more_than_can_be_started_are_taken() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().max_in_flight(8).build().unwrap();
    let taken = AtomicUsize::new(0);
    let items = stream::iter(requests(500)).inspect(|_| {
        taken.fetch_add(1, Ordering::Relaxed);
    });
    let mut results = client.send_many_async(items);
    let mut count = 0;
    while let Some(item) = next(&mut results) {
        item.result.unwrap();
        count += 1;
        assert!(taken.load(Ordering::Relaxed) <= count + 2 * 8);
    }
    assert!(next(&mut results).is_none(), "it stays at its end");
    assert_eq!((count, results.progress().accepted), (500, 500));
    let bodies: BTreeSet<_> = server.bodies().into_iter().collect();
    assert_eq!((bodies.len(), server.bodies().len()), (500, 500));
}

#[test]
fn results_are_yielded_while_the_items_wait() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    // The second item comes only after the first result was taken.
    let gate: Arc<Mutex<(usize, Option<Waker>)>> = Arc::default();
    let (shared, mut given) = (gate.clone(), 0);
    let items = stream::poll_fn(move |context| {
        let mut gate = shared.lock().unwrap();
        if given > gate.0 {
            gate.1 = Some(context.waker().clone());
            return Poll::Pending;
        }
        given += 1;
        Poll::Ready((given <= 3).then(|| Request::new("room", format!("m{given}"))))
    });
    let mut results = client.send_many_async(items);
    for taken in 1..=3 {
        assert!(next(&mut results).unwrap().result.is_ok());
        let mut gate = gate.lock().unwrap();
        gate.0 = taken;
        if let Some(waker) = gate.1.take() {
            waker.wake();
        }
    }
    assert!(next(&mut results).is_none());
    assert_eq!(server.bodies().len(), 3);
}

#[test]
fn an_item_that_cannot_be_sent_needs_no_wake_up() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let items =
        [Request::new("room", " "), Request::new("room", "hi").peer_id(""), Request::new("room", "hi")];
    let mut kinds: Vec<_> = all(client.send_many_async(stream::iter(items)))
        .into_iter()
        .map(|item| item.result.err().map(|error| error.kind()))
        .collect();
    kinds.sort_by_key(Option::is_none);
    assert_eq!(kinds, [Some(ErrorKind::InvalidRequest), Some(ErrorKind::InvalidRequest), None]);
    assert!(all(client.send_many_async(stream::iter([] as [Request; 0]))).is_empty());
}

#[test]
fn cancelling_wakes_and_tells_the_rest() {
    let server = Server::start(|_, _| true);
    let client = server.client().max_in_flight(2).build().unwrap();
    let results = client.send_many_async(stream::iter(requests(5)));
    let handle = results.handle();
    let taker = thread::spawn(move || all(results));
    server.wait_for(2);
    handle.cancel();
    let results = taker.join().unwrap();
    let outcomes: Vec<_> = results.iter().map(|item| item.outcome().unwrap()).collect();
    assert!(results.iter().all(|item| item.result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Cancelled)));
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Unknown).count(), 2);
    assert_eq!((outcomes.len(), server.bodies().len()), (5, 2));
}

#[test]
fn dropping_it_cancels_what_is_under_way() {
    let server = Server::start(|_, _| true);
    let client = server.client().max_in_flight(2).build().unwrap();
    let mut results = client.send_many_async(stream::iter(requests(5)));
    let handle = results.handle();
    let waker = Waker::noop();
    assert!(results.poll_next_unpin(&mut Context::from_waker(waker)).is_pending());
    server.wait_for(2);
    drop(results);
    assert_eq!((handle.progress().unknown, server.bodies().len()), (2, 2));
}

#[test]
fn it_is_polled_about_as_often_as_there_are_results() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let mut results = pin!(client.send_many_async(stream::iter(requests(1000))));
    let polls = AtomicUsize::new(0);
    let counted = stream::poll_fn(|context| {
        polls.fetch_add(1, Ordering::Relaxed);
        results.as_mut().poll_next(context)
    });
    assert_eq!(all(counted).len(), 1000);
    assert!(polls.load(Ordering::Relaxed) <= 3000, "{polls:?}");
}

#[test]
fn an_option_out_of_range_sends_nothing() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let options = BatchOptions::default().rate(f64::NAN);
    let error = client.send_many_with_async(options, stream::iter(requests(1))).err().unwrap();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidRequest, Outcome::NotSent));
    assert_eq!(server.bodies().len(), 0);
}
