//! Many messages: each exactly once, each with its result, however they end.

mod common;

use std::collections::BTreeSet;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{HANG, Server, ok};
use roomcast::{ApiRequest, Argument, Batch, BatchOptions, Error, ErrorKind, Outcome, Request};

fn requests(count: usize) -> impl Iterator<Item = Request> {
    (0..count).map(|number| Request::new("room", format!("m{number}")))
}

/// A caller's own item: its number, and the request.
struct Item(usize, Request);

impl AsRef<Request> for Item {
    fn as_ref(&self) -> &Request {
        &self.1
    }
}

fn items(count: usize) -> impl Iterator<Item = Item> {
    requests(count).enumerate().map(|(number, request)| Item(number, request))
}

#[test]
fn each_is_sent_once_and_has_its_result() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().max_in_flight(8).build().unwrap();
    let taken = AtomicUsize::new(0);
    let items = items(500).inspect(|_| {
        taken.fetch_add(1, Ordering::Relaxed);
    });
    let mut results = client.send_many(items);
    let mut numbers = BTreeSet::new();
    for item in results.by_ref() {
        item.result.unwrap();
        assert!(numbers.insert(item.item.0));
        // However slow the caller is, only so many are taken ahead.
        assert!(taken.load(Ordering::Relaxed) <= numbers.len() + 2 * 8);
    }
    assert_eq!((numbers.len(), results.progress().accepted), (500, 500));
    let bodies: BTreeSet<_> = server.bodies().into_iter().collect();
    assert_eq!((bodies.len(), server.bodies().len()), (500, 500));
}

#[test]
fn one_result_is_yielded_while_others_are_queued() {
    let answered = AtomicUsize::new(0);
    let server = Server::start(move |stream, _| answered.fetch_add(1, Ordering::Relaxed) > 0 || ok(stream));
    let client = server.client().max_in_flight(2).build().unwrap();
    let mut results = client.send_many(items(10));
    assert!(results.next().unwrap().result.is_ok());
    // Two are in flight, and more are queued.
    server.wait_for(3);
    assert_eq!(results.progress().completed, 1);
}

#[test]
fn an_item_that_cannot_be_sent_stops_no_other() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let wrong = [
        Request::new("room", " "),
        Request::new("no room", "hi"),
        Request::new("room", "hi").peer_id(""),
        Request::new("room", "hi").role("\n"),
    ];
    let mut results: Vec<_> =
        client.send_many(wrong.into_iter().chain(requests(3))).map(|item| item.result.map(drop)).collect();
    results.sort_by_key(Result::is_ok);
    for failed in &results[..4] {
        let error = failed.as_ref().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidRequest, Outcome::NotSent), "{error}");
    }
    assert!(results[4..].iter().all(Result::is_ok) && results.len() == 7);
    assert_eq!(server.bodies().len(), 3);
    assert_eq!(client.send_many([] as [Request; 0]).count(), 0);
}

#[test]
fn a_reset_is_told_item_by_item() {
    let broken = Mutex::new(BTreeSet::new());
    let is_broken = |body: &str| body.contains('7');
    let server = Server::start(move |stream, body| {
        if is_broken(body) {
            broken.lock().unwrap().insert(body.to_owned());
            return false;
        }
        ok(stream)
    });
    let client = server.client().max_in_flight(4).build().unwrap();
    let (mut unknown, mut accepted) = (0, 0);
    for item in client.send_many(items(100)) {
        match item.result {
            Ok(_) => {
                accepted += 1;
                assert!(!item.item.0.to_string().contains('7'));
            }
            Err(error) => {
                unknown += 1;
                assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
                assert!(item.item.0.to_string().contains('7'), "{}: {error}", item.item.0);
            }
        }
    }
    assert_eq!((unknown, accepted), (19, 81));
    assert_eq!(server.bodies().len(), 100);
}

#[test]
fn the_time_of_an_item_counts_from_its_first_attempt() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().timeout(Duration::from_secs(1)).build().unwrap();
    let started = Instant::now();
    // All are taken at once, and the last begins long after the timeout.
    let options = BatchOptions::default().rate(10.0);
    let results = client.send_many_with(options, requests(25)).unwrap();
    for item in results {
        item.result.unwrap();
    }
    assert!(started.elapsed() >= Duration::from_millis(2300), "{:?}", started.elapsed());
}

