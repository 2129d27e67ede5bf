//! A fake server with the peers of the case.

use std::io;

use roomcast::{Fake, FakePeer};
use serde_json::{Value, json};

pub fn with_peers(peers: &[Value]) -> Fake {
    let fake = Fake::default();
    for peer in peers {
        let text = |name: &str| peer[name].as_str().unwrap_or_default().to_owned();
        let joined = FakePeer::new(text("peer_id"), text("role"));
        fake.join(text("room_id"), FakePeer { user_id: text("user_id"), name: text("name"), ..joined });
    }
    fake
}

/// Writes what it accepted to standard error.
pub fn write_sent(fake: &Fake) -> io::Result<()> {
    let sent = fake.sent().into_iter().map(|sent| {
        json!({"peer_id": sent.peer_id, "role": sent.role, "message": sent.message, "type": sent.message_type})
    });
    eprintln!("{}", json!({ "sent": sent.collect::<Vec<_>>() }));
    Ok(())
}
