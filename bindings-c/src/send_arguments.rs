//! The arguments of a send function, and the operation that they make.

use std::ffi::c_char;

use roomcast_core::{Argument, Call, Client, Error, Operation, Spelling};

use crate::choices::is_everyone;
use crate::client::{configuration, roomcast_client};
use crate::ffi::{Output, read_options, text};
use crate::options::roomcast_send_options;
use crate::send_result::roomcast_send_result;

/// The arguments of a send function, not yet validated.
pub(crate) struct SendArguments<'a> {
    pub(crate) method: &'static str,
    pub(crate) client: Option<&'a roomcast_client>,
    pub(crate) room_id: *const c_char,
    /// The name and value of the target, for the functions that take one.
    pub(crate) target: Option<(&'static str, *const c_char)>,
    pub(crate) message: *const c_char,
    pub(crate) options: *const roomcast_send_options,
}

impl<'a> SendArguments<'a> {
    /// The client, the operation, and the output pointer for the result, which is set to NULL first.
    ///
    /// # Safety
    /// Each pointer is NULL or points to what its type says; each string ends with a NUL byte.
    pub(crate) unsafe fn into_operation(
        self,
    ) -> Result<(&'a Client, Operation<'static>, Output<roomcast_send_result>), Error> {
        // SAFETY: guaranteed by the caller.
        let options = unsafe { read_options(self.options) }?;
        // SAFETY: guaranteed by the caller.
        let result = unsafe { Output::new(options.known.send_result) };
        result.clear();
        let options = options.reject_unknown()?;
        let client = self.client.ok_or_else(|| configuration("the client is NULL"))?;

        let mut call = Call::new(self.method, Spelling::SnakeMilliseconds)?;
        if !self.options.is_null() {
            call = call.structure(is_everyone(options.audience)?);
        }
        for (name, value) in [("room_id", self.room_id)].into_iter().chain(self.target) {
            // SAFETY: the caller guarantees these strings.
            call = call.argument(name, unsafe { text(value) }.unwrap_or(Argument::Null));
        }
        // SAFETY: the caller guarantees this string.
        let message = unsafe { text(self.message) }.unwrap_or(Argument::Null);
        // SAFETY: the caller guarantees the strings in the options.
        let operation = unsafe { options.apply(call, message) }?.into_operation()?;
        Ok((&client.0, operation, result))
    }
}
