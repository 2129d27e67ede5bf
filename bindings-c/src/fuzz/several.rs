//! Lists of recipients, and items of many messages.

use std::ffi::c_int;

use super::*;
use crate::multicast::*;
use crate::recipients::*;
use crate::send_many::*;

/// The options of each send. They name the element, if it is an item.
fn send_options(peer_id: *const c_char) -> roomcast_send_options {
    roomcast_send_options {
        struct_magic: ROOMCAST_SEND_OPTIONS_MAGIC,
        struct_size: size_of::<roomcast_send_options>() as u32,
        peer_id,
        role: null(),
        r#type: null(),
        send_result: null_mut(),
        format: 0,
        audience: 0,
        sender_id: null(),
        timeout_ms: 0,
        max_attempts: 0,
        retry_unknown: 0,
        reserved: 0,
    }
}

pub(super) fn several_with(bytes: &[u8]) {
    let input = Input::parse(bytes);
    let handle = client();
    if input.has("closed") || cfg!(miri) {
        // SAFETY: `client` made it.
        roomcast_client_close(unsafe { handle.as_ref() });
    }
    // SAFETY: `client` made it.
    let client = unsafe { handle.as_ref() }.filter(|_| !input.has("no_client"));
    let elements: Vec<_> = input.lines.iter().filter_map(element).collect();
    match input.has("many") {
        true => send_many(&input, client, &elements),
        false => send_to_several(&input, client, &elements),
    }
    // SAFETY: nothing uses it any more.
    roomcast_client_free(Some(unsafe { Box::from_raw(handle) }));
}

/// A C string, or a NULL.
fn element(line: &(&[u8], &[u8])) -> Option<Option<Box<[u8]>>> {
    match *line {
        (b"null_element", _) => Some(None),
        (b"element", value) => {
            let text = value.split(|byte| *byte == 0).next().unwrap_or_default();
            Some(Some([text, b"\0"].concat().into_boxed_slice()))
        }
        _ => None,
    }
}

fn send_to_several(input: &Input<'_>, client: Option<&roomcast_client>, elements: &[Option<Box<[u8]>>]) {
    let (room_id, message) = (input.text("room_id", Some("room")), input.text("message", Some("hello")));
    let (room, text) = (pointer(room_id.as_deref()), pointer(message.as_deref()));
    // Exactly as long as the count says.
    let array: Box<[*const c_char]> = elements.iter().map(|text| pointer(text.as_deref())).collect();
    let list = if input.has("null_list") { null() } else { array.as_ptr() };
    let first = array.first().copied().unwrap_or(null());
    let count = if input.has("no_array") { usize::MAX } else { array.len() };
    let options = send_options(null());
    let (mut recipients, mut error) = (stale::<roomcast_recipients>(), stale::<roomcast_error>());
    let recipients_output = if input.has("no_recipients") { null_mut() } else { &raw mut recipients };
    let error_output = if input.has("no_error") { null_mut() } else { &raw mut error };
    // SAFETY: as the header demands: strings end with NUL, the array has `count` elements or is refused for its count, the
    // outputs are local variables.
    let status = unsafe {
        let options = &raw const options;
        match () {
            () if input.has("users") => roomcast_send_to_users(
                client,
                room,
                list,
                count,
                text,
                options,
                recipients_output,
                error_output,
            ),
            () if input.has("peers") => roomcast_send_to_peers(
                client,
                room,
                list,
                count,
                text,
                options,
                recipients_output,
                error_output,
            ),
            () if input.has("roles") => roomcast_send_to_roles(
                client,
                room,
                list,
                count,
                text,
                options,
                recipients_output,
                error_output,
            ),
            () => roomcast_send_to_user(client, room, first, text, options, recipients_output, error_output),
        }
    };
    let of_user = !["users", "peers", "roles"].iter().any(|name| input.has(name));
    let has_null = if of_user { first.is_null() } else { array.contains(&null()) || array.is_empty() };
    if status == ROOMCAST_OK || status == status::ROOMCAST_CONNECTION {
        assert!(
            !has_null && (of_user || !input.has("null_list") && !input.has("no_array")),
            "a NULL was accepted"
        );
        assert!(!recipients_output.is_null());
    } else {
        check_not_attempted(status);
    }
    if status == ROOMCAST_OK {
        // SAFETY: the call has just set it.
        let recipients = unsafe { Box::from_raw(recipients) };
        let it = Some(&*recipients);
        assert!((1..=array.len()).contains(&roomcast_recipients_count(it)));
        for index in 0..roomcast_recipients_count(it) {
            // SAFETY: these never return NULL, and what they return is valid as long as the list.
            let names = unsafe {
                [
                    CStr::from_ptr(roomcast_recipients_peer_id(it, index)),
                    CStr::from_ptr(roomcast_recipients_role(it, index)),
                ]
            };
            assert!(names[0].is_empty() != names[1].is_empty());
            assert!(roomcast_recipients_send_result(it, index).is_none());
            check_error_properties(roomcast_recipients_error(it, index), status::ROOMCAST_CONNECTION, 1);
        }
        assert!(roomcast_recipients_error(it, array.len()).is_none());
        roomcast_recipients_free(Some(recipients));
        assert!(error_output.is_null() || error.is_null());
    } else {
        assert!(recipients_output.is_null() || recipients.is_null());
        if !error_output.is_null() {
            check_error(error, status, u32::from(status == status::ROOMCAST_CONNECTION));
        }
    }
}

