//! Sends a message to everyone in a room: app <room id> <message>

use std::error::Error;

use roomcast::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [room_id, message] = arguments.as_slice() else {
        return Err("usage: app <room id> <message>".into());
    };
    let result = Client::from_env()?.broadcast(room_id, message)?;
    println!("{}", result.message);
    Ok(())
}
