//! The rooms, and who is in them. Nothing here waits or touches a socket.

mod audience;
pub mod events;
mod line;
mod room;

pub use audience::Audience;
pub use line::{Cut, Line, LineEnd, line};

use crate::signalling::push;
use crate::tokens::PeerToken;
use axum::extract::ws::Utf8Bytes;
use chrono::Utc;
use events::{LeaveReason, PeerInfo, RoomEvent, SentMessage, Session};
use room::{Peer, Room};
use std::collections::HashMap;

/// One connection of one peer. A seat whose peer has connected again is stale, and what it does has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub room_id: String,
    pub peer_id: String,
    socket: u64,
}

/// Why something could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Nobody is in the room.
    Room,
    /// The peer is not in the room.
    Peer,
}

pub struct Rooms {
    rooms: HashMap<String, Room>,
    sockets: u64,
    listeners: Vec<events::Listener>,
}

impl Rooms {
    /// Every listener is told of everything, in this order.
    pub fn new(listeners: Vec<events::Listener>) -> Self {
        Self { rooms: HashMap::new(), sockets: 0, listeners }
    }

    /// Seats a connection and tells it the roles. The same person under the same peer id comes back: it is still
    /// joined, and learns what it missed. Anybody else under that id takes its place, and has yet to join.
    pub fn connect(&mut self, who: PeerToken, peer_id: String, line: Line) -> Seat {
        self.sockets += 1;
        let seat = Seat { room_id: who.room_id, peer_id, socket: self.sockets };
        let room = self.rooms.entry(seat.room_id.clone()).or_default();
        let mut joined = None;
        if let Some(old) = room.peers.get_mut(&seat.peer_id) {
            if let Some(line) = old.line.take() {
                line.cut(Cut::Replaced);
            }
            if old.user_id == who.user_id && old.role == who.role {
                joined = old.joined.take();
            } else if old.joined.is_some() {
                self.remove(&seat.room_id, &seat.peer_id, LeaveReason::WebsocketClosed);
            }
        }
        let peer =
            Peer { user_id: who.user_id, role: who.role, socket: seat.socket, line: Some(line), joined };
        let room = self.rooms.entry(seat.room_id.clone()).or_default();
        room.push_policy(&peer);
        let comes_back = peer.joined.is_some();
        room.peers.insert(seat.peer_id.clone(), peer);
        if comes_back {
            room.push_peer_list(&seat.room_id, &seat.peer_id);
        }
        seat
    }

    /// Puts a peer into its room: `answer` goes to it, then the list of peers, and the others learn of it. Joining
    /// twice answers again and changes nothing. False when the seat is stale.
    pub fn join(&mut self, seat: &Seat, name: &str, data: &str, answer: Option<&Utf8Bytes>) -> bool {
        let Some(room) = self.rooms.get_mut(&seat.room_id) else {
            return false;
        };
        let Some(peer) = room.seated(seat) else {
            return false;
        };
        if let (Some(line), Some(answer)) = (&peer.line, answer) {
            line.send(answer);
        }
        if peer.joined.is_some() {
            room.push_peer_list(&seat.room_id, &seat.peer_id);
            return true;
        }
        let info = PeerInfo {
            peer_id: seat.peer_id.clone(),
            user_id: peer.user_id.clone(),
            role: peer.role.clone(),
            name: name.to_owned(),
            data: data.to_owned(),
            joined_at: Utc::now(),
        };
        peer.joined = Some(info.clone());
        let opens = room.session.is_none();
        let session = room.session_at(info.joined_at);
        room.announce_role(&info.role, &seat.peer_id);
        room.push_peer_list(&seat.room_id, &seat.peer_id);
        room.push(&Audience::Everyone, Some(&seat.peer_id), &push::peer_join(&info));
        let room_id = seat.room_id.clone();
        if opens {
            let opened = RoomEvent::Opened { room_id: room_id.clone(), session: session.clone() };
            events::tell(&self.listeners, &opened);
        }
        events::tell(&self.listeners, &RoomEvent::Joined { room_id, session, peer: info });
        true
    }

    /// The peer goes, and the others learn of it.
    pub fn leave(&mut self, seat: &Seat, reason: LeaveReason) {
        if self.is_current(seat) {
            self.remove(&seat.room_id, &seat.peer_id, reason);
        }
    }

