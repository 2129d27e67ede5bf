//! Tells everybody in a classroom that the teacher cannot come.
//!
//! HMS_ACCESS_KEY=… HMS_SECRET=… cargo run -p roomcast-examples --bin classroom <room id> <message>

use roomcast::{Client, Outcome, Request};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [room_id, message] = arguments.as_slice() else {
        eprintln!("usage: classroom <room id> <message>");
        return ExitCode::from(2);
    };
    // 100ms's own web page shows messages of the type "chat", and no others.
    let request = Request::new(room_id, message).message_type("chat");
    match Client::from_env().and_then(|client| client.send_message(&request)) {
        Ok(_) => {
            println!("100ms took the message for everybody in the room");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            // 3: some may have seen it, and sending it again may show it to them twice.
            ExitCode::from(if error.outcome() == Outcome::Unknown { 3 } else { 1 })
        }
    }
}
