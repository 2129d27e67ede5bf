//! CPU time and memory of this process.

use std::fs;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::Failure;

/// User and system time of all threads, including ended ones.
pub fn cpu() -> Result<Duration, Failure> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// Resident memory in KiB: `VmRSS` is the current value, `VmHWM` the peak.
pub fn memory(field: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib =
        line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("/proc/self/status has no such line")?;
    Ok(kib.parse()?)
}
