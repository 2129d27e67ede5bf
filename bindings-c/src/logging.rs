//! Passes the core's log lines to a callback of the program's.

use std::ffi::{CString, c_char, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use log::kv::Key;
use log::{Level, LevelFilter, Log, Metadata, Record};
use roomcast_core::{Error, ErrorKind, Outcome};

use crate::error::roomcast_error;
use crate::ffi::{Output, c_string};
use crate::guard::run;
use crate::panics::guarded;
use crate::status::{ROOMCAST_OK, outcome_of, roomcast_outcome, roomcast_status, status_of};

/// How important a line of the log is. Numbers never change.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum roomcast_log_level {
    /// Nothing is logged: for `roomcast_log_set`.
    ROOMCAST_LOG_OFF = 0,
    /// Faults of the library.
    ROOMCAST_LOG_ERROR = 1,
    /// Operations that failed; results that nobody collected.
    ROOMCAST_LOG_WARN = 2,
    /// Retries.
    ROOMCAST_LOG_INFO = 3,
    /// Operations that succeeded, or that the caller cancelled.
    ROOMCAST_LOG_DEBUG = 4,
}

use roomcast_log_level::*;

/// One line of the log, which a `roomcast_on_log` gets. It is valid until the callback returns, and so are its strings.
#[allow(non_camel_case_types)]
pub struct roomcast_log_record {
    level: roomcast_log_level,
    message: CString,
    room_id: CString,
    kind: roomcast_status,
    outcome: roomcast_outcome,
    attempts: u32,
}

/// The callback that `roomcast_log_set` sets. It is called for each line of the log, on the thread where it happens: the caller's in
/// a blocking call, else one of the library's. Several threads may call it at the same time.
///
/// - `user_data` is the pointer that `roomcast_log_set` was given.
/// - `record` is the line, lent until the callback returns.
///
/// It should be short: the operation waits for it, and on the library's thread all `_async` operations of the client. It must not call
/// functions that take a client, must return, and must throw no exception. errno and the thread's cancellation state are restored
/// after it. In a program that cannot be called on foreign threads, such as an interpreter of PHP or Ruby, set none.
#[allow(non_camel_case_types)]
pub type roomcast_on_log =
    Option<unsafe extern "C" fn(user_data: *mut c_void, record: *const roomcast_log_record)>;

/// Sets the callback that gets the log lines of all clients of this process and of children that it forks later, instead of the one that
/// was set before. Without a call of this function nothing is logged, and logging costs nothing. Operations log retries and their ends;
/// no line holds a message's text, a secret, a token, or what a peer says of itself.
///
/// - `on_log` may be NULL: nothing is logged any more.
/// - `user_data` is passed to `on_log`. May be NULL. Another thread may still be in the callback that was set before when this
///   function returns: what that one uses must stay valid until all clients were drained.
/// - `level` is a number of `roomcast_log_level`: lines of this level and of those above it (with a smaller number) are logged.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK`, or `ROOMCAST_INVALID_REQUEST` if `level` is no level; then nothing changes. Each call keeps some bytes for
/// ever. Callable from any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_log_set(
    on_log: roomcast_on_log,
    user_data: *mut c_void,
    level: u32,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let error = unsafe { Output::new(error) };
    run(error, Outcome::NotSent, || {
        let filter = filter(level)?;
        let sink = on_log.map(|on_log| Sink { on_log, user_data, _previous: SINK.load(Ordering::Acquire) });
        if let Some(sink) = sink {
            SINK.store(Box::into_raw(Box::new(sink)), Ordering::Release);
            // It fails only if an earlier call has done it.
            let _ = log::set_logger(&Forwarder);
            log::set_max_level(filter);
        } else {
            log::set_max_level(LevelFilter::Off);
        }
        Ok(())
    })
}

fn filter(level: u32) -> Result<LevelFilter, Error> {
    const OFF: u32 = ROOMCAST_LOG_OFF as u32;
    const ERROR: u32 = ROOMCAST_LOG_ERROR as u32;
    const WARN: u32 = ROOMCAST_LOG_WARN as u32;
    const INFO: u32 = ROOMCAST_LOG_INFO as u32;
    const DEBUG: u32 = ROOMCAST_LOG_DEBUG as u32;
    Ok(match level {
        OFF => LevelFilter::Off,
        ERROR => LevelFilter::Error,
        WARN => LevelFilter::Warn,
        INFO => LevelFilter::Info,
        DEBUG => LevelFilter::Debug,
        other => {
            let what = format!("level is {other}, which is no value of roomcast_log_level");
            return Err(Error::new(ErrorKind::InvalidRequest, Outcome::NotSent, what));
        }
    })
}

