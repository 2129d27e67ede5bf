//! Peers that join, leave and reconnect, and the frames that each of them is sent, without a socket.

use super::*;
use serde_json::{Value, json};
use std::sync::mpsc::{self, Receiver};

const ROOM: &str = "room";

struct Fixture {
    rooms: Rooms,
    events: Receiver<RoomEvent>,
}

struct TestPeer {
    connection: Connection,
    frames: FrameReceiver,
}

impl Fixture {
    fn new() -> Self {
        let (sender, events) = mpsc::channel();
        let mut listeners = Listeners::default();
        listeners.add(Box::new(move |event| sender.send(event.clone()).unwrap()));
        Self { rooms: Rooms::new(listeners), events }
    }

    fn connect(&mut self, peer_id: &str, role: &str) -> TestPeer {
        self.connect_as(peer_id, role, &format!("user of {peer_id}"))
    }

    fn connect_as(&mut self, peer_id: &str, role: &str, user_id: &str) -> TestPeer {
        let (sender, frames) = frame_queue();
        let token =
            PeerToken { room_id: ROOM.to_owned(), role: role.to_owned(), user_id: user_id.to_owned() };
        let connection = self.rooms.connect(token, peer_id.to_owned(), sender);
        TestPeer { connection, frames }
    }

    /// Connects, joins, and reads the frames of that.
    fn join(&mut self, peer_id: &str, role: &str) -> TestPeer {
        let mut peer = self.connect(peer_id, role);
        assert!(self.rooms.join(&peer.connection, peer_id, "", None));
        peer.read();
        peer
    }

    fn send(&self, peer_id: Option<&str>, role: Option<&str>) -> Result<MessageMeta, NotFound> {
        let audience = Audience::of(peer_id, role.map(str::to_owned));
        self.rooms.send(ROOM, &audience, None, &json!({"message": "hi"}))
    }

    fn peers(&self) -> Vec<String> {
        match self.rooms.active_room(ROOM) {
            Ok((_, peers)) => peers.map(|peer| peer.peer_id.clone()).collect(),
            Err(_) => Vec::new(),
        }
    }

    fn session(&self) -> String {
        self.rooms.active_room(ROOM).ok().unwrap().0.id.clone()
    }
}

impl TestPeer {
    fn read(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frames.try_recv() {
            frames.push(serde_json::from_str(&frame).unwrap());
        }
        frames
    }

    fn methods(&mut self) -> Vec<String> {
        let name = |frame: &Value| frame["method"].as_str().unwrap_or("response").to_owned();
        self.read().iter().map(name).collect()
    }
}

#[test]
fn join_sends_its_frames_in_order() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    let mut bob = fixture.connect("bob", "guest");
    assert_eq!(fixture.peers(), ["alice"]);
    assert!(alice.read().is_empty());
    let response = frames::result(&json!("1"), json!({}));
    fixture.rooms.join(&bob.connection, "Bob", "{}", Some(&response));
    assert_eq!(bob.methods(), ["on-policy-change", "response", "peer-list"]);
    // The new role comes first: the web client has to know it before the peer that has it.
    assert_eq!(alice.methods(), ["on-policy-change", "on-peer-join"]);
    fixture.join("carol", "guest");
    assert_eq!(alice.methods(), ["on-peer-join"]);
}

#[test]
fn policy_names_the_roles_of_the_room() {
    let mut fixture = Fixture::new();
    fixture.join("alice", "host");
    let policy = &fixture.connect("bob", "guest").read()[0]["params"];
    assert_eq!(policy["name"], "guest");
    let roles: Vec<_> = policy["known_roles"].as_object().unwrap().keys().collect();
    assert_eq!(roles, ["guest", "host"]);
}

#[test]
fn messages_reach_their_audience() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    let mut bob = fixture.join("bob", "guest");
    alice.read();
    let mut check = |peer_id, role, expected: [usize; 2]| {
        fixture.send(peer_id, role).unwrap();
        let received = [alice.read().len(), bob.read().len()];
        assert_eq!(received, expected, "{peer_id:?} {role:?}");
    };
    check(None, None, [1, 1]);
    check(Some("alice"), None, [1, 0]);
    check(Some("alice"), Some("guest"), [1, 0]);
    check(None, Some("guest"), [0, 1]);
    check(None, Some("Guest"), [0, 0]);
    check(Some(""), Some(""), [1, 1]);
}

#[test]
fn a_room_is_active_while_a_peer_has_joined() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.send(None, None), Err(NotFound::Room));
    let alice = fixture.connect("alice", "host");
    assert_eq!(fixture.send(None, None), Err(NotFound::Room));
    fixture.rooms.join(&alice.connection, "", "", None);
    assert!(fixture.send(None, None).is_ok());
    assert_eq!(fixture.send(Some("bob"), None), Err(NotFound::Peer));
    let session = fixture.session();
    fixture.rooms.leave(&alice.connection, LeaveReason::ClientRequest);
    assert_eq!(fixture.send(None, None), Err(NotFound::Room));
    fixture.join("alice", "host");
    assert_ne!(fixture.session(), session);
}

