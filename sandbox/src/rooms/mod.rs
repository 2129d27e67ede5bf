//! The rooms and the peers in them, in memory. Nothing here waits or touches a socket.

mod connection;
mod frame_queue;
mod inbox;
mod listeners;
mod outlet;
mod room;
mod seat;

pub use connection::Connection;
pub use frame_queue::{DisconnectReason, FrameReceiver, FrameSender, frame_queue};
pub use inbox::Inbox;
pub use listeners::Listeners;
pub use seat::Seat;

use crate::frames::{self, MessageMeta};
use crate::model::{Audience, LeaveReason, PeerInfo, RoomEvent, SentMessage, Session};
use crate::tokens::PeerToken;
use axum::extract::ws::Utf8Bytes;
use chrono::Utc;
use outlet::Outlet;
use room::{Peer, Room};
use std::collections::HashMap;
use std::sync::Arc;

/// What an operation did not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFound {
    /// The room is not active: it has no peer.
    Room,
    /// The peer is not in the room.
    Peer,
}

pub struct Rooms {
    rooms: HashMap<String, Room>,
    /// The number of the last connection.
    connections: u64,
    listeners: Listeners,
}

impl Rooms {
    pub fn new(listeners: Listeners) -> Self {
        Self { rooms: HashMap::new(), connections: 0, listeners }
    }

    /// Registers a connection and sends it the roles. If the peer id, the user and the role are those of a peer that is
    /// known already, that peer has reconnected: it is still joined, and gets the list of peers. If only the peer id is
    /// the same, the known peer leaves, and the new one has to join.
    pub fn connect(&mut self, token: PeerToken, peer_id: String, outlet: impl Into<Outlet>) -> Connection {
        self.connections += 1;
        let connection = Connection { room_id: token.room_id, peer_id, number: self.connections };
        let room = self.rooms.entry(connection.room_id.clone()).or_default();
        let mut joined = None;
        if let Some(known) = room.peers.get_mut(&connection.peer_id) {
            if let Some(outlet) = known.outlet.take() {
                outlet.disconnect(DisconnectReason::Replaced);
            }
            if known.user_id == token.user_id && known.role == token.role {
                joined = known.joined.take();
            } else if known.joined.is_some() {
                self.remove(&connection.room_id, &connection.peer_id, LeaveReason::WebsocketClosed);
            }
        }
        let peer = Peer {
            user_id: token.user_id,
            role: token.role,
            connection: connection.number,
            outlet: Some(outlet.into()),
            joined,
        };
        let room = self.rooms.entry(connection.room_id.clone()).or_default();
        room.send_policy(&peer);
        let reconnected = peer.joined.is_some();
        room.peers.insert(connection.peer_id.clone(), peer);
        if reconnected {
            room.send_peer_list(&connection.room_id, &connection.peer_id);
        }
        connection
    }

    /// Adds a peer to its room. The peer gets `response` and then the list of peers; the others get a notification. A
    /// second join gets a response again and changes nothing. Returns false if the connection is stale.
    pub fn join(
        &mut self,
        connection: &Connection,
        name: &str,
        data: &str,
        response: Option<&Utf8Bytes>,
    ) -> bool {
        let Some(room) = self.rooms.get_mut(&connection.room_id) else {
            return false;
        };
        let Some(peer) = room.peer_of(connection) else {
            return false;
        };
        if let (Some(outlet), Some(response)) = (&peer.outlet, response) {
            outlet.send(response);
        }
        if peer.joined.is_some() {
            room.send_peer_list(&connection.room_id, &connection.peer_id);
            return true;
        }
        let info = PeerInfo {
            peer_id: connection.peer_id.clone(),
            user_id: peer.user_id.clone(),
            role: peer.role.clone(),
            name: name.to_owned(),
            data: data.to_owned(),
            joined_at: Utc::now(),
        };
        peer.joined = Some(info.clone());
        let opens = room.session.is_none();
        let session = room.session_at(info.joined_at);
        room.announce_role(&info.role, &connection.peer_id);
        room.send_peer_list(&connection.room_id, &connection.peer_id);
        room.broadcast(&Audience::Everyone, Some(&connection.peer_id), &frames::peer_join(&info));
        let room_id = connection.room_id.clone();
        if opens {
            let opened = RoomEvent::Opened { room_id: room_id.clone(), session: session.clone() };
            self.listeners.notify(&opened);
        }
        self.listeners.notify(&RoomEvent::Joined { room_id, session, peer: info });
        true
    }

    /// Adds a simulated peer, whose messages are kept in an [`Inbox`]. In all else it is like a peer that joins over a
    /// WebSocket. Returns `None`, and changes nothing, if a peer with this id is in the room.
    pub fn seat(&mut self, seat: Seat) -> Option<PeerInfo> {
        let Seat { room_id, peer_id, role, user_id, name, data } = seat;
        if self.rooms.get(&room_id).is_some_and(|room| room.peers.contains_key(&peer_id)) {
            return None;
        }
        let token = PeerToken { room_id, role, user_id };
        let connection = self.connect(token, peer_id, Outlet::Inbox(Arc::default()));
        self.join(&connection, &name, &data, None);
        self.rooms.get(&connection.room_id)?.joined_peer(&connection.peer_id).cloned()
    }

