//! The option structs. A new member goes at the end, without padding, and its zero value means that it is omitted.

use std::ffi::c_char;
use std::mem::offset_of;
use std::time::Duration;

use roomcast_core::{Argument, BatchOptions, Call, ClientBuilder, Error, ErrorKind, Spelling};

use crate::choices::{message, switch};
use crate::ffi::{VersionedStruct, text};
use crate::send_result::roomcast_send_result;

/// The `struct_magic` of a `roomcast_client_options`.
pub const ROOMCAST_CLIENT_OPTIONS_MAGIC: u32 = 0x5243_4f43;

/// The `struct_magic` of a `roomcast_send_options`.
pub const ROOMCAST_SEND_OPTIONS_MAGIC: u32 = 0x5243_4f53;

/// The `struct_magic` of a `roomcast_list_options`.
pub const ROOMCAST_LIST_OPTIONS_MAGIC: u32 = 0x5243_4f4c;

/// The `struct_magic` of a `roomcast_query_options`.
pub const ROOMCAST_QUERY_OPTIONS_MAGIC: u32 = 0x5243_4f51;

/// The `struct_magic` of a `roomcast_many_options`.
pub const ROOMCAST_MANY_OPTIONS_MAGIC: u32 = 0x5243_4f4d;

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
    /// The API's URL: https, or http to loopback or to the `insecure_http_host`. Else `HMS_BASE_URL`, else
    /// `https://api.100ms.live/v2`.
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
    /// are queued, up to 64 MiB. As many idle connections are kept. Messages to several recipients and those of
    /// `roomcast_send_many` count, too; other blocking calls do not.
    pub max_in_flight: u32,
    /// 1 to also retry when it is unknown whether the message was delivered. People may then see a message twice. By
    /// default 0; any other number is an error.
    pub retry_unknown: u32,
    /// The name of one host besides this machine that plain http may go to, without scheme and port: a sandbox in a network of
    /// your own, such as that of docker-compose. Everyone between sees the token, with which anybody can send into any room, and
    /// all messages. Else `ROOMCAST_INSECURE_HTTP_HOST`.
    pub insecure_http_host: *const c_char,
    /// 1 for a guard for tests: a client whose `base_url` is neither on this machine nor on the `insecure_http_host` is not
    /// created, so that no test reaches people. The variable `ROOMCAST_ONLY_SANDBOX` has the same effect: 1, or 0 for off. By
    /// default 0, which does not cancel the variable; any other number is an error.
    pub only_sandbox: u32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, its magic number and size come first, the u32 members come in pairs and leave no padding, and NULL and 0 are valid.
unsafe impl VersionedStruct for roomcast_client_options {
    const NAME: &str = "client_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_CLIENT_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::Configuration;
    const MAGIC: u32 = ROOMCAST_CLIENT_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, retry_unknown) + size_of::<u32>()) as u32;

    fn reserved(&self) -> u32 {
        self.reserved
    }
}

/// The recipient of a message, what the message is, and where its result goes. Initialise it with
/// `ROOMCAST_SEND_OPTIONS_INIT`.
///
/// A member that is NULL or 0 is omitted. If `roomcast_send_message`, its `_async` form or an item of `roomcast_send_many` has
/// options in which neither `peer_id` nor `role` is set, it fails with `ROOMCAST_INVALID_REQUEST`, as a look-up may have failed,
/// unless `audience` is `ROOMCAST_AUDIENCE_EVERYONE`.
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
    /// Send only to the connected peer with this id. For `roomcast_send_message`, its `_async` form and items of
    /// `roomcast_send_many` only.
    pub peer_id: *const c_char,
    /// Send only to the connected peers with this role; not used if `peer_id` is set too. Where `peer_id` is used.
    pub role: *const c_char,
    /// The type of message, for the app's own clients, or the name of an event: 100ms passes on any text. What begins with
    /// "hms_" is reserved. Messages for 100ms's own clients have a `format` instead.
    pub r#type: *const c_char,
    /// Output pointer for the result. NULL if the result is not needed. Otherwise each call sets `*send_result` to the
    /// result, which the caller frees with `roomcast_send_result_free`, or to NULL on failure. An `_async` call always sets
    /// it to NULL: its callback gets the result. So does a call for several recipients, which has a result for each, and
    /// `roomcast_send_many`.
    pub send_result: *mut *mut roomcast_send_result,
    /// What the message is: a number of `roomcast_format`. By default `ROOMCAST_FORMAT_TEXT`; any other number is an error.
    pub format: u32,
    /// Who receives a message that names no target: a number of `roomcast_audience`. By default nobody; any other number is an
    /// error. Where `peer_id` is used; `roomcast_broadcast` needs none.
    pub audience: u32,
    /// Of a `ROOMCAST_FORMAT_REACTION`: the id of the peer that reacts, for its name. By default "server", which Prebuilt shows
    /// without a name. With any other format it is an error.
    pub sender_id: *const c_char,
    /// The deadline of this call in milliseconds, all attempts and waits included: at most 3,600,000. By default the client's.
    pub timeout_ms: u32,
    /// The most attempts of this call: 1 to 100. By default the client's.
    pub max_attempts: u32,
    /// Whether this call also retries when it is unknown whether the message was delivered: a number of `roomcast_switch`. By
    /// default as the client; any other number is an error. If on, people may see a message twice.
    pub retry_unknown: u32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, its magic number and size come first, the u32 members come in pairs and leave no padding, and NULL and 0 are valid.
