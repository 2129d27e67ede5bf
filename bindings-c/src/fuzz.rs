//! Fuzzing of the entry points: strings of arbitrary bytes, structs of any size, NULL anywhere. Every buffer has exactly
//! the bytes that the header demands, so that a memory checker detects a read beyond its end.

mod several;

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::mpsc;
use std::time::Duration;

use roomcast_fuzz::{CountingAllocator, Target, fuzz};

use crate::client::*;
use crate::completion::*;
use crate::error::*;
use crate::ffi::VersionedStruct;
use crate::options::*;
use crate::pending::*;
use crate::send::*;
use crate::send_result::*;
use crate::start::*;
use crate::status::{roomcast_outcome as outcome, roomcast_status as status, *};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What a target may hold, in bytes.
const MEMORY: usize = 1 << 20;
/// No callback takes this long.
const CALLBACK_LIMIT: Duration = Duration::from_secs(60);

/// The first line names a function and its flags; each further line is the name and the bytes of an argument or a member.
#[test]
fn sends() {
    fuzz(&Target {
        name: "c_sends",
        words: &[
            "send_message",
            "to_peer",
            "to_role",
            "broadcast",
            " async",
            " cancel",
            " no_error",
            " no_pending",
            " no_client",
            " closed",
            " no_callback",
            "\n",
            "room_id ",
            "message ",
            "target ",
            "peer_id ",
            "role ",
            "type ",
            "format ",
            "audience ",
            "sender_id ",
            "timeout_ms ",
            "max_attempts ",
            "retry_unknown ",
            "reserved ",
            "null ",
            "[1]",
            "size 40",
            "size 39",
            "size 45",
            "size 72",
            "size 73",
            "size 4096",
            "size 4097",
            "size 18446744073709551615",
            "later ",
            "send_result ",
            "\u{200b}",
            "é",
            "p1",
            "\x01",
            "\u{85}",
        ],
        max_len: 1500,
        runs: 3000,
        max_memory: MEMORY,
        check: send_with,
    });
}

/// The first line names a function and its flags; each `element` is one of a list, or an item of many messages.
#[test]
fn several() {
    fuzz(&Target {
        name: "c_several",
        words: &[
            "users",
            "peers",
            "roles",
            "user",
            "many",
            " cancel",
            " no_error",
            " no_client",
            " no_recipients",
            " no_next",
            " no_callback",
            " null_list",
            " no_array",
            " closed",
            "\n",
            "element ",
            "element p1",
            "null_element",
            "room_id ",
            "message ",
            "null ",
            "rate ",
            "max_in_flight 1",
            "reserved ",
            "magic ",
            "size 24",
            "size 23",
            "size 25",
            "size 4096",
            "later ",
            "\u{200b}",
            "\x01",
        ],
        max_len: 1500,
        runs: 3000,
        max_memory: MEMORY,
        check: several::several_with,
    });
}

/// Each line is the name and the bytes of a member of the client's options; the first line has flags.
#[test]
fn clients() {
    fuzz(&Target {
        name: "c_clients",
        words: &[
            "access_key ",
            "secret ",
            "management_token ",
            "base_url ",
            "proxy ",
            "timeout_ms ",
            "max_attempts ",
            "max_in_flight ",
            "retry_unknown ",
            "insecure_http_host ",
            "only_sandbox ",
            "reserved ",
            "c_standard ",
            "cpp_standard ",
            "magic ",
            "size 80",
            "size 79",
            "size 96",
            "size 4096",
            "later ",
            "null ",
            "no_error",
            "no_client",
            "\n",
            "http://127.0.0.1:1",
            "http://[::1]",
            "é",
        ],
        max_len: 1500,
        runs: 3000,
        max_memory: MEMORY,
        check: client_with,
    });
}

/// An input, parsed into flags and named values.
struct Input<'a> {
    flags: &'a [u8],
    lines: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Input<'a> {
    fn parse(bytes: &'a [u8]) -> Self {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let flags = lines.next().unwrap_or_default();
        let lines = lines.map(|line| {
            let end = line.iter().position(|byte| *byte == b' ');
            end.map_or((line, &line[..0]), |end| (&line[..end], &line[end + 1..]))
        });
        Input { flags, lines: lines.collect() }
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.split(|byte| *byte == b' ').any(|word| word == flag.as_bytes())
    }

    fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.lines.iter().rev().find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| *value)
    }

    /// A C string: the value up to its first NUL byte. `None` for NULL.
    fn text(&self, name: &str, default: Option<&'a str>) -> Option<Box<[u8]>> {
        if self.value("null") == Some(name.as_bytes()) {
            return None;
        }
        let value = self.value(name).or(default.map(str::as_bytes))?;
        let text = value.split(|byte| *byte == 0).next().unwrap_or_default();
        Some([text, b"\0"].concat().into_boxed_slice())
    }

    fn number(&self, name: &str) -> Option<u64> {
        std::str::from_utf8(self.value(name)?).ok()?.trim().parse().ok()
    }
}