/// The program's callback. Never freed: a thread may be in it, and a lock that kept it until then could be left locked by a fork.
struct Sink {
    on_log: unsafe extern "C" fn(*mut c_void, *const roomcast_log_record),
    user_data: *mut c_void,
    /// So that checkers of memory still find it.
    _previous: *mut Sink,
}

static SINK: AtomicPtr<Sink> = AtomicPtr::new(null_mut());

struct Forwarder;

impl Log for Forwarder {
    /// Only the library's own records: those of its dependencies may show what must stay secret.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("roomcast::") && metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        // SAFETY: it is NULL or what `roomcast_log_set` stored, which is never freed.
        let Some(sink) = (unsafe { SINK.load(Ordering::Acquire).as_ref() }) else { return };
        let record = roomcast_log_record::new(record);
        let call = || {
            // SAFETY: the caller passed a function of this type.
            unsafe { (sink.on_log)(sink.user_data, &raw const record) }
        };
        guarded((), call);
    }

    fn flush(&self) {}
}

impl roomcast_log_record {
    fn new(record: &Record<'_>) -> Self {
        let fields = record.key_values();
        let text = |name: &str| fields.get(Key::from(name)).map(|value| value.to_string());
        let (kind, outcome) = (text("kind"), text("outcome"));
        let kind = ErrorKind::ALL.into_iter().find(|known| kind.as_deref() == Some(known.as_str()));
        let outcomes = [Outcome::NotSent, Outcome::Rejected, Outcome::Unknown];
        let outcome = outcomes.into_iter().find(|known| outcome.as_deref() == Some(known.as_str()));
        let attempts = fields.get(Key::from("attempts")).and_then(|value| value.to_u64());
        roomcast_log_record {
            level: match record.level() {
                Level::Error => ROOMCAST_LOG_ERROR,
                Level::Warn => ROOMCAST_LOG_WARN,
                Level::Info => ROOMCAST_LOG_INFO,
                Level::Debug | Level::Trace => ROOMCAST_LOG_DEBUG,
            },
            message: c_string(&record.args().to_string()),
            room_id: c_string(&text("room_id").unwrap_or_default()),
            kind: kind.map_or(ROOMCAST_OK, status_of),
            outcome: outcome.map_or(roomcast_outcome::ROOMCAST_OUTCOME_NONE, outcome_of),
            attempts: attempts.and_then(|attempts| attempts.try_into().ok()).unwrap_or(0),
        }
    }
}

fn property<T: Copy>(
    record: Option<&roomcast_log_record>,
    default: T,
    get: impl FnOnce(&roomcast_log_record) -> T,
) -> T {
    guarded(default, || record.map_or(default, get))
}

/// How important the line is. `ROOMCAST_LOG_OFF` if `record` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_log_record_level(record: Option<&roomcast_log_record>) -> roomcast_log_level {
    property(record, ROOMCAST_LOG_OFF, |it| it.level)
}

/// The line's text: one line, with the request's path, which names the room, and the error's text. "" if `record` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_log_record_message(record: Option<&roomcast_log_record>) -> *const c_char {
    property(record, c"".as_ptr(), |it| it.message.as_ptr())
}

/// The room that the operation is about; "" if the line is about none, and if `record` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_log_record_room_id(record: Option<&roomcast_log_record>) -> *const c_char {
    property(record, c"".as_ptr(), |it| it.room_id.as_ptr())
}

/// The kind of the error that a retry or an end is about; `ROOMCAST_OK` if there is none, and if `record` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_log_record_kind(record: Option<&roomcast_log_record>) -> roomcast_status {
    property(record, ROOMCAST_OK, |it| it.kind)
}

/// What is known of the message; `ROOMCAST_OUTCOME_NONE` if there is no error, and if `record` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_log_record_outcome(record: Option<&roomcast_log_record>) -> roomcast_outcome {
    property(record, roomcast_outcome::ROOMCAST_OUTCOME_NONE, |it| it.outcome)
}

/// The number of attempts so far; 0 if the line is about no operation, and if `record` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_log_record_attempts(record: Option<&roomcast_log_record>) -> u32 {
    property(record, 0, |it| it.attempts)
}
