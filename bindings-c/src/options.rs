//! The option structs. A new member goes at the end, without padding, and its zero value means that it is omitted.

use std::ffi::c_char;
use std::mem::offset_of;
use std::time::Duration;

use roomcast_core::{Argument, Call, ClientBuilder, Error, ErrorKind, Spelling};

use crate::ffi::{VersionedStruct, text};
use crate::send_result::roomcast_send_result;

/// The `struct_magic` of a `roomcast_client_options`.
pub const ROOMCAST_CLIENT_OPTIONS_MAGIC: u32 = 0x5243_4f43;

/// The `struct_magic` of a `roomcast_send_options`.
pub const ROOMCAST_SEND_OPTIONS_MAGIC: u32 = 0x5243_4f53;

/// The `struct_magic` of a `roomcast_list_options`.
pub const ROOMCAST_LIST_OPTIONS_MAGIC: u32 = 0x5243_4f4c;

/// The options of a client. Initialise it with `ROOMCAST_CLIENT_OPTIONS_INIT`, which sets the first four members. A member
/// that is NULL or 0 is omitted: its value comes from the environment or is the default.
///
/// Strings are copied: they may be changed or freed once `roomcast_client_new` has returned.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_client_options {
    /// Shows that the struct was initialised; set by the macro.
    pub struct_magic: u32,
    /// The size of the struct as the caller was compiled with it; set by the macro.
    pub struct_size: u32,
    /// The caller's `__STDC_VERSION__`, for the User-Agent; set by the macro. 0 if there is none.
    pub c_standard: u32,
    /// The caller's `__cplusplus`, for the User-Agent; set by the macro. 0 in C.
    pub cpp_standard: u32,
    /// The app's access key; goes with `secret`. Else `HMS_ACCESS_KEY`.
    pub access_key: *const c_char,
    /// The app's secret, with which roomcast signs management tokens. Else `HMS_SECRET`.
    pub secret: *const c_char,
    /// A management token made elsewhere, instead of key and secret: roomcast cannot renew it. Else
    /// `HMS_MANAGEMENT_TOKEN`.
    pub management_token: *const c_char,
    /// The API's URL: https, or http to loopback. Else `HMS_BASE_URL`, else `https://api.100ms.live/v2`.
    pub base_url: *const c_char,
    /// The path of a PEM file with certificate authorities to trust in addition to the system's or, if the system has
    /// none, to Mozilla's, which the library brings. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's.
    pub ca_file: *const c_char,
    /// The HTTP proxy to tunnel through, e.g. `http://user:password@proxy.example:3128`. Else `HTTPS_PROXY`, unless
    /// `NO_PROXY` names the host. Never used for loopback.
    pub proxy: *const c_char,
    /// The deadline of a whole call in milliseconds, all attempts and waits included: at most 3,600,000, by default
    /// 10,000.
    pub timeout_ms: u32,
    /// The most attempts of one call: 1 to 100, by default 3.
    pub max_attempts: u32,
    /// The most `_async` sends in flight at once, each on a connection of its own: 1 to 10,000, by default 64. Further ones
    /// are queued, up to 64 MiB. As many idle connections are kept. Blocking calls do not count.
    pub max_in_flight: u32,
    /// 1 to also retry when it is unknown whether the message was delivered. People may then see a message twice. By
    /// default 0; any other number is an error.
    pub retry_unknown: u32,
}

// SAFETY: `repr(C)`, its magic number and size come first, the u32 members come in pairs and leave no padding, and NULL and 0 are valid.
unsafe impl VersionedStruct for roomcast_client_options {
    const NAME: &str = "client_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_CLIENT_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::Configuration;
    const MAGIC: u32 = ROOMCAST_CLIENT_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, retry_unknown) + size_of::<u32>()) as u32;
}

/// The recipient of a message, its type, and where its result goes. Initialise it with `ROOMCAST_SEND_OPTIONS_INIT`.
///
/// A member that is NULL is omitted: without `peer_id` and `role`, the message goes to everyone in the room. If a pointer
/// may be NULL because a look-up failed, use `roomcast_send_to_peer` or `roomcast_send_to_role`, which refuse NULL.
///
/// It is read during the call only, and its strings are copied: it may be reused or freed afterwards, also after an
/// `_async` call.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_send_options {
    /// Shows that the struct was initialised; set by the macro.
    pub struct_magic: u32,
    /// The size of the struct as the caller was compiled with it; set by the macro.
    pub struct_size: u32,
    /// Send only to the connected peer with this id. For `roomcast_send_message` and its `_async` form only.
    pub peer_id: *const c_char,
    /// Send only to the connected peers with this role; not used if `peer_id` is set too. For `roomcast_send_message` and
    /// its `_async` form only.
    pub role: *const c_char,
    /// The type of message, e.g. "chat": 100ms passes on any text.
    pub r#type: *const c_char,
    /// Output pointer for the result. NULL if the result is not needed. Otherwise each call sets `*send_result` to the
    /// result, which the caller frees with `roomcast_send_result_free`, or to NULL on failure. An `_async` call always sets
    /// it to NULL: its callback gets the result.
    pub send_result: *mut *mut roomcast_send_result,
}

// SAFETY: `repr(C)`, its magic number and size come first, all members are as large as a pointer, and NULL is valid.
unsafe impl VersionedStruct for roomcast_send_options {
    const NAME: &str = "send_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_SEND_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::InvalidRequest;
    const MAGIC: u32 = ROOMCAST_SEND_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, send_result) + size_of::<usize>()) as u32;
}

/// Which peers to list. Initialise it with `ROOMCAST_LIST_OPTIONS_INIT`. A member that is NULL is omitted: without any, all
/// peers in the room are listed; with both, those that match both. It is read during the call only.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_list_options {
    /// Shows that the struct was initialised; set by the macro.
    pub struct_magic: u32,
    /// The size of the struct as the caller was compiled with it; set by the macro.
    pub struct_size: u32,
    /// List only the peers of this user: not blank, at most 256 bytes, no control character; compared exactly.
    pub user_id: *const c_char,
    /// List only the peers with this role: not blank, at most 256 bytes, no control character; compared exactly.
    pub role: *const c_char,
}

// SAFETY: `repr(C)`, its magic number and size come first, all members are as large as a pointer, and NULL is valid.
unsafe impl VersionedStruct for roomcast_list_options {
    const NAME: &str = "list_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_LIST_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::InvalidRequest;
    const MAGIC: u32 = ROOMCAST_LIST_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, role) + size_of::<usize>()) as u32;
}

impl roomcast_list_options {
    /// # Safety
    /// Each string in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, mut call: Call) -> Call {
        // SAFETY: guaranteed by the caller.
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
    /// Each string in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, mut builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        let number = |value: u32| (value != 0).then(|| Argument::Number(value.into()));
        let retry_unknown = match self.retry_unknown {
            1 => Some(Argument::Bool(true)),
            other => number(other),
        };
        // SAFETY: guaranteed by the caller.
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
            builder = builder.named_timeout("timeout_ms", Duration::from_millis(self.timeout_ms.into()));
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
    /// Each string in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, mut call: Call) -> Call {
        // SAFETY: guaranteed by the caller.
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
