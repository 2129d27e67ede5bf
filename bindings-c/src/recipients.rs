//! What became of a message for each of several recipients.

use std::ffi::{CString, c_char};

use roomcast_core::{Error, RecipientResult, Response};

use crate::error::roomcast_error;
use crate::ffi::{c_string, text_at};
use crate::panics::guarded;
use crate::send_result::roomcast_send_result;

/// What became of a message for each of its recipients, in the order in which they were named; a user has as many entries as
/// peers. Created by `roomcast_send_to_user`, `roomcast_send_to_users`, `roomcast_send_to_peers` and `roomcast_send_to_roles`;
/// freed with `roomcast_recipients_free`, unless it belongs to a `roomcast_completion`. It is immutable, so any number of threads may read it.
///
/// What its functions return belongs to it, and is valid until it is freed. Strings are never NULL: they are "" for what a
/// recipient does not have, if the index is out of range, and if `recipients` is NULL.
#[allow(non_camel_case_types)]
pub struct roomcast_recipients(Vec<CRecipient>);

struct CRecipient {
    peer_id: Option<CString>,
    role: Option<CString>,
    user_id: Option<CString>,
    result: Result<roomcast_send_result, roomcast_error>,
}

impl CRecipient {
    fn new(recipient: RecipientResult) -> Self {
        let text = |text: Option<String>| text.as_deref().map(c_string);
        CRecipient {
            peer_id: text(recipient.peer_id),
            role: text(recipient.role),
            user_id: text(recipient.user_id),
            result: match recipient.result {
                Ok(accepted) => Ok(roomcast_send_result::new(&accepted)),
                Err(failure) => Err(failure.into()),
            },
        }
    }
}

impl TryFrom<Response> for roomcast_recipients {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        let recipients: Vec<RecipientResult> = response.try_into()?;
        Ok(roomcast_recipients(recipients.into_iter().map(CRecipient::new).collect()))
    }
}

fn text_of(
    recipients: Option<&roomcast_recipients>,
    index: usize,
    get: fn(&CRecipient) -> Option<&CString>,
) -> *const c_char {
    text_at(recipients.map(|it| it.0.as_slice()), index, get)
}

/// The result of a recipient; `None` also if there is no such recipient.
fn result_of<T>(
    recipients: Option<&roomcast_recipients>,
    index: usize,
    get: fn(&CRecipient) -> Option<&T>,
) -> Option<&T> {
    guarded(None, || recipients.and_then(|it| it.0.get(index)).and_then(get))
}

/// The number of recipients; 0 if `recipients` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_recipients_count(recipients: Option<&roomcast_recipients>) -> usize {
    guarded(0, || recipients.map_or(0, |it| it.0.len()))
}

/// The id of the peer that a recipient is, by the recipient's index from 0. "" if it is a role, or a user who is not in the
/// room.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_recipients_peer_id(
    recipients: Option<&roomcast_recipients>,
    index: usize,
) -> *const c_char {
    text_of(recipients, index, |it| it.peer_id.as_ref())
}

/// The role, of a message to roles; else "".
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_recipients_role(
    recipients: Option<&roomcast_recipients>,
    index: usize,
) -> *const c_char {
    text_of(recipients, index, |it| it.role.as_ref())
}

/// The user whose peer it is, of a message to users; else "".
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_recipients_user_id(
    recipients: Option<&roomcast_recipients>,
    index: usize,
) -> *const c_char {
    text_of(recipients, index, |it| it.user_id.as_ref())
}

/// The result, if the server accepted the message for this recipient; else NULL, as if the index is out of range and if
/// `recipients` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_recipients_send_result(
    recipients: Option<&roomcast_recipients>,
    index: usize,
) -> Option<&roomcast_send_result> {
    result_of(recipients, index, |it| it.result.as_ref().ok())
}

/// Why the message was not accepted for this recipient: `ROOMCAST_NOT_FOUND` for a peer that has left, and for a user who is not
/// in the room. Its outcome says whether the message may have been delivered. NULL if the server accepted it, if the index is
/// out of range, and if `recipients` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_recipients_error(
    recipients: Option<&roomcast_recipients>,
    index: usize,
) -> Option<&roomcast_error> {
    result_of(recipients, index, |it| it.result.as_ref().err())
}

/// Frees a list with its strings, results and errors. `recipients` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn roomcast_recipients_free(recipients: Option<Box<roomcast_recipients>>) {
    guarded((), || drop(recipients));
}