#[test]
fn a_peer_that_is_connected_but_not_joined_is_not_in_the_room() {
    let mut fixture = Fixture::new();
    fixture.join("alice", "host");
    let mut bob = fixture.connect("bob", "host");
    bob.read();
    fixture.send(None, None).unwrap();
    assert_eq!(fixture.send(Some("bob"), None), Err(NotFound::Peer));
    assert!(bob.read().is_empty());
    assert!(!fixture.rooms.connection_lost(&bob.connection));
    assert_eq!(fixture.peers(), ["alice"]);
}

#[test]
fn a_peer_that_reconnects_is_still_joined() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    let bob = fixture.join("bob", "guest");
    alice.read();
    assert!(fixture.rooms.connection_lost(&bob.connection));
    assert_eq!(fixture.peers(), ["alice", "bob"]);
    assert!(fixture.send(Some("bob"), None).is_ok());
    let mut again = fixture.connect("bob", "guest");
    assert_eq!(again.methods(), ["on-policy-change", "peer-list"]);
    // The timer of the broken connection has no effect.
    fixture.rooms.remove_disconnected(&bob.connection);
    fixture.send(Some("bob"), None).unwrap();
    assert_eq!(again.methods(), ["on-broadcast"]);
    assert!(alice.read().is_empty());
}

#[test]
fn a_peer_that_does_not_reconnect_leaves() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    let bob = fixture.join("bob", "guest");
    alice.read();
    fixture.rooms.connection_lost(&bob.connection);
    fixture.rooms.remove_disconnected(&bob.connection);
    assert_eq!(alice.methods(), ["on-peer-leave"]);
    assert_eq!(fixture.peers(), ["alice"]);
}

#[tokio::test]
async fn a_second_connection_replaces_the_first() {
    let mut fixture = Fixture::new();
    let first = fixture.join("alice", "host");
    let mut second = fixture.connect("alice", "host");
    assert_eq!(first.frames.disconnected().await, DisconnectReason::Replaced);
    assert!(!fixture.rooms.connection_lost(&first.connection));
    assert!(!fixture.rooms.join(&first.connection, "", "", None));
    second.read();
    fixture.send(None, None).unwrap();
    assert_eq!(second.methods(), ["on-broadcast"]);
}

#[test]
fn another_user_with_the_same_peer_id_has_to_join() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    fixture.join("bob", "guest");
    alice.read();
    fixture.connect_as("bob", "guest", "mallory");
    assert_eq!(alice.methods(), ["on-peer-leave"]);
    assert_eq!(fixture.peers(), ["alice"]);
}

#[test]
fn a_peer_does_not_receive_its_own_message() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    let mut bob = fixture.join("bob", "host");
    alice.read();
    let info = json!({"message": "hi", "type": "chat"});
    let from = |rooms: &Rooms, audience| rooms.send(ROOM, &audience, Some(&alice.connection), &info);
    let sent = from(&fixture.rooms, Audience::Everyone).unwrap();
    let frame = &bob.read()[0]["params"];
    assert_eq!(frame["message_id"], sent.message_id.as_str());
    assert_eq!(frame["peer"]["peer_id"], "alice");
    assert_eq!(frame["peer"]["info"]["name"], "alice");
    from(&fixture.rooms, Audience::Roles(vec!["host".to_owned()])).unwrap();
    assert_eq!(bob.read()[0]["params"]["roles"], json!(["host"]));
    assert!(alice.read().is_empty());
}

