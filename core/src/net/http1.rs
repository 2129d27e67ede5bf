//! HTTP/1.1 without a socket: the bytes of one request, and the response parsed from the bytes that arrive, by ureq's
//! protocol engine.
//!
//! Only the engine: ureq itself is written for threads that block (bench/PROFILING.md, "Why not ureq itself").

use std::time::Duration;

use ureq_proto::client::state::{RecvBody, RecvResponse};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{HeaderValue, Request};
use ureq_proto::{BodyMode, Error};

use super::failure::{Failure, FailureKind};
use super::http_response::HttpResponse;
use super::idle_limit::keep_alive;
use super::timings::ExchangeTimings;

/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The longest line with the size of a chunk, in bytes. The engine refuses more than 20 before the end of the line.
const MAX_CHUNK_LINE: usize = 64;
/// The most of a body that is read, in bytes, if only the status matters. A server's message is shorter.
const MAX_BODY: usize = 64 * 1024;
/// The size of the first read, in bytes: more than the usual response.
const FIRST_READ: usize = 1024;
/// The same if a long response is expected.
const LONG_FIRST_READ: usize = 16 * 1024;
/// What a request's head has besides the values of its headers and its path, in bytes.
const HEAD_FRAME: usize = 256;

/// One request and its response, on whatever connection carries them.
pub(crate) struct Exchange {
    /// Head and body together, so that a request is one write.
    output: Vec<u8>,
    /// The end of the head in `output`.
    head: usize,
    taken: usize,
    /// The whole request reached the socket.
    is_written: bool,
    /// The socket did not take the whole request at once, so bytes may have arrived meanwhile.
    pub(super) write_blocked: bool,
    /// Why writing failed, while there may still be a response to read.
    pub(super) write_failure: Option<Failure>,
    /// Bytes arrived before the whole request was written.
    is_early: bool,
    input: Vec<u8>,
    /// The end of the bytes in `input`, and the end of those that were parsed.
    filled: usize,
    parsed: usize,
    /// How many of those that were not parsed the engine has seen, and found incomplete.
    incomplete: usize,
    /// The length of the trailers that were parsed.
    trailers: usize,
    stage: Stage,
    response: HttpResponse,
    /// For how long the server promises to keep the connection while it is idle.
    pub(super) keep_alive: Option<Duration>,
    /// The most of a 2xx body that is read, in bytes, if the body matters; otherwise the status is enough.
    body_limit: Option<usize>,
    pub(super) timings: ExchangeTimings,
}

enum Stage {
    Head(Call<RecvResponse>),
    Body(Call<RecvBody>),
    Done { can_reuse: bool },
}

impl Exchange {
    /// An exchange of which nothing was written yet. It takes the body, so that nobody stores it a second time;
    /// [`into_body`](Exchange::into_body) returns it. The engine logs at level trace what it writes, so `authorization`, the
    /// header's value, and the body never pass through it.
    pub(crate) fn new(request: Request<()>, authorization: &HeaderValue, body: Vec<u8>) -> Self {
        let values: usize =
            request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
        let host = request.uri().authority().map_or(0, |authority| authority.as_str().len());
        let room = HEAD_FRAME + path + host + values;
        let mut output = Vec::with_capacity(room + authorization.len() + body.len());
        output.resize(room, 0);
        let (head, call) = head(request, body.len(), &mut output).expect("checked parts make a request");
        // Before the empty line that ends the head.
        output.truncate(head - b"\r\n".len());
        for part in [b"authorization: ", authorization.as_bytes(), b"\r\n\r\n"] {
            output.extend_from_slice(part);
        }
        let head = output.len();
        output.extend_from_slice(&body);
        Exchange {
            output,
            head,
            taken: 0,
            is_written: false,
            write_blocked: false,
            write_failure: None,
            is_early: false,
            input: Vec::new(),
            filled: 0,
            parsed: 0,
            incomplete: 0,
            trailers: 0,
            stage: Stage::Head(call),
            response: HttpResponse::default(),
            keep_alive: None,
            body_limit: None,
            timings: ExchangeTimings::default(),
        }
    }

    /// The same for a request whose response's body matters; at most `limit` bytes of it are read.
    pub(crate) fn with_body(mut self, limit: usize) -> Self {
        self.body_limit = Some(limit);
        self.input.resize(LONG_FIRST_READ, 0);
        self
    }

    /// The same, with the times at which it is written.
    pub(crate) fn watched(mut self) -> Self {
        self.timings.is_watched = true;
        self
    }