fn pointer(text: Option<&[u8]>) -> *const c_char {
    text.map_or(null(), |text| text.as_ptr().cast())
}

/// A struct as a caller of some version has it: exactly as many bytes as its size says.
fn sized<T: VersionedStruct>(known: T, size: usize, later: &[u8]) -> Box<[u8]> {
    // If the magic number or the size is not valid, nothing else may be read.
    let length = if is_size::<T>(size) { size } else { 2 * size_of::<u32>() };
    let mut bytes = vec![0_u8; length].into_boxed_slice();
    let known_length = length.min(size_of::<T>());
    // SAFETY: both have that many bytes, and they do not overlap.
    unsafe {
        std::ptr::copy_nonoverlapping((&raw const known).cast::<u8>(), bytes.as_mut_ptr(), known_length)
    };
    for (place, byte) in bytes[known_length..].iter_mut().zip(later) {
        *place = *byte;
    }
    bytes
}

fn is_size<T: VersionedStruct>(size: usize) -> bool {
    (T::MIN_SIZE as usize..=4096).contains(&size)
}

/// What an output pointer points to before the call, which must overwrite it.
fn stale<T>() -> *mut T {
    std::ptr::without_provenance_mut(8)
}

/// A client whose server is a closed port.
fn client() -> *mut roomcast_client {
    let options = roomcast_client_options {
        struct_magic: ROOMCAST_CLIENT_OPTIONS_MAGIC,
        struct_size: size_of::<roomcast_client_options>() as u32,
        c_standard: 0,
        cpp_standard: 0,
        access_key: null(),
        secret: null(),
        management_token: c"token-of-the-fuzzer".as_ptr(),
        base_url: c"http://127.0.0.1:1".as_ptr(),
        ca_file: null(),
        proxy: null(),
        timeout_ms: 60_000,
        max_attempts: 1,
        max_in_flight: 2,
        retry_unknown: 0,
        insecure_http_host: null(),
        only_sandbox: 0,
        reserved: 0,
    };
    let mut client = null_mut();
    // SAFETY: as the header demands.
    let status = unsafe { roomcast_client_new(&raw const options, &raw mut client, null_mut()) };
    assert!(status == ROOMCAST_OK && !client.is_null());
    client
}

type CallbackArguments = (status, *mut roomcast_send_result, *mut roomcast_error);

unsafe extern "C" fn on_done(
    user_data: *mut c_void,
    status: status,
    send_result: *mut roomcast_send_result,
    error: *mut roomcast_error,
) {
    // SAFETY: `send_with` passes this box, once.
    let sender = unsafe { Box::from_raw(user_data.cast::<mpsc::Sender<usize>>()) };
    let result: Box<CallbackArguments> = Box::new((status, send_result, error));
    sender.send(Box::into_raw(result).expose_provenance()).expect("the receiver exists");
}

