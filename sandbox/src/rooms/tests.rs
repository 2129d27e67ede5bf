//! Peers coming and going, and what each of them is sent, without a socket.

use super::*;
use serde_json::{Value, json};
use std::sync::mpsc::{self, Receiver};

const ROOM: &str = "room";

struct Table {
    rooms: Rooms,
    events: Receiver<RoomEvent>,
}

struct Guest {
    seat: Seat,
    end: LineEnd,
}

impl Table {
    fn new() -> Self {
        let (sender, events) = mpsc::channel();
        let rooms = Rooms::new(vec![Box::new(move |event| sender.send(event.clone()).unwrap())]);
        Self { rooms, events }
    }

    fn connect(&mut self, peer_id: &str, role: &str) -> Guest {
        self.connect_as(peer_id, role, &format!("user of {peer_id}"))
    }

    fn connect_as(&mut self, peer_id: &str, role: &str, user_id: &str) -> Guest {
        let (line, end) = line();
        let who = PeerToken { room_id: ROOM.to_owned(), role: role.to_owned(), user_id: user_id.to_owned() };
        let seat = self.rooms.connect(who, peer_id.to_owned(), line);
        Guest { seat, end }
    }

    /// Connects, joins, and has read whatever that brought.
    fn join(&mut self, peer_id: &str, role: &str) -> Guest {
        let mut guest = self.connect(peer_id, role);
        assert!(self.rooms.join(&guest.seat, peer_id, "", None));
        guest.read();
        guest
    }

    fn send(&self, peer_id: Option<&str>, role: Option<&str>) -> Result<push::Sent, Absent> {
        let audience = Audience::of(peer_id, role.map(str::to_owned));
        self.rooms.send(ROOM, &audience, None, &json!({"message": "hi"}))
    }

    fn peers(&self) -> Vec<String> {
        match self.rooms.view(ROOM) {
            Ok((_, peers)) => peers.map(|peer| peer.peer_id.clone()).collect(),
            Err(_) => Vec::new(),
        }
    }

    fn session(&self) -> String {
        self.rooms.view(ROOM).ok().unwrap().0.id.clone()
    }
}

impl Guest {
    fn read(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(frame) = self.end.next_at_once() {
            frames.push(serde_json::from_str(&frame).unwrap());
        }
        frames
    }

    fn methods(&mut self) -> Vec<String> {
        let name = |frame: &Value| frame["method"].as_str().unwrap_or("answer").to_owned();
        self.read().iter().map(name).collect()
    }
}

#[test]
fn joining_is_told_in_order() {
    let mut table = Table::new();
    let mut alice = table.join("alice", "host");
    let mut bob = table.connect("bob", "guest");
    assert_eq!(table.peers(), ["alice"]);
    assert!(alice.read().is_empty());
    let answer = push::result(&json!("1"), json!({}));
    table.rooms.join(&bob.seat, "Bob", "{}", Some(&answer));
    assert_eq!(bob.methods(), ["on-policy-change", "answer", "peer-list"]);
    // The new role first, for the web client to know it when its bearer comes.
    assert_eq!(alice.methods(), ["on-policy-change", "on-peer-join"]);
    table.join("carol", "guest");
    assert_eq!(alice.methods(), ["on-peer-join"]);
}

#[test]
fn policy_names_the_roles_of_the_room() {
    let mut table = Table::new();
    table.join("alice", "host");
    let policy = &table.connect("bob", "guest").read()[0]["params"];
    assert_eq!(policy["name"], "guest");
    let roles: Vec<_> = policy["known_roles"].as_object().unwrap().keys().collect();
    assert_eq!(roles, ["guest", "host"]);
}