    /// How far it got, and when.
    pub(crate) fn timings(&self) -> ExchangeTimings {
        ExchangeTimings { sent: self.taken, ..self.timings }
    }

    /// What the connection has not yet taken of the request.
    pub(super) fn untaken(&self) -> &[u8] {
        &self.output[self.taken..]
    }

    /// The connection took `amount` bytes more: for the socket, or to encrypt them.
    pub(super) fn record_taken(&mut self, amount: usize) {
        self.taken += amount;
    }

    /// The socket took the whole request.
    pub(super) fn end_writing(&mut self) {
        self.is_written = true;
        self.timings.end_writing();
    }

    /// Whether more of the request is to be written. After the head of a response there is not: it refuses the request.
    pub(super) fn is_writing(&self) -> bool {
        !self.is_written && self.write_failure.is_none() && matches!(self.stage, Stage::Head(_))
    }

    /// Whether the whole request reached the socket.
    pub(crate) fn is_written(&self) -> bool {
        self.is_written
    }

    /// Whether everything that matters of the response is known, though there may be more to read.
    pub(crate) fn status_known(&self) -> bool {
        match self.stage {
            Stage::Head(_) => false,
            Stage::Body(_) => self.wanted_body().is_none(),
            Stage::Done { .. } => true,
        }
    }

    /// The most of the body that is read, if the body matters.
    fn wanted_body(&self) -> Option<usize> {
        self.body_limit.filter(|_| self.response.is_success())
    }

    /// Whether the response is complete once the server closes the connection.
    pub(super) fn ends_with_connection(&self) -> bool {
        matches!(&self.stage, Stage::Body(call) if call.body_mode() == BodyMode::CloseDelimited)
    }

    /// Where to put the bytes that arrive.
    pub(super) fn read_buffer(&mut self) -> &mut [u8] {
        self.input.copy_within(self.parsed..self.filled, 0);
        self.filled -= std::mem::take(&mut self.parsed);
        if self.filled == self.input.len() {
            self.input.resize((2 * self.filled).max(FIRST_READ), 0);
        }
        &mut self.input[self.filled..]
    }

    /// Parses `amount` bytes more, which were put into the read buffer. True once the response is complete.
    pub(super) fn feed(&mut self, amount: usize) -> Result<bool, Failure> {
        self.is_early |= !self.is_written;
        self.filled += amount;
        self.timings.received += amount;
        if !self.is_worth_parsing(amount) {
            return Ok(false);
        }
        self.incomplete = 0;
        loop {
            let wanted = self.wanted_body();
            let input = &self.input[self.parsed..self.filled];
            match &mut self.stage {
                Stage::Head(call) => {
                    let (parsed, response) = match call.try_response(input, false) {
                        // The engine wants no headers here; they have no meaning.
                        Err(Error::HeadersWith100) => (head_length(input), None),
                        other => other.map_err(not_http)?,
                    };
                    // Each interim response has the limit for itself.
                    let length = if parsed > 0 { parsed } else { input.len() };
                    if length > MAX_HEAD {
                        return Err(Failure::new(FailureKind::Protocol, "the answer's head is too large"));
                    }
                    self.parsed += parsed;
                    match response {
                        Some(response) => {
                            self.response = HttpResponse::of_head(response.status(), response.headers());
                            self.keep_alive = keep_alive(response.headers());
                            self.check_early_success()?;
                            self.end_head();
                        }
                        // An interim response, such as 103; the final one follows.
                        None if parsed > 0 => {}
                        None => return Ok(self.wait_for_more()),
                    }
                }
                Stage::Body(call) => {
                    let body = &mut self.response.body;
                    let length = body.len();
                    let limit = wanted.unwrap_or(MAX_BODY);
                    body.resize((length + input.len()).min(limit), 0);
                    let in_trailers = call.is_ended_chunked();
                    let read = call.read(input, &mut body[length..]);
                    body.truncate(length + read.as_ref().map_or(0, |(_, output)| *output));
                    // What of the framing may be incomplete.
                    let most = match call.is_ended_chunked() {
                        true => MAX_HEAD.saturating_sub(self.trailers),
                        false => MAX_CHUNK_LINE,
                    };
                    match read {
                        Ok((0, 0)) if !is_complete(call) => {
                            // Beyond the limit nothing is read, so the body counts as complete.
                            if input.is_empty() || body.len() < limit && input.len() <= most {
                                return Ok(self.wait_for_more());
                            }
                            if wanted.is_some() && body.len() < limit {
                                let text = "the answer has too long a chunk size, chunk extension or trailer";
                                return Err(Failure::new(FailureKind::Protocol, text));
                            }
                            self.abandon_body();
                        }
                        Ok((parsed, _)) => {
                            self.parsed += parsed;
                            if in_trailers {
                                self.trailers += parsed;
                            }
                            if is_complete(call) {
                                self.end_body();
                            }
                        }
                        Err(error) if wanted.is_some() => return Err(not_http(error)),
                        Err(_) => self.abandon_body(),
                    }
                }
                Stage::Done { can_reuse } => {
                    // Bytes after the response belong to no request: the connection is not to be trusted.
                    *can_reuse &= self.parsed == self.filled;
                    return Ok(true);
                }
            }
        }
    }