fn send_with(bytes: &[u8]) {
    let input = Input::parse(bytes);
    let (room_id, message) = (input.text("room_id", Some("room")), input.text("message", Some("hello")));
    let (target, peer_id) = (input.text("target", None), input.text("peer_id", None));
    let (role, kind) = (input.text("role", None), input.text("type", None));
    let mut send_result = stale::<roomcast_send_result>();
    let wants_result = input.value("send_result").is_some();
    let has_magic = input.value("magic").is_none();
    let size = input.number("size").map_or(size_of::<roomcast_send_options>() as u32, |size| size as u32);
    let number = |name| input.number(name).unwrap_or(0) as u32;
    let sender_id = input.text("sender_id", None);
    let known = roomcast_send_options {
        struct_magic: input.number("magic").map_or(ROOMCAST_SEND_OPTIONS_MAGIC, |magic| magic as u32),
        struct_size: size,
        peer_id: pointer(peer_id.as_deref()),
        role: pointer(role.as_deref()),
        r#type: pointer(kind.as_deref()),
        send_result: if wants_result { &raw mut send_result } else { null_mut() },
        format: number("format"),
        audience: number("audience"),
        sender_id: pointer(sender_id.as_deref()),
        // One attempt, and no deadline that passes: 0, or out of range.
        timeout_ms: if number("timeout_ms") <= 3_600_000 { 0 } else { number("timeout_ms") },
        max_attempts: if number("max_attempts") <= 100 { 0 } else { number("max_attempts") },
        retry_unknown: number("retry_unknown"),
        reserved: number("reserved"),
    };
    let size = size as usize;
    let members = [
        &b"magic"[..],
        b"size",
        b"peer_id",
        b"role",
        b"type",
        b"format",
        b"audience",
        b"sender_id",
        b"timeout_ms",
        b"max_attempts",
        b"retry_unknown",
        b"reserved",
    ];
    let has_options = wants_result || input.lines.iter().any(|(name, _)| members.contains(name));
    let later = input.value("later").unwrap_or_default();
    let options = has_options.then(|| sized(known, size, later));
    let options = options.as_ref().map_or(null(), |bytes| bytes.as_ptr().cast::<roomcast_send_options>());

    let handle = client();
    // Miri has no network: it checks only what happens before a closed client fails.
    if input.has("closed") || cfg!(miri) {
        // SAFETY: `client` made it.
        roomcast_client_close(unsafe { handle.as_ref() });
    }
    // SAFETY: `client` made it.
    let client = unsafe { handle.as_ref() }.filter(|_| !input.has("no_client"));
    let (room, text, to) =
        (pointer(room_id.as_deref()), pointer(message.as_deref()), pointer(target.as_deref()));
    let mut error = stale::<roomcast_error>();
    let error_output = if input.has("no_error") { null_mut() } else { &raw mut error };
    let targets = input.has("to_peer") || input.has("to_role");
    let is_send_message = !targets && !input.has("broadcast");
    let names_nobody = peer_id.is_none() && role.is_none() && number("audience") != 1;
    let must_be_refused = (targets && target.is_none()) || (is_send_message && has_options && names_nobody);

    if input.has("async") {
        let (sender, receiver) = mpsc::channel::<usize>();
        let user_data = Box::into_raw(Box::new(sender)).cast::<c_void>();
        let mut pending = stale::<roomcast_pending>();
        let pending_output = if input.has("no_pending") { null_mut() } else { &raw mut pending };
        let done: roomcast_on_done = if input.has("no_callback") { None } else { Some(on_done) };
        // SAFETY: as the header demands: strings end with NUL, the struct has `size` bytes, the outputs are local variables.
        let started = unsafe {
            if input.has("to_peer") {
                roomcast_send_to_peer_async(
                    client,
                    room,
                    to,
                    text,
                    options,
                    done,
                    user_data,
                    pending_output,
                    error_output,
                )
            } else if input.has("to_role") {
                roomcast_send_to_role_async(
                    client,
                    room,
                    to,
                    text,
                    options,
                    done,
                    user_data,
                    pending_output,
                    error_output,
                )
            } else if input.has("broadcast") {
                roomcast_broadcast_async(
                    client,
                    room,
                    text,
                    options,
                    done,
                    user_data,
                    pending_output,
                    error_output,
                )
            } else {
                roomcast_send_message_async(
                    client,
                    room,
                    text,
                    options,
                    done,
                    user_data,
                    pending_output,
                    error_output,
                )
            }
        };
        assert_eq!(
            pending_output.is_null() || pending.is_null(),
            pending_output.is_null() || started != ROOMCAST_OK
        );
        if started == ROOMCAST_OK {
            assert!(!must_be_refused, "a target that is NULL was accepted");
            if !pending_output.is_null() {
                // SAFETY: the handle is ours.
                unsafe {
                    if input.has("cancel") {
                        roomcast_pending_cancel(pending.as_ref());
                    }
                    roomcast_pending_free(Some(Box::from_raw(pending)));
                }
            }
            if done.is_none() {
                check_completion(client, user_data);
                // SAFETY: there is no callback, so the box is still owned here.
                drop(unsafe { Box::from_raw(user_data.cast::<mpsc::Sender<usize>>()) });
                assert!(error_output.is_null() || error.is_null());
                // SAFETY: nothing uses it any more.
                return roomcast_client_free(Some(unsafe { Box::from_raw(handle) }));
            }
            let arguments = receiver.recv_timeout(CALLBACK_LIMIT).expect("the callback is called");
            // SAFETY: `on_done` made it.
            let (ended, send_result, failure) = *unsafe {
                Box::from_raw(std::ptr::with_exposed_provenance_mut::<CallbackArguments>(arguments))
            };
            assert!(receiver.recv().is_err(), "the callback was called twice");
            assert!(send_result.is_null());
            assert!(matches!(ended, status::ROOMCAST_CONNECTION | status::ROOMCAST_CANCELLED));
            check_error(failure, ended, 1);
        } else {
            // SAFETY: the callback is not called, so the box is still owned here.
            drop(unsafe { Box::from_raw(user_data.cast::<mpsc::Sender<usize>>()) });
            assert!(receiver.recv().is_err(), "the callback was called though the send was not started");
            check_not_attempted(started);
        }
        if error_output.is_null() {
            // The error was not requested.
        } else if started == ROOMCAST_OK {
            assert!(error.is_null());
        } else {
            check_error(error, started, 0);
        }
    } else {
        // SAFETY: as the header demands: strings end with NUL, the struct has `size` bytes, the outputs are local variables.
        let ended = unsafe {
            if input.has("to_peer") {
                roomcast_send_to_peer(client, room, to, text, options, error_output)
            } else if input.has("to_role") {
                roomcast_send_to_role(client, room, to, text, options, error_output)
            } else if input.has("broadcast") {
                roomcast_broadcast(client, room, text, options, error_output)
            } else {
                roomcast_send_message(client, room, text, options, error_output)
            }
        };
        let attempted = ended == status::ROOMCAST_CONNECTION;
        if attempted {
            assert!(
                input.number("magic").is_none_or(|magic| magic as u32 == ROOMCAST_SEND_OPTIONS_MAGIC),
                "options that are not initialised were accepted"
            );
            assert!(!must_be_refused, "a target that is NULL was accepted");
        } else {
            check_not_attempted(ended);
        }
        if !error_output.is_null() {
            check_error(error, ended, u32::from(attempted));
        }
    }
    if is_size::<roomcast_send_options>(size) && has_magic && wants_result {
        assert!(send_result.is_null(), "send_result is set to NULL if there is no result");
    }
    // SAFETY: nothing uses it any more.
    roomcast_client_free(Some(unsafe { Box::from_raw(handle) }));
}

