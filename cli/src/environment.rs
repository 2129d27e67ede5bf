//! The variables: those of the process, and those of `--env-file`, which take their place.

use std::collections::HashMap;
use std::env::VarError;
use std::path::Path;

use crate::args::Global;
use crate::outcome::Failure;

/// The longest `--env-file`: some lines.
const MAX_FILE: u64 = 64 * 1024;
/// If the file has one of them, none of the environment's counts.
const CREDENTIALS: [&str; 3] = ["HMS_ACCESS_KEY", "HMS_SECRET", "HMS_MANAGEMENT_TOKEN"];

/// The environment of the command.
#[derive(Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    pub fn load(global: &Global) -> Result<Self, Failure> {
        match &global.env_file {
            Some(file) => read(file).map(Environment),
            None => Ok(Environment::default()),
        }
    }

    /// A variable as it is set; one that is not Unicode shows U+FFFD, which the core refuses.
    pub fn get(&self, name: &str) -> Option<String> {
        // Credentials of two places would be those of two accounts.
        if CREDENTIALS.contains(&name) && CREDENTIALS.iter().any(|name| self.0.contains_key(*name)) {
            return self.0.get(name).cloned();
        }
        self.0.get(name).cloned().or_else(|| match std::env::var(name) {
            Ok(value) => Some(value),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(value)) => Some(value.to_string_lossy().into_owned()),
        })
    }

    /// A variable that is set and not empty.
    pub fn given(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether `--env-file` sets it.
    pub fn is_from_file(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn read(file: &Path) -> Result<HashMap<String, String>, Failure> {
    let wrong = |why: &str| Failure::Usage(format!("--env-file {}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| wrong(&error.to_string()))?.len();
    if size > MAX_FILE {
        return Err(wrong("has more than 64 KiB, so it is not a file of variables"));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    parse(&text).map_err(|line| wrong(&format!("line {line} is not NAME=value")))
}

/// `NAME=value` lines, as shells and Docker read them: with or without `export`, quotation marks around a value. Comments and
/// empty lines are skipped. The error is the number of the line, since the line may hold a secret.
fn parse(text: &str) -> Result<HashMap<String, String>, usize> {
    let mut found = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').ok_or(index + 1)?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(index + 1);
        }
        let value = value.trim();
        let quoted = |mark| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        let value = quoted('\'').or_else(|| quoted('"')).unwrap_or(value);
        found.insert(name.to_owned(), value.to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shells_docker_and_the_sandbox_write() {
        let found = parse(
            "# a comment\n\nexport HMS_BASE_URL=http://127.0.0.1:1/v2\nHMS_SECRET='a b'\r\nX=\"1=2\"\n",
        )
        .unwrap();
        assert_eq!(found["HMS_BASE_URL"], "http://127.0.0.1:1/v2");
        assert_eq!((found["HMS_SECRET"].as_str(), found["X"].as_str()), ("a b", "1=2"));
        assert_eq!(parse("A=1\nthe secret\n"), Err(2));
        assert_eq!(parse("A B=1\n"), Err(1));
    }
}
