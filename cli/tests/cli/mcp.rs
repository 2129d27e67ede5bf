//! `roomcast mcp`, through the client of the official SDK: what a model may reach, and a list of calls that reach nobody.

use std::process::Stdio;

use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService, ServiceError};
use rmcp::{ServiceExt, model::Tool};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::common::{Rooms, bare};

struct Session {
    client: RunningService<RoleClient, ()>,
    child: Child,
}

impl Session {
    async fn start(rooms: &Rooms, arguments: &[&str]) -> Self {
        let command = rooms.command(&[&["mcp"], arguments].concat());
        let mut command = Command::from(command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let streams = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        Session { client: ().serve(streams).await.unwrap(), child }
    }

    async fn call(&self, tool: &str, arguments: Value) -> Result<CallToolResult, ServiceError> {
        let request = CallToolRequestParams::new(tool.to_owned());
        self.client.call_tool(request.with_arguments(arguments.as_object().unwrap().clone())).await
    }

    async fn tools(&self) -> Vec<Tool> {
        self.client.list_all_tools().await.unwrap()
    }

    /// The client goes, and so does the server.
    async fn end(mut self) {
        self.client.cancel().await.unwrap();
        assert!(self.child.wait().await.unwrap().success());
    }
}

fn names(tools: &[Tool]) -> Vec<&str> {
    tools.iter().map(|tool| &*tool.name).collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn the_tools_reach_whom_they_name() {
    let rooms = Rooms::new();
    runtime().block_on(async {
        let session = Session::start(&rooms, &["--allow-room", "demo"]).await;
        let tools = session.tools().await;
        assert_eq!(names(&tools), ["send_to_peer", "send_to_role", "list_peers"]);
        let schema = Value::Object((*tools[0].input_schema).clone());
        assert_eq!(
            (&schema["additionalProperties"], &schema["properties"]["room_id"]["enum"]),
            (&json!(false), &json!(["demo"]))
        );
        let peers = session.call("list_peers", json!({"room_id": "demo", "role": "host"})).await.unwrap();
        let peers = peers.structured_content.unwrap();
        assert_eq!(
            (peers["peers"].as_array().unwrap().len(), &peers["peers"][0]["peer_id"]),
            (2, &json!("ann-1"))
        );
        let sent = session
            .call(
                "send_to_peer",
                json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi", "type": "chat"}),
            )
            .await
            .unwrap();
        assert_eq!(sent.structured_content.unwrap()["outcome"], "accepted");
        assert_eq!((rooms.received("ann-1").len(), rooms.count()), (1, 1));
        session
            .call("send_to_role", json!({"room_id": "demo", "role": "guest", "message": "hi"}))
            .await
            .unwrap();
        assert_eq!((rooms.received("bob-1").len(), rooms.count()), (1, 2));
        // What is not known is said, and not sent again.
        rooms.fault(json!({"kind": "lost_answer", "count": 1}));
        let unknown = session
            .call("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi"}))
            .await
            .unwrap();
        assert_eq!(
            (unknown.is_error, &unknown.structured_content.unwrap()["outcome"]),
            (Some(true), &json!("unknown"))
        );
        session.end().await;
    });
}