fn client_with(bytes: &[u8]) {
    let input = Input::parse(bytes);
    let names = ["access_key", "secret", "management_token", "proxy", "insecure_http_host"];
    let texts = names.map(|name| input.text(name, None));
    // No ca_file and no default URL: loading the system's certificate authorities is slow, under Miri it takes minutes.
    let base_url = input.text("base_url", None).filter(|url| !cfg!(miri) || url.starts_with(b"http:"));
    let base_url = base_url.unwrap_or_else(|| b"http://127.0.0.1:1\0".to_vec().into_boxed_slice());
    let number = |name| input.number(name).unwrap_or(0) as u32;
    let known = roomcast_client_options {
        struct_magic: input.number("magic").map_or(ROOMCAST_CLIENT_OPTIONS_MAGIC, |magic| magic as u32),
        struct_size: input.number("size").unwrap_or(size_of::<roomcast_client_options>() as u64) as u32,
        c_standard: number("c_standard"),
        cpp_standard: number("cpp_standard"),
        access_key: pointer(texts[0].as_deref()),
        secret: pointer(texts[1].as_deref()),
        management_token: pointer(texts[2].as_deref()),
        base_url: pointer(Some(&base_url)),
        ca_file: null(),
        proxy: pointer(texts[3].as_deref()),
        timeout_ms: number("timeout_ms"),
        max_attempts: number("max_attempts"),
        max_in_flight: number("max_in_flight"),
        retry_unknown: number("retry_unknown"),
        insecure_http_host: pointer(texts[4].as_deref()),
        only_sandbox: number("only_sandbox"),
        reserved: number("reserved"),
    };
    let options = sized(known, known.struct_size as usize, input.value("later").unwrap_or_default());
    let (mut client, mut error) = (stale::<roomcast_client>(), stale::<roomcast_error>());
    let client_output = if input.has("no_client") { null_mut() } else { &raw mut client };
    let error_output = if input.has("no_error") { null_mut() } else { &raw mut error };
    // SAFETY: as the header demands.
    let status = unsafe { roomcast_client_new(options.as_ptr().cast(), client_output, error_output) };
    if status == ROOMCAST_OK {
        assert!(!client_output.is_null() && !client.is_null());
        assert!(error_output.is_null() || error.is_null());
        // SAFETY: it was just made, and nothing else uses it.
        roomcast_client_free(Some(unsafe { Box::from_raw(client) }));
    } else {
        assert!(status == status::ROOMCAST_CONFIGURATION);
        assert!(client_output.is_null() || client.is_null());
        if !error_output.is_null() {
            check_error(error, status, 0);
        }
    }
}

