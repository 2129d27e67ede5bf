//! One room: the peers in it, and what each of them is told.

use super::events::{PeerInfo, Session};
use super::{Audience, Line, Seat};
use crate::signalling::push;
use axum::extract::ws::Utf8Bytes;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// A peer that is connected, has joined, or both.
#[derive(Debug)]
pub struct Peer {
    pub user_id: String,
    pub role: String,
    pub socket: u64,
    /// None while its connection is broken. What is sent to it meanwhile is lost.
    pub line: Option<Line>,
    /// None until it has joined: it receives nothing and nobody sees it.
    pub joined: Option<PeerInfo>,
}

#[derive(Debug, Default)]
pub struct Room {
    /// None while nobody has joined: the room is not active.
    pub session: Option<Session>,
    pub peers: BTreeMap<String, Peer>,
    /// The roles of those who have joined in this session.
    pub roles: BTreeSet<String>,
}

impl Room {
    /// The peer in this seat, unless another connection has taken its place.
    pub fn seated(&mut self, seat: &Seat) -> Option<&mut Peer> {
        self.peers.get_mut(&seat.peer_id).filter(|peer| peer.socket == seat.socket)
    }

    pub fn joined(&self) -> impl Iterator<Item = &PeerInfo> {
        self.peers.values().filter_map(|peer| peer.joined.as_ref())
    }

    pub fn joined_peer(&self, peer_id: &str) -> Option<&PeerInfo> {
        self.peers.get(peer_id)?.joined.as_ref()
    }

    /// Queues a frame to everybody who has joined and belongs to the audience, but one. Tells how many that were.
    pub fn push(&self, audience: &Audience, but: Option<&str>, frame: &Utf8Bytes) -> usize {
        let mut reached = 0;
        for (peer_id, peer) in &self.peers {
            let addressed = peer.joined.is_some()
                && Some(peer_id.as_str()) != but
                && audience.includes(peer_id, &peer.role);
            if let (true, Some(line)) = (addressed, &peer.line) {
                line.send(frame);
                reached += 1;
            }
        }
        reached
    }

    /// What a peer must know before it can join: the roles.
    pub fn push_policy(&self, peer: &Peer) {
        if let Some(line) = &peer.line {
            line.send(&push::policy_change(&peer.role, &self.roles));
        }
    }

    /// The other peers in the room.
    pub fn push_peer_list(&self, room_id: &str, peer_id: &str) {
        let line = self.peers.get(peer_id).and_then(|peer| peer.line.as_ref());
        if let (Some(line), Some(session)) = (line, &self.session) {
            let others = self.joined().filter(|peer| peer.peer_id != peer_id);
            line.send(&push::peer_list(room_id, session, others));
        }
    }

    /// Web clients know only the roles they were told of: a new one is announced before the peer who brings it.
    pub fn announce_role(&mut self, role: &str, brought_by: &str) {
        if self.roles.insert(role.to_owned()) {
            for (peer_id, peer) in &self.peers {
                if peer_id != brought_by {
                    self.push_policy(peer);
                }
            }
        }
    }

    pub fn session_at(&mut self, now: DateTime<Utc>) -> Session {
        let fresh = || Session { id: uuid::Uuid::new_v4().to_string(), started_at: now };
        self.session.get_or_insert_with(fresh).clone()
    }

    pub fn end_session_if_empty(&mut self) {
        if self.joined().next().is_none() {
            self.session = None;
            self.roles.clear();
        }
    }
}
