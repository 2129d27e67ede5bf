//! One message for several recipients: who they are, and what became of it for each of them.
//!
//! The API reaches one peer, one role or everyone. So this is one send for each recipient; and since the API knows no users,
//! those of a user's peers follow a query for who is in the room.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, ErrorKind, Outcome};

use super::call_options::call_options;
use super::message::Message;
use super::recipient::Target;
use super::{Peer, PeerQuery, Request, SendResult};

/// One message for several recipients, each of whom gets it once. Names that occur twice count once.
///
/// Limits are those of a [`Request`]; a list has at least one name, and each is not blank, has at most 256 bytes and no control
/// character. If one breaks a rule, nothing is sent to any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MulticastRequest {
    /// Without a recipient. Its options hold for all sends together.
    pub(crate) request: Request,
    pub(crate) audience: Audience,
}

/// The recipients, by what they are named by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    User(Target),
    Users(Vec<Target>),
    Peers(Vec<Target>),
    Roles(Vec<Target>),
}

call_options!(MulticastRequest, request.options);

impl MulticastRequest {
    /// To every peer of a user: one for each device or tab that they joined with.
    pub fn to_user(
        room_id: impl Into<String>,
        user_id: impl Into<String>,
        message: impl Into<Message>,
    ) -> Self {
        Self::new(Request::new(room_id, message), Audience::User(Target::Text(user_id.into())))
    }

    /// To every peer of these users.
    pub fn to_users<T: Into<String>>(
        room_id: impl Into<String>,
        user_ids: impl IntoIterator<Item = T>,
        message: impl Into<Message>,
    ) -> Self {
        Self::new(Request::new(room_id, message), Audience::Users(texts(user_ids)))
    }

    /// To the connected peers with these ids.
    pub fn to_peers<T: Into<String>>(
        room_id: impl Into<String>,
        peer_ids: impl IntoIterator<Item = T>,
        message: impl Into<Message>,
    ) -> Self {
        Self::new(Request::new(room_id, message), Audience::Peers(texts(peer_ids)))
    }

    /// To every connected peer with one of these roles.
    pub fn to_roles<T: Into<String>>(
        room_id: impl Into<String>,
        roles: impl IntoIterator<Item = T>,
        message: impl Into<Message>,
    ) -> Self {
        Self::new(Request::new(room_id, message), Audience::Roles(texts(roles)))
    }

    /// The kind of message: see [`Request::message_type`].
    pub fn message_type(mut self, message_type: impl Into<String>) -> Self {
        self.request = self.request.message_type(message_type);
        self
    }

    pub(crate) fn new(request: Request, audience: Audience) -> Self {
        MulticastRequest { request, audience }
    }

    /// Checks every field. A name that occurs twice is in the plan once.
    pub(crate) fn plan(&self) -> Result<MulticastPlan, Error> {
        self.request.validate()?;
        let spelling = self.request.spelling;
        match &self.audience {
            Audience::User(user_id) => {
                let name =
                    user_id.name(&spelling.of("user_id")).map_err(|error| error.advice(USER_ADVICE))?;
                Ok(self.look_up(vec![name]))
            }
            Audience::Users(users) => Ok(self.look_up(names(&spelling.of("user_ids"), users, USER_ADVICE)?)),
            Audience::Peers(peers) => {
                let names = names(&spelling.of("peer_ids"), peers, "Give the id of a connected peer.")?;
                Ok(MulticastPlan::Send(names.into_iter().map(MulticastRecipient::peer).collect()))
            }
            Audience::Roles(roles) => {
                let names = names("roles", roles, "Give the name of a role.")?;
                Ok(MulticastPlan::Send(names.into_iter().map(MulticastRecipient::role).collect()))
            }
        }
    }

    /// The query for the peers of these users.
    fn look_up(&self, users: Vec<&str>) -> MulticastPlan {
        let Request { room_id, options, spelling, .. } = &self.request;
        let query = PeerQuery { options: *options, spelling: *spelling, ..PeerQuery::new(room_id) };
        let query = match users[..] {
            [user] => query.user_id(user),
            // One query for the whole room instead of one for each of them.
            _ => query,
        };
        MulticastPlan::LookUp { query, users: users.into_iter().map(str::to_owned).collect() }
    }

    /// The send to one recipient.
    pub(crate) fn send_to(&self, recipient: &MulticastRecipient) -> Request {
        let mut request = self.request.clone();
        request.peer_id = recipient.peer_id.clone().map(Target::Text);
        request.role = recipient.role.clone().map(Target::Text);
        request
    }
}

const USER_ADVICE: &str = "Give the id of a user.";

fn texts<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Vec<Target> {
    names.into_iter().map(|name| Target::Text(name.into())).collect()
}

