//! What every client sends and is answered.

use std::env;

use serde::{Deserialize, Serialize};

use crate::Failure;

pub const ROOM: &str = "627cda81ab4f3b56a077dc33";
pub const PEER: &str = "1038fa72-9345-4651-beab-436f9242ebf4";

/// The text of a message, another one each time.
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
pub struct Answer {
    message: String,
}

/// Checks an answer as every client does: its status, and the JSON in it.
pub fn check(status: u16, answer: &Answer) -> Result<(), Failure> {
    if status == 200 && answer.message == "message sent" {
        return Ok(());
    }
    Err(format!("HTTP {status}, {:?}", answer.message).into())
}

/// Where messages are posted to.
pub fn url(base: &str) -> String {
    format!("{base}/active-rooms/{ROOM}/send-message")
}

/// The token of the clients that mint none: as long as the one that roomcast mints.
pub fn authorization() -> Result<String, Failure> {
    let token = env::var("BENCH_TOKEN").map_err(|_| "BENCH_TOKEN is not set")?;
    Ok(format!("Bearer {token}"))
}