#[test]
fn one_that_waits_for_the_servers_limit_is_not_late() {
    let refusals = AtomicUsize::new(0);
    let server = Server::start(move |stream, _| match refusals.fetch_add(1, Ordering::SeqCst) {
        0 => {
            let refusal = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(refusal).is_ok()
        }
        _ => ok(stream),
    });
    let client = server.client().timeout(Duration::from_secs(1)).max_in_flight(1).build().unwrap();
    let results: Vec<_> = client.send_many(requests(5)).map(|item| item.result.map(drop)).collect();
    let error = results[0].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, Outcome::Rejected), "{error}");
    assert!(results[1..].iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.bodies().len(), 5);
}

#[test]
fn cancelling_sends_no_more_and_tells_the_rest() {
    let server = Server::start(|stream, body| if body.contains("m1") { true } else { ok(stream) });
    let client = server.client().max_in_flight(2).build().unwrap();
    let mut results = client.send_many(items(10));
    let handle = results.handle();
    assert!(results.next().unwrap().result.is_ok());
    server.wait_for(2);
    handle.cancel();
    let mut outcomes = Vec::new();
    for item in results {
        let number = item.item.0;
        match item.result {
            // It was under way, and completed first.
            Ok(_) => outcomes.push((number, None)),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                outcomes.push((number, Some(error.outcome())));
            }
        }
    }
    outcomes.sort_by_key(|(number, _)| *number);
    assert_eq!(outcomes.len(), 9);
    assert_eq!(outcomes[0], (1, Some(Outcome::Unknown)));
    assert!(outcomes[3..].iter().all(|(_, outcome)| *outcome == Some(Outcome::NotSent)), "{outcomes:?}");
    assert!(server.bodies().len() <= 4);
    let progress = handle.progress();
    assert_eq!(progress.completed, 10);
    assert_eq!(progress.accepted + progress.not_sent + progress.unknown, 10);
}

#[test]
fn an_option_out_of_range_sends_nothing() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    for options in [BatchOptions::default().rate(0.0), BatchOptions::default().max_in_flight(0)] {
        let error = client.send_many_with(options, requests(1)).err().unwrap();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidRequest, Outcome::NotSent));
    }
    assert_eq!(server.bodies().len(), 0);
}

#[test]
fn those_that_are_dropped_are_cancelled() {
    let server = Server::start(|_, _| true);
    let client = server.client().build().unwrap();
    let options = BatchOptions::default().max_in_flight(3);
    let mut results = client.send_many_with(options, requests(10)).unwrap();
    let handle = results.handle();
    let taker = thread::spawn(move || {
        let first = results.next();
        (first, results)
    });
    server.wait_for(3);
    handle.cancel();
    let (first, results) = taker.join().unwrap();
    assert_eq!(first.unwrap().outcome(), Some(Outcome::Unknown));
    drop(results);
    assert_eq!(server.bodies().len(), 3);
}

#[test]
fn what_is_queued_does_not_begin_after_a_cancel() {
    for _ in 0..20 {
        let server = Server::start(|_, _| true);
        let client = server.client().max_in_flight(8).build().unwrap();
        let mut results = client.send_many(requests(16));
        let handle = results.handle();
        let taker = thread::spawn(move || results.next().map(|first| (first, results.count())));
        server.wait_for(8);
        handle.cancel();
        assert_eq!(taker.join().unwrap().unwrap().1, 15);
        assert!(client.drain(HANG));
        assert_eq!(server.bodies().len(), 8);
    }
}

#[test]
fn results_do_not_wait_for_a_slow_iterator() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let taken = AtomicUsize::new(0);
    let slow = requests(10).inspect(|_| {
        taken.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(100));
    });
    assert!(client.send_many(slow).next().unwrap().result.is_ok());
    // Not as many as may be in flight.
    assert!(taken.load(Ordering::Relaxed) < 10, "{taken:?}");
}

#[test]
fn an_iterator_that_panics_takes_no_result_with_it() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().max_in_flight(4).build().unwrap();
    let items = items(5).inspect(|item| assert_ne!(item.0, 2, "on purpose"));
    let mut results = client.send_many(items);
    let (mut numbers, mut panics) = (BTreeSet::new(), 0);
    loop {
        match catch_unwind(AssertUnwindSafe(|| results.next())) {
            Ok(Some(item)) => assert!(item.result.is_ok() && numbers.insert(item.item.0)),
            Ok(None) => break,
            Err(_) => panics += 1,
        }
    }
    assert_eq!((numbers, panics), (BTreeSet::from([0, 1, 3, 4]), 1));
}