#[test]
fn messages_reach_whom_they_name() {
    let mut table = Table::new();
    let mut alice = table.join("alice", "host");
    let mut bob = table.join("bob", "guest");
    alice.read();
    let mut check = |peer_id, role, expected: [usize; 2]| {
        table.send(peer_id, role).unwrap();
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
fn a_room_is_active_while_somebody_has_joined() {
    let mut table = Table::new();
    assert_eq!(table.send(None, None), Err(Absent::Room));
    let alice = table.connect("alice", "host");
    assert_eq!(table.send(None, None), Err(Absent::Room));
    table.rooms.join(&alice.seat, "", "", None);
    assert!(table.send(None, None).is_ok());
    assert_eq!(table.send(Some("bob"), None), Err(Absent::Peer));
    let session = table.session();
    table.rooms.leave(&alice.seat, LeaveReason::ClientRequest);
    assert_eq!(table.send(None, None), Err(Absent::Room));
    table.join("alice", "host");
    assert_ne!(table.session(), session);
}

#[test]
fn a_peer_that_is_connected_but_not_joined_is_not_there() {
    let mut table = Table::new();
    table.join("alice", "host");
    let mut bob = table.connect("bob", "host");
    bob.read();
    table.send(None, None).unwrap();
    assert_eq!(table.send(Some("bob"), None), Err(Absent::Peer));
    assert!(bob.read().is_empty());
    assert!(!table.rooms.lose(&bob.seat));
    assert_eq!(table.peers(), ["alice"]);
}

#[test]
fn who_comes_back_is_still_joined() {
    let mut table = Table::new();
    let mut alice = table.join("alice", "host");
    let bob = table.join("bob", "guest");
    alice.read();
    assert!(table.rooms.lose(&bob.seat));
    assert_eq!(table.peers(), ["alice", "bob"]);
    assert!(table.send(Some("bob"), None).is_ok());
    let mut again = table.connect("bob", "guest");
    assert_eq!(again.methods(), ["on-policy-change", "peer-list"]);
    // The broken connection's time runs out without effect.
    table.rooms.drop_absent(&bob.seat);
    table.send(Some("bob"), None).unwrap();
    assert_eq!(again.methods(), ["on-broadcast"]);
    assert!(alice.read().is_empty());
}

#[test]
fn who_does_not_come_back_leaves() {
    let mut table = Table::new();
    let mut alice = table.join("alice", "host");
    let bob = table.join("bob", "guest");
    alice.read();
    table.rooms.lose(&bob.seat);
    table.rooms.drop_absent(&bob.seat);
    assert_eq!(alice.methods(), ["on-peer-leave"]);
    assert_eq!(table.peers(), ["alice"]);
}

#[tokio::test]
async fn a_second_connection_takes_the_first_ones_place() {
    let mut table = Table::new();
    let first = table.join("alice", "host");
    let mut second = table.connect("alice", "host");
    assert_eq!(first.end.cutting().await, Cut::Replaced);
    assert!(!table.rooms.lose(&first.seat));
    assert!(!table.rooms.join(&first.seat, "", "", None));
    second.read();
    table.send(None, None).unwrap();
    assert_eq!(second.methods(), ["on-broadcast"]);
}

#[test]
fn somebody_else_under_the_same_id_has_to_join() {
    let mut table = Table::new();
    let mut alice = table.join("alice", "host");
    table.join("bob", "guest");
    alice.read();
    table.connect_as("bob", "guest", "mallory");
    assert_eq!(alice.methods(), ["on-peer-leave"]);
    assert_eq!(table.peers(), ["alice"]);
}

#[test]
fn a_peers_own_message_does_not_come_back_to_it() {
    let mut table = Table::new();
    let mut alice = table.join("alice", "host");
    let mut bob = table.join("bob", "host");
    alice.read();
    let info = json!({"message": "hi", "type": "chat"});
    let from = |rooms: &Rooms, audience| rooms.send(ROOM, &audience, Some(&alice.seat), &info);
    let sent = from(&table.rooms, Audience::Everyone).unwrap();
    let frame = &bob.read()[0]["params"];
    assert_eq!(frame["message_id"], sent.message_id.as_str());
    assert_eq!(frame["peer"]["peer_id"], "alice");
    assert_eq!(frame["peer"]["info"]["name"], "alice");
    from(&table.rooms, Audience::Roles(vec!["host".to_owned()])).unwrap();
    assert_eq!(bob.read()[0]["params"]["roles"], json!(["host"]));
    assert!(alice.read().is_empty());
}

#[test]
fn who_listens_learns_of_joining_and_leaving_once() {
    let mut table = Table::new();
    let alice = table.join("alice", "host");
    table.rooms.join(&alice.seat, "again", "", None);
    table.rooms.lose(&alice.seat);
    let again = table.connect("alice", "host");
    table.rooms.leave(&again.seat, LeaveReason::ClientRequest);
    table.rooms.leave(&again.seat, LeaveReason::ClientRequest);
    let events: Vec<RoomEvent> = table.events.try_iter().collect();
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
fn who_listens_learns_of_messages_and_how_many_they_reached() {
    let mut table = Table::new();
    let alice = table.join("alice", "host");
    let bob = table.join("bob", "guest");
    let _carol = table.join("carol", "guest");
    let roles = |role: &str| Audience::of(None, Some(role.to_owned()));
    let from_alice = |table: &Table| {
        table.rooms.send(ROOM, &Audience::Everyone, Some(&alice.seat), &json!({"message": "hi"})).unwrap();
    };
    table.send(None, None).unwrap();
    table.send(None, Some("guest")).unwrap();
    table.send(None, Some("nobody")).unwrap();
    table.send(Some("bob"), None).unwrap();
    from_alice(&table);
    table.rooms.lose(&bob.seat);
    table.send(Some("bob"), None).unwrap();
    table.send(Some("nobody"), None).unwrap_err();
    let messages: Vec<SentMessage> = table
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
            // Its sender does not receive it.
            (Audience::Everyone, 2),
            // His connection is broken.
            (to_bob, 0),
        ]
    );
    assert_eq!(messages[3].recipient.as_ref().unwrap().name, "bob");
    assert_eq!(messages[3].from, None);
    assert_eq!(messages[4].from.as_ref().unwrap().name, "alice");
    assert_eq!(messages[4].info, json!({"message": "hi"}));
}