    /// The connection broke. True when its peer stays in the room until [`Rooms::drop_absent`].
    pub fn lose(&mut self, seat: &Seat) -> bool {
        let Some(peer) = self.current(seat) else {
            return false;
        };
        peer.line = None;
        let stays = peer.joined.is_some();
        if !stays {
            self.leave(seat, LeaveReason::WebsocketClosed);
        }
        stays
    }

    /// Removes a peer that has not come back.
    pub fn drop_absent(&mut self, seat: &Seat) {
        self.leave(seat, LeaveReason::WebsocketClosed);
    }

    /// Queues a message to the audience, from a peer or (with no sender) from the server API. A role that nobody has
    /// is no error; a room or a peer that is not there is.
    pub fn send(
        &self,
        room_id: &str,
        audience: &Audience,
        sender: Option<&Seat>,
        info: &serde_json::Value,
    ) -> Result<push::Sent, Absent> {
        let room = self.active(room_id)?;
        let from = match sender {
            None => None,
            Some(seat) => {
                let peer = room.peers.get(&seat.peer_id);
                let peer = peer.filter(|peer| peer.socket == seat.socket);
                let info = peer.and_then(|peer| peer.joined.as_ref());
                Some(info.ok_or(Absent::Peer)?)
            }
        };
        // The web client shows a sender its own message by itself.
        let mut but = from.map(|from| from.peer_id.as_str());
        let mut recipient = None;
        if let Audience::Peer(peer_id) = audience {
            recipient = Some(room.joined_peer(peer_id).ok_or(Absent::Peer)?);
            but = None;
        }
        let (frame, sent) = push::broadcast(audience, from, info);
        let reached = room.push(audience, but, &frame);
        if !self.listeners.is_empty() {
            let message = SentMessage {
                timestamp: sent.timestamp,
                from: from.cloned(),
                audience: audience.clone(),
                recipient: recipient.cloned(),
                info: info.clone(),
                reached,
            };
            events::tell(&self.listeners, &RoomEvent::Sent { room_id: room_id.to_owned(), message });
        }
        Ok(sent)
    }

    /// Every active room and the peers in it.
    pub fn active_rooms(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &PeerInfo>)> {
        let active = self.rooms.iter().filter(|(_, room)| room.session.is_some());
        active.map(|(room_id, room)| (room_id.as_str(), room.joined()))
    }

    /// The session of an active room and the peers in it.
    pub fn view(&self, room_id: &str) -> Result<(&Session, impl Iterator<Item = &PeerInfo>), Absent> {
        let room = self.active(room_id)?;
        let session = room.session.as_ref().ok_or(Absent::Room)?;
        Ok((session, room.joined()))
    }

    /// Ends every connection.
    pub fn shut_down(&mut self) {
        for peer in self.rooms.values().flat_map(|room| room.peers.values()) {
            if let Some(line) = &peer.line {
                line.cut(Cut::Shutdown);
            }
        }
    }

    fn active(&self, room_id: &str) -> Result<&Room, Absent> {
        let room = self.rooms.get(room_id).ok_or(Absent::Room)?;
        if room.session.is_some() { Ok(room) } else { Err(Absent::Room) }
    }

    fn current(&mut self, seat: &Seat) -> Option<&mut Peer> {
        self.rooms.get_mut(&seat.room_id)?.seated(seat)
    }

    fn is_current(&mut self, seat: &Seat) -> bool {
        self.current(seat).is_some()
    }

    fn remove(&mut self, room_id: &str, peer_id: &str, reason: LeaveReason) {
        let Some(room) = self.rooms.get_mut(room_id) else {
            return;
        };
        let removed = room.peers.remove(peer_id).and_then(|peer| peer.joined);
        if let (Some(peer), Some(session)) = (removed, room.session.clone()) {
            room.push(&Audience::Everyone, None, &push::peer_leave(&peer));
            room.end_session_if_empty();
            let closes = room.session.is_none();
            let (room_id, at) = (room_id.to_owned(), Utc::now());
            let closed = RoomEvent::Closed { room_id: room_id.clone(), session: session.clone(), at };
            let left = RoomEvent::Left { room_id, session, peer, left_at: at, reason };
            events::tell(&self.listeners, &left);
            if closes {
                events::tell(&self.listeners, &closed);
            }
        }
        if room.peers.is_empty() {
            self.rooms.remove(room_id);
        }
    }
}

#[cfg(test)]
mod tests;
