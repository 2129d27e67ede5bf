//! What callers may set, as C structs. A new member goes at the end, without padding, and zero means left out.

use std::ffi::c_char;
use std::mem::offset_of;
use std::time::Duration;

use roomcast_core::{Argument, Call, ClientBuilder, Error, ErrorKind, Spelling};

use crate::ffi::{Growing, text};
use crate::send_result::roomcast_send_result;

/// What a client is made with. Begin with `ROOMCAST_CLIENT_OPTIONS_INIT`, which sets the first three members and leaves
/// the others out. A member that is NULL or 0 is left out: its value comes from the environment or is the default.
///
/// The library keeps copies, so text may be changed or freed once `roomcast_client_new` has returned.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_client_options {
    /// The size of the struct as the caller knows it, from the macro.
    pub struct_size: usize,
    /// The caller's `__STDC_VERSION__`, from the macro, for the User-Agent; 0 if there is none.
    pub c_standard: u32,
    /// The caller's `__cplusplus`, from the macro, for the User-Agent; 0 in C.
    pub cpp_standard: u32,
    /// The app's access key; goes with `secret`. Else `HMS_ACCESS_KEY`.
    pub access_key: *const c_char,
    /// The app's secret, with which roomcast mints management tokens. Else `HMS_SECRET`.
    pub secret: *const c_char,
    /// A management token made elsewhere, in place of key and secret: roomcast cannot renew it. Else
    /// `HMS_MANAGEMENT_TOKEN`.
    pub management_token: *const c_char,
    /// Where the API is: https, or http to this machine. Else `HMS_BASE_URL`, else `https://api.100ms.live/v2`.
    pub base_url: *const c_char,
    /// A PEM file with authorities to trust besides the system's.
    pub ca_file: *const c_char,
    /// The HTTP proxy to tunnel through, e.g. `http://user:password@proxy.example:3128`. Else `HTTPS_PROXY`, unless
    /// `NO_PROXY` names the host. Never used for this machine.
    pub proxy: *const c_char,
    /// The deadline of a whole call in milliseconds, all attempts and waits included: at most 3,600,000; by default
    /// 10,000.
    pub timeout_ms: u32,
    /// The most attempts of one call: 1 to 100, by default 3.
    pub max_attempts: u32,
    /// How many `_async` sends are under way at once, each on a connection, and how many idle connections are kept: 1 to
    /// 10,000, by default 64. Calls that wait are not counted.
    pub max_in_flight: u32,
    /// 1 to also try again when it is unknown whether the message was delivered. People may then see a message twice.
    /// By default 0; any other number is refused.
    pub retry_unknown: u32,
}

// SAFETY: `repr(C)`, its size comes first, pairs of u32 leave no padding, and NULL and 0 are values.
unsafe impl Growing for roomcast_client_options {
    const NAME: &str = "client_options";
    const ADVICE: &str = "Begin it with ROOMCAST_CLIENT_OPTIONS_INIT.";
    const MISTAKE: ErrorKind = ErrorKind::Configuration;
    const FIRST_SIZE: usize = offset_of!(Self, retry_unknown) + size_of::<u32>();
}

/// Whom a message is for, and what kind it is. Begin with `ROOMCAST_SEND_OPTIONS_INIT`. A member that is NULL is left
/// out: without `peer_id` and `role`, the message goes to everyone in the room. If a pointer may be NULL because a
/// look-up failed, use `roomcast_send_to_peer` or `roomcast_send_to_role`, which refuse NULL.
///
/// It is read, and its text copied, during the call only: it may be used again, also after an `_async` call.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_send_options {
    /// The size of the struct as the caller knows it, from the macro.
    pub struct_size: usize,
    /// Only to the connected peer with this id. `roomcast_send_message` only.
    pub peer_id: *const c_char,
    /// Only to the connected peers with this role, unless `peer_id` is set too. `roomcast_send_message` only.
    pub role: *const c_char,
    /// The kind of message, e.g. "chat": 100ms passes any text on.
    pub r#type: *const c_char,
    /// Where to put a send_result, if one is wanted: each call sets it to NULL or to a send_result that the caller frees with
    /// `roomcast_send_result_free`. An `_async` call sets it to NULL: its callback gets the send_result.
    pub send_result: *mut *mut roomcast_send_result,
}

