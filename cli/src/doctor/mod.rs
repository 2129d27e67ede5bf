//! `roomcast doctor`: checks from the environment to the credentials, and for each what is wrong and what to do. No value of a secret
//! is shown.

mod network;
mod report;
mod variables;

use std::time::Duration;

use roomcast::{Client, ErrorKind, Outcome, RoomQuery};
use serde_json::{Value, json};

use crate::args::{DoctorArgs, Global};
use crate::client;
use crate::environment::Environment;
use crate::outcome::{Exit, Failure};
use crate::output::Output;
use crate::signals;

use network::Target;
use report::{Check, Status};

/// How long one check of the network may take.
const TIMEOUT: Duration = Duration::from_secs(10);

pub fn run(global: &Global, args: &DoctorArgs, output: &mut Output) -> Result<Exit, Failure> {
    let environment = Environment::load(global)?;
    let interrupt = signals::watch(|| std::process::exit(Exit::NotSent.code().into()));
    let mut doctor = Doctor { output, json: global.json, worst: Status::Ok };
    for check in variables::check(&environment) {
        doctor.show(&check);
    }
    let built = client::builder(global, &environment).interrupted(move || interrupt.has_come()).build();
    match &built {
        Ok(_) => doctor.show(&Check::ok("client", "the variables and options make a client")),
        Err(error) => doctor.show(&Check::failed("client", error.to_string(), "Correct what it names.")),
    }
    let base_url = network::base_url(global, &environment);
    match Target::parse(&base_url) {
        Err(why) => doctor.show(&Check::failed(
            "base URL",
            format!("{base_url} {why}"),
            "Set HMS_BASE_URL or --base-url to a URL such as https://api.100ms.live/v2, or unset it.",
        )),
        Ok(target) => {
            doctor.show(&Check::ok("base URL", &base_url));
            let roots = network::roots(global.ca_file.as_deref());
            for check in network::check(&target, &environment, roots, TIMEOUT) {
                doctor.show(&check);
            }
        }
    }
    match built {
        Ok(client) => doctor.show(&token(&client, &args.room)),
        Err(_) => doctor.show(&Check::skipped("credentials", "there is no client")),
    }
    Ok(match doctor.worst {
        Status::Failed => Exit::NotSent,
        _ => Exit::Accepted,
    })
}

struct Doctor<'a> {
    output: &'a mut Output,
    json: bool,
    worst: Status,
}

impl Doctor<'_> {
    fn show(&mut self, check: &Check) {
        self.worst = self.worst.max(check.status);
        let Check { name, status, found, advice } = check;
        if self.json {
            let line = json!({"check": name, "status": status.name(), "found": found, "advice": advice});
            return self.output.line(line.to_string());
        }
        self.output.line(format!("{:7} {name}: {found}", status.name()));
        if let Value::String(advice) = json!(advice) {
            self.output.line(format!("        {advice}"));
        }
    }
}

/// Whether the server accepts the credentials: it answers a query for a room, be it there or not.
fn token(client: &Client, room_id: &str) -> Check {
    let name = "credentials";
    let error = match client.get_room(RoomQuery::new(room_id)) {
        Ok(_) => return Check::ok(name, "the server accepts them"),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::NotFound => {
            Check::ok(name, "the server accepts them (it says that nobody is in the room of the check)")
        }
        ErrorKind::Unauthenticated => Check::failed(
            name,
            error.to_string(),
            "Copy the access key and the secret anew from 100ms's dashboard (under Developer); a management token may have \
             expired. If the clock is wrong, correct it first. A sandbox has keys of its own, which it prints.",
        ),
        ErrorKind::PermissionDenied => Check::failed(
            name,
            error.to_string(),
            "The server knows the credentials, but they may not do this: use those of the app that the room belongs to.",
        ),
        ErrorKind::RateLimited => Check::warning(name, error.to_string(), "Wait, then check again."),
        ErrorKind::InvalidRequest => Check::failed(name, error.to_string(), "Give --room another room."),
        _ if error.outcome() == Outcome::Rejected => Check::warning(
            name,
            error.to_string(),
            "The server answered, but neither accepted nor refused the credentials. Give --room one of your rooms.",
        ),
        _ => Check::failed(name, error.to_string(), "See the checks of the network above."),
    }
}
