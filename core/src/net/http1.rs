//! HTTP/1.1 without a socket: the bytes of one request, and the response parsed from the bytes that arrive, by ureq's
//! protocol engine.
//!
//! Only the engine: ureq itself is written for threads that block (bench/PROFILING.md, "Why not ureq itself").

use ureq_proto::client::state::{RecvBody, RecvResponse};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{Request, header};
use ureq_proto::{BodyMode, Error};

use super::failure::{Failure, FailureKind};

/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The most of a body that is read, in bytes, if only the status matters. A server's message is shorter.
const MAX_BODY: usize = 64 * 1024;
/// The size of the first read, in bytes: more than the usual response.
const FIRST_READ: usize = 1024;
/// The same if a long response is expected.
const LONG_FIRST_READ: usize = 16 * 1024;
/// What a request's head has besides the values of its headers and its path, in bytes.
const HEAD_FRAME: usize = 256;

/// A response whose head arrived. The body may be cut short or empty.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl HttpResponse {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// One request and its response, on whatever connection carries them.
pub(crate) struct Exchange {
    /// Head and body together, so that a request is one write.
    output: Vec<u8>,
    /// The end of the head in `output`.
    head: usize,
    written: usize,
    /// Why writing failed, while there may still be a response to read.
    pub(super) write_failure: Option<Failure>,
    input: Vec<u8>,
    /// The end of the bytes in `input`, and the end of those that were parsed.
    filled: usize,
    parsed: usize,
    stage: Stage,
    response: HttpResponse,
    /// The most of a 2xx body that is read, in bytes, if the body matters; otherwise the status is enough.
    body_limit: Option<usize>,
}

enum Stage {
    Head(Call<RecvResponse>),
    Body(Call<RecvBody>),
    Done { can_reuse: bool },
}

impl Exchange {
    /// An exchange of which nothing was written yet. It takes the body, so that nobody stores it a second time;
    /// [`into_body`](Exchange::into_body) returns it.
    pub(crate) fn new(request: Request<()>, body: Vec<u8>) -> Self {
        let values: usize =
            request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
        let host = request.uri().authority().map_or(0, |authority| authority.as_str().len());
        let mut output = vec![0; HEAD_FRAME + path + host + values];
        let (head, call) = head(request, body.len(), &mut output).expect("checked parts make a request");
        output.truncate(head);
        output.extend_from_slice(&body);
        Exchange {
            output,
            head,
            written: 0,
            write_failure: None,
            input: Vec::new(),
            filled: 0,
            parsed: 0,
            stage: Stage::Head(call),
            response: HttpResponse { status: 0, retry_after: None, body: Vec::new() },
            body_limit: None,
        }
    }

    /// The same for a request whose response's body matters; at most `limit` bytes of it are read.
    pub(crate) fn with_body(mut self, limit: usize) -> Self {
        self.body_limit = Some(limit);
        self.input.resize(LONG_FIRST_READ, 0);
        self
    }

    pub(super) fn unwritten(&self) -> &[u8] {
        &self.output[self.written..]
    }

    pub(super) fn record_written(&mut self, amount: usize) {
        self.written += amount;
    }

    /// Whether the whole request was written.
    pub(crate) fn is_written(&self) -> bool {
        self.written == self.output.len()
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
        self.filled += amount;
        loop {
            let wanted = self.wanted_body();
            let input = &self.input[self.parsed..self.filled];
            match &mut self.stage {
                Stage::Head(call) => {
                    let (parsed, response) = call.try_response(input, false).map_err(not_http)?;
                    // Each interim response has the limit for itself.
                    let length = if parsed > 0 { parsed } else { input.len() };
                    if length > MAX_HEAD {
                        return Err(Failure::new(FailureKind::Protocol, "the answer's head is too large"));
                    }
                    self.parsed += parsed;
                    match response {
                        Some(response) => {
                            self.response.status = response.status().as_u16();
                            let retry_after = response.headers().get(header::RETRY_AFTER);
                            self.response.retry_after =
                                retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
                            self.end_head();
                        }
                        // An interim response, such as 103; the final one follows.
                        None if parsed > 0 => {}
                        None => return Ok(false),
                    }
                }
                Stage::Body(call) => {
                    let body = &mut self.response.body;
                    let length = body.len();
                    let limit = wanted.unwrap_or(MAX_BODY);
                    body.resize((length + input.len()).min(limit), 0);
                    let read = call.read(input, &mut body[length..]);
                    body.truncate(length + read.as_ref().map_or(0, |(_, output)| *output));
                    match read {
                        Ok((0, 0)) if !is_complete(call) => {
                            // Beyond the limit nothing is read, so the body counts as complete.
                            if body.len() < limit || input.is_empty() {
                                return Ok(false);
                            }
                            self.abandon_body();
                        }
                        Ok((parsed, _)) => {
                            self.parsed += parsed;
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
        let can_reuse = matches!(self.stage, Stage::Done { can_reuse: true }) && self.is_written();
        let empty = HttpResponse { status: 0, retry_after: None, body: Vec::new() };
        (std::mem::replace(&mut self.response, empty), can_reuse)
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

/// Whether a body is complete, as far as that can be known before the connection closes.
fn is_complete(call: &Call<RecvBody>) -> bool {
    call.can_proceed() && call.body_mode() != BodyMode::CloseDelimited
}

fn not_http(_: Error) -> Failure {
    Failure::new(FailureKind::Protocol, "the answer is not proper HTTP")
}