fn names<'a>(field: &str, targets: &'a [Target], advice: &'static str) -> Result<Vec<&'a str>, Error> {
    if targets.is_empty() {
        let what = format!("{field} is empty");
        return Err(Error::invalid_request(what).advice("Name at least one; to reach everyone, broadcast."));
    }
    let mut seen = HashSet::new();
    let mut names = Vec::with_capacity(targets.len());
    for (index, target) in targets.iter().enumerate() {
        let name = target.name(&format!("{field}[{index}]")).map_err(|error| error.advice(advice))?;
        if seen.insert(name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// What a multicast does first.
#[derive(Debug)]
pub(crate) enum MulticastPlan {
    Send(Vec<MulticastRecipient>),
    /// Then it sends to the peers that the query finds.
    LookUp {
        query: PeerQuery,
        users: Vec<String>,
    },
}

/// One recipient of a multicast. Of a user, `peer_id` is one of their peers, or none if they are not in the room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MulticastRecipient {
    pub(crate) peer_id: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) user_id: Option<String>,
}

impl MulticastRecipient {
    fn peer(peer_id: &str) -> Self {
        MulticastRecipient { peer_id: Some(peer_id.to_owned()), ..Self::default() }
    }

    fn role(role: &str) -> Self {
        MulticastRecipient { role: Some(role.to_owned()), ..Self::default() }
    }

    /// The peers of each user, in the order of the users.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if none of them is in the room.
    pub(crate) fn peers_of(users: &[String], peers: Vec<Peer>) -> Result<Vec<Self>, Error> {
        let mut by_user: HashMap<String, Vec<String>> = HashMap::new();
        for peer in peers {
            by_user.entry(peer.user_id).or_default().push(peer.peer_id);
        }
        let mut found = false;
        let mut recipients = Vec::new();
        for user in users {
            let user_id = Some(user.clone());
            let peers = by_user.remove(user).unwrap_or_default();
            found |= !peers.is_empty();
            if peers.is_empty() {
                recipients.push(MulticastRecipient { user_id, ..Self::default() });
                continue;
            }
            let of_peer =
                |peer_id| MulticastRecipient { peer_id: Some(peer_id), role: None, user_id: user_id.clone() };
            recipients.extend(peers.into_iter().map(of_peer));
        }
        match (found, users) {
            (true, _) => Ok(recipients),
            (false, [_]) => Err(absent("the user has no peer in the room")),
            (false, _) => Err(absent("none of the users has a peer in the room")),
        }
    }

    /// Why nothing can be sent to it, if it is a user who is not in the room.
    pub(crate) fn absent(&self) -> Option<Error> {
        (self.peer_id.is_none() && self.role.is_none()).then(|| absent("the user has no peer in the room"))
    }

    pub(crate) fn with_result(self, result: Result<SendResult, Error>) -> RecipientResult {
        let MulticastRecipient { peer_id, role, user_id } = self;
        RecipientResult { peer_id, role, user_id, result }
    }
}

fn absent(what: &str) -> Error {
    Error::new(ErrorKind::NotFound, Outcome::NotSent, what)
}

/// What became of a message for one of several recipients.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecipientResult {
    /// The peer, unless the recipient is a role, or a user who is not in the room.
    pub peer_id: Option<String>,
    /// The role, if the recipients are roles.
    pub role: Option<String>,
    /// The user, if the recipients are users: one result for each of their peers.
    pub user_id: Option<String>,
    /// Whether the server accepted the message for this recipient.
    pub result: Result<SendResult, Error>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(peer_id: &str, user_id: &str) -> Peer {
        Peer {
            peer_id: peer_id.into(),
            user_id: user_id.into(),
            name: String::new(),
            metadata: String::new(),
            role: String::new(),
            joined_at: None,
        }
    }

    #[test]
    fn an_empty_list_or_name_is_nobody_and_never_everyone() {
        let nobody: [&str; 0] = [];
        for (request, wrong) in [
            (MulticastRequest::to_peers("r", nobody, "hi"), "peer_ids is empty"),
            (MulticastRequest::to_roles("r", nobody, "hi"), "roles is empty"),
            (MulticastRequest::to_users("r", nobody, "hi"), "user_ids is empty"),
            (MulticastRequest::to_user("r", "", "hi"), "user_id is blank"),
            (MulticastRequest::to_peers("r", ["p", " "], "hi"), "peer_ids[1] is blank"),
            (MulticastRequest::to_roles("r", ["\u{200B}"], "hi"), "roles[0] is blank"),
            (MulticastRequest::to_users("r", ["u", "a\nb"], "hi"), "user_ids[1] has a control character"),
        ] {
            let error = request.plan().unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }

    #[test]
    fn a_name_that_occurs_twice_counts_once() {
        let request = MulticastRequest::to_peers("r", ["p", "q", "p"], "hi");
        let MulticastPlan::Send(recipients) = request.plan().unwrap() else { panic!("no users") };
        assert_eq!(recipients, [MulticastRecipient::peer("p"), MulticastRecipient::peer("q")]);
    }

    #[test]
    fn a_user_has_each_of_their_peers_and_nobody_elses() {
        let peers = || vec![peer("1", "ann"), peer("2", "bob"), peer("3", "ann"), peer("4", "")];
        let find = |users: &[&str]| {
            let users: Vec<_> = users.iter().map(|user| (*user).to_owned()).collect();
            MulticastRecipient::peers_of(&users, peers())
        };
        let found = find(&["ann", "cat"]).unwrap();
        let shown: Vec<_> = found.iter().map(|r| (r.user_id.as_deref(), r.peer_id.as_deref())).collect();
        assert_eq!(shown, [(Some("ann"), Some("1")), (Some("ann"), Some("3")), (Some("cat"), None)]);
        assert!(found[2].absent().is_some() && found[0].absent().is_none());
        for users in [&["cat"][..], &["cat", "dan"]] {
            let error = find(users).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::NotSent));
        }
    }
}
