//! What a check found.

/// From good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Ok,
    Skipped,
    Warning,
    Failed,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Skipped => "skipped",
            Status::Warning => "warning",
            Status::Failed => "FAILED",
        }
    }
}

#[derive(Debug)]
pub struct Check {
    pub name: &'static str,
    pub status: Status,
    pub found: String,
    /// What to do.
    pub advice: Option<String>,
}

impl Check {
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Check { name, status: Status::Ok, found: found.into(), advice: None }
    }

    pub fn skipped(name: &'static str, found: impl Into<String>) -> Self {
        Check { name, status: Status::Skipped, found: found.into(), advice: None }
    }

    pub fn warning(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Check { name, status: Status::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    pub fn failed(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Check { name, status: Status::Failed, found: found.into(), advice: Some(advice.into()) }
    }
}