/// The items of a batch, and how many results there were.
struct Items<'a> {
    room_id: *const c_char,
    message: *const c_char,
    elements: &'a [Option<Box<[u8]>>],
    taken: usize,
    results: Vec<u32>,
    cancels: bool,
}

unsafe extern "C" fn next(user_data: *mut c_void, item: *mut roomcast_send_item) -> c_int {
    // SAFETY: `send_many` passes it, and nothing else uses it meanwhile.
    let items = unsafe { &mut *user_data.cast::<Items<'_>>() };
    let Some(element) = items.elements.get(items.taken) else { return -1 };
    let options = Box::new(send_options(pointer(element.as_deref())));
    let tag = std::ptr::without_provenance_mut(items.taken);
    let (room_id, message) = (items.room_id, items.message);
    // It lives until the next call only.
    OPTIONS.set(Some(options));
    let options = OPTIONS.with_borrow(|options| options.as_deref().map_or(null(), std::ptr::from_ref));
    // SAFETY: the library passes an item.
    unsafe { item.write(roomcast_send_item { room_id, message, options, tag }) };
    items.taken += 1;
    1
}

thread_local! {
    static OPTIONS: std::cell::RefCell<Option<Box<roomcast_send_options>>> = const { std::cell::RefCell::new(None) };
}

unsafe extern "C" fn on_result(user_data: *mut c_void, result: *const roomcast_item_result) -> c_int {
    // SAFETY: `send_many` passes it, and nothing else uses it meanwhile.
    let items = unsafe { &mut *user_data.cast::<Items<'_>>() };
    OPTIONS.set(None);
    // SAFETY: the library passes a result, whose pointers are valid in this call.
    let (tag, error, accepted) =
        unsafe { ((*result).tag.addr(), (*result).error.as_ref(), (*result).send_result) };
    assert!(accepted.is_null());
    items.results[tag] += 1;
    let status = roomcast_error_kind(error);
    match status {
        status::ROOMCAST_CONNECTION => assert!(items.elements[tag].is_some(), "a NULL was accepted"),
        status::ROOMCAST_CANCELLED => assert!(items.cancels),
        other => check_not_attempted(other),
    }
    check_error_properties(error, status, u32::from(status == status::ROOMCAST_CONNECTION));
    c_int::from(items.cancels)
}

fn send_many(input: &Input<'_>, client: Option<&roomcast_client>, elements: &[Option<Box<[u8]>>]) {
    let (room_id, message) = (input.text("room_id", Some("room")), input.text("message", Some("hello")));
    let size = input.number("size").map_or(size_of::<roomcast_many_options>() as u32, |size| size as u32);
    let known = roomcast_many_options {
        struct_magic: input.number("magic").map_or(ROOMCAST_MANY_OPTIONS_MAGIC, |magic| magic as u32),
        struct_size: size,
        // No rate that takes its time.
        rate: input.number("rate").map_or(0.0, f64::from_bits).clamp(-1.0, 2e6),
        max_in_flight: input.number("max_in_flight").unwrap_or(0) as u32,
        reserved: input.number("reserved").unwrap_or(0) as u32,
    };
    let known = roomcast_many_options {
        rate: if known.rate < 1e4 && known.rate >= 0.001 { 1e4 } else { known.rate },
        ..known
    };
    let options = sized(known, size as usize, input.value("later").unwrap_or_default());
    let mut items = Items {
        room_id: pointer(room_id.as_deref()),
        message: pointer(message.as_deref()),
        elements,
        taken: 0,
        results: vec![0; elements.len()],
        cancels: input.has("cancel"),
    };
    let mut error = stale::<roomcast_error>();
    let error_output = if input.has("no_error") { null_mut() } else { &raw mut error };
    let next: roomcast_next_item = if input.has("no_next") { None } else { Some(next) };
    let on_result: roomcast_on_result = if input.has("no_callback") { None } else { Some(on_result) };
    let user_data = (&raw mut items).cast::<c_void>();
    // SAFETY: as the header demands: strings end with NUL, the struct has `size` bytes, the outputs are local variables.
    let status = unsafe {
        roomcast_send_many(client, next, on_result, user_data, options.as_ptr().cast(), error_output)
    };
    OPTIONS.set(None);
    if status == ROOMCAST_OK {
        assert!(error_output.is_null() || error.is_null());
        assert!(items.cancels || items.taken == elements.len());
        let (taken, rest) = items.results.split_at(items.taken);
        assert!(taken.iter().all(|count| *count == 1) && rest.iter().all(|count| *count == 0));
    } else {
        check_not_attempted(status);
        assert_eq!(items.taken, 0);
        if !error_output.is_null() {
            check_error(error, status, 0);
        }
    }
}
