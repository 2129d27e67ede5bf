//! One request and its answer, as bytes, without a socket: HTTP/1.1, by ureq's protocol engine.
//!
//! The engine only: ureq itself is written for threads that wait (CONTRIBUTING.md, "Why not ureq itself").

use ureq_proto::client::state::{RecvBody, RecvResponse};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{Request, header};
use ureq_proto::{BodyMode, Error};

use crate::answer::Answer;

use super::failure::{Failure, FailureKind};

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The most of an answer's body that is read, in bytes. What the server says is shorter, or is not for us.
const MAX_BODY: usize = 64 * 1024;
/// What is asked of the socket at first, in bytes: more than a usual answer.
const ROOM: usize = 1024;
/// The same where a long answer is expected.
const LONG_ROOM: usize = 16 * 1024;
/// What a request's head has beside its headers' values and its path.
const HEAD_FRAME: usize = 256;

/// A request on its way, then its answer.
pub(crate) struct Exchange {
    /// Head and body, so that a request is one write.
    output: Vec<u8>,
    written: usize,
    /// Why writing failed, while there may still be an answer to read.
    pub(super) write_failure: Option<Failure>,
    /// What arrived.
    input: Vec<u8>,
    /// How much of it has arrived, and how much of that is understood.
    arrived: usize,
    understood: usize,
    reading: Reading,
    answer: Answer,
    /// The most of a 2xx's body that is read, in bytes, if that is what was asked for; else its status tells all that
    /// matters.
    asked_for: Option<usize>,
}

enum Reading {
    Head(Call<RecvResponse>),
    Body(Call<RecvBody>),
    Ended { may_serve_again: bool },
}

impl Exchange {
    /// An exchange that has yet to begin.
    pub(crate) fn new(request: Request<()>, body: &[u8]) -> Self {
        let values: usize =
            request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
        let host = request.uri().authority().map_or(0, |authority| authority.as_str().len());
        let mut output = vec![0; HEAD_FRAME + path + host + values];
        let (head, call) = head(request, body.len(), &mut output).expect("checked parts make a request");
        output.truncate(head);
        output.extend_from_slice(body);
        Exchange {
            output,
            written: 0,
            write_failure: None,
            input: Vec::new(),
            arrived: 0,
            understood: 0,
            reading: Reading::Head(call),
            answer: Answer { status: 0, retry_after: None, body: Vec::new() },
            asked_for: None,
        }
    }

    /// The same for a request that asks for the answer's body, of which at most `most` bytes are read.
    pub(crate) fn for_the_body(mut self, most: usize) -> Self {
        self.asked_for = Some(most);
        self.input.resize(LONG_ROOM, 0);
        self
    }

    pub(super) fn unwritten(&self) -> &[u8] {
        &self.output[self.written..]
    }

    pub(super) fn wrote(&mut self, amount: usize) {
        self.written += amount;
    }

    /// Whether the request has left.
    pub(crate) fn is_written(&self) -> bool {
        self.written == self.output.len()
    }

    /// Whether all that matters of the answer is known, though there may be more to read.
    pub(crate) fn is_decided(&self) -> bool {
        match self.reading {
            Reading::Head(_) => false,
            Reading::Body(_) => self.wanted().is_none(),
            Reading::Ended { .. } => true,
        }
    }

    /// The most of the body that is read, if the body is what was asked for.
    fn wanted(&self) -> Option<usize> {
        self.asked_for.filter(|_| self.answer.is_success())
    }

    /// Whether the answer is whole once the server closes the connection.
    pub(super) fn ends_with_connection(&self) -> bool {
        matches!(&self.reading, Reading::Body(call) if call.body_mode() == BodyMode::CloseDelimited)
    }