    /// Whether `fresh` bytes can complete what was incomplete. Only the end of a line can, and a body's bytes are never
    /// incomplete. Without one, what was seen is looked at again once it has doubled, for what cannot be HTTP.
    fn is_worth_parsing(&self, fresh: usize) -> bool {
        let unparsed = self.filled - self.parsed;
        unparsed >= 2 * self.incomplete
            || unparsed > MAX_HEAD
            || self.input[self.filled - fresh..self.filled].contains(&b'\n')
    }

    fn wait_for_more(&mut self) -> bool {
        self.incomplete = self.filled - self.parsed;
        false
    }

    /// A message of which a part was not sent cannot have been accepted, whatever the server says, or however late it answers
    /// an earlier one.
    fn check_early_success(&self) -> Result<(), Failure> {
        if self.is_written || !self.response.is_success() {
            return Ok(());
        }
        let text = format!("the server answered {} before it had the whole request", self.response.status);
        Err(Failure::new(FailureKind::Protocol, text))
    }

    /// Stops reading a body before it is complete. Its connection cannot be reused.
    pub(crate) fn abandon_body(&mut self) {
        self.stage = done(true);
    }

    fn end_head(&mut self) {
        if let Stage::Head(call) = self.take_stage()
            && let Some(next) = call.proceed()
        {
            self.stage = match next {
                RecvResponseResult::RecvBody(call) => Stage::Body(call),
                RecvResponseResult::Redirect(call) => done(call.must_close_connection()),
                RecvResponseResult::Cleanup(call) => done(call.must_close_connection()),
            };
        }
    }

    fn end_body(&mut self) {
        if let Stage::Body(call) = self.take_stage()
            && let Some(next) = call.proceed()
        {
            self.stage = match next {
                RecvBodyResult::Redirect(call) => done(call.must_close_connection()),
                RecvBodyResult::Cleanup(call) => done(call.must_close_connection()),
            };
        }
    }

    fn take_stage(&mut self) -> Stage {
        std::mem::replace(&mut self.stage, done(true))
    }

    /// The response, and whether its connection can be reused.
    pub(crate) fn take_response(&mut self) -> (HttpResponse, bool) {
        // What arrived early may belong to an earlier request.
        let can_reuse = matches!(self.stage, Stage::Done { can_reuse: true }) && !self.is_early;
        let empty = HttpResponse::default();
        (std::mem::replace(&mut self.response, empty), can_reuse)
    }

    /// The request's method, and its path with the query.
    pub(super) fn request_line(&self) -> (&str, &str) {
        let head = str::from_utf8(&self.output[..self.head]).unwrap_or_default();
        let mut words = head.split(' ');
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }

    /// The request's body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.output[self.head..]
    }

    /// Returns the request's body, for the next attempt.
    pub(crate) fn into_body(mut self) -> Vec<u8> {
        self.output.drain(..self.head);
        self.output
    }
}

fn done(must_close: bool) -> Stage {
    Stage::Done { can_reuse: !must_close }
}

/// Writes a request's head. Returns its length, and the engine's state for reading the response.
fn head(request: Request<()>, body: usize, output: &mut [u8]) -> Result<(usize, Call<RecvResponse>), Error> {
    let mut call = Call::new(request)?.proceed();
    let length = call.write(output)?;
    let call = match call.proceed()? {
        Some(SendRequestResult::SendBody(mut call)) => {
            call.consume_direct_write(body)?;
            call.proceed()
        }
        Some(SendRequestResult::RecvResponse(call)) => Some(call),
        Some(SendRequestResult::Await100(_)) | None => None,
    };
    Ok((length, call.ok_or(Error::OutputOverflow)?))
}