unsafe impl VersionedStruct for roomcast_send_options {
    const NAME: &str = "send_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_SEND_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::InvalidRequest;
    const MAGIC: u32 = ROOMCAST_SEND_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, send_result) + size_of::<usize>()) as u32;

    fn reserved(&self) -> u32 {
        self.reserved
    }
}

/// Which peers to list. Initialise it with `ROOMCAST_LIST_OPTIONS_INIT`. A member that is NULL or 0 is omitted: without
/// `user_id` and `role`, all peers in the room are listed; with both, those that match both. It is read during the call only.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_list_options {
    /// Shows that the struct was initialised; set by the macro.
    pub struct_magic: u32,
    /// The size of the struct as the caller was compiled with it; set by the macro.
    pub struct_size: u32,
    /// List only the peers of this user: not blank, at most 256 bytes, no control character; compared exactly. NULL for
    /// `roomcast_list_peers_of_user`.
    pub user_id: *const c_char,
    /// List only the peers with this role: not blank, at most 256 bytes, no control character; compared exactly. NULL for
    /// `roomcast_list_peers_of_role`.
    pub role: *const c_char,
    /// The deadline of this call in milliseconds, all attempts and waits included: at most 3,600,000. By default the client's.
    pub timeout_ms: u32,
    /// The most attempts of this call: 1 to 100. By default the client's.
    pub max_attempts: u32,
    /// A number of `roomcast_switch`, without effect: a query is always retried. Any other number is an error.
    pub retry_unknown: u32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, its magic number and size come first, the u32 members come in pairs and leave no padding, and NULL and 0 are valid.
unsafe impl VersionedStruct for roomcast_list_options {
    const NAME: &str = "list_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_LIST_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::InvalidRequest;
    const MAGIC: u32 = ROOMCAST_LIST_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, role) + size_of::<usize>()) as u32;

    fn reserved(&self) -> u32 {
        self.reserved
    }
}

impl roomcast_list_options {
    /// # Safety
    /// Each string in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, call: Call) -> Call {
        // SAFETY: guaranteed by the caller.
        let texts = unsafe { [("user_id", text(self.user_id)), ("role", text(self.role))] };
        let call = with_options(call, texts);
        with_options(call, call_options(self.timeout_ms, self.max_attempts, self.retry_unknown))
    }
}

/// The options of a query that has no others. Initialise it with `ROOMCAST_QUERY_OPTIONS_INIT`. A member that is 0 is omitted. It
/// is read during the call only.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_query_options {
    /// Shows that the struct was initialised; set by the macro.
    pub struct_magic: u32,
    /// The size of the struct as the caller was compiled with it; set by the macro.
    pub struct_size: u32,
    /// The deadline of this call in milliseconds, all attempts and waits included: at most 3,600,000. By default the client's.
    pub timeout_ms: u32,
    /// The most attempts of this call: 1 to 100. By default the client's.
    pub max_attempts: u32,
    /// A number of `roomcast_switch`, without effect: a query is always retried. Any other number is an error.
    pub retry_unknown: u32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, its magic number and size come first, all members are u32s, and 0 is valid.
unsafe impl VersionedStruct for roomcast_query_options {
    const NAME: &str = "query_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_QUERY_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::InvalidRequest;
    const MAGIC: u32 = ROOMCAST_QUERY_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, reserved) + size_of::<u32>()) as u32;

    fn reserved(&self) -> u32 {
        self.reserved
    }
}

