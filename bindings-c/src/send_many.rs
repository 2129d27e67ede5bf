//! Sending many messages: one callback of the caller's has the next item, another gets each result.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use roomcast_core::{Batch, BatchOptions, Error, Outcome, SendResult};

use crate::client::{configuration, roomcast_client};
use crate::error::roomcast_error;
use crate::ffi::{Output, read_options, required_function};
use crate::guard::run;
use crate::options::{roomcast_many_options, roomcast_send_options};
use crate::send_arguments::SendArguments;
use crate::send_result::roomcast_send_result;
use crate::status::roomcast_status;

/// One message of many, which the callback `next` of `roomcast_send_many` fills: the arguments of `roomcast_send_message`. Later
/// versions add no members to it, but to `roomcast_send_options`.
///
/// A member that was not set is NULL. So unlike in `roomcast_send_message`, options that are NULL do not mean everyone: such an
/// item is refused, like options that name neither a peer nor a role, unless their `audience` is `ROOMCAST_AUDIENCE_EVERYONE`.
#[allow(non_camel_case_types)]
#[repr(C)]
pub struct roomcast_send_item {
    /// The room: 1 to 64 of `A-Z a-z 0-9 _ -`.
    pub room_id: *const c_char,
    /// The message: UTF-8, not blank, at most 1 MiB.
    pub message: *const c_char,
    /// Who receives it, and what it is. Its `timeout_ms` counts from the item's first attempt. `options->send_result`, if set, is
    /// set to NULL.
    pub options: *const roomcast_send_options,
    /// Whatever the caller recognises the item by: the item's result has it. The library does not dereference it. May be NULL.
    pub tag: *mut c_void,
}

/// What became of one message of many. It is valid until the callback that gets it returns, and so are the result and the error:
/// do not free them.
#[allow(non_camel_case_types)]
#[repr(C)]
pub struct roomcast_item_result {
    /// The item's `tag`.
    pub tag: *mut c_void,
    /// The result if the server accepted the message, else NULL.
    pub send_result: *const roomcast_send_result,
    /// Why the message was not accepted, else NULL. What is `ROOMCAST_OUTCOME_NOT_SENT` can be sent again.
    pub error: *const roomcast_error,
}

/// The callback of `roomcast_send_many` that has the next item. It fills `item`, whose members are all NULL, and returns 1; at the
/// end of the items it returns 0. Any other number also ends the items: `item` is not sent. It is not called again after the
/// end.
///
/// The strings and the options are copied before the library calls a callback again: then they may be changed or freed.
///
/// Thread: see `roomcast_send_many`.
#[allow(non_camel_case_types)]
pub type roomcast_next_item =
    Option<unsafe extern "C" fn(user_data: *mut c_void, item: *mut roomcast_send_item) -> c_int>;

/// The callback of `roomcast_send_many` that gets the results, one for each item, in the order in which they complete. It returns
/// 0 to continue. Any other number cancels: no further items are taken, and those in flight are cancelled. Each of these still
/// has its result, with `ROOMCAST_CANCELLED` or how it ended otherwise; what is returned for them has no effect.
///
/// Thread: see `roomcast_send_many`.
#[allow(non_camel_case_types)]
pub type roomcast_on_result =
    Option<unsafe extern "C" fn(user_data: *mut c_void, result: *const roomcast_item_result) -> c_int>;

