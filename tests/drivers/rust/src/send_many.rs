//! Many messages.

use roomcast::{Batch, BatchOptions, Call, Client, Error, ItemResult, Operation, Request, Spelling};
use serde_json::{Value, json};

use crate::{argument, error_line, message, result_line};

/// Calls as a user would if the types allow the arguments, otherwise as a binding would.
pub fn send(client: &Client, call: &Value) -> Value {
    let options = match options(call) {
        Ok(options) => options,
        Err(error) => return error_line(&error),
    };
    let result = match call.get("items") {
        Some(items) => send_items(client, call, options, items.as_array().expect("items is a list")),
        None => count(client, call, options),
    };
    result.unwrap_or_else(|error| error_line(&error))
}

fn options(call: &Value) -> Result<BatchOptions, Error> {
    let mut options = BatchOptions::default();
    for (name, value) in call["options"].as_object().into_iter().flatten() {
        options = match (name.as_str(), value.as_f64(), value.as_u64().map(u32::try_from)) {
            ("rate", Some(rate), _) => options.rate(rate),
            ("max_in_flight", _, Some(Ok(limit))) => options.max_in_flight(limit),
            _ => options.option(name, argument(value), &[], Spelling::Snake)?,
        };
    }
    Ok(options)
}

/// How often each outcome occurred.
fn count(client: &Client, call: &Value, options: BatchOptions) -> Result<Value, Error> {
    let text = |name: &str| call[name].as_str().expect("text");
    let (room_id, message) = (text("room_id"), text("message"));
    let count = call["count"].as_u64().expect("a number");
    let items = (0..count).map(|number| Request::new(room_id, format!("{message}.{number}")));
    let mut results = client.send_many_with(options, items)?;
    results.by_ref().for_each(drop);
    let progress = results.progress();
    Ok(json!({ "results_count": {
        "accepted": progress.accepted,
        "not_sent": progress.not_sent,
        "rejected": progress.rejected,
        "unknown": progress.unknown,
    } }))
}

/// The result of each item, in the order of the items. An iterator does not fail: one whose source does ends, and its user
/// keeps the error.
fn send_items(client: &Client, call: &Value, options: BatchOptions, items: &[Value]) -> Result<Value, Error> {
    let number = |name: &str| call.get(name).map(|number| number.as_u64().expect("a number") as usize);
    let raised_after = number("items_raise_after");
    let items = &items[..raised_after.unwrap_or(items.len())];
    let cancel_after = number("cancel_after");
    let mut lines = vec![Value::Null; items.len()];
    let typed: Option<Vec<_>> = items.iter().map(|item| message::request("send_message", item)).collect();
    match typed.and_then(|requests| requests.into_iter().collect::<Result<Vec<_>, _>>().ok()) {
        Some(requests) => typed_items(client, options, requests, cancel_after, &mut lines)?,
        None => dynamic_items(client, options, items, cancel_after, &mut lines)?,
    }
    let mut line = json!({ "results": lines });
    if raised_after.is_some() {
        line["raised"] = true.into();
    }
    Ok(line)
}

/// A user's own item.
struct Item {
    number: usize,
    request: Request,
}

impl AsRef<Request> for Item {
    fn as_ref(&self) -> &Request {
        &self.request
    }
}

fn typed_items(
    client: &Client,
    options: BatchOptions,
    requests: Vec<Request>,
    cancel_after: Option<usize>,
    lines: &mut [Value],
) -> Result<(), Error> {
    let items = requests.into_iter().enumerate().map(|(number, request)| Item { number, request });
    let results = client.send_many_with(options, items)?;
    let handle = results.handle();
    for (taken, ItemResult { item, result, .. }) in results.enumerate() {
        lines[item.number] = result_line(result);
        if cancel_after == Some(taken + 1) {
            handle.cancel();
        }
    }
    Ok(())
}

fn dynamic_items(
    client: &Client,
    options: BatchOptions,
    items: &[Value],
    cancel_after: Option<usize>,
    lines: &mut [Value],
) -> Result<(), Error> {
    let batch: Batch<usize> = Batch::new(client, options, |_| {})?;
    let mut items = items.iter().enumerate();
    for taken in 1.. {
        while !batch.is_full()
            && let Some((number, item)) = items.next()
        {
            batch.start(number, operation(item));
        }
        batch.wait();
        let Some((number, result)) = batch.take() else { break };
        lines[number] = result_line(result);
        if cancel_after == Some(taken) {
            batch.cancel();
        }
    }
    Ok(())
}

fn operation(item: &Value) -> Result<Operation<'static>, Error> {
    let Some(members) = item.as_object() else {
        return Err(Error::wrong_argument("item", &argument(item), "an object"));
    };
    let mut call = Call::new("send_message", Spelling::Snake)?;
    for (name, value) in members.iter().filter(|(name, _)| *name != "options") {
        let value = if name == "message" { message::argument(value)? } else { argument(value) };
        call = call.by_name(name, value);
    }
    for (name, value) in item["options"].as_object().into_iter().flatten() {
        call = call.by_name(name, argument(value));
    }
    call.into_operation()
}
