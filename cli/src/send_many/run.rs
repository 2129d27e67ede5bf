//! One run: takes lines, announces them, sends them, and records what became of them.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use roomcast::{Batch, SendResult};
use serde_json::{Map, Value, json};

use crate::outcome::{self, Failure};
use crate::output::Output;
use crate::signals::Interrupt;

use super::input::Input;
use super::journal::{Earlier, EarlierState, Journal};
use super::line::Line;
use super::progress::Progress;
use super::tally::Tally;

/// The most lines that are announced together. So many more than those in flight may be unknown after a kill; fewer would cost
/// more waits for the disk.
const GROUP: usize = 32;
/// How long it waits at most without looking around: nothing depends on it.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// Why a run ended.
pub enum Stop {
    End,
    Interrupted,
    /// Nobody reads the results any more.
    OutputClosed,
    Failed(Failure),
}

/// A line that was started.
pub struct Started {
    number: u64,
    shown: Map<String, Value>,
}

pub struct Run<'a> {
    batch: Batch<Started>,
    journal: Journal,
    earlier: BTreeMap<u64, Earlier>,
    resend_unknown: bool,
    limit: usize,
    in_flight: usize,
    tally: Tally,
    output: &'a mut Output,
}

impl<'a> Run<'a> {
    pub fn new(
        batch: Batch<Started>,
        journal: Journal,
        earlier: BTreeMap<u64, Earlier>,
        resend_unknown: bool,
        limit: usize,
        output: &'a mut Output,
    ) -> Self {
        let tally = Tally::default();
        Run { batch, journal, earlier, resend_unknown, limit, in_flight: 0, tally, output }
    }

    pub fn into_tally(self) -> Tally {
        self.tally
    }

    /// Sends the lines until there are no more, or something stops it. What is in flight then is waited for.
    pub fn perform(
        &mut self,
        input: &Input,
        woken: &Receiver<()>,
        interrupt: &Interrupt,
        mut pace: Pace,
        progress: &Progress,
    ) -> Stop {
        let mut stop = self.begin().err().map(Stop::Failed);
        loop {
            if stop.is_none() && interrupt.has_come() {
                stop = Some(Stop::Interrupted);
            }
            if stop.is_none() && !self.journal.is_kept() && self.output.is_closed() {
                stop = Some(Stop::OutputClosed);
            }
            let mut is_idle = true;
            if stop.is_none() {
                match self.take_lines(input, &mut pace) {
                    Ok(Taken::Some) => is_idle = false,
                    Ok(Taken::None) => {}
                    Ok(Taken::End) => stop = Some(Stop::End),
                    Err(failure) => stop = Some(Stop::Failed(failure)),
                }
            }
            while let Some((line, result)) = self.batch.take() {
                is_idle = false;
                self.in_flight -= 1;
                self.record(line.number, line.shown, result.map_err(Failure::Core));
            }
            if let Err(error) = self.journal.flush()
                && !matches!(stop, Some(Stop::Failed(_)))
            {
                stop = Some(Stop::Failed(cannot_write(&error)));
            }
            progress.show(input.read.load(Ordering::Relaxed), &self.tally);
            match stop {
                Some(_) if self.in_flight == 0 => break,
                _ if is_idle => {
                    let _ = woken.recv_timeout(pace.wait().unwrap_or(LOOK_AROUND).min(LOOK_AROUND));
                }
                _ => {}
            }
        }
        match (self.journal.sync(), stop) {
            (Err(error), Some(Stop::End)) => Stop::Failed(cannot_write(&error)),
            (_, stop) => stop.unwrap_or(Stop::End),
        }
    }

    /// What an earlier run left.
    fn begin(&mut self) -> Result<(), Failure> {
        if !self.resend_unknown {
            for (line, earlier) in &self.earlier {
                match earlier.state {
                    EarlierState::Announced => {
                        self.journal.result(&interrupted(*line));
                        self.tally.unknown.insert(*line);
                    }
                    EarlierState::Unknown => drop(self.tally.unknown.insert(*line)),
                    _ => {}
                }
            }
        }
        self.journal.sync().map_err(|error| cannot_write(&error))
    }

    /// Takes the lines that are there and may be sent now, announces them together, and starts them.
    fn take_lines(&mut self, input: &Input, pace: &mut Pace) -> Result<Taken, Failure> {
        let most = GROUP.min(self.limit - self.in_flight).min(pace.due());
        let mut group = Vec::new();
        let mut end = Ok(Taken::None);
        let mut has_taken = false;
        while group.len() < most {
            match input.lines.try_recv() {
                Ok(Ok(line)) => {
                    has_taken = true;
                    match self.is_to_be_sent(&line) {
                        Ok(true) => group.push(line),
                        Ok(false) => {}
                        Err(failure) => {
                            end = Err(failure);
                            break;
                        }
                    }
                }
                Ok(Err(error)) => {
                    end = Err(Failure::Local(error));
                    break;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    end = Ok(Taken::End);
                    break;
                }
            }
        }
        pace.used(group.len());
        self.start(group)?;
        match end {
            Ok(Taken::None) if has_taken => Ok(Taken::Some),
            end => end,
        }
    }