/// Each reaches nobody, whoever allows broadcasting.
#[test]
fn an_adversarial_list_of_calls_reaches_nobody() {
    let rooms = Rooms::new();
    let peer = |peer: Value| ("send_to_peer", json!({"room_id": "demo", "peer_id": peer, "message": "hi"}));
    let role = |role: Value| ("send_to_role", json!({"room_id": "demo", "role": role, "message": "hi"}));
    let room = |room: Value| ("send_to_peer", json!({"room_id": room, "peer_id": "eve-1", "message": "hi"}));
    let mut calls = vec![
        // Missing.
        ("send_to_peer", json!({"room_id": "demo", "message": "hi"})),
        ("send_to_role", json!({"room_id": "demo", "message": "hi"})),
        ("send_to_peer", json!({"peer_id": "ann-1", "message": "hi"})),
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1"})),
        ("send_to_peer", json!({})),
        ("list_peers", json!({})),
        // In the other room, or of a role that is a wildcard elsewhere.
        peer(json!("eve-1")),
        peer(json!("*")),
        peer(json!("everyone")),
        peer(json!("ann")),
        peer(json!("ann-1,ann-2")),
        peer(json!("../../other/send-message")),
        role(json!("*")),
        role(json!("everyone")),
        role(json!("host,guest")),
        // Messages.
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": ""})),
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": null})),
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": {"a": 1}})),
        (
            "send_to_peer",
            json!({"room_id": "demo", "peer_id": "ann-1", "message": "x".repeat(roomcast::MAX_MESSAGE + 1)}),
        ),
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi", "type": ""})),
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi", "type": null})),
        // Extra fields: also those that the core knows.
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi", "everyone": true})),
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi", "role": "host"})),
        ("send_to_role", json!({"room_id": "demo", "role": "host", "message": "hi", "peer_id": null})),
        (
            "send_to_peer",
            json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi", "retry_unknown": true}),
        ),
        ("send_to_peer", json!({"room_id": "demo", "peer_id": "ann-1", "message": "hi", "timeout": 1})),
        ("send_to_peer", json!({"roomId": "demo", "peerId": "ann-1", "message": "hi"})),
        ("list_peers", json!({"room_id": "demo", "peer_id": "ann-1"})),
        // Rooms that are not allowed.
        ("send_to_role", json!({"room_id": "other", "role": "host", "message": "hi"})),
        ("list_peers", json!({"room_id": "other"})),
        // Filters that a failed look-up left empty would list everybody.
        ("list_peers", json!({"room_id": "demo", "user_id": null})),
        ("list_peers", json!({"room_id": "demo", "role": ""})),
        // Tools that do not exist.
        ("broadcast", json!({"room_id": "demo", "message": "hi"})),
        ("send_message", json!({"room_id": "demo", "message": "hi"})),
        ("send_to_user", json!({"room_id": "demo", "user_id": "ann", "message": "hi"})),
        ("send_to_everyone", json!({"room_id": "other", "message": "hi"})),
        ("send_to_everyone", json!({"room_id": "demo", "message": "hi", "peer_id": null})),
        ("send_to_everyone", json!({"room_id": "demo", "message": "hi", "role": "host"})),
        ("send_to_everyone", json!({"room_id": "demo"})),
        ("", json!({"room_id": "demo", "message": "hi"})),
    ];
    // Null, blank, and of every wrong type.
    let wrong = [
        json!(null),
        json!(""),
        json!(" \n"),
        json!("\u{200b}"),
        json!(7),
        json!(0),
        json!(true),
        json!(false),
        json!([]),
        json!(["ann-1"]),
        json!({}),
        json!({"peer_id": "ann-1"}),
        json!("x".repeat(257)),
        json!("ann-1\u{0}"),
        json!("ann-1\n"),
    ];
    for value in wrong {
        calls.extend([peer(value.clone()), role(value.clone()), room(value)]);
    }
    calls.extend(
        [
            "other",
            "demo ",
            " demo",
            "DEMO",
            "demo/../other",
            "demo%2f..%2fother",
            "*",
            "demo\n",
            "demo,other",
        ]
        .map(|id| room(json!(id))),
    );
    runtime().block_on(async {
        for broadcast in [&[][..], &["--allow-broadcast"]] {
            let session = Session::start(
                &rooms,
                &[&["--allow-room", "demo", "--allow-room", "empty"], broadcast].concat(),
            )
            .await;
            for (tool, arguments) in &calls {
                let result = session.call(tool, arguments.clone()).await;
                // A role that nobody has is accepted by the server, and reaches nobody.
                let is_role = *tool == "send_to_role"
                    && matches!(arguments["role"].as_str(), Some("*" | "everyone" | "host,guest"));
                match result {
                    Ok(result) => {
                        assert_eq!(result.is_error.unwrap_or(false), !is_role, "{tool} {arguments}");
                        // No text suggests a wider audience.
                        let text = serde_json::to_string(&result).unwrap();
                        assert!(!text.contains("to reach everyone"), "{text}");
                    }
                    Err(ServiceError::McpError(_)) => {}
                    Err(error) => panic!("{tool} {arguments}: {error}"),
                }
                assert_eq!(rooms.count(), 0, "{tool} {arguments}");
            }
            // A room that is allowed, but in which nobody is.
            let nobody = session
                .call("send_to_peer", json!({"room_id": "empty", "peer_id": "ann-1", "message": "hi"}))
                .await
                .unwrap();
            assert_eq!((nobody.is_error, rooms.count()), (Some(true), 0));
            // Everyone, without --allow-broadcast.
            let everyone =
                session.call("send_to_everyone", json!({"room_id": "demo", "message": "hi"})).await;
            assert_eq!(everyone.is_ok(), !broadcast.is_empty());
            assert_eq!(rooms.count(), if broadcast.is_empty() { 0 } else { 3 });
            session.end().await;
        }
        println!("{} calls, twice, reached nobody", calls.len());
    });
}

#[test]
fn broadcasting_only_if_it_is_allowed() {
    let rooms = Rooms::new();
    runtime().block_on(async {
        let session = Session::start(&rooms, &["--allow-room", "demo", "--allow-broadcast"]).await;
        assert_eq!(
            names(&session.tools().await),
            ["send_to_peer", "send_to_role", "list_peers", "send_to_everyone"]
        );
        session.end().await;
    });
}

#[test]
fn rooms_have_to_be_allowed_by_their_ids() {
    let rooms = Rooms::new();
    for (arguments, code) in [
        (&["mcp"][..], 2),
        (&["mcp", "--allow-broadcast"], 2),
        (&["mcp", "--allow-room", ""], 2),
        (&["mcp", "--allow-room", "*"], 2),
        (&["mcp", "--allow-room", "demo,other"], 2),
    ] {
        let ended = rooms.run(arguments).with_code(code);
        assert!(ended.stdout.is_empty(), "stdout is the protocol's");
    }
    let no_credentials = crate::common::run(bare(&["mcp", "--allow-room", "demo"])).with_code(1);
    assert!(no_credentials.stdout.is_empty() && no_credentials.stderr.contains("HMS_ACCESS_KEY"));
}