    /// Makes a simulated peer leave. Returns false if there is none with this id.
    pub fn unseat(&mut self, room_id: &str, peer_id: &str) -> bool {
        let Some(inbox) = self.inbox(room_id, peer_id) else {
            return false;
        };
        inbox.close();
        self.remove(room_id, peer_id, LeaveReason::ClientRequest);
        true
    }

    /// The messages of a simulated peer; `None` if there is none with this id.
    pub fn inbox(&self, room_id: &str, peer_id: &str) -> Option<Arc<Inbox>> {
        match &self.rooms.get(room_id)?.peers.get(peer_id)?.outlet {
            Some(Outlet::Inbox(inbox)) => Some(Arc::clone(inbox)),
            _ => None,
        }
    }

    /// Removes the peer from its room and notifies the others. A stale connection has no effect.
    pub fn leave(&mut self, connection: &Connection, reason: LeaveReason) {
        if self.peer_of(connection).is_some() {
            self.remove(&connection.room_id, &connection.peer_id, reason);
        }
    }

    /// Records that the connection broke. Returns true if the peer stays in the room until
    /// [`Rooms::remove_disconnected`].
    pub fn connection_lost(&mut self, connection: &Connection) -> bool {
        let Some(peer) = self.peer_of(connection) else {
            return false;
        };
        peer.outlet = None;
        let stays = peer.joined.is_some();
        if !stays {
            self.leave(connection, LeaveReason::WebsocketClosed);
        }
        stays
    }

    /// Removes a peer that has not reconnected.
    pub fn remove_disconnected(&mut self, connection: &Connection) {
        self.leave(connection, LeaveReason::WebsocketClosed);
    }

    /// Queues a message to the audience, from a peer or, without a sender, from the server API. A role that no peer has
    /// is not an error; a room or a peer that is not there is.
    pub fn send(
        &self,
        room_id: &str,
        audience: &Audience,
        sender: Option<&Connection>,
        info: &serde_json::Value,
    ) -> Result<MessageMeta, NotFound> {
        let room = self.active(room_id)?;
        let from = match sender {
            None => None,
            Some(connection) => {
                let peer = room.peers.get(&connection.peer_id);
                let peer = peer.filter(|peer| peer.connection == connection.number);
                let info = peer.and_then(|peer| peer.joined.as_ref());
                Some(info.ok_or(NotFound::Peer)?)
            }
        };
        // The web client itself shows the sender its own message.
        let mut except = from.map(|from| from.peer_id.as_str());
        let mut recipient = None;
        if let Audience::Peer(peer_id) = audience {
            recipient = Some(room.joined_peer(peer_id).ok_or(NotFound::Peer)?);
            except = None;
        }
        let (frame, meta) = frames::broadcast(audience, from, info);
        let reached = room.broadcast(audience, except, &frame);
        if !self.listeners.is_empty() {
            let message = SentMessage {
                timestamp: meta.timestamp,
                from: from.cloned(),
                audience: audience.clone(),
                recipient: recipient.cloned(),
                info: info.clone(),
                reached,
            };
            self.listeners.notify(&RoomEvent::Sent { room_id: room_id.to_owned(), message });
        }
        Ok(meta)
    }

    /// Every active room and the peers in it.
    pub fn active_rooms(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &PeerInfo>)> {
        let active = self.rooms.iter().filter(|(_, room)| room.session.is_some());
        active.map(|(room_id, room)| (room_id.as_str(), room.joined()))
    }

    /// The session of an active room and the peers in it.
    pub fn active_room(
        &self,
        room_id: &str,
    ) -> Result<(&Session, impl Iterator<Item = &PeerInfo>), NotFound> {
        let room = self.active(room_id)?;
        let session = room.session.as_ref().ok_or(NotFound::Room)?;
        Ok((session, room.joined()))
    }

    /// Ends every connection, because the sandbox shuts down.
    pub fn disconnect_all(&mut self) {
        for peer in self.rooms.values().flat_map(|room| room.peers.values()) {
            if let Some(outlet) = &peer.outlet {
                outlet.disconnect(DisconnectReason::Shutdown);
            }
        }
    }

    fn active(&self, room_id: &str) -> Result<&Room, NotFound> {
        let room = self.rooms.get(room_id).ok_or(NotFound::Room)?;
        if room.session.is_some() { Ok(room) } else { Err(NotFound::Room) }
    }

    /// The peer of a connection; `None` if the connection is stale.
    fn peer_of(&mut self, connection: &Connection) -> Option<&mut Peer> {
        self.rooms.get_mut(&connection.room_id)?.peer_of(connection)
    }

    fn remove(&mut self, room_id: &str, peer_id: &str, reason: LeaveReason) {
        let Some(room) = self.rooms.get_mut(room_id) else {
            return;
        };
        let removed = room.peers.remove(peer_id).and_then(|peer| peer.joined);
        if let (Some(peer), Some(session)) = (removed, room.session.clone()) {
            room.broadcast(&Audience::Everyone, None, &frames::peer_leave(&peer));
            room.end_session_if_empty();
            let closes = room.session.is_none();
            let (room_id, at) = (room_id.to_owned(), Utc::now());
            let closed = RoomEvent::Closed { room_id: room_id.clone(), session: session.clone(), at };
            let left = RoomEvent::Left { room_id, session, peer, left_at: at, reason };
            self.listeners.notify(&left);
            if closes {
                self.listeners.notify(&closed);
            }
        }
        if room.peers.is_empty() {
            self.rooms.remove(room_id);
        }
    }
}

#[cfg(test)]
mod tests;