#[test]
fn listeners_get_each_join_and_leave_once() {
    let mut fixture = Fixture::new();
    let alice = fixture.join("alice", "host");
    fixture.rooms.join(&alice.connection, "again", "", None);
    fixture.rooms.connection_lost(&alice.connection);
    let again = fixture.connect("alice", "host");
    fixture.rooms.leave(&again.connection, LeaveReason::ClientRequest);
    fixture.rooms.leave(&again.connection, LeaveReason::ClientRequest);
    let events: Vec<RoomEvent> = fixture.events.try_iter().collect();
    let [
        RoomEvent::Opened { session: opened, .. },
        RoomEvent::Joined { session, peer, .. },
        RoomEvent::Left { session: ended, peer: left, left_at, reason, .. },
        RoomEvent::Closed { session: closed, at, .. },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!([opened, ended, closed], [session; 3]);
    assert_eq!((peer, at), (left, left_at));
    assert_eq!(*reason, LeaveReason::ClientRequest);
}

#[test]
fn listeners_get_messages_and_how_many_connections_they_reached() {
    let mut fixture = Fixture::new();
    let alice = fixture.join("alice", "host");
    let bob = fixture.join("bob", "guest");
    let _carol = fixture.join("carol", "guest");
    let roles = |role: &str| Audience::of(None, Some(role.to_owned()));
    let from_alice = |fixture: &Fixture| {
        fixture
            .rooms
            .send(ROOM, &Audience::Everyone, Some(&alice.connection), &json!({"message": "hi"}))
            .unwrap();
    };
    fixture.send(None, None).unwrap();
    fixture.send(None, Some("guest")).unwrap();
    fixture.send(None, Some("nobody")).unwrap();
    fixture.send(Some("bob"), None).unwrap();
    from_alice(&fixture);
    fixture.rooms.connection_lost(&bob.connection);
    fixture.send(Some("bob"), None).unwrap();
    fixture.send(Some("nobody"), None).unwrap_err();
    let messages: Vec<SentMessage> = fixture
        .events
        .try_iter()
        .filter_map(|event| match event {
            RoomEvent::Sent { room_id, message } if room_id == ROOM => Some(message),
            _ => None,
        })
        .collect();
    let reached: Vec<_> =
        messages.iter().map(|message| (message.audience.clone(), message.reached)).collect();
    let to_bob = Audience::Peer("bob".to_owned());
    assert_eq!(
        reached,
        [
            (Audience::Everyone, 3),
            (roles("guest"), 2),
            (roles("nobody"), 0),
            (to_bob.clone(), 1),
            // The sender does not receive it.
            (Audience::Everyone, 2),
            // Bob's connection is broken.
            (to_bob, 0),
        ]
    );
    assert_eq!(messages[3].recipient.as_ref().unwrap().name, "bob");
    assert_eq!(messages[3].from, None);
    assert_eq!(messages[4].from.as_ref().unwrap().name, "alice");
    assert_eq!(messages[4].info, json!({"message": "hi"}));
}

fn seat(peer_id: &str, role: &str) -> Seat {
    Seat {
        room_id: ROOM.to_owned(),
        peer_id: peer_id.to_owned(),
        role: role.to_owned(),
        user_id: format!("user of {peer_id}"),
        name: peer_id.to_owned(),
        data: "{}".to_owned(),
    }
}

#[test]
fn a_simulated_peer_is_like_any_other() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    let seated = fixture.rooms.seat(seat("bob", "guest")).unwrap();
    assert_eq!((seated.peer_id.as_str(), seated.name.as_str(), seated.data.as_str()), ("bob", "bob", "{}"));
    assert_eq!(alice.methods(), ["on-policy-change", "on-peer-join"]);
    assert_eq!(fixture.peers(), ["alice", "bob"]);
    fixture.send(Some("bob"), None).unwrap();
    fixture.send(Some("alice"), None).unwrap();
    fixture.send(None, Some("guest")).unwrap();
    fixture.send(None, None).unwrap();
    let inbox = fixture.rooms.inbox(ROOM, "bob").unwrap();
    assert_eq!(inbox.after(0).messages.len(), 3);
    let reached: Vec<usize> = fixture
        .events
        .try_iter()
        .filter_map(|event| match event {
            RoomEvent::Sent { message, .. } => Some(message.reached),
            _ => None,
        })
        .collect();
    assert_eq!(reached, [1, 1, 1, 2]);
    alice.read();
    assert!(fixture.rooms.unseat(ROOM, "bob"));
    assert_eq!(alice.methods(), ["on-peer-leave"]);
    assert!(matches!(
        fixture.events.try_iter().last(),
        Some(RoomEvent::Left { reason: LeaveReason::ClientRequest, .. })
    ));
    assert!(fixture.rooms.inbox(ROOM, "bob").is_none());
    assert_eq!(fixture.send(Some("bob"), None), Err(NotFound::Peer));
}

#[test]
fn only_simulated_peers_can_be_made_to_leave_and_none_is_replaced() {
    let mut fixture = Fixture::new();
    let mut alice = fixture.join("alice", "host");
    assert!(fixture.rooms.inbox(ROOM, "alice").is_none());
    assert!(!fixture.rooms.unseat(ROOM, "alice"));
    assert_eq!(fixture.rooms.seat(seat("alice", "host")), None);
    assert!(fixture.rooms.seat(seat("bob", "host")).is_some());
    assert_eq!(fixture.rooms.seat(seat("bob", "guest")), None);
    assert_eq!(alice.methods(), ["on-peer-join"]);
    assert!(!fixture.rooms.unseat(ROOM, "nobody"));
    assert!(!fixture.rooms.unseat("another room", "bob"));
}

#[tokio::test]
async fn a_websocket_peer_replaces_a_simulated_one() {
    let mut fixture = Fixture::new();
    fixture.rooms.seat(seat("bob", "guest")).unwrap();
    let inbox = fixture.rooms.inbox(ROOM, "bob").unwrap();
    let mut bob = fixture.connect("bob", "guest");
    inbox.wait(0, std::time::Duration::MAX).await;
    bob.read();
    fixture.send(Some("bob"), None).unwrap();
    assert_eq!(bob.methods(), ["on-broadcast"]);
    assert!(inbox.after(0).messages.is_empty());
}
