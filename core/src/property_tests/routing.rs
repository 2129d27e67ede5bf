//! Properties of the routing, over calls that proptest generates.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::calls::{hold, hold_request};
use super::model::Given;
use crate::api::{Argument, Spelling};

const METHODS: [&str; 4] = ["send_message", "send_to_peer", "send_to_role", "broadcast"];

/// Texts on both sides of every limit, and any others.
fn text() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "",
        " ",
        "\t\n",
        "\u{200b}",
        " \u{3000}\u{200b}",
        "p1",
        "host",
        "class is off",
        "\0",
        "a\nb",
        "a\u{85}b",
        "é",
        "😀",
        "null",
        "undefined",
        "None",
        "*",
        "\u{feff}",
        "\u{ad}",
        "..",
        "a/b",
        "a%2fb",
        "\"",
        "\\",
    ];
    prop_oneof![
        4 => proptest::sample::select(KNOWN).prop_map(str::to_owned),
        4 => "[A-Za-z0-9_-]{1,66}",
        2 => any::<String>(),
        1 => (250usize..260).prop_map(|length| "x".repeat(length)),
        1 => (126usize..130).prop_map(|length| "é".repeat(length)),
        1 => (1_048_575usize..1_048_578).prop_map(|length| "m".repeat(length)),
    ]
}

pub(super) fn argument() -> impl Strategy<Value = Argument> {
    prop_oneof![
        6 => text().prop_map(Argument::Text),
        2 => Just(Argument::Null),
        1 => Just(Argument::NotUnicode),
        1 => any::<f64>().prop_map(Argument::Number),
        1 => any::<bool>().prop_map(Argument::Bool),
        1 => text().prop_map(Argument::Other),
    ]
}

/// Mostly a valid value, so that the other arguments decide.
pub(super) fn mostly(good: &'static str) -> impl Strategy<Value = Option<Argument>> {
    prop_oneof![
        6 => Just(Some(Argument::Text(good.to_owned()))),
        1 => option::of(argument()),
    ]
}

pub(super) fn option_name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "peer_id", "peerId", "PeerId", "peerid", "peer", "peer_ids", "peer-id", "role", "Role", "roles",
        "roleName", "type", "Type", "room_id", "message", "", " peer_id", "peer_id ", "рeer_id",
    ];
    prop_oneof![
        8 => proptest::sample::select(&["peer_id", "peerId", "role", "type"][..]).prop_map(str::to_owned),
        2 => proptest::sample::select(KNOWN).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn given() -> impl Strategy<Value = Given> {
    let method = prop_oneof![3 => Just("send_message"), 4 => proptest::sample::select(&METHODS[..])];
    calls_of(method, option::of(argument()), vec((option_name(), argument()), 0..4))
}

/// Calls of these methods with these targets and options.
pub(super) fn calls_of(
    method: impl Strategy<Value = &'static str>,
    target: impl Strategy<Value = Option<Argument>>,
    options: impl Strategy<Value = Vec<(String, Argument)>>,
) -> impl Strategy<Value = Given> {
    let spelling = prop_oneof![Just(Spelling::Snake), Just(Spelling::Camel)];
    (method, spelling, mostly("room-1"), mostly("hello"), target, options).prop_map(
        |(method, spelling, room_id, message, target, options)| Given {
            method,
            spelling,
            room_id,
            message,
            target,
            options,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_recipients_on_the_wire_are_those_that_were_named(given in given()) {
        hold(&given);
    }

    #[test]
    fn rust_callers_are_routed_by_the_same_table(
        room_id in prop_oneof![3 => Just("room-1".to_owned()), 1 => text()],
        message in prop_oneof![3 => Just("hello".to_owned()), 1 => text()],
        peer_id in option::of(text()),
        role in option::of(text()),
    ) {
        hold_request(&room_id, &message, peer_id.as_deref(), role.as_deref());
    }
}

/// Every combination of values of the two options and the target, in every method and spelling: none is left to chance.
#[test]
fn every_combination_of_what_can_be_given() {
    let kinds = || {
        let texts = ["p1", "", " ", "\u{200b}", "a\nb"].map(|text| Argument::Text(text.to_owned()));
        let long = Argument::Text("x".repeat(257));
        let others = [
            Argument::Null,
            Argument::NotUnicode,
            Argument::Number(1.0),
            Argument::Bool(false),
            Argument::Other("list".to_owned()),
        ];
        let given = texts.into_iter().chain([long]).chain(others).map(Some);
        std::iter::once(None).chain(given).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(Argument::Text(text.to_owned()));
    for method in METHODS {
        for (spelling, peer_name) in [
            (Spelling::Snake, "peer_id"),
            (Spelling::Camel, "peerId"),
            (Spelling::Snake, "peerId"),
            (Spelling::Camel, "peer_id"),
        ] {
            for peer_id in kinds() {
                for role in kinds() {
                    for target in kinds() {
                        let named = [(peer_name, peer_id.clone()), ("role", role.clone())];
                        let options =
                            named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
                        hold(&Given {
                            method,
                            spelling,
                            room_id: text("room-1"),
                            message: text("hello"),
                            target,
                            options: options.collect(),
                        });
                    }
                }
            }
        }
    }
}
