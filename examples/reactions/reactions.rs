//! Sends emoji reactions to everyone in a room, one after the other: the flying emojis of 100ms's own web page, Prebuilt.
//!
//! HMS_ACCESS_KEY=… HMS_SECRET=… cargo run -p roomcast-examples --bin reactions <room id> heart +1 clap tada

use roomcast::{Client, Error, Message};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(room_id), emojis) = (arguments.next(), arguments.collect::<Vec<_>>()) else {
        eprintln!("usage: reactions <room id> <emoji id>...");
        return ExitCode::from(2);
    };
    match react(&room_id, &emojis) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn react(room_id: &str, emojis: &[String]) -> Result<(), Error> {
    // A short deadline: a late reaction is useless.
    let client = Client::builder().timeout(Duration::from_secs(2)).build()?;
    for emoji in emojis {
        client.broadcast(room_id, Message::reaction(emoji))?;
        println!("{emoji}");
    }
    Ok(())
}
