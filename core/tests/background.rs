//! Sends that were started without waiting: queued, cancelled, as futures.

mod common;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::Duration;

use common::{HANG, Server, ok};
use roomcast::{Client, Error, ErrorKind, Outcome, Pending, Request, SendResult};

fn start(client: &Client, message: &str) -> (Pending, Receiver<Result<SendResult, Error>>) {
    let (done, result) = mpsc::channel();
    let pending =
        client.start_message(&Request::new("room", message), move |result| done.send(result).unwrap());
    (pending.unwrap(), result)
}

fn wait(result: &Receiver<Result<SendResult, Error>>) -> Result<SendResult, Error> {
    result.recv_timeout(HANG).expect("a started send always completes")
}

/// Never answers, so that a send stays in flight.
fn silent() -> Server {
    Server::start(|_, _| true)
}

#[test]
fn more_sends_than_may_be_in_flight_are_all_done() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().max_in_flight(4).build().unwrap();
    let results: Vec<_> = (0..200).map(|n| start(&client, &format!("m{n}")).1).collect();
    for result in &results {
        assert_eq!(wait(result).unwrap().message, "message sent");
    }
    assert_eq!(server.bodies().len(), 200);
}

#[test]
fn cancelled_in_flight_is_unknown_and_completes_immediately() {
    let server = silent();
    let client = server.client().build().unwrap();
    let (pending, result) = start(&client, "hi");
    server.wait_for(1);
    pending.cancel();
    let error = wait(&result).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, Outcome::Unknown));
    assert_eq!(error.attempts(), 1);
    // Cancelling a send that has completed has no effect.
    pending.cancel();
    assert!(result.try_recv().is_err());
}

#[test]
fn a_cancel_is_never_reported_as_a_broken_connection() {
    let server = silent();
    let client = server.client().build().unwrap();
    for n in 1..=100 {
        let (pending, result) = start(&client, "hi");
        server.wait_for(n);
        pending.cancel();
        assert_eq!(wait(&result).unwrap_err().kind(), ErrorKind::Cancelled);
    }
}

#[test]
fn cancelled_in_the_queue_is_not_sent_and_never_leaves() {
    let server = silent();
    let client = server.client().max_in_flight(1).build().unwrap();
    let (first, first_result) = start(&client, "first");
    server.wait_for(1);
    let (second, second_result) = start(&client, "second");
    let (third, third_result) = start(&client, "third");
    second.cancel();
    let error = wait(&second_result).unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Cancelled, Outcome::NotSent, 0)
    );
    first.cancel();
    wait(&first_result).unwrap_err();
    server.wait_for(2);
    assert!(server.bodies()[1].contains("third"), "{:?}", server.bodies());
    third.cancel();
    wait(&third_result).unwrap_err();
}

#[test]
fn the_deadline_counts_in_the_queue_too() {
    let server = silent();
    let client = server.client().max_in_flight(1).timeout(Duration::from_millis(300)).build().unwrap();
    let (_, first) = start(&client, "first");
    let (_, second) = start(&client, "second");
    let (first, second) = (wait(&first).unwrap_err(), wait(&second).unwrap_err());
    assert_eq!((first.kind(), first.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert_eq!((second.kind(), second.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
    assert_eq!(server.bodies().len(), 1);
}

#[test]
fn a_bad_request_fails_in_start_itself() {
    let server = silent();
    let client = server.client().build().unwrap();
    let started = client.start_message(&Request::new("room", " "), |_| panic!("never called"));
    assert_eq!(started.unwrap_err().kind(), ErrorKind::InvalidRequest);
    client.close();
    let started = client.start_message(&Request::new("room", "hi"), |_| panic!("never called"));
    assert_eq!(started.unwrap_err().kind(), ErrorKind::Configuration);
    assert!(server.bodies().is_empty());
}

#[test]
fn started_sends_complete_though_the_client_is_closed_and_dropped() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().max_in_flight(1).build().unwrap();
    let results: Vec<_> = (0..20).map(|n| start(&client, &format!("m{n}")).1).collect();
    client.close();
    drop(client);
    for result in &results {
        wait(result).unwrap();
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park_timeout(HANG),
        }
    }
}

#[test]
fn a_future_of_any_runtime() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    assert_eq!(block_on(client.send_message_async(&Request::new("room", "hi"))).unwrap().attempts, 1);
    let error = block_on(client.send_message_async(&Request::new("room", ""))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_future_that_is_dropped_cancels_the_send() {
    let server = silent();
    let client = server.client().max_in_flight(1).build().unwrap();
    let first = client.send_message_async(&Request::new("room", "first"));
    server.wait_for(1);
    drop(first);
    // The only worker is free again.
    let second = client.send_message_async(&Request::new("room", "second"));
    server.wait_for(2);
    drop(second);
}