// SAFETY: `repr(C)`, its size comes first, all members are as large as a pointer, and NULL is a value.
unsafe impl Growing for roomcast_send_options {
    const NAME: &str = "send_options";
    const ADVICE: &str = "Begin it with ROOMCAST_SEND_OPTIONS_INIT.";
    const MISTAKE: ErrorKind = ErrorKind::InvalidRequest;
    const FIRST_SIZE: usize = offset_of!(Self, send_result) + size_of::<usize>();
}

/// Which peers to ask for. Begin with `ROOMCAST_LIST_OPTIONS_INIT`. A member that is NULL is left out: without any, all peers of
/// the room are listed; with both, those that have both. It is read, and its text copied, during the call only.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_list_options {
    /// The size of the struct as the caller knows it, from the macro.
    pub struct_size: usize,
    /// Only the peers of this user: not blank, at most 256 bytes, compared exactly.
    pub user_id: *const c_char,
    /// Only the peers that have this role: likewise.
    pub role: *const c_char,
}

// SAFETY: `repr(C)`, its size comes first, all members are as large as a pointer, and NULL is a value.
unsafe impl Growing for roomcast_list_options {
    const NAME: &str = "list_options";
    const ADVICE: &str = "Begin it with ROOMCAST_LIST_OPTIONS_INIT.";
    const MISTAKE: ErrorKind = ErrorKind::InvalidRequest;
    const FIRST_SIZE: usize = offset_of!(Self, role) + size_of::<usize>();
}

impl roomcast_list_options {
    /// # Safety
    /// Each text in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, mut call: Call) -> Call {
        // SAFETY: the caller vouches for them.
        let texts = unsafe { [("user_id", text(self.user_id)), ("role", text(self.role))] };
        for (name, value) in texts {
            if let Some(value) = value {
                call = call.option(name, value);
            }
        }
        call
    }
}

impl roomcast_client_options {
    /// # Safety
    /// Each text in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, mut builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        let number = |value: u32| (value != 0).then(|| Argument::Number(value.into()));
        let retry_unknown = match self.retry_unknown {
            1 => Some(Argument::Bool(true)),
            other => number(other),
        };
        // SAFETY: the caller vouches for them.
        let texts = unsafe {
            [
                ("access_key", text(self.access_key)),
                ("secret", text(self.secret)),
                ("management_token", text(self.management_token)),
                ("base_url", text(self.base_url)),
                ("ca_file", text(self.ca_file)),
                ("proxy", text(self.proxy)),
            ]
        };
        let others = [
            ("max_attempts", number(self.max_attempts)),
            ("max_in_flight", number(self.max_in_flight)),
            ("retry_unknown", retry_unknown),
        ];
        for (name, value) in texts.into_iter().chain(others) {
            if let Some(value) = value {
                builder = builder.option(name, value)?;
            }
        }
        if self.timeout_ms != 0 {
            builder = builder.timeout(Duration::from_millis(self.timeout_ms.into()));
        }
        let (language, standard) = match (self.cpp_standard, self.c_standard) {
            (0, 0) => ("c", "unknown".into()),
            (0, standard) => ("c", standard.to_string()),
            (standard, _) => ("c++", standard.to_string()),
        };
        Ok(builder.language(language, standard, Spelling::Snake))
    }
}

impl roomcast_send_options {
    /// # Safety
    /// Each text in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, mut call: Call) -> Call {
        // SAFETY: the caller vouches for them.
        let texts = unsafe {
            [("peer_id", text(self.peer_id)), ("role", text(self.role)), ("type", text(self.r#type))]
        };
        for (name, value) in texts {
            if let Some(value) = value {
                call = call.option(name, value);
            }
        }
        call
    }
}
