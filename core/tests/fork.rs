//! Forks, as C and Python programs make them. What processes see of each other's values: process-local/tests.

#![cfg(unix)]

mod common;

use std::sync::mpsc;

use common::{HANG, Server, ok};
use roomcast::Request;

/// A process that a callback forked has one thread: the one that polls the parent's sockets, and would read its responses.
#[test]
fn a_child_that_returns_from_the_callback_that_forked_it_touches_no_socket_of_its_parent() {
    let server = Server::start(|stream, _| ok(stream));
    for _ in 0..5 {
        let client = server.client().build().unwrap();
        let (forked, child) = mpsc::channel();
        let fork = move |_| {
            // SAFETY: what the child does is what is tested.
            forked.send(unsafe { libc::fork() }).unwrap();
        };
        let _pending = client.start_message(&Request::new("room", "forks"), fork).unwrap();
        let child = child.recv_timeout(HANG).unwrap();
        assert!(child > 0);
        let (done, results) = mpsc::channel();
        for number in 0..50 {
            let done = done.clone();
            let on_done = move |result| done.send(result).unwrap();
            client.start_message(&Request::new("room", format!("{number}")), on_done).unwrap();
            results.recv_timeout(HANG).expect("the parent's send completes").unwrap();
        }
        let mut status = 0;
        // SAFETY: `status` is valid for the call.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert!(libc::WIFEXITED(status), "the child ended with {status}");
    }
}
