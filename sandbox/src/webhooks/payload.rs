//! What a webhook holds, as 100ms documents it.

use crate::rooms::events::{PeerInfo, RoomEvent, Session};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// The room, the type and the body of an event, if it is one that webhooks tell.
pub fn of(event: &RoomEvent) -> Option<(&str, &'static str, String)> {
    let (room_id, session, kind, at, more) = match event {
        RoomEvent::Opened { room_id, session } => {
            (room_id, session, "session.open.success", session.started_at, json!({}))
        }
        RoomEvent::Joined { room_id, session, peer } => {
            (room_id, session, "peer.join.success", peer.joined_at, of_peer(peer))
        }
        RoomEvent::Left { room_id, session, peer, left_at, reason } => {
            let mut data = of_peer(peer);
            data["left_at"] = precise(*left_at);
            data["duration"] = seconds(peer.joined_at, *left_at);
            data["reason"] = reason.as_str().into();
            (room_id, session, "peer.leave.success", *left_at, data)
        }
        RoomEvent::Closed { room_id, session, at } => {
            let data = json!({
                "session_stopped_at": precise(*at),
                "session_duration": seconds(session.started_at, *at),
            });
            (room_id, session, "session.close.success", *at, data)
        }
        RoomEvent::Sent { .. } => return None,
    };
    Some((room_id, kind, envelope(kind, at, of_room(room_id, session, more))))
}

fn envelope(kind: &str, at: DateTime<Utc>, data: Value) -> String {
    json!({
        "version": "2.0",
        "id": uuid::Uuid::new_v4().to_string(),
        "account_id": "sandbox",
        "app_id": "sandbox",
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "type": kind,
        "data": data,
    })
    .to_string()
}

/// What every event says, besides what is its own.
fn of_room(room_id: &str, session: &Session, mut data: Value) -> Value {
    data["room_id"] = room_id.into();
    data["room_name"] = room_id.into();
    data["session_id"] = session.id.as_str().into();
    data["session_started_at"] = precise(session.started_at);
    data["template_id"] = "sandbox".into();
    data
}

fn of_peer(peer: &PeerInfo) -> Value {
    json!({
        "peer_id": peer.peer_id,
        "user_id": peer.user_id,
        "user_name": peer.name,
        "user_data": peer.data,
        "role": peer.role,
        "joined_at": precise(peer.joined_at),
        "type": "regular",
    })
}

fn precise(time: DateTime<Utc>) -> Value {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true).into()
}

/// Never negative, though the clock may be set back meanwhile.
fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> Value {
    (to - from).num_seconds().max(0).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::events::LeaveReason;
    use chrono::TimeDelta;

    fn told(event: &RoomEvent) -> Value {
        let (room_id, kind, body) = of(event).unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((room_id, &body["type"]), ("r", &kind.into()));
        let id = body["id"].take();
        assert_eq!(uuid::Uuid::parse_str(id.as_str().unwrap()).unwrap().get_version_num(), 4);
        body
    }

    #[test]
    fn each_event_is_told_as_documented() {
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
        let mut of_peer = json!({
            "peer_id": "p", "user_id": "u", "user_name": "Alice", "user_data": "{}", "role": "host",
            "joined_at": "2021-11-30T12:58:49.972912470Z", "type": "regular",
        });

        let event = RoomEvent::Opened { room_id: room_id.clone(), session: session.clone() };
        assert_eq!(told(&event), envelope("session.open.success", "2021-11-30T12:58:49Z", json!({})));

        let event =
            RoomEvent::Joined { room_id: room_id.clone(), session: session.clone(), peer: peer.clone() };
        assert_eq!(told(&event), envelope("peer.join.success", "2021-11-30T12:58:49Z", of_peer.clone()));

        let reason = LeaveReason::ClientRequest;
        let event =
            RoomEvent::Left { room_id: room_id.clone(), session: session.clone(), peer, left_at: at, reason };
        of_peer["left_at"] = "2021-11-30T12:59:30.472912470Z".into();
        of_peer["duration"] = 40.into();
        of_peer["reason"] = "client request".into();
        assert_eq!(told(&event), envelope("peer.leave.success", "2021-11-30T12:59:30Z", of_peer));

        let own = json!({"session_stopped_at": "2021-11-30T12:59:30.472912470Z", "session_duration": 40});
        let event = RoomEvent::Closed { room_id, session, at };
        assert_eq!(told(&event), envelope("session.close.success", "2021-11-30T12:59:30Z", own));
    }
}
