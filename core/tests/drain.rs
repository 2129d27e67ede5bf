//! Closing a client cleanly: what was started ends or is told, and nothing is lost.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use common::{HANG, Server, ok};
use roomcast::{
    Error, ErrorKind, MulticastRequest, Observer, Operation, OperationEvent, OperationInfo, Outcome, Request,
};

/// A server that answers once its gate is open.
fn gated() -> (Server, Arc<(Mutex<bool>, Condvar)>) {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let waits = gate.clone();
    let server = Server::start(move |stream, _| {
        let opened = waits.1.wait_while(waits.0.lock().unwrap(), |open| !*open).unwrap();
        drop(opened);
        ok(stream)
    });
    (server, gate)
}

fn open(gate: &(Mutex<bool>, Condvar)) {
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
}

/// What each of so many started sends ended with.
fn start(client: &roomcast::Client, count: usize) -> mpsc::Receiver<Result<(), Error>> {
    let (done, results) = mpsc::channel();
    for number in 0..count {
        let done = done.clone();
        let on_done = move |result: Result<_, Error>| done.send(result.map(drop)).unwrap();
        client.start_message(&Request::new("room", format!("m{number}")), on_done).unwrap();
    }
    results
}

#[test]
fn what_is_in_flight_and_what_is_queued_is_sent() {
    let (server, gate) = gated();
    let client = server.client().max_in_flight(2).build().unwrap();
    let results = start(&client, 20);
    let blocking = thread::spawn({
        let client = client.clone();
        move || client.broadcast("room", "blocking")
    });
    server.wait_for(3);
    let draining = thread::spawn({
        let client = client.clone();
        move || client.drain(HANG)
    });
    while client.start_message(&Request::new("room", "late"), |_| ()).is_ok() {
        thread::yield_now();
    }
    open(&gate);
    assert!(draining.join().unwrap());
    // Every callback has returned by now.
    assert_eq!(results.try_iter().filter(Result::is_ok).count(), 20);
    blocking.join().unwrap().unwrap();
    let refused = client.broadcast("room", "hi").unwrap_err();
    assert_eq!((refused.kind(), refused.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
    assert!(client.drain(Duration::ZERO), "a second time, nothing is left");
}

#[test]
fn what_is_left_at_the_end_is_told_with_the_truth() {
    let (server, gate) = gated();
    let client = server.client().max_in_flight(2).build().unwrap();
    let results = start(&client, 10);
    server.wait_for(2);
    assert!(!client.drain(Duration::from_millis(50)));
    let mut outcomes: Vec<_> = results
        .try_iter()
        .map(|result| {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert!(error.to_string().contains("the client was closed before the send ended"), "{error}");
            error.outcome().as_str()
        })
        .collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [vec!["not_sent"; 8], vec!["unknown"; 2]].concat());
    open(&gate);
    assert_eq!(server.bodies().len(), 2);
}

#[test]
fn a_multicast_and_a_batch_end_with_it() {
    let (server, _gate) = gated();
    let client = server.client().max_in_flight(2).build().unwrap();
    let (done, result) = mpsc::channel();
    let request = MulticastRequest::to_peers("room", ["a", "b", "c", "d"], "hi");
    let operation = Operation::Multicast(std::borrow::Cow::Borrowed(&request));
    client.start(operation, move |result| done.send(result).unwrap()).unwrap();
    server.wait_for(2);
    let taken = AtomicUsize::new(0);
    let batch = thread::spawn({
        let client = client.clone();
        move || {
            let requests = (0..6).map(|number| Request::new("room", format!("m{number}")));
            let results = client.send_many(requests).map(|item| item.result.map(drop).unwrap_err().outcome());
            (results.collect::<Vec<_>>(), taken.into_inner())
        }
    });
    while client.stats().queued < 2 {
        thread::yield_now();
    }
    assert!(!client.drain(Duration::from_millis(50)));
    let results: Vec<roomcast::RecipientResult> = result.try_recv().unwrap().unwrap().try_into().unwrap();
    let outcomes: Vec<_> =
        results.iter().map(|result| result.result.as_ref().unwrap_err().outcome()).collect();
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::Unknown, Outcome::NotSent, Outcome::NotSent]);
    assert_eq!(batch.join().unwrap().0, [Outcome::NotSent; 6]);
    assert_eq!(server.bodies().len(), 2);
}

#[test]
fn sends_that_start_while_it_drains_are_sent_or_refused() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (client, accepted) = (client.clone(), accepted.clone());
            thread::spawn(move || {
                let mut started = 0;
                loop {
                    let accepted = accepted.clone();
                    let on_done = move |result: Result<roomcast::SendResult, Error>| {
                        result.unwrap();
                        accepted.fetch_add(1, Ordering::SeqCst);
                    };
                    match client.start_message(&Request::new("room", "hi"), on_done) {
                        Ok(_) => started += 1,
                        Err(error) if error.kind() == ErrorKind::QueueFull => thread::yield_now(),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Configuration);
                            return started;
                        }
                    }
                }
            })
        })
        .collect();
    server.wait_for(50);
    assert!(client.drain(HANG));
    let after_drain = accepted.load(Ordering::SeqCst);
    let started: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!((after_drain, accepted.load(Ordering::SeqCst)), (started, started));
    assert_eq!(server.bodies().len(), started);
}

#[test]
fn a_drain_without_waiting_for_it() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let results = start(&client, 5);
    let (done, drained) = mpsc::channel();
    client.start_drain(HANG, move |all_ended| done.send(all_ended).unwrap()).unwrap();
    assert_eq!(client.broadcast("room", "hi").unwrap_err().kind(), ErrorKind::Configuration);
    assert!(drained.recv_timeout(HANG).unwrap());
    assert_eq!(results.try_iter().count(), 5);
}

/// The attempts that ended, with the bytes of the request.
#[derive(Clone, Default)]
struct Attempts(Arc<Mutex<(usize, Vec<usize>)>>);

impl Observer for Attempts {
    fn on_event(&self, _: &OperationInfo<'_>, event: &OperationEvent<'_>) {
        let mut state = self.0.lock().unwrap();
        match event {
            OperationEvent::AttemptStarted { .. } => state.0 += 1,
            OperationEvent::AttemptEnded { metrics, error: Some(_), .. } => {
                state.1.push(metrics.request_bytes);
            }
            _ => {}
        }
    }
}

#[test]
fn an_attempt_that_is_cancelled_in_the_end_is_told_as_ended() {
    let (server, gate) = gated();
    let attempts = Attempts::default();
    let client = server.client().max_in_flight(2).observer(attempts.clone()).build().unwrap();
    let results = start(&client, 5);
    server.wait_for(2);
    assert!(!client.drain(Duration::from_millis(50)));
    assert_eq!(results.try_iter().count(), 5);
    let (started, ended) = attempts.0.lock().unwrap().clone();
    assert_eq!((started, ended.len()), (2, 2));
    assert!(ended.iter().all(|bytes| *bytes > 100), "{ended:?}");
    open(&gate);
}