/// Sends any number of messages, to any rooms and recipients, and returns when each of them has its result. An item is taken from
/// `next` when it can be sent, so however many there are, they take a bounded amount of memory: at most `max_in_flight` are in
/// flight, and as many results wait for `on_result`. An item that cannot be sent has an error as its result and stops no
/// other. After a 429 all sends of the client pause, once.
///
/// Each item has a timeout of its own, which counts from its first attempt, so there is no limit to the time that all of them take.
///
/// - `client` must not be NULL. Of one that is closed, each item fails with `ROOMCAST_CONFIGURATION`.
/// - `next` has the items; must not be NULL.
/// - `on_result` gets the results; must not be NULL.
/// - `user_data` is passed to both. May be NULL.
/// - `options` may be NULL.
/// - `error` may be NULL. Otherwise `*error` is set to NULL on success, or to an error that the caller frees with
///   `roomcast_error_free`.
///
/// Returns `ROOMCAST_OK` if every item that was taken has had its result, whatever the results are, and also after `on_result` has
/// cancelled. Otherwise neither callback was called, nothing was sent, and it returns
///
/// - `ROOMCAST_INVALID_REQUEST` if an argument or an option is not valid,
/// - `ROOMCAST_CONFIGURATION` if the client is NULL.
///
/// Thread: both callbacks are called on the thread of this call, one at a time. While one of them runs, the messages in flight
/// continue, but none is started, and results wait. They may call every function of this header, but must not free the client.
/// They must return: no longjmp, no C++ exception, no pthread_exit; a child that is forked in one of them must not return from it.
/// The thread is cancelled (pthread_cancel) after this function only.
///
/// Callable from any thread, but not from the callback of an `_async` function of the same client: the messages are sent on the
/// thread that performs the client's `_async` sends.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn roomcast_send_many(
    client: Option<&roomcast_client>,
    next: roomcast_next_item,
    on_result: roomcast_on_result,
    user_data: *mut c_void,
    options: *const roomcast_many_options,
    error: *mut *mut roomcast_error,
) -> roomcast_status {
    // SAFETY: the caller guarantees what the documentation demands.
    let error = unsafe { Output::new(error) };
    run(error, Outcome::Unknown, || {
        // SAFETY: the caller guarantees what the documentation demands.
        let options = unsafe { read_options(options) }?.reject_unknown()?;
        let client = client.ok_or_else(|| configuration("the client is NULL"))?;
        let next = required_function(next, "next")?;
        let on_result = required_function(on_result, "on_result")?;
        let batch = Batch::new(&client.core, options.apply(BatchOptions::default()), |_| {})?;
        // SAFETY: the caller guarantees what the documentation demands.
        unsafe { SendMany { client, next, on_result, user_data, batch }.run() };
        Ok(())
    })
}

/// An item's tag. It crosses threads with its send.
struct Tag(*mut c_void);

// SAFETY: it is only passed back, to the thread that it came from.
unsafe impl Send for Tag {}

struct SendMany<'a> {
    client: &'a roomcast_client,
    next: unsafe extern "C" fn(*mut c_void, *mut roomcast_send_item) -> c_int,
    on_result: unsafe extern "C" fn(*mut c_void, *const roomcast_item_result) -> c_int,
    user_data: *mut c_void,
    batch: Batch<Tag>,
}

impl SendMany<'_> {
    /// # Safety
    /// The functions are as [`roomcast_next_item`] and [`roomcast_on_result`] demand; what `next` fills is as
    /// [`roomcast_send_message`](crate::send::roomcast_send_message) demands.
    unsafe fn run(self) {
        let mut has_items = true;
        loop {
            while has_items && !self.batch.is_full() {
                // SAFETY: guaranteed by the caller.
                has_items = unsafe { self.start_next() };
            }
            self.batch.wait();
            let Some((tag, result)) = self.batch.take() else { return };
            // SAFETY: guaranteed by the caller.
            if !unsafe { self.report(tag, result) } {
                has_items = false;
                self.batch.cancel();
            }
        }
    }

    /// False at the end of the items.
    ///
    /// # Safety
    /// As [`run`](SendMany::run).
    unsafe fn start_next(&self) -> bool {
        let mut item =
            roomcast_send_item { room_id: null(), message: null(), options: null(), tag: null_mut() };
        // SAFETY: guaranteed by the caller.
        if unsafe { (self.next)(self.user_data, &raw mut item) } != 1 {
            return false;
        }
        let roomcast_send_item { room_id, message, options, tag } = item;
        let client = Some(self.client);
        let arguments =
            SendArguments { method: "send_message", client, room_id, target: None, message, options };
        // SAFETY: guaranteed by the caller.
        self.batch.start(Tag(tag), unsafe { arguments.into_item_operation() });
        true
    }

    /// False if the caller cancels.
    ///
    /// # Safety
    /// As [`run`](SendMany::run).
    unsafe fn report(&self, tag: Tag, result: Result<SendResult, Error>) -> bool {
        let send_result = result.as_ref().ok().map(roomcast_send_result::new);
        let error = result.as_ref().err().map(roomcast_error::new);
        let lent = roomcast_item_result {
            tag: tag.0,
            send_result: send_result.as_ref().map_or(null(), std::ptr::from_ref),
            error: error.as_ref().map_or(null(), std::ptr::from_ref),
        };
        // SAFETY: guaranteed by the caller.
        unsafe { (self.on_result)(self.user_data, &raw const lent) == 0 }
    }
}

impl Drop for SendMany<'_> {
    /// After a panic, sends whose results nobody gets are not to go on.
    fn drop(&mut self) {
        self.batch.cancel();
    }
}
