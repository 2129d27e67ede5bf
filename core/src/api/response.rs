//! What an operation returned, parsed from the body of a 2xx response.

use crate::error::{Error, ErrorKind, Outcome};
use crate::net::HttpResponse;

use super::error_response::{error_body, request_id};
use super::rooms::{parse_peers, parse_room};
use super::{ApiRequest, Peer, RecipientResult, Room, SendResult};

/// The longest response to a query, in bytes: a room of ten thousand peers with more than a kilobyte each.
pub(crate) const MAX_RESPONSE: usize = 16 * 1024 * 1024;

/// For language bindings: what an operation returned.
#[derive(Debug, Clone)]
pub enum Response {
    /// Of a send.
    SendResult(SendResult),
    /// Of a multicast: one for each recipient, in the order in which they were named.
    Recipients(Vec<RecipientResult>),
    /// Of a query for peers.
    Peers(Vec<Peer>),
    /// Of a query for a room.
    Room(Box<Room>),
}

impl ApiRequest<'_> {
    /// Parses a 2xx response. `attempts` is the number of attempts so far.
    ///
    /// # Errors
    /// What is wrong with the body of a query's response; a send succeeds whatever the body holds.
    pub(crate) fn parse_response(
        &self,
        response: &HttpResponse,
        secrets: &[&str],
        attempts: u32,
    ) -> Result<Response, String> {
        let body = &response.body[..];
        if self.is_idempotent() && body.len() > MAX_RESPONSE {
            return Err(format!("the answer has more than {MAX_RESPONSE} bytes"));
        }
        match self {
            ApiRequest::SendMessage(_) => {
                let message = error_body(body, secrets).message.unwrap_or_default();
                let request_id = request_id(response, secrets);
                Ok(Response::SendResult(SendResult { message, attempts, request_id }))
            }
            ApiRequest::ListPeers(query) => parse_peers(body, query).map(Response::Peers),
            ApiRequest::GetRoom(query) => parse_room(body, query).map(|room| Response::Room(Box::new(room))),
        }
    }
}

// Each operation parses to its own kind of response, so the other kinds would be a fault in roomcast.

impl TryFrom<Response> for SendResult {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        match response {
            Response::SendResult(result) => Ok(result),
            other => Err(mismatch(&other)),
        }
    }
}

impl TryFrom<Response> for Vec<RecipientResult> {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        match response {
            Response::Recipients(results) => Ok(results),
            other => Err(mismatch(&other)),
        }
    }
}

impl TryFrom<Response> for Vec<Peer> {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        match response {
            Response::Peers(peers) => Ok(peers),
            other => Err(mismatch(&other)),
        }
    }
}

impl TryFrom<Response> for Room {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        match response {
            Response::Room(room) => Ok(*room),
            other => Err(mismatch(&other)),
        }
    }
}

fn mismatch(response: &Response) -> Error {
    let got = match response {
        Response::SendResult(_) => "a send's",
        Response::Recipients(_) => "a multicast's",
        Response::Peers(_) => "a list of peers'",
        Response::Room(_) => "a room's",
    };
    let what = format!("roomcast returned {got} response; please report it");
    // Whatever the operation was, the server has executed it.
    Error::new(ErrorKind::Internal, Outcome::Unknown, what)
}
