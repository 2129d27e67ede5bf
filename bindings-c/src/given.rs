//! What a caller gave to a send function, and the request that it asks for.

use std::ffi::c_char;

use roomcast_core::{Argument, Call, Client, Error, Method, Request, Spelling};

use crate::client::{configuration, roomcast_client};
use crate::ffi::{Output, read, text};
use crate::options::roomcast_send_options;
use crate::receipt::roomcast_receipt;

/// The arguments of a send function, as they came.
pub(crate) struct Given<'a> {
    pub(crate) method: Method,
    pub(crate) client: Option<&'a roomcast_client>,
    pub(crate) room_id: *const c_char,
    /// Of the functions that have one.
    pub(crate) target: Option<*const c_char>,
    pub(crate) message: *const c_char,
    pub(crate) options: *const roomcast_send_options,
}

impl<'a> Given<'a> {
    /// The client, the request, and the place for a receipt, which holds NULL now.
    ///
    /// # Safety
    /// Each pointer is NULL or points to what its type says; each text ends with a NUL byte.
    pub(crate) unsafe fn read(self) -> Result<(&'a Client, Request, Output<roomcast_receipt>), Error> {
        // SAFETY: the caller vouches for it.
        let options = unsafe { read(self.options) }?;
        // SAFETY: the caller vouches for it.
        let receipt = unsafe { Output::new(options.known.receipt) };
        receipt.clear();
        let options = options.all()?;
        let client = self.client.ok_or_else(|| configuration("the client is NULL"))?;

        let mut call = Call::new(self.method, Spelling::Snake);
        // SAFETY: the caller vouches for these texts.
        let (room_id, message, target) =
            unsafe { (text(self.room_id), text(self.message), self.target.map(|it| text(it))) };
        if let Some(room_id) = room_id {
            call = call.room_id(room_id);
        }
        if let Some(message) = message {
            call = call.message(message);
        }
        if let Some(target) = target {
            call = call.target(target.unwrap_or(Argument::Null));
        }
        // SAFETY: the caller vouches for the texts in the options.
        let request = unsafe { options.apply(call) }.into_request()?;
        Ok((&client.0, request, receipt))
    }
}
