//! The body of a webhook, as 100ms documents it.

use super::attempt::Webhook;
use crate::model::{LeaveReason, PeerInfo, RoomEvent, Session};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

pub struct Payload<'a> {
    /// A UUID.
    pub id: String,
    pub room_id: &'a str,
    /// Such as `peer.join.success`.
    pub kind: &'static str,
    /// JSON.
    pub body: String,
}

impl<'a> Payload<'a> {
    /// Returns `None` for events that have no webhook.
    pub fn new(event: &'a RoomEvent) -> Option<Self> {
        let (room_id, session, kind, at, own) = match event {
            RoomEvent::Opened { room_id, session } => {
                (room_id, session, "session.open.success", session.started_at, json!({}))
            }
            RoomEvent::Joined { room_id, session, peer } => {
                (room_id, session, "peer.join.success", peer.joined_at, peer_data(peer))
            }
            RoomEvent::Left { room_id, session, peer, left_at, reason } => {
                let mut data = peer_data(peer);
                data["left_at"] = timestamp(*left_at);
                data["duration"] = seconds(peer.joined_at, *left_at);
                data["reason"] = reason.as_str().into();
                (room_id, session, "peer.leave.success", *left_at, data)
            }
            RoomEvent::Closed { room_id, session, at } => {
                let data = json!({
                    "session_stopped_at": timestamp(*at),
                    "session_duration": seconds(session.started_at, *at),
                });
                (room_id, session, "session.close.success", *at, data)
            }
            RoomEvent::Sent { .. } | RoomEvent::Reset => return None,
        };
        let id = uuid::Uuid::new_v4().to_string();
        let body = envelope(&id, kind, at, with_room(room_id, session, own));
        Some(Self { id, room_id, kind, body })
    }
}

/// A webhook that a test asks for. `data` is added to what is known of the room and the peer, and replaces it.
pub fn triggered(
    kind: &str,
    room_id: &str,
    session: Option<&Session>,
    peer: Option<&PeerInfo>,
    data: &Map<String, Value>,
) -> Webhook {
    let now = Utc::now();
    let none = Session { id: uuid::Uuid::new_v4().to_string(), started_at: now };
    let session = session.unwrap_or(&none);
    let mut own = peer.map_or_else(|| json!({}), peer_data);
    match (kind, peer) {
        ("peer.leave.success", Some(peer)) => {
            own["left_at"] = timestamp(now);
            own["duration"] = seconds(peer.joined_at, now);
            own["reason"] = LeaveReason::ClientRequest.as_str().into();
        }
        ("session.close.success", _) => {
            own["session_stopped_at"] = timestamp(now);
            own["session_duration"] = seconds(session.started_at, now);
        }
        _ => {}
    }
    let mut all = with_room(room_id, session, own);
    for (field, value) in data {
        all[field] = value.clone();
    }
    let id = uuid::Uuid::new_v4().to_string();
    let body = envelope(&id, kind, now, all);
    Webhook { id, kind: kind.to_owned(), room_id: room_id.to_owned(), body }
}

fn envelope(id: &str, kind: &str, at: DateTime<Utc>, data: Value) -> String {
    json!({
        "version": "2.0",
        "id": id,
        "account_id": "sandbox",
        "app_id": "sandbox",
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "type": kind,
        "data": data,
    })
    .to_string()
}

/// Adds the fields that every event has.
fn with_room(room_id: &str, session: &Session, mut data: Value) -> Value {
    data["room_id"] = room_id.into();
    data["room_name"] = room_id.into();
    data["session_id"] = session.id.as_str().into();
    data["session_started_at"] = timestamp(session.started_at);
    data["template_id"] = "sandbox".into();
    data
}

fn peer_data(peer: &PeerInfo) -> Value {
    json!({
        "peer_id": peer.peer_id,
        "user_id": peer.user_id,
        "user_name": peer.name,
        "user_data": peer.data,
        "role": peer.role,
        "joined_at": timestamp(peer.joined_at),
        "type": "regular",
    })
}

fn timestamp(time: DateTime<Utc>) -> Value {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true).into()
}

/// At least 0, even if the clock was set back meanwhile.
fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> Value {
    (to - from).num_seconds().max(0).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn body_of(event: &RoomEvent) -> Value {
        let Payload { id: own_id, room_id, kind, body } = Payload::new(event).unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((room_id, &body["type"]), ("r", &kind.into()));
        let id = body["id"].take();
        assert_eq!(id, own_id.as_str());
        assert_eq!(uuid::Uuid::parse_str(id.as_str().unwrap()).unwrap().get_version_num(), 4);
        body
    }

    #[test]
    fn each_event_has_the_documented_body() {
        let started_at = DateTime::from_timestamp(1_638_277_129, 972_912_470).unwrap();
        let (room_id, session) = ("r".to_owned(), Session { id: "s".to_owned(), started_at });
        let at = started_at + TimeDelta::milliseconds(40_500);
        let peer = PeerInfo {
            peer_id: "p".to_owned(),
            user_id: "u".to_owned(),
            role: "host".to_owned(),
            name: "Alice".to_owned(),
            data: "{}".to_owned(),
            joined_at: started_at,
        };
        let envelope = |kind: &str, timestamp: &str, own: Value| {
            let mut data = json!({
                "room_id": "r",
                "room_name": "r",
                "session_id": "s",
                "session_started_at": "2021-11-30T12:58:49.972912470Z",
                "template_id": "sandbox",
            });
            data.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            json!({
                "version": "2.0", "id": null, "account_id": "sandbox", "app_id": "sandbox",
                "timestamp": timestamp, "type": kind, "data": data,
            })
        };
        let mut peer_fields = json!({
            "peer_id": "p", "user_id": "u", "user_name": "Alice", "user_data": "{}", "role": "host",
            "joined_at": "2021-11-30T12:58:49.972912470Z", "type": "regular",
        });

        let event = RoomEvent::Opened { room_id: room_id.clone(), session: session.clone() };
        assert_eq!(body_of(&event), envelope("session.open.success", "2021-11-30T12:58:49Z", json!({})));

        let event =
            RoomEvent::Joined { room_id: room_id.clone(), session: session.clone(), peer: peer.clone() };
        assert_eq!(
            body_of(&event),
            envelope("peer.join.success", "2021-11-30T12:58:49Z", peer_fields.clone())
        );

        let reason = LeaveReason::ClientRequest;
        let event =
            RoomEvent::Left { room_id: room_id.clone(), session: session.clone(), peer, left_at: at, reason };
        peer_fields["left_at"] = "2021-11-30T12:59:30.472912470Z".into();
        peer_fields["duration"] = 40.into();
        peer_fields["reason"] = "client request".into();
        assert_eq!(body_of(&event), envelope("peer.leave.success", "2021-11-30T12:59:30Z", peer_fields));

        let own = json!({"session_stopped_at": "2021-11-30T12:59:30.472912470Z", "session_duration": 40});
        let event = RoomEvent::Closed { room_id, session, at };
        assert_eq!(body_of(&event), envelope("session.close.success", "2021-11-30T12:59:30Z", own));
    }
}
