//! One room: the peers in it, and the frames that it sends them.

use super::connection::Connection;
use super::outlet::Outlet;
use crate::frames;
use crate::model::{Audience, PeerInfo, Session};
use axum::extract::ws::Utf8Bytes;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// A peer that is connected, has joined, or both.
#[derive(Debug)]
pub struct Peer {
    pub user_id: String,
    pub role: String,
    /// The number of its current connection.
    pub connection: u64,
    /// `None` while its connection is broken. Frames sent to it meanwhile are lost.
    pub outlet: Option<Outlet>,
    /// `None` until it has joined: it receives no messages, and others do not see it.
    pub joined: Option<PeerInfo>,
}

#[derive(Debug, Default)]
pub struct Room {
    /// `None` while no peer has joined: the room is not active.
    pub session: Option<Session>,
    pub peers: BTreeMap<String, Peer>,
    /// The roles of all peers that have joined in this session.
    pub roles: BTreeSet<String>,
}

impl Room {
    /// The peer of a connection; `None` if the connection is stale.
    pub fn peer_of(&mut self, connection: &Connection) -> Option<&mut Peer> {
        self.peers.get_mut(&connection.peer_id).filter(|peer| peer.connection == connection.number)
    }

    pub fn joined(&self) -> impl Iterator<Item = &PeerInfo> {
        self.peers.values().filter_map(|peer| peer.joined.as_ref())
    }

    pub fn joined_peer(&self, peer_id: &str) -> Option<&PeerInfo> {
        self.peers.get(peer_id)?.joined.as_ref()
    }

    /// Queues a frame to all joined peers in the audience, except one. Returns the number of connections it was queued
    /// to; a simulated peer counts as one.
    pub fn broadcast(&self, audience: &Audience, except: Option<&str>, frame: &Utf8Bytes) -> usize {
        let mut reached = 0;
        for (peer_id, peer) in &self.peers {
            let addressed = peer.joined.is_some()
                && Some(peer_id.as_str()) != except
                && audience.includes(peer_id, &peer.role);
            if let (true, Some(outlet)) = (addressed, &peer.outlet) {
                outlet.send(frame);
                reached += 1;
            }
        }
        reached
    }

    /// Sends the roles, which a peer needs before it can join.
    pub fn send_policy(&self, peer: &Peer) {
        if let Some(outlet) = &peer.outlet {
            outlet.send(&frames::policy_change(&peer.role, &self.roles));
        }
    }

    /// Sends a peer the list of the other peers in the room.
    pub fn send_peer_list(&self, room_id: &str, peer_id: &str) {
        let outlet = self.peers.get(peer_id).and_then(|peer| peer.outlet.as_ref());
        if let (Some(outlet), Some(session)) = (outlet, &self.session) {
            let others = self.joined().filter(|peer| peer.peer_id != peer_id);
            outlet.send(&frames::peer_list(room_id, session, others));
        }
    }

    /// Sends the roles again if this one is new. Web clients know only the roles in `on-policy-change`, so they need it
    /// before the `on-peer-join` of the peer that has the new role.
    pub fn announce_role(&mut self, role: &str, joining_peer_id: &str) {
        if self.roles.insert(role.to_owned()) {
            for (peer_id, peer) in &self.peers {
                if peer_id != joining_peer_id {
                    self.send_policy(peer);
                }
            }
        }
    }

    /// The current session, or a new one that starts now.
    pub fn session_at(&mut self, now: DateTime<Utc>) -> Session {
        let new = || Session { id: uuid::Uuid::new_v4().to_string(), started_at: now };
        self.session.get_or_insert_with(new).clone()
    }

    pub fn end_session_if_empty(&mut self) {
        if self.joined().next().is_none() {
            self.session = None;
            self.roles.clear();
        }
    }
}