/// The length of the complete head that `input` begins with.
fn head_length(input: &[u8]) -> usize {
    let mut length = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    for line in input[length..].split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
    }
    length
}

/// Whether a body is complete, as far as that can be known before the connection closes.
fn is_complete(call: &Call<RecvBody>) -> bool {
    call.can_proceed() && call.body_mode() != BodyMode::CloseDelimited
}

fn not_http(_: Error) -> Failure {
    Failure::new(FailureKind::Protocol, "the answer is not proper HTTP")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        let request = Request::get("http://localhost/").body(()).unwrap();
        let mut exchange = Exchange::new(request, &HeaderValue::from_static("Bearer token"), Vec::new());
        exchange.end_writing();
        exchange
    }

    /// Feeds `input` in pieces; the number of times that something was parsed, and the end.
    fn feed(exchange: &mut Exchange, mut input: &[u8], size: usize) -> (usize, Result<bool, Failure>) {
        let mut parsed = 0;
        while !input.is_empty() {
            let buffer = exchange.read_buffer();
            let amount = size.min(input.len()).min(buffer.len());
            buffer[..amount].copy_from_slice(&input[..amount]);
            input = &input[amount..];
            exchange.filled += amount;
            parsed += usize::from(exchange.is_worth_parsing(amount));
            exchange.filled -= amount;
            match exchange.feed(amount) {
                Ok(false) => {}
                ended => return (parsed, ended),
            }
        }
        (parsed, Ok(false))
    }

    #[test]
    fn bytes_that_arrive_one_by_one_are_not_parsed_again_with_each() {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (begin, more) in [(&b"HTTP/1.1 200 OK\r\nX: "[..], MAX_HEAD - 100), (chunked, MAX_CHUNK_LINE)] {
            let mut exchange = exchange().with_body(1000);
            assert!(!feed(&mut exchange, begin, begin.len()).1.unwrap());
            let (parsed, ended) = feed(&mut exchange, &b"1".repeat(more), 1);
            assert!(parsed <= 15 && !ended.unwrap(), "{parsed}");
        }
    }

    #[test]
    fn what_was_not_parsed_has_a_limit() {
        let trailers = |line: &str| format!("{}{}", "2\r\n{}\r\n0\r\n", line.repeat(2 * MAX_HEAD));
        for body in ["1".repeat(1000), "\r".repeat(1000), trailers("x"), trailers("a: b\r\n"), trailers("\n")]
        {
            for size in [1, 7, 1000, 50_000] {
                let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                let input = [head, &body].concat();
                let mut query = exchange().with_body(1000);
                let (_, ended) = feed(&mut query, input.as_bytes(), size);
                assert_eq!(ended.unwrap_err().kind, FailureKind::Protocol);
                assert!(query.input.len() <= 2 * MAX_HEAD, "{} bytes", query.input.len());
                // Only the status matters, which is known.
                let mut send = exchange();
                assert!(feed(&mut send, input.as_bytes(), size).1.unwrap());
                assert!(!send.take_response().1, "its connection is not used again");
            }
        }
    }

    #[test]
    fn trailers_are_read_and_have_no_meaning() {
        let input = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n";
        for size in [1, 2, 5, 500] {
            let mut exchange = exchange().with_body(1000);
            assert!(feed(&mut exchange, input, size).1.unwrap());
            let (response, can_reuse) = exchange.take_response();
            assert_eq!((response.status, &*response.body, can_reuse), (200, &b"{}"[..], true));
        }
    }

    #[test]
    fn a_100_may_have_headers() {
        let end = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        for begin in [
            "HTTP/1.1 100 Continue\r\nDate: Thu, 26 Nov 2026 03:00:00 GMT\r\n\r\n",
            "\r\n\nHTTP/1.1 100 Continue\r\nA: b\r\nC: d\r\n\r\n",
            "HTTP/1.1 100 Continue\nA: b\n\n",
            "HTTP/1.1 100 Continue\r\nA: b\r\n\nHTTP/1.1 100 Continue\r\nA: b\r\n\r\n",
        ] {
            for size in [1, 3, 500] {
                let mut exchange = exchange();
                let input = [begin, end].concat();
                assert!(feed(&mut exchange, input.as_bytes(), size).1.unwrap(), "{begin:?}");
                let (response, can_reuse) = exchange.take_response();
                assert_eq!((response.status, &*response.body, can_reuse), (200, &b"{}"[..], true));
            }
        }
    }
}