    /// Whether a line is still to be sent, by what earlier runs say of it.
    fn is_to_be_sent(&mut self, line: &Line) -> Result<bool, Failure> {
        let Some(earlier) = self.earlier.get(&line.number) else { return Ok(true) };
        if earlier.digest.as_ref().is_some_and(|digest| *digest != line.digest) {
            return Err(Failure::Usage(format!(
                "line {} is not the one that the results file is about: give --resume the same lines, --room and --type",
                line.number
            )));
        }
        match earlier.state {
            EarlierState::Accepted => self.tally.accepted_earlier += 1,
            EarlierState::Rejected => self.tally.rejected_earlier += 1,
            EarlierState::NotSent => return Ok(true),
            EarlierState::Announced | EarlierState::Unknown => return Ok(self.resend_unknown),
        }
        Ok(false)
    }

    fn start(&mut self, group: Vec<Line>) -> Result<(), Failure> {
        if group.iter().any(|line| line.operation.is_ok()) {
            let sent = group.iter().filter(|line| line.operation.is_ok());
            let announced = self.journal.announce(sent.map(|line| (line.number, line.digest.as_str())));
            announced.map_err(|error| cannot_write(&error))?;
        }
        for Line { number, operation, shown, .. } in group {
            match operation {
                Ok(operation) => {
                    self.in_flight += 1;
                    self.batch.start(Started { number, shown }, Ok(operation));
                }
                Err(failure) => self.record(number, shown, Err(failure)),
            }
        }
        Ok(())
    }

    fn record(&mut self, number: u64, shown: Map<String, Value>, result: Result<SendResult, Failure>) {
        let mut members = match &result {
            Ok(result) => outcome::accepted(result),
            Err(failure) => failure.to_json(),
        };
        match result.as_ref().map_err(Failure::outcome) {
            Ok(_) => self.tally.accepted += 1,
            Err(roomcast::Outcome::NotSent) => self.tally.not_sent += 1,
            Err(roomcast::Outcome::Rejected) => self.tally.rejected += 1,
            Err(roomcast::Outcome::Unknown) => drop(self.tally.unknown.insert(number)),
        }
        members.extend(shown);
        members.insert("line".to_owned(), json!(number));
        match self.journal.is_kept() {
            true => self.journal.result(&members),
            false => self.output.line(Value::Object(members).to_string()),
        }
    }
}

enum Taken {
    Some,
    None,
    End,
}

/// The result of a line that an earlier run was about to send.
fn interrupted(line: u64) -> Map<String, Value> {
    let text = "the run ended before the result was known. The message may have been delivered. \
                Send it again only if seeing it twice does no harm.";
    outcome::object([
        ("line", json!(line)),
        ("outcome", json!("unknown")),
        ("error", json!({"kind": "interrupted", "text": text})),
    ])
}

fn cannot_write(error: &io::Error) -> Failure {
    Failure::Local(format!("the results cannot be written: {error}. No further line is sent."))
}

/// How many lines may begin, with `--rate`. Paced here and not in the core, so that lines that wait are not announced yet.
pub struct Pace {
    interval: Option<Duration>,
    next: Instant,
}

impl Pace {
    pub fn new(rate: Option<f64>) -> Self {
        Pace { interval: rate.map(|rate| Duration::from_secs_f64(1.0 / rate)), next: Instant::now() }
    }

    fn due(&self) -> usize {
        let Some(interval) = self.interval else { return usize::MAX };
        match Instant::now().checked_duration_since(self.next) {
            None => 0,
            // What was not used in time is not made up for, but for what one look takes.
            Some(late) => {
                1 + (late.min(Duration::from_millis(20)).as_nanos() / interval.as_nanos().max(1)) as usize
            }
        }
    }

    fn used(&mut self, count: usize) {
        if let Some(interval) = self.interval
            && count > 0
        {
            let now = Instant::now();
            let behind = now.checked_sub(Duration::from_millis(20)).unwrap_or(now);
            self.next = self.next.max(behind) + interval * count as u32;
        }
    }

    /// Until the next one may begin.
    fn wait(&self) -> Option<Duration> {
        let wait = self.interval.and_then(|_| self.next.checked_duration_since(Instant::now()))?;
        // Otherwise one may begin, and a line or a result is waited for.
        (!wait.is_zero()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_at_the_rate() {
        let mut pace = Pace::new(Some(1.0));
        assert_eq!(pace.due(), 1);
        pace.used(1);
        assert_eq!(pace.due(), 0);
        assert!(pace.wait().unwrap() > Duration::from_millis(900));
        assert_eq!((Pace::new(None).due(), Pace::new(None).wait()), (usize::MAX, None));
    }
}
