//! The arguments of a query, and the operation that they make.

use std::ffi::c_char;

use roomcast_core::{Argument, Call, Error, Operation, Spelling};

use crate::client::{configuration, roomcast_client};
use crate::ffi::{read_options, text};
use crate::options::{roomcast_list_options, roomcast_query_options};

/// The arguments of a function that lists peers, not yet validated.
pub(crate) struct ListArguments<'a> {
    pub(crate) method: &'static str,
    pub(crate) client: Option<&'a roomcast_client>,
    pub(crate) room_id: *const c_char,
    /// The name and value of what the peers are to match, for the functions that take it.
    pub(crate) filter: Option<(&'static str, *const c_char)>,
    pub(crate) options: *const roomcast_list_options,
}

/// The arguments of a function that gets a room, not yet validated.
pub(crate) struct RoomArguments<'a> {
    pub(crate) client: Option<&'a roomcast_client>,
    pub(crate) room_id: *const c_char,
    pub(crate) options: *const roomcast_query_options,
}

type Converted<'a> = (&'a roomcast_client, Operation<'static>);

impl<'a> ListArguments<'a> {
    /// The client and the operation. `check` is of the outputs, which come after the client.
    ///
    /// # Safety
    /// Each pointer is NULL or points to what its type says; each string ends with a NUL byte.
    pub(crate) unsafe fn into_operation(
        self,
        check: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Converted<'a>, Error> {
        let ListArguments { method, client, room_id, filter, options } = self;
        // SAFETY: guaranteed by the caller.
        let options = unsafe { read_options(options) }?.reject_unknown()?;
        let mut call = Call::new(method, Spelling::SnakeMilliseconds)?;
        if let Some((name, value)) = filter {
            // SAFETY: guaranteed by the caller.
            call = call.argument(name, unsafe { text(value) }.unwrap_or(Argument::Null));
        }
        // SAFETY: guaranteed by the caller.
        let call = unsafe { options.apply(call) };
        // SAFETY: guaranteed by the caller.
        unsafe { of_room(client, room_id, call, check) }
    }
}

impl<'a> RoomArguments<'a> {
    /// As [`ListArguments::into_operation`].
    ///
    /// # Safety
    /// Likewise.
    pub(crate) unsafe fn into_operation(
        self,
        check: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Converted<'a>, Error> {
        // SAFETY: guaranteed by the caller.
        let options = unsafe { read_options(self.options) }?.reject_unknown()?;
        let call = options.apply(Call::new("get_room", Spelling::SnakeMilliseconds)?);
        // SAFETY: guaranteed by the caller.
        unsafe { of_room(self.client, self.room_id, call, check) }
    }
}

/// # Safety
/// `room_id` is NULL or ends with a NUL byte.
unsafe fn of_room(
    client: Option<&roomcast_client>,
    room_id: *const c_char,
    mut call: Call,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<Converted<'_>, Error> {
    let client = client.ok_or_else(|| configuration("the client is NULL"))?;
    check()?;
    // SAFETY: guaranteed by the caller.
    if let Some(room_id) = unsafe { text(room_id) } {
        call = call.argument("room_id", room_id);
    }
    Ok((client, call.into_operation()?))
}
