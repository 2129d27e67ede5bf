//! `roomcast sandbox`: the program `roomcast-sandbox`, with its own options.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::output::warn;

/// Options whose value is a secret.
const SECRETS: [&str; 2] = ["--secret", "--webhook-header"];

/// What follows `roomcast sandbox`, if that is the command.
pub fn options(mut arguments: impl Iterator<Item = OsString>) -> Option<Vec<OsString>> {
    arguments.nth(1).filter(|command| command == "sandbox").map(|_| arguments.collect())
}

pub fn run(options: Vec<OsString>) -> ExitCode {
    for name in SECRETS {
        let is_given = |option: &OsString| {
            let option = option.to_string_lossy();
            option.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        if options.iter().any(is_given) {
            warn(&format!(
                "{name}: other users of this machine see it in `ps`. Use one that is for the sandbox only{}.",
                if name == "--secret" { ", or set HMS_SECRET" } else { "" }
            ));
        }
    }
    roomcast_sandbox::run([OsString::from("roomcast sandbox")].into_iter().chain(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_options_are_all_that_follows() {
        let given = |words: &[&str]| options(words.iter().map(OsString::from));
        assert_eq!(given(&["roomcast", "sandbox", "--json", "--help"]).unwrap(), ["--json", "--help"]);
        assert_eq!(given(&["roomcast", "--json", "sandbox"]), None);
        assert_eq!(given(&["roomcast"]), None);
    }
}