/// The one result of a send without a callback, in the client's queue.
fn check_completion(client: Option<&roomcast_client>, user_data: *mut c_void) {
    let mut completion = stale::<roomcast_completion>();
    let limit = CALLBACK_LIMIT.as_millis() as i32;
    // SAFETY: the output is a local variable.
    let status = unsafe { roomcast_client_wait(client, limit, &raw mut completion, null_mut()) };
    assert!(status == ROOMCAST_OK && !completion.is_null(), "the queue has the result");
    // SAFETY: it was just made, and nothing else uses it.
    let completion = unsafe { Box::from_raw(completion) };
    let it = Some(&*completion);
    assert_eq!(roomcast_completion_user_data(it), user_data);
    let ended = roomcast_completion_status(it);
    assert!(matches!(ended, status::ROOMCAST_CONNECTION | status::ROOMCAST_CANCELLED));
    check_error_properties(roomcast_completion_error(it), ended, 1);
    assert!(roomcast_completion_send_result(it).is_none() && roomcast_completion_room(it).is_none());
    assert!(roomcast_completion_peers(it).is_none() && roomcast_completion_recipients(it).is_none());
    roomcast_completion_free(Some(completion));
    let mut second = stale::<roomcast_completion>();
    // SAFETY: the output is a local variable.
    let status = unsafe { roomcast_client_next(client, &raw mut second, null_mut()) };
    assert!(status == ROOMCAST_OK && second.is_null(), "there is one result");
}

/// Only an invalid argument or a client that is not usable keeps a send from being attempted.
fn check_not_attempted(status: status) {
    assert!(
        matches!(status, status::ROOMCAST_INVALID_REQUEST | status::ROOMCAST_CONFIGURATION),
        "{}",
        status as i32
    );
}

/// Checks an error, and frees it.
fn check_error(error: *mut roomcast_error, status: status, attempts: u32) {
    assert!(!error.is_null());
    // SAFETY: this function owns it.
    let error = unsafe { Box::from_raw(error) };
    check_error_properties(Some(&error), status, attempts);
    roomcast_error_free(Some(error));
}

/// Calls every accessor of an error.
fn check_error_properties(it: Option<&roomcast_error>, status: status, attempts: u32) {
    assert!(it.is_some() && roomcast_error_kind(it) == status);
    // SAFETY: these never return NULL, and what they return is valid as long as the error.
    let [kind, outcome_name, text, name] = unsafe {
        [
            CStr::from_ptr(roomcast_error_kind_name(it)),
            CStr::from_ptr(roomcast_error_outcome_name(it)),
            CStr::from_ptr(roomcast_error_message(it)),
            CStr::from_ptr(roomcast_status_name(status as i32)),
        ]
    }
    .map(|text| text.to_str().expect("strings are UTF-8"));
    assert_eq!((kind, outcome_name), (name, "not_sent"));
    assert!(text.starts_with(&format!("{kind}: ")) && !text.contains('\n'), "{text}");
    assert!(matches!(roomcast_error_outcome(it), outcome::ROOMCAST_OUTCOME_NOT_SENT));
    // An attempt of a send that was cancelled while queued never began.
    assert!(roomcast_error_attempts(it) == attempts || status == status::ROOMCAST_CANCELLED);
    assert_eq!((roomcast_error_http_status(it), roomcast_error_detail_count(it)), (0, 0));
    assert_eq!(roomcast_error_retry_after_ms(it), -1);
    assert!(roomcast_error_server_message(it).is_null());
    assert!(roomcast_error_detail(it, 0).is_null() && roomcast_error_detail(it, usize::MAX).is_null());
    assert!(!roomcast_error_server_code(it, None));
    assert!(roomcast_error_request_id(it).is_null());
}
