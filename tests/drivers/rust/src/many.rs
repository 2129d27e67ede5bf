//! Concurrent sends: from several threads, or from a process and its forked child.

use std::io;
use std::thread;

use roomcast::Client;
use serde_json::{Value, json};

use crate::{print, result_line};

pub fn run(client: &Client, method: &str, call: &Value) -> io::Result<()> {
    let text = |name: &str| call[name].as_str().expect("text");
    let number = |name: &str| call[name].as_u64().expect("a number");
    let (room_id, message) = (text("room_id"), text("message"));
    if method == "burst" {
        let threads = number("threads");
        thread::scope(|scope| {
            for thread in 0..threads {
                let message = format!("{message}.{thread}");
                scope.spawn(move || sends(client, room_id, &message, number("each")));
            }
        });
        return print(&json!({ "burst": threads * number("each") }));
    }
    fork(client, room_id, message, number("each"))
}

/// No case with a fork is run there: see `not_on`.
#[cfg(not(unix))]
fn fork(_: &Client, _: &str, _: &str, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn fork(client: &Client, room_id: &str, message: &str, each: u64) -> io::Result<()> {
    // SAFETY: no other thread is running, so no lock can be held in the child.
    match unsafe { libc::fork() } {
        0 => {
            sends(client, room_id, &format!("{message}.child"), each);
            std::process::exit(0);
        }
        child => {
            sends(client, room_id, &format!("{message}.parent"), each);
            let mut status = 0;
            // SAFETY: `child` is a child of this process, and `status` outlives the call.
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            print(&json!({ "fork": status }))
        }
    }
}

fn sends(client: &Client, room_id: &str, message: &str, each: u64) {
    for number in 0..each {
        let message = format!("{message}.{number}");
        let mut line = result_line(client.broadcast(room_id, &message));
        line["of"] = Value::from(message);
        print(&line).expect("standard output is writable");
    }
}
