//! One message for several recipients: it goes to those that were named, or nothing is sent to anybody.

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

use super::calls::{encoded, is_proper, operation};
use super::model::Given;
use super::routing::{argument, calls_of, option_name};
use crate::api::{
    ApiRequest, Argument, MulticastPlan, MulticastRecipient, MulticastRequest, Operation, Peer, Spelling,
};
use crate::error::{Error, ErrorKind, Outcome};

const METHODS: [&str; 4] = ["send_to_user", "send_to_users", "send_to_peers", "send_to_roles"];

/// Who is in the room: their peers' ids and users.
const PEERS: [(&str, &str); 6] =
    [("1", "p1"), ("2", "host"), ("3", "p1"), ("4", ""), ("5", "somebody else"), ("6", "é")];

/// The paths and bodies of all sends.
fn on_the_wire(given: &Given) -> Result<Vec<(String, String)>, Error> {
    let Operation::Multicast(request) = operation(given)? else { panic!("one request") };
    let recipients = match request.plan()? {
        MulticastPlan::Send(recipients) => recipients,
        MulticastPlan::LookUp { users, .. } => MulticastRecipient::peers_of(&users, PEERS.map(peer).into())?,
    };
    let present = recipients.iter().filter(|recipient| recipient.absent().is_none());
    present.map(|recipient| encoded(&send(&request, recipient))).collect()
}

fn send(request: &MulticastRequest, recipient: &MulticastRecipient) -> ApiRequest<'static> {
    ApiRequest::SendMessage(Cow::Owned(request.send_to(recipient)))
}

fn peer((peer_id, user_id): (&str, &str)) -> Peer {
    Peer {
        peer_id: peer_id.into(),
        user_id: user_id.into(),
        name: String::new(),
        metadata: String::new(),
        role: String::new(),
        joined_at: None,
    }
}

fn hold(given: &Given) {
    match (on_the_wire(given), given.sent_to_several(&PEERS)) {
        (Ok(made), Some(sent)) => {
            let path = |room_id: &str| format!("/v2/active-rooms/{room_id}/send-message");
            let wanted: Vec<_> = sent.iter().map(|sent| (path(&sent.room_id), sent.body())).collect();
            assert_eq!(made, wanted);
            assert!(!made.is_empty());
            made.iter().for_each(|(_, body)| never_wider(given, body));
        }
        (Err(error), None) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidRequest, Outcome::NotSent));
            is_proper(&error);
        }
        // Users who are not in the room.
        (Err(error), Some(sent)) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::NotSent), "{error}");
            assert!(sent.is_empty(), "{sent:?} was to be sent, but: {error}");
        }
        (Ok(made), None) => panic!("nothing may be sent for {given:?}, but {made:?} would be"),
    }
}

/// The promise itself, without the model: each send has one peer or one role, and one that was named.
fn never_wider(given: &Given, body: &str) {
    let body: Value = serde_json::from_str(body).unwrap();
    let (peer_id, role) = (body["peer_id"].as_str(), body["role"].as_str());
    let names: Vec<_> = match &given.target {
        Some(Argument::List(list)) => list.iter().collect(),
        target => target.iter().collect(),
    };
    let is_named = |name: &str| names.contains(&&Argument::Text(name.to_owned()));
    match (given.method, peer_id, role) {
        ("send_to_roles", None, Some(role)) => assert!(is_named(role)),
        ("send_to_peers", Some(peer_id), None) => assert!(is_named(peer_id)),
        ("send_to_user" | "send_to_users", Some(peer_id), None) => {
            assert!(PEERS.iter().any(|(id, user)| *id == peer_id && is_named(user)));
        }
        _ => panic!("for others too: {body}"),
    }
}

fn target() -> impl Strategy<Value = Option<Argument>> {
    let known = || proptest::sample::select(&["p1", "host", "é", "nobody"][..]);
    let name = prop_oneof![
        3 => known().prop_map(|name| Argument::Text(name.to_owned())),
        1 => argument(),
    ];
    prop_oneof![
        3 => vec(name, 0..5).prop_map(|names| Some(Argument::List(names))),
        1 => known().prop_map(|name| Some(Argument::Text(name.to_owned()))),
        1 => option::of(argument()),
    ]
}

fn given() -> impl Strategy<Value = Given> {
    let method = proptest::sample::select(&METHODS[..]);
    let options = prop_oneof![
        3 => Just(Vec::new()),
        1 => vec((option_name(), argument()), 0..3),
    ];
    calls_of(method, target(), options)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_recipient_is_one_that_was_named(given in given()) {
        hold(&given);
    }
}

/// Every pair of values, alone and as a list, in every method.
#[test]
fn every_combination_of_what_can_be_in_a_list() {
    let texts =
        ["p1", "host", "nobody", "", " ", "\u{200b}", "a\nb"].map(|text| Argument::Text(text.to_owned()));
    let long = Argument::Text("x".repeat(257));
    let others = [
        Argument::Null,
        Argument::Undefined,
        Argument::NotUnicode,
        Argument::TooLong,
        Argument::Number(1.0),
        Argument::Bool(false),
        Argument::List(Vec::new()),
        Argument::Other("set".to_owned()),
    ];
    let kinds: Vec<_> = texts.into_iter().chain([long]).chain(others).collect();
    let lists = kinds.iter().flat_map(|one| kinds.iter().map(|two| vec![one.clone(), two.clone()]));
    let lists: Vec<_> = lists.chain(kinds.iter().map(|one| vec![one.clone()])).map(Argument::List).collect();
    for method in METHODS {
        for spelling in [Spelling::Snake, Spelling::Camel] {
            for target in [None].into_iter().chain(kinds.iter().chain(&lists).cloned().map(Some)) {
                for option in [None, Some("peer_id"), Some("peerId"), Some("role"), Some("user_id")] {
                    let text = |text: &str| Argument::Text(text.to_owned());
                    hold(&Given {
                        method,
                        spelling,
                        room_id: Some(text("room-1")),
                        message: Some(text("hello")),
                        target: target.clone(),
                        options: option.map(|name| (name.to_owned(), text("p1"))).into_iter().collect(),
                    });
                }
            }
        }
    }
}