    /// Where to put what arrives.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.input.copy_within(self.understood..self.arrived, 0);
        self.arrived -= std::mem::take(&mut self.understood);
        if self.arrived == self.input.len() {
            self.input.resize((2 * self.arrived).max(ROOM), 0);
        }
        &mut self.input[self.arrived..]
    }

    /// Takes what was put there. True once the answer is whole.
    pub(super) fn arrived(&mut self, amount: usize) -> Result<bool, Failure> {
        self.arrived += amount;
        loop {
            let wanted = self.wanted();
            let input = &self.input[self.understood..self.arrived];
            match &mut self.reading {
                Reading::Head(call) => {
                    let (understood, response) = call.try_response(input, false).map_err(not_http)?;
                    // An interim answer counts for itself alone.
                    let length = if understood > 0 { understood } else { input.len() };
                    if length > MAX_HEAD {
                        return Err(Failure::new(FailureKind::Protocol, "the answer's head is too large"));
                    }
                    self.understood += understood;
                    match response {
                        Some(response) => {
                            self.answer.status = response.status().as_u16();
                            let retry_after = response.headers().get(header::RETRY_AFTER);
                            self.answer.retry_after =
                                retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
                            self.end_head();
                        }
                        // An interim answer, such as 103; the real one follows.
                        None if understood > 0 => {}
                        None => return Ok(false),
                    }
                }
                Reading::Body(call) => {
                    let body = &mut self.answer.body;
                    let length = body.len();
                    let most = wanted.unwrap_or(MAX_BODY);
                    body.resize((length + input.len()).min(most), 0);
                    let read = call.read(input, &mut body[length..]);
                    body.truncate(length + read.as_ref().map_or(0, |(_, output)| *output));
                    match read {
                        Ok((0, 0)) if !is_whole(call) => {
                            // More than anybody reads: it is as good as whole.
                            if body.len() < most || input.is_empty() {
                                return Ok(false);
                            }
                            self.break_off();
                        }
                        Ok((understood, _)) => {
                            self.understood += understood;
                            if is_whole(call) {
                                self.end_body();
                            }
                        }
                        Err(error) if wanted.is_some() => return Err(not_http(error)),
                        Err(_) => self.break_off(),
                    }
                }
                Reading::Ended { may_serve_again } => {
                    // Nobody asked for more.
                    *may_serve_again &= self.understood == self.arrived;
                    return Ok(true);
                }
            }
        }
    }

    /// Ends the reading of a body before it is whole.
    pub(crate) fn break_off(&mut self) {
        self.reading = ended(true);
    }

    fn end_head(&mut self) {
        if let Reading::Head(call) = self.take_reading()
            && let Some(next) = call.proceed()
        {
            self.reading = match next {
                RecvResponseResult::RecvBody(call) => Reading::Body(call),
                RecvResponseResult::Redirect(call) => ended(call.must_close_connection()),
                RecvResponseResult::Cleanup(call) => ended(call.must_close_connection()),
            };
        }
    }

    fn end_body(&mut self) {
        if let Reading::Body(call) = self.take_reading()
            && let Some(next) = call.proceed()
        {
            self.reading = match next {
                RecvBodyResult::Redirect(call) => ended(call.must_close_connection()),
                RecvBodyResult::Cleanup(call) => ended(call.must_close_connection()),
            };
        }
    }

    fn take_reading(&mut self) -> Reading {
        std::mem::replace(&mut self.reading, ended(true))
    }

    /// The answer, and whether its connection may serve again.
    pub(crate) fn into_answer(self) -> (Answer, bool) {
        let may_serve_again =
            matches!(self.reading, Reading::Ended { may_serve_again: true }) && self.is_written();
        (self.answer, may_serve_again)
    }
}

fn ended(must_close: bool) -> Reading {
    Reading::Ended { may_serve_again: !must_close }
}

/// Writes a request's head, and tells its length and how to read the answer.
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

/// Whether a body has arrived to its end, as far as that can be told before the connection closes.
fn is_whole(call: &Call<RecvBody>) -> bool {
    call.can_proceed() && call.body_mode() != BodyMode::CloseDelimited
}

fn not_http(_: Error) -> Failure {
    Failure::new(FailureKind::Protocol, "the answer is not proper HTTP")
}