impl roomcast_query_options {
    pub(crate) fn apply(self, call: Call) -> Call {
        with_options(call, call_options(self.timeout_ms, self.max_attempts, self.retry_unknown))
    }
}

/// How `roomcast_send_many` goes about it. Initialise it with `ROOMCAST_MANY_OPTIONS_INIT`. A member that is 0 is omitted. It is
/// read at the beginning of the call only.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct roomcast_many_options {
    /// Shows that the struct was initialised; set by the macro.
    pub struct_magic: u32,
    /// The size of the struct as the caller was compiled with it; set by the macro.
    pub struct_size: u32,
    /// At most so many messages begin in a second, evenly spaced: 0.001 to 1,000,000, e.g. 0.1 for one in 10 seconds. By default
    /// as quickly as the server accepts them.
    pub rate: f64,
    /// At most so many messages are in flight, or wait to be retried: 1 to 10,000. By default the client's `max_in_flight`, which holds for all
    /// sends of the client together.
    pub max_in_flight: u32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, its magic number and size come first, the u32 members come in pairs and leave no padding, and 0 is valid.
unsafe impl VersionedStruct for roomcast_many_options {
    const NAME: &str = "many_options";
    const ADVICE: &str = "Initialise it with ROOMCAST_MANY_OPTIONS_INIT.";
    const ERROR_KIND: ErrorKind = ErrorKind::InvalidRequest;
    const MAGIC: u32 = ROOMCAST_MANY_OPTIONS_MAGIC;
    const MIN_SIZE: u32 = (offset_of!(Self, reserved) + size_of::<u32>()) as u32;

    fn reserved(&self) -> u32 {
        self.reserved
    }
}

impl roomcast_many_options {
    pub(crate) fn apply(self, mut options: BatchOptions) -> BatchOptions {
        if self.rate != 0.0 {
            options = options.rate(self.rate);
        }
        if self.max_in_flight != 0 {
            options = options.max_in_flight(self.max_in_flight);
        }
        options
    }
}

/// What every call may set instead of the client.
fn call_options(
    timeout_ms: u32,
    max_attempts: u32,
    retry_unknown: u32,
) -> [(&'static str, Option<Argument>); 3] {
    [
        ("timeout_ms", number(timeout_ms)),
        ("max_attempts", number(max_attempts)),
        ("retry_unknown", switch(retry_unknown)),
    ]
}

/// A number, unless it is omitted.
fn number(value: u32) -> Option<Argument> {
    (value != 0).then(|| Argument::Number(value.into()))
}

fn with_options<const N: usize>(call: Call, options: [(&'static str, Option<Argument>); N]) -> Call {
    options.into_iter().fold(call, |call, (name, value)| match value {
        Some(value) => call.option(name, value),
        None => call,
    })
}

impl roomcast_client_options {
    /// # Safety
    /// Each string in it is NULL or ends with a NUL byte.
    pub(crate) unsafe fn apply(self, mut builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        let [retry_unknown, only_sandbox] =
            [self.retry_unknown, self.only_sandbox].map(|given| match given {
                1 => Some(Argument::Bool(true)),
                other => number(other),
            });
        // SAFETY: guaranteed by the caller.
        let texts = unsafe {
            [
                ("access_key", text(self.access_key)),
                ("secret", text(self.secret)),
                ("management_token", text(self.management_token)),
                ("base_url", text(self.base_url)),
                ("ca_file", text(self.ca_file)),
                ("proxy", text(self.proxy)),
                ("insecure_http_host", text(self.insecure_http_host)),
            ]
        };
        let others = [
            ("max_attempts", number(self.max_attempts)),
            ("max_in_flight", number(self.max_in_flight)),
            ("retry_unknown", retry_unknown),
            ("only_sandbox", only_sandbox),
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
    pub(crate) unsafe fn apply(self, call: Call, message_text: Argument) -> Result<Call, Error> {
        // SAFETY: guaranteed by the caller.
        let (texts, sender_id) = unsafe {
            let texts =
                [("peer_id", text(self.peer_id)), ("role", text(self.role)), ("type", text(self.r#type))];
            (texts, text(self.sender_id))
        };
        let call = with_options(call, texts);
        let call = with_options(call, call_options(self.timeout_ms, self.max_attempts, self.retry_unknown));
        Ok(call.argument("message", message(self.format, message_text, sender_id)?))
    }
}
