//! `roomcast send`: one message.

use std::fs::File;
use std::io::{self, IsTerminal, Read};

use roomcast::{Argument, Call, MAX_MESSAGE, RecipientResult, Response};
use serde_json::{Value, json};

use crate::args::{Global, SendArgs};
use crate::client::{self, SPELLING};
use crate::outcome::{self, Exit, Failure};
use crate::output::Output;
use crate::signals;

pub fn run(global: &Global, args: &SendArgs, output: &mut Output) -> Result<Exit, Failure> {
    let message = message(args)?;
    let interrupt = signals::watch(|| {});
    let client = client::interruptible(global, &interrupt)?;
    match client.execute(call(args, message)?.into_operation()?)? {
        Response::SendResult(result) => {
            output.line(match global.json {
                true => Value::Object(outcome::accepted(&result)).to_string(),
                false => format!("accepted: {} ({})", result.message, attempts(result.attempts)),
            });
            Ok(Exit::Accepted)
        }
        Response::Recipients(results) => Ok(show_recipients(global, &results, output)),
        _ => unreachable!("a send returns a send's response"),
    }
}

/// The core's method for the recipient that was named.
fn call(args: &SendArgs, message: Argument) -> Result<Call, Failure> {
    let recipient = &args.recipient;
    let (method, target) = match (&recipient.peer, &recipient.user, &recipient.role, recipient.everyone) {
        (Some(peer), None, None, false) => ("send_to_peer", Some(("peer_id", peer))),
        (None, Some(user), None, false) => ("send_to_user", Some(("user_id", user))),
        (None, None, Some(role), false) => ("send_to_role", Some(("role", role))),
        (None, None, None, true) => ("broadcast", None),
        _ => return Err(Failure::Usage("give exactly one of --peer, --user, --role, --everyone".to_owned())),
    };
    let mut call = Call::new(method, SPELLING)?
        .argument("room_id", Argument::Text(args.room_id.clone()))
        .argument("message", message);
    if let Some((name, target)) = target {
        call = call.argument(name, Argument::Text(target.clone()));
    }
    if let Some(message_type) = &args.message_type {
        call = call.option("type", Argument::Text(message_type.clone()));
    }
    Ok(call)
}

fn message(args: &SendArgs) -> Result<Argument, Failure> {
    if let Some(file) = &args.file {
        let wrong = |error| Failure::Usage(format!("--file {}: {error}", file.display()));
        return File::open(file).and_then(read).map_err(wrong);
    }
    match args.message.as_deref() {
        Some(text) if text != "-" => Ok(Argument::Text(text.to_owned())),
        None if io::stdin().is_terminal() => {
            Err(Failure::Usage("no message: give it as an argument, with --file, or on stdin".to_owned()))
        }
        _ => read(io::stdin().lock()).map_err(|error| Failure::Local(format!("cannot read stdin: {error}"))),
    }
}

fn read(source: impl Read) -> io::Result<Argument> {
    let mut bytes = Vec::new();
    // One more byte than the longest message with its final line break shows that it is too long.
    source.take(MAX_MESSAGE as u64 + 3).read_to_end(&mut bytes)?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    Ok(match bytes.len() > MAX_MESSAGE {
        true => Argument::TooLong,
        false => String::from_utf8(bytes).map_or(Argument::NotUnicode, Argument::Text),
    })
}

/// One line for each peer of a user. The worst of them is how the command ends.
fn show_recipients(global: &Global, results: &[RecipientResult], output: &mut Output) -> Exit {
    let mut exit = Exit::Accepted;
    for recipient in results {
        let peer_id = recipient.peer_id.as_deref().unwrap_or_default();
        let (mut members, text) = match &recipient.result {
            Ok(result) => {
                let text = format!("{} ({})", result.message, attempts(result.attempts));
                (outcome::accepted(result), format!("accepted: {peer_id}: {text}"))
            }
            Err(error) => {
                exit = exit.max(Exit::of(error.outcome()));
                let failure = Failure::Core(error.clone());
                let text = format!("{}: {peer_id}: {}", error.outcome(), failure.text());
                (failure.to_json(), text)
            }
        };
        members.insert("peer_id".to_owned(), json!(recipient.peer_id));
        members.insert("user_id".to_owned(), json!(recipient.user_id));
        output.line(if global.json { Value::Object(members).to_string() } else { text });
    }
    exit
}

fn attempts(attempts: u32) -> String {
    if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") }
}
