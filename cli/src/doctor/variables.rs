//! The environment's variables: what is set, and what contradicts itself.

use crate::environment::Environment;

use super::report::Check;

const NAME: &str = "environment";
const CREDENTIALS: [&str; 3] = ["HMS_ACCESS_KEY", "HMS_SECRET", "HMS_MANAGEMENT_TOKEN"];
const OTHERS: [&str; 5] = ["HMS_BASE_URL", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"];

pub fn check(environment: &Environment) -> Vec<Check> {
    let is_given = |name: &str| environment.given(name).is_some();
    let mut checks = vec![set(environment)];
    match CREDENTIALS.map(is_given) {
        [false, false, false] => checks.push(Check::failed(
            NAME,
            "no credentials are set",
            "Set HMS_ACCESS_KEY and HMS_SECRET, from 100ms's dashboard (under Developer) or as the sandbox prints them, or \
             HMS_MANAGEMENT_TOKEN; or name a file with them by --env-file.",
        )),
        [true, false, _] | [false, true, _] => checks.push(Check::failed(
            NAME,
            "only one of HMS_ACCESS_KEY and HMS_SECRET is set",
            "Set both: they belong together.",
        )),
        [true, true, true] => checks.push(Check::warning(
            NAME,
            "HMS_MANAGEMENT_TOKEN is set, and HMS_ACCESS_KEY with HMS_SECRET, too",
            "The key and the secret count, since tokens can be renewed with them. Unset what you do not use.",
        )),
        _ => {}
    }
    for name in CREDENTIALS.into_iter().chain(OTHERS) {
        let Some(value) = environment.given(name) else { continue };
        if value.contains(char::REPLACEMENT_CHARACTER) {
            checks.push(Check::failed(NAME, format!("{name} is not valid Unicode"), "Set it anew."));
        } else if value.trim() != value {
            checks.push(Check::failed(
                NAME,
                format!("{name} begins or ends with white space"),
                "Set it without: it often comes along when it is copied, or from the last line of a file.",
            ));
        } else if CREDENTIALS.contains(&name) && value.starts_with(['"', '\'']) {
            checks.push(Check::warning(
                NAME,
                format!("{name} begins with a quotation mark"),
                "Set it without, unless it really has one: Docker's --env-file, for instance, keeps them.",
            ));
        }
    }
    checks
}

/// Which are set: their names only.
fn set(environment: &Environment) -> Check {
    let names = CREDENTIALS.into_iter().chain(OTHERS).filter(|name| environment.given(name).is_some());
    let shown: Vec<_> = names
        .map(|name| match environment.is_from_file(name) {
            true => format!("{name} (--env-file)"),
            false => name.to_owned(),
        })
        .collect();
    match shown.is_empty() {
        true => Check::ok(NAME, "none of roomcast's variables is set"),
        false => Check::ok(NAME, format!("set: {}", shown.join(", "))),
    }
}