#[test]
fn a_callback_that_panics_takes_no_result_with_it() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let batch = Batch::new(&client, BatchOptions::default(), |_| panic!("on purpose")).unwrap();
    for (number, request) in requests(20).enumerate() {
        batch.start(number, Ok(ApiRequest::SendMessage(std::borrow::Cow::Owned(request)).into()));
    }
    let mut numbers = BTreeSet::new();
    while batch.wait() {
        let (number, result) = batch.take().unwrap();
        assert!(result.is_ok() && numbers.insert(number));
    }
    assert_eq!(numbers.len(), 20);
}

/// Cancels at any moment: what is told of each item is what the server saw of it.
#[test]
fn whenever_it_is_cancelled_each_outcome_is_the_truth() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().max_in_flight(8).build().unwrap();
    for round in 0..60 {
        let named = (0..64).map(|number| Request::new("room", format!("round-{round}-item-{number}-")));
        let items = named.enumerate().map(|(number, request)| Item(number, request));
        let mut results = client.send_many(items);
        let handle = results.handle();
        let canceller = thread::spawn(move || {
            thread::sleep(Duration::from_micros(round * 80));
            handle.cancel();
        });
        let mut ended: Vec<_> = results.by_ref().map(|item| (item.item.0, item.result.map(drop))).collect();
        canceller.join().unwrap();
        ended.sort_by_key(|(number, _)| *number);
        let numbers: Vec<_> = ended.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (0..64).collect::<Vec<_>>());
        // What is on its way to the server arrives before this.
        client.broadcast("room", "marker").unwrap();
        let bodies = server.bodies();
        for (number, result) in &ended {
            let name = format!("round-{round}-item-{number}-");
            let times = bodies.iter().filter(|body| body.contains(&name)).count();
            match result.as_ref().map_err(|error| (error.kind(), error.outcome())) {
                Ok(()) => assert_eq!(times, 1, "{name}"),
                Err((ErrorKind::Cancelled, Outcome::NotSent)) => assert_eq!(times, 0, "{name}"),
                Err((ErrorKind::Cancelled, Outcome::Unknown)) => assert!(times <= 1, "{name}"),
                Err(other) => panic!("{name}: {other:?}"),
            }
        }
        let progress = results.progress();
        let accepted = ended.iter().filter(|(_, result)| result.is_ok()).count() as u64;
        assert_eq!((progress.completed, progress.accepted), (64, accepted));
    }
}

/// The sends are the parent's, and so are the threads that complete them.
#[cfg(unix)]
#[test]
fn in_a_forked_child_it_ends_and_the_parent_continues() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().max_in_flight(4).build().unwrap();
    let mut results = client.send_many(requests(200));
    let mut ok = 0;
    for _ in 0..20 {
        ok += results.by_ref().take(3).filter(|item| item.result.is_ok()).count();
        // SAFETY: the child calls what is tested, and ends.
        match unsafe { libc::fork() } {
            0 => {
                let has_none = results.next().is_none() && results.progress().completed == 0;
                results.handle().cancel();
                drop(results);
                // SAFETY: ends the child without the parent's destructors.
                unsafe { libc::_exit(if has_none { 0 } else { 1 }) }
            }
            child => {
                let mut status = 0;
                // SAFETY: `status` is valid for the call.
                assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
                assert_eq!(status, 0);
            }
        }
    }
    ok += results.filter(|item| item.result.is_ok()).count();
    assert_eq!((ok, server.bodies().len()), (200, 200));
}

#[test]
fn one_that_cannot_be_started_has_its_result_at_once() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let batch = Batch::new(&client, BatchOptions::default(), |_| panic!("it was not started")).unwrap();
    assert!(!batch.has_result());
    batch.start("item", Err(Error::wrong_argument("item", &Argument::Null, "text")));
    assert!(batch.has_result());
    assert_eq!(batch.take().map(|(item, result)| (item, result.is_err())), Some(("item", true)));
    assert!(!batch.has_result() && batch.is_idle());
}
