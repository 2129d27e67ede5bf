//! What a client is doing, in numbers.

use roomcast_core::{ErrorKind, Outcome};

use crate::client::{configuration, roomcast_client};
use crate::error::roomcast_error;
use crate::ffi::{Output, VersionedStruct, write_struct};
use crate::guard::run;
use crate::status::{roomcast_status, status_of};

/// The `struct_magic` of a `roomcast_stats`.
pub const ROOMCAST_STATS_MAGIC: u32 = 0x5243_4f54;

/// The length of `roomcast_stats.failed`: every `roomcast_status` is less.
pub const ROOMCAST_STATUS_LIMIT: usize = 32;

/// What a client is doing now, and what it has done since it was made; in this process, if it was forked. Initialise it with
/// `ROOMCAST_STATS_INIT`, and fill it with `roomcast_client_stats`.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_stats {
    /// Shows that the struct was initialised; set by the macro.
    pub struct_magic: u32,
    /// The size of the struct as the caller was compiled with it; set by the macro.
    pub struct_size: u32,
    /// Operations under way, from their first attempt on; not those that wait between two attempts.
    pub in_flight: u64,
    /// Operations that wait: for a place, for a retry, or for the `rate` of a `roomcast_send_many`.
    pub queued: u64,
    /// What `_async` operations hold, in bytes: their messages, and 512 for each. Above 64 MiB, none is started:
    /// `ROOMCAST_QUEUE_FULL`.
    pub queued_bytes: u64,
    /// Open connections that are kept for further requests.
    pub idle_connections: u64,
    /// Open connections in use.
    pub busy_connections: u64,
    /// Messages that the server accepted.
    pub sent: u64,
    /// Queries that the server answered.
    pub queried: u64,
    /// Attempts after the first of an operation.
    pub retried: u64,
    /// Results that wait in the completion queue to be collected.
    pub uncollected: u64,
    /// What the completion queue holds, in bytes: its results, and 512 for each of them and each operation that is to bring one. Above
    /// 64 MiB, none is started without a callback: `ROOMCAST_QUEUE_FULL`.
    pub uncollected_bytes: u64,
    /// Operations that failed, by their `roomcast_status`: `failed[ROOMCAST_TIMEOUT]` is how many with `ROOMCAST_TIMEOUT`.
    /// `failed[ROOMCAST_OK]`, those of webhooks and those that no status has are 0.
    pub failed: [u64; ROOMCAST_STATUS_LIMIT],
}

// SAFETY: `repr(C)`, its magic number and size come first, the others are u64s, and 0 is valid.
unsafe impl VersionedStruct for roomcast_stats {
    const NAME: &str = "stats";
    const ADVICE: &str = "Initialise it with ROOMCAST_STATS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::InvalidRequest;
    const MAGIC: u32 = ROOMCAST_STATS_MAGIC;
    const MIN_SIZE: u32 = size_of::<Self>() as u32;
}

/// Reads what a client is doing, in numbers. They are read one after the other, while the client goes on. Takes some microseconds, and
/// no lock that a send holds for long.
///
/// - `client` must not be NULL; it may be closed.
/// - `stats` must not be NULL, and must be initialised. Its members are set; those that a later version has are set to 0. On failure
///   it is left unchanged.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK`; `ROOMCAST_CONFIGURATION` if `client` is NULL; `ROOMCAST_INVALID_REQUEST` if `stats` is NULL or not
/// initialised. Callable from any thread, also from a callback.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_client_stats(
    client: Option<&roomcast_client>,
    stats: *mut roomcast_stats,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let error = unsafe { Output::new(error) };
    run(error, Outcome::NotSent, || {
        let client = client.ok_or_else(|| configuration("the client is NULL"))?;
        let read = read(client);
        // SAFETY: the caller guarantees what the documentation demands.
        unsafe { write_struct(stats, read) }
    })
}

// Every status has a place. `NAMES` in status.rs has one for each, too.
const _: () = assert!((roomcast_status::ROOMCAST_QUEUE_FULL as usize) < ROOMCAST_STATUS_LIMIT);

fn read(client: &roomcast_client) -> roomcast_stats {
    let stats = client.core.stats();
    let queue = client.completions.current();
    let (uncollected, uncollected_bytes) = queue.uncollected();
    let mut failed = [0; ROOMCAST_STATUS_LIMIT];
    for (kind, count) in stats.failed {
        failed[status_of(kind) as usize] = count;
    }
    // The core does not know of these.
    failed[roomcast_status::ROOMCAST_QUEUE_FULL as usize] += queue.refused_count();
    roomcast_stats {
        struct_magic: ROOMCAST_STATS_MAGIC,
        struct_size: size_of::<roomcast_stats>() as u32,
        in_flight: stats.in_flight as u64,
        queued: stats.queued as u64,
        queued_bytes: stats.queued_bytes as u64,
        idle_connections: stats.idle_connections as u64,
        busy_connections: stats.busy_connections as u64,
        sent: stats.sent,
        queried: stats.queried,
        retried: stats.retried,
        uncollected: uncollected as u64,
        uncollected_bytes: uncollected_bytes as u64,
        failed,
    }
}
