//! One message to several recipients: what became of it for each of them.

mod common;

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use common::{HANG, Server, ok};
use roomcast::{Error, ErrorKind, MulticastRequest, Outcome, RecipientResult};

fn answer(stream: &mut TcpStream, status: &str, body: &str) -> bool {
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).is_ok()
}

/// The answer to a query: peers with their users.
fn answer_peers(stream: &mut TcpStream, peers: &[(String, &str)]) -> bool {
    let peers: Vec<_> = peers
        .iter()
        .map(|(id, user)| format!(r#""{id}":{{"id":"{id}","user_id":"{user}","role":"guest"}}"#))
        .collect();
    answer(stream, "200 OK", &format!(r#"{{"peers":{{{}}}}}"#, peers.join(",")))
}

fn peers(of_users: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    of_users.iter().map(|(id, user)| ((*id).to_owned(), *user)).collect()
}

/// The bodies of the messages that the server took.
fn sent(server: &Server) -> Vec<String> {
    let mut bodies = server.bodies();
    bodies.retain(|body| !body.is_empty());
    bodies.sort();
    bodies
}

/// Who, and how it ended.
fn ended(results: &[RecipientResult]) -> Vec<(&str, Option<ErrorKind>)> {
    let name = |result: &'_ RecipientResult| {
        result.peer_id.as_deref().or(result.role.as_deref()).map_or("absent", |name| name).to_owned()
    };
    results
        .iter()
        .map(|result| {
            let name: &str = Box::leak(name(result).into_boxed_str());
            (name, result.result.as_ref().err().map(Error::kind))
        })
        .collect()
}

#[test]
fn a_tab_that_closed_stops_nobody() {
    let server = Server::start(|stream, body| match body {
        "" => answer_peers(stream, &peers(&[("tab1", "ann"), ("tab2", "ann"), ("tab3", "ann")])),
        body if body.contains("tab2") => {
            answer(stream, "404 Not Found", r#"{"code":404,"message":"peer not found"}"#)
        }
        _ => ok(stream),
    });
    let client = server.client().build().unwrap();
    let results = client.send_to_user("room", "ann", "hi").unwrap();
    assert_eq!(ended(&results), [("tab1", None), ("tab2", Some(ErrorKind::NotFound)), ("tab3", None)]);
    assert!(results.iter().all(|result| result.user_id.as_deref() == Some("ann")));
    assert_eq!(results[1].result.as_ref().unwrap_err().outcome(), Outcome::Rejected);
    let message = |tab| format!(r#"{{"message":"hi","peer_id":"{tab}"}}"#);
    assert_eq!(sent(&server), ["tab1", "tab2", "tab3"].map(message));
}

#[test]
fn a_user_without_a_peer_is_an_error_and_never_a_broadcast() {
    let server = Server::start(|stream, _| answer_peers(stream, &[]));
    let client = server.client().build().unwrap();
    for request in [
        MulticastRequest::to_user("room", "ann", "hi"),
        MulticastRequest::to_users("room", ["ann", "bob"], "hi"),
    ] {
        let error = client.send_multicast(&request).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::NotSent), "{error}");
    }
    assert_eq!(sent(&server), [""; 0]);
}

#[test]
fn of_several_users_one_is_absent() {
    let server = Server::start(|stream, body| match body {
        "" => answer_peers(stream, &peers(&[("1", "ann"), ("2", "eve"), ("3", "cat"), ("4", "ann")])),
        _ => ok(stream),
    });
    let client = server.client().build().unwrap();
    let request = MulticastRequest::to_users("room", ["ann", "bob", "cat", "ann"], "hi");
    let results = client.send_multicast(&request).unwrap();
    let absent = ("absent", Some(ErrorKind::NotFound));
    assert_eq!(ended(&results), [("1", None), ("4", None), absent, ("3", None)]);
    assert_eq!(results[2].user_id.as_deref(), Some("bob"));
    assert_eq!(sent(&server).len(), 3);
}

#[test]
fn peers_and_roles_need_no_query() {
    let server = Server::start(|stream, _| ok(stream));
    let client = server.client().build().unwrap();
    let results = client
        .send_multicast(&MulticastRequest::to_peers("room", ["p", "q"], "hi").message_type("chat"))
        .unwrap();
    assert_eq!(ended(&results), [("p", None), ("q", None)]);
    let results = client.send_multicast(&MulticastRequest::to_roles("room", ["host"], "hi")).unwrap();
    assert_eq!(ended(&results), [("host", None)]);
    assert_eq!(
        sent(&server),
        [
            r#"{"message":"hi","peer_id":"p","type":"chat"}"#,
            r#"{"message":"hi","peer_id":"q","type":"chat"}"#,
            r#"{"message":"hi","role":"host"}"#
        ]
    );
    assert_eq!(server.bodies().len(), 3);
}

#[test]
fn a_failed_query_sends_nothing_whatever_became_of_it() {
    for status in ["401 Unauthorized", "404 Not Found", "500 Oops"] {
        let server = Server::start(move |stream, _| answer(stream, status, "{}"));
        let client = server.client().max_attempts(1).build().unwrap();
        let error = client.send_to_user("room", "ann", "hi").unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        assert!(error.to_string().contains("Nothing was sent."), "{error}");
        assert_eq!(sent(&server), [""; 0]);
    }
}

#[test]
fn more_recipients_than_may_be_in_flight() {
    let of_users: Vec<_> = (0..200).map(|number| (format!("peer-{number:03}"), "ann")).collect();
    let server = Server::start(move |stream, body| match body {
        "" => answer_peers(stream, &of_users),
        _ => ok(stream),
    });
    let client = server.client().max_in_flight(4).build().unwrap();
    let results = client.send_to_user("room", "ann", "hi").unwrap();
    assert!(results.len() == 200 && results.iter().all(|result| result.result.is_ok()));
    let in_order: Vec<_> = results.iter().map(|result| result.peer_id.clone().unwrap()).collect();
    assert!(in_order.is_sorted());
    assert_eq!(sent(&server).len(), 200);
}

#[test]
fn all_parts_have_one_deadline() {
    // The peers answer, but one at a time never does.
    let server = Server::start(|stream, body| if body.contains("\"q\"") { true } else { ok(stream) });
    let client = server.client().build().unwrap();
    let request = MulticastRequest::to_peers("room", ["p", "q"], "hi").timeout(Duration::from_millis(500));
    let results = client.send_multicast(&request).unwrap();
    assert_eq!(ended(&results), [("p", None), ("q", Some(ErrorKind::Timeout))]);
    assert_eq!(results[1].result.as_ref().unwrap_err().outcome(), Outcome::Unknown);
}

#[test]
fn cancelling_says_whether_a_message_may_have_been_delivered() {
    // During the query, and after one was accepted.
    for (answers, at_least, outcome) in [(false, 1, Outcome::NotSent), (true, 3, Outcome::Unknown)] {
        let server = Server::start(move |stream, body| match body {
            "" if answers => answer_peers(stream, &peers(&[("p", "ann"), ("q", "ann")])),
            body if body.contains("\"p\"") => ok(stream),
            _ => true,
        });
        let client = server.client().build().unwrap();
        let (done, result) = mpsc::channel();
        let request = MulticastRequest::to_user("room", "ann", "hi");
        let operation = roomcast::Operation::Multicast(std::borrow::Cow::Borrowed(&request));
        let pending = client.start(operation, move |result| done.send(result).unwrap()).unwrap();
        server.wait_for(at_least);
        pending.cancel();
        let error = result.recv_timeout(HANG).unwrap().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, outcome), "{error}");
        pending.cancel();
        assert!(result.recv_timeout(HANG).is_err(), "the callback is dropped after its one call");
    }
}

/// Cancels at any moment: what is said of all messages together is what the server saw of them.
#[test]
fn whenever_it_is_cancelled_the_outcome_is_the_truth() {
    let server = Server::start(|stream, body| match body {
        "" => answer_peers(stream, &peers(&[("p", "ann"), ("q", "ann"), ("r", "ann")])),
        _ => ok(stream),
    });
    let client = server.client().max_in_flight(2).build().unwrap();
    let mut completed = 0;
    for round in 0..400 {
        let name = format!("round-{round}-");
        let request = MulticastRequest::to_user("room", "ann", name.as_str());
        let operation = roomcast::Operation::Multicast(std::borrow::Cow::Borrowed(&request));
        let (done, result) = mpsc::channel();
        let pending = client.start(operation, move |result| done.send(result).unwrap()).unwrap();
        std::thread::sleep(Duration::from_micros(round * 5));
        pending.cancel();
        let result = result.recv_timeout(HANG).unwrap();
        client.broadcast("room", "marker").unwrap();
        let times = sent(&server).iter().filter(|body| body.contains(&name)).count();
        match result {
            Ok(_) => {
                completed += 1;
                assert_eq!(times, 3);
            }
            Err(error) if error.outcome() == Outcome::NotSent => assert_eq!(times, 0, "{error}"),
            Err(error) => {
                assert_eq!((error.kind(), error.outcome()), (ErrorKind::Cancelled, Outcome::Unknown))
            }
        }
    }
    assert!(completed < 400);
}

/// As a signal's handler may do it.
#[cfg(unix)]
#[test]
fn a_child_that_is_forked_while_it_waits_does_not_wait_for_its_parents_result() {
    let server = Server::start(|stream, body| {
        std::thread::sleep(Duration::from_millis(300));
        if body.is_empty() { answer_peers(stream, &peers(&[("p", "ann")])) } else { ok(stream) }
    });
    let child = std::sync::Arc::new(std::sync::atomic::AtomicI32::new(-1));
    let forked = child.clone();
    let fork = move || {
        if forked.load(std::sync::atomic::Ordering::Relaxed) == -1 {
            // SAFETY: the child returns from the call that is tested, and ends.
            forked.store(unsafe { libc::fork() }, std::sync::atomic::Ordering::Relaxed);
        }
        false
    };
    let client = server.client().interrupted(fork).build().unwrap();
    let result = client.send_to_user("room", "ann", "hi");
    match child.load(std::sync::atomic::Ordering::Relaxed) {
        0 => {
            let is_cancelled = result.is_err_and(|error| {
                (error.kind(), error.outcome()) == (ErrorKind::Cancelled, Outcome::Unknown)
            });
            // SAFETY: ends the child without the parent's destructors.
            unsafe { libc::_exit(if is_cancelled { 0 } else { 1 }) }
        }
        child => {
            assert_eq!(ended(&result.unwrap()), [("p", None)]);
            let mut status = 0;
            // SAFETY: `status` is valid for the call.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            assert_eq!(status, 0);
        }
    }
    assert_eq!(sent(&server).len(), 1);
}

#[test]
fn a_client_that_is_closed_meanwhile_ends_what_is_under_way() {
    let (begun, has_begun) = mpsc::channel();
    let (close, closed) = mpsc::channel::<()>();
    let (begun, closed) = (std::sync::Mutex::new(begun), std::sync::Mutex::new(closed));
    let server = Server::start(move |stream, body| match body {
        "" => {
            begun.lock().unwrap().send(()).unwrap();
            closed.lock().unwrap().recv().unwrap();
            answer_peers(stream, &peers(&[("p", "ann")]))
        }
        _ => ok(stream),
    });
    let client = server.client().build().unwrap();
    let (done, result) = mpsc::channel();
    let request = MulticastRequest::to_user("room", "ann", "hi");
    let operation = roomcast::Operation::Multicast(std::borrow::Cow::Borrowed(&request));
    client.start(operation, move |result| done.send(result).unwrap()).unwrap();
    has_begun.recv_timeout(HANG).unwrap();
    client.close();
    drop(client);
    close.send(()).unwrap();
    let results: Vec<RecipientResult> = result.recv_timeout(HANG).unwrap().unwrap().try_into().unwrap();
    assert_eq!(ended(&results), [("p", None)]);
}
