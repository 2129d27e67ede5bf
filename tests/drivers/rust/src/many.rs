//! Concurrent sends: from several threads, or from a process and its forked child.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use roomcast::{Client, Request};
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

/// Starts sends without waiting for them, and drains. What has no result by then is not in the lines.
pub fn drain(client: &Client, call: &Value) -> io::Result<()> {
    let text = |name: &str| call[name].as_str().expect("text");
    let (room_id, message) = (text("room_id"), text("message"));
    let count = call["count"].as_u64().expect("a number");
    let timeout = Duration::from_secs_f64(call["timeout"].as_f64().expect("a number"));
    let (done, results) = mpsc::channel();
    for number in 0..count {
        let (message, done) = (format!("{message}.{number}"), done.clone());
        let request = Request::new(room_id, message.clone());
        let tell = done.clone();
        let on_done = {
            let message = message.clone();
            move |result| tell.send((message, result)).expect("the receiver lives")
        };
        if let Err(error) = client.start_message(&request, on_done) {
            done.send((message, Err(error))).expect("the receiver lives");
        }
    }
    let all_ended = client.drain(timeout);
    let mut outcomes = [("accepted", 0), ("not_sent", 0), ("rejected", 0), ("unknown", 0)];
    for (message, result) in results.try_iter() {
        let outcome = result.as_ref().map_or_else(|error| error.outcome().as_str(), |_| "accepted");
        outcomes.iter_mut().filter(|(name, _)| *name == outcome).for_each(|(_, count)| *count += 1);
        let mut line = result_line(result);
        line["of"] = Value::from(message);
        print(&line)?;
    }
    let mut line = json!({ "all_ended": all_ended });
    for (name, count) in outcomes {
        line[name] = count.into();
    }
    print(&json!({ "drain": line }))
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
