//! The request and response that all clients share.

use std::env;

use serde::{Deserialize, Serialize};

use crate::Failure;

pub const ROOM: &str = "627cda81ab4f3b56a077dc33";
pub const PEER: &str = "1038fa72-9345-4651-beab-436f9242ebf4";

/// The text of a message, which contains its number.
pub fn text(number: u64) -> String {
    format!("your cards: A♠ K♠ ({number})")
}

#[derive(Serialize)]
pub struct Body {
    message: String,
    peer_id: &'static str,
}

impl Body {
    pub fn new(number: u64) -> Self {
        Body { message: text(number), peer_id: PEER }
    }
}

#[derive(Deserialize)]
pub struct Reply {
    message: String,
}

/// Checks a response: its status, and its JSON.
pub fn check(status: u16, reply: &Reply) -> Result<(), Failure> {
    if status == 200 && reply.message == "message sent" {
        return Ok(());
    }
    Err(format!("HTTP {status}, {:?}", reply.message).into())
}

/// The URL that messages are posted to.
pub fn url(base: &str) -> String {
    format!("{base}/active-rooms/{ROOM}/send-message")
}

/// The token for the clients that do not mint one. It has the same length as roomcast's.
pub fn authorization() -> Result<String, Failure> {
    let token = env::var("BENCH_TOKEN").map_err(|_| "BENCH_TOKEN is not set")?;
    Ok(format!("Bearer {token}"))
}
