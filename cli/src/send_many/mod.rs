//! `roomcast send-many`: many messages, each line sent once, even if the program is killed and continued.

mod input;
mod journal;
mod line;
mod progress;
mod run;
mod tally;

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

use roomcast::{Batch, BatchOptions, DEFAULT_MAX_IN_FLIGHT};
use serde_json::json;

use crate::args::{Global, SendManyArgs};
use crate::client;
use crate::environment::Environment;
use crate::outcome::{Exit, Failure};
use crate::output::{Output, warn};
use crate::signals;

use input::Input;
use journal::Journal;
use line::Defaults;
use progress::Progress;
use run::{Pace, Run, Stop};

pub fn run(global: &Global, args: &SendManyArgs, output: &mut Output) -> Result<Exit, Failure> {
    let environment = Environment::load(global)?;
    let limit = args.max_in_flight.unwrap_or(DEFAULT_MAX_IN_FLIGHT);
    let client = client::builder(global, &environment).max_in_flight(limit).build()?;
    // A result or a line came: more than one wake-up at a time is not needed.
    let (wake, woken) = sync_channel(1);
    let wakes = || {
        let wake = wake.clone();
        move || {
            let _ = wake.try_send(());
        }
    };
    let on_result = wakes();
    // With a limit, the core queues none: what is started is in flight, so a kill leaves no more than that unknown.
    let batch = Batch::new(&client, BatchOptions::default().max_in_flight(limit), move |_| on_result())?;
    let defaults = Defaults { room_id: args.room.clone(), message_type: args.message_type.clone() };
    let input = Input::open(args.input.as_deref(), args.format, defaults, wakes())?;
    let (journal, earlier) = match (&args.results, &args.resume) {
        (Some(results), _) => (Journal::create(results)?, BTreeMap::new()),
        (None, Some(resume)) => Journal::resume(resume)?,
        (None, None) => (Journal::none(), BTreeMap::new()),
    };
    let interrupt = signals::watch({
        let (batch, wake) = (batch.clone(), wakes());
        move || {
            batch.cancel();
            wake();
        }
    });
    let progress = Progress::new(input.size, !journal.is_kept());
    let mut run = Run::new(batch, journal, earlier, args.resend_unknown, limit as usize, output);
    let stop = run.perform(&input, &woken, &interrupt, Pace::new(args.rate), &progress);
    progress.finish();
    let tally = run.into_tally();
    let exit = match &stop {
        Stop::End => tally.exit(),
        Stop::Interrupted | Stop::OutputClosed => tally.exit().max(Exit::NotSent),
        Stop::Failed(failure) => {
            warn(&failure.text());
            tally.exit().max(failure.exit())
        }
    };
    warn(&format!("{}{tally}", if matches!(stop, Stop::End) { "" } else { "stopped: " }));
    let file = args.results.as_ref().or(args.resume.as_ref());
    let again = file.map(|file| format!("--resume {}", file.display()));
    if !tally.unknown.is_empty() {
        let again = again.as_ref().map_or(String::new(), |again| format!(": {again} --resend-unknown"));
        warn(&format!(
            "unknown, may have been delivered: lines {}. Send them again only if seeing them twice does no harm{again}",
            tally.unknown_lines()
        ));
    }
    if (tally.not_sent > 0 || !matches!(stop, Stop::End))
        && let Some(again) = again
    {
        warn(&format!("what was not sent is sent by {again}"));
    }
    if global.json {
        output.line(json!({"summary": tally.to_json()}).to_string());
    }
    Ok(exit)
}
