//! Sends a chat message to everyone in a room: the teacher cannot come.
//!
//! HMS_ACCESS_KEY=… HMS_SECRET=… cargo run -p roomcast-examples --bin classroom <room id> <message>

use roomcast::{Client, Message, Outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [room_id, message] = arguments.as_slice() else {
        eprintln!("usage: classroom <room id> <message>");
        return ExitCode::from(2);
    };
    // 100ms's own clients show only chat lines.
    let message = Message::chat(message);
    match Client::from_env().and_then(|client| client.broadcast(room_id, message)) {
        Ok(_) => {
            println!("100ms accepted the message for everyone in the room");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            // Exit code 3: the outcome is unknown. If it is sent again, people may see it twice.
            ExitCode::from(if error.outcome() == Outcome::Unknown { 3 } else { 1 })
        }
    }
}
