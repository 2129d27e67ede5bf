//! The arguments of a send function, and the operation that they make.

use std::ffi::c_char;

use roomcast_core::{Argument, Call, Error, ErrorKind, Operation, Outcome, Spelling};

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
    /// The parameter that says who receives the message, for the functions that have one.
    pub(crate) target: Option<(&'static str, Target)>,
    pub(crate) message: *const c_char,
    pub(crate) options: *const roomcast_send_options,
}

/// Who receives a message, as a parameter.
pub(crate) enum Target {
    One(*const c_char),
    /// An array, and the number of its elements.
    Several(*const *const c_char, usize),
}

impl Target {
    /// # Safety
    /// The array is NULL or has that many elements; each string is NULL or ends with a NUL byte.
    unsafe fn into_argument(self) -> Result<Argument, Error> {
        let (array, count) = match self {
            // SAFETY: guaranteed by the caller.
            Target::One(name) => return Ok(unsafe { text(name) }.unwrap_or(Argument::Null)),
            Target::Several(array, _) if array.is_null() => return Ok(Argument::Null),
            Target::Several(array, count) => (array, count),
        };
        // No array is that long: it is a negative number, as of a count that failed.
        if count > isize::MAX as usize / size_of::<*const c_char>() {
            let what = format!("count is {count}, and no array has so many elements");
            return Err(Error::new(ErrorKind::InvalidRequest, Outcome::NotSent, what));
        }
        // SAFETY: not NULL, and the caller guarantees that many elements.
        let names = unsafe { std::slice::from_raw_parts(array, count) };
        // SAFETY: guaranteed by the caller.
        let names = names.iter().map(|name| unsafe { text(*name) }.unwrap_or(Argument::Null));
        Ok(Argument::List(names.collect()))
    }
}

type Converted<'a> = (&'a roomcast_client, Operation<'static>, Output<roomcast_send_result>);

impl<'a> SendArguments<'a> {
    /// The client, the operation, and the output pointer for the result, which is set to NULL first.
    ///
    /// # Safety
    /// Each pointer is NULL or points to what its type says; each string ends with a NUL byte.
    pub(crate) unsafe fn into_operation(self) -> Result<Converted<'a>, Error> {
        let is_structure = !self.options.is_null();
        // SAFETY: guaranteed by the caller.
        unsafe { self.convert(is_structure) }
    }

    /// The operation of an item, which is a structure itself: without options it names nobody.
    ///
    /// # Safety
    /// As [`into_operation`](SendArguments::into_operation).
    pub(crate) unsafe fn into_item_operation(self) -> Result<Operation<'static>, Error> {
        // SAFETY: guaranteed by the caller.
        unsafe { self.convert(true) }.map(|(_, operation, _)| operation)
    }

    /// # Safety
    /// As [`into_operation`](SendArguments::into_operation).
    unsafe fn convert(self, is_structure: bool) -> Result<Converted<'a>, Error> {
        // SAFETY: guaranteed by the caller.
        let options = unsafe { read_options(self.options) }?;
        // SAFETY: guaranteed by the caller.
        let result = unsafe { Output::new(options.known.send_result) };
        result.clear();
        let options = options.reject_unknown()?;
        let client = self.client.ok_or_else(|| configuration("the client is NULL"))?;

        let mut call = Call::new(self.method, Spelling::SnakeMilliseconds)?;
        if is_structure {
            call = call.structure(is_everyone(options.audience)?);
        }
        for (name, value) in [("room_id", Target::One(self.room_id))].into_iter().chain(self.target) {
            // SAFETY: the caller guarantees these strings.
            call = call.argument(name, unsafe { value.into_argument() }?);
        }
        // SAFETY: the caller guarantees this string.
        let message = unsafe { text(self.message) }.unwrap_or(Argument::Null);
        // SAFETY: the caller guarantees the strings in the options.
        let operation = unsafe { options.apply(call, message) }?.into_operation()?;
        Ok((client, operation, result))
    }
}
