//! A call as a dynamic language makes it: arguments whose presence and types are known at run time only.

use crate::api::{Argument, Operation, Spelling, find_option};
use crate::error::{Error, ErrorKind, Outcome};

use super::arguments::Arguments;
use super::signature::Signature;

/// For language bindings: one call with its arguments as they were given. An argument that was not given is not set.
pub struct Call {
    signature: &'static Signature,
    spelling: Spelling,
    /// Options that the binding handles itself.
    own_options: &'static [&'static str],
    arguments: Vec<(&'static str, Argument)>,
    options: Vec<(String, Argument)>,
    /// Whether the structure with the options says that the message is for everyone; `None` if there is no structure.
    structure: Option<bool>,
    /// Whether the parameters, too, are given by the names that the caller wrote.
    is_by_name: bool,
}

impl Call {
    /// A call of `send_message`, `send_to_peer`, `send_to_role`, `broadcast`, `list_peers`, `list_peers_of_user`,
    /// `list_peers_of_role`, `get_room`, `send_to_user`, `send_to_users`, `send_to_peers` or `send_to_roles`, without arguments yet. Error texts spell names in the language's way.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal): there is no such method.
    pub fn new(method: &str, spelling: Spelling) -> Result<Self, Error> {
        let signature = Signature::find(method).ok_or_else(|| {
            Error::new(ErrorKind::Internal, Outcome::NotSent, format!("there is no method {method}"))
        })?;
        let arguments = Vec::with_capacity(signature.parameters.len() + signature.options.len());
        Ok(Call {
            signature,
            spelling,
            own_options: &[],
            arguments,
            options: Vec::new(),
            structure: None,
            is_by_name: false,
        })
    }

    /// The names of options that every method has in the caller's language only, such as `signal`. The binding takes them out;
    /// here they are named among the known options.
    pub fn own_options(mut self, names: &'static [&'static str]) -> Self {
        self.own_options = names;
        self
    }

    /// The options come in a structure, in which a target that was not set and one whose look-up failed are the same. So
    /// without a target, the message reaches everyone only if the structure says so. Without a structure it does, as in every language.
    pub fn structure(mut self, says_everyone: bool) -> Self {
        self.structure = Some(says_everyone);
        self
    }

    /// The names of the method's parameters, in their order.
    pub fn parameters(&self) -> &'static [&'static str] {
        self.signature.parameters
    }

    /// The names of the method's options, as the language spells them.
    pub fn option_names(&self) -> Vec<String> {
        self.signature.option_names(self.spelling).into_iter().map(|name| self.spelling.of(name)).collect()
    }

    /// Whether an argument or an option may also be JSON or a message in a format: a binding converts a dict, a list or a
    /// plain object of its language to [`Argument::Json`] then, and otherwise to [`Argument::Other`].
    pub fn takes_message(&self, name: &str) -> bool {
        name == "message" && self.signature.parameters.contains(&"message")
    }

    /// Whether an argument may be several values: a binding converts a list of its language to [`Argument::List`] then.
    pub fn takes_list(&self, parameter: &str) -> bool {
        ["user_ids", "peer_ids", "roles"].contains(&parameter)
            && self.signature.parameters.contains(&parameter)
    }

    /// For a call that is one item of many: an argument or an option, by the name that the caller wrote.
    pub fn by_name(mut self, name: impl Into<String>, value: Argument) -> Self {
        self.is_by_name = true;
        self.option(name, value)
    }

    /// An argument, by the name of its [parameter](Call::parameters). Any other name counts as an option.
    pub fn argument(mut self, parameter: &str, value: Argument) -> Self {
        match self.signature.parameters.iter().find(|name| **name == parameter) {
            Some(name) => self.arguments.push((name, value)),
            None => self.options.push((parameter.to_owned(), value)),
        }
        self
    }

    /// An option, by the name that the caller wrote.
    pub fn option(mut self, name: impl Into<String>, value: Argument) -> Self {
        self.options.push((name.into(), value));
        self
    }

    pub(super) fn method(&self) -> &'static str {
        self.signature.name
    }

    /// The arguments and options that are text, by the names that the core uses.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = || self.signature.parameters.iter().chain(self.signature.options).copied();
        let option = move |given: &str| names().find(|name| self.spelling.is(name, given));
        let options = self.options.iter().filter_map(move |(given, value)| Some((option(given)?, value)));
        let arguments = self.arguments.iter().map(|(name, value)| (*name, value));
        arguments.chain(options).filter_map(|(name, value)| match value {
            Argument::Text(text) => Some((name, text.as_str())),
            Argument::Json(json) => Some((name, json.as_str())),
            _ => None,
        })
    }

    /// Checks names and types, and makes the operation. The limits of its texts are checked when it is executed.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest), naming the argument.
    pub fn into_operation(self) -> Result<Operation<'static>, Error> {
        let Call { signature, spelling, own_options, arguments: mut given, options, structure, is_by_name } =
            self;
        let mut known = if options.is_empty() { Vec::new() } else { signature.option_names(spelling) };
        if is_by_name {
            known.splice(0..0, signature.parameters.iter().copied());
        }
        for (name, value) in options {
            given.push((find_option(&name, &known, own_options, spelling)?, value));
        }
        // A parameter cannot be omitted, so a missing one counts as null.
        for parameter in signature.parameters {
            if !given.iter().any(|(name, _)| name == parameter) {
                given.push((parameter, Argument::Null));
            }
        }
        if let Some(says_everyone) = structure {
            check_audience(signature, &given, says_everyone)?;
        }
        (signature.operation)(Arguments { spelling, given })
    }
}

/// The audience of a call whose options come in a structure: a target, or everyone, but never because nothing was set.
fn check_audience(
    signature: &Signature,
    given: &[(&'static str, Argument)],
    says_everyone: bool,
) -> Result<(), Error> {
    let targets = ["peer_id", "role", "user_id", "user_ids", "peer_ids", "roles"];
    let target = given.iter().find(|(name, _)| targets.contains(name));
    match (target, says_everyone) {
        (Some((name, _)), true) => {
            Err(Error::invalid_request(format!("audience is everyone, but {name} is given, too"))
                .advice("Set one of them."))
        }
        (None, false) if signature.options.contains(&"peer_id") => {
            Err(Error::invalid_request("the options name neither a peer nor a role")
                .advice("Set peer_id or role; to reach everyone, set audience to everyone."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ApiRequest;

    /// The one request that a call makes.
    fn request(call: Call) -> Result<ApiRequest<'static>, Error> {
        match call.into_operation()? {
            Operation::Api(request) => Ok(request),
            Operation::Multicast(_) => panic!("not one request"),
        }
    }

    fn text(value: &str) -> Argument {
        Argument::Text(value.into())
    }

    fn call(method: &str) -> Call {
        Call::new(method, Spelling::Snake).unwrap()
    }

    #[test]
    fn a_missing_target_is_not_everyone() {
        for method in ["send_to_peer", "send_to_role"] {
            let call = call(method).argument("room_id", text("r")).argument("message", text("hi"));
            let ApiRequest::SendMessage(request) = request(call).unwrap() else { panic!("{method}") };
            assert!(request.recipient().is_err(), "{method}");
        }
    }

    #[test]
    fn helpers_take_no_second_target() {
        for method in ["send_to_peer", "send_to_role", "broadcast"] {
            for option in ["peer_id", "role"] {
                let call = call(method).argument("room_id", text("r")).argument("message", text("hi"));
                let call = match method {
                    "send_to_peer" => call.argument("peer_id", text("t")),
                    "send_to_role" => call.argument("role", text("t")),
                    _ => call,
                };
                assert!(call.option(option, text("x")).into_operation().is_err(), "{method} {option}");
            }
        }
    }

    #[test]
    fn a_structure_without_a_target_reaches_everyone_only_if_it_says_so() {
        let is_sent = |method: &str, target: Option<&str>, says_everyone| {
            let call = call(method).argument("room_id", text("r")).argument("message", text("hi"));
            let call = match target {
                Some(name) => call.argument(name, text("t")),
                None => call,
            };
            call.structure(says_everyone).into_operation().is_ok()
        };
        assert!(!is_sent("send_message", None, false));
        assert!(is_sent("send_message", None, true));
        assert!(is_sent("broadcast", None, false) && is_sent("broadcast", None, true));
        for (method, target) in [
            ("send_message", "peer_id"),
            ("send_message", "role"),
            ("send_to_peer", "peer_id"),
            ("send_to_role", "role"),
        ] {
            assert!(is_sent(method, Some(target), false), "{method}");
            assert!(!is_sent(method, Some(target), true), "{method}");
        }
        // A target that is not given is null, never everyone.
        assert!(!is_sent("send_to_peer", None, true));
        // A query has no audience.
        let query = call("list_peers").argument("room_id", text("r")).structure(false);
        assert!(query.into_operation().is_ok());
    }

    #[test]
    fn a_missing_user_or_role_does_not_list_everyone() {
        for (method, parameter) in [("list_peers_of_user", "user_id"), ("list_peers_of_role", "role")] {
            let query = |given: &[&str]| {
                let call = call(method).argument("room_id", text("r"));
                let call = given.iter().fold(call, |call, name| call.argument(name, text("x")));
                match request(call).unwrap() {
                    ApiRequest::ListPeers(query) => query.validate().map(drop).is_ok(),
                    _ => panic!("{method}"),
                }
            };
            assert!(!query(&[]), "{method}");
            assert!(query(&[parameter]) && query(&["user_id", "role"]), "{method}");
            let twice = call(method).argument("room_id", text("r")).argument(parameter, text("x"));
            assert!(twice.option(parameter, text("y")).into_operation().is_err(), "{method}");
        }
    }

    #[test]
    fn milliseconds_have_their_name() {
        let call = Call::new("get_room", Spelling::SnakeMilliseconds).unwrap().argument("room_id", text("r"));
        assert_eq!(call.option_names(), ["timeout_ms", "max_attempts", "retry_unknown"]);
        let ApiRequest::GetRoom(query) =
            request(call.option("timeout_ms", Argument::Number(1500.0))).unwrap()
        else {
            panic!("not a query")
        };
        assert_eq!(query.options.timeout, Some(std::time::Duration::from_millis(1500)));
    }

    #[test]
    fn a_number_is_not_text() {
        let call = call("send_message").argument("message", text("hi"));
        let error = call.argument("room_id", Argument::Number(7.0)).into_operation().unwrap_err();
        assert!(error.to_string().contains("room_id is a number, not text"), "{error}");
    }

    #[test]
    fn options_are_spelled_as_the_language_does() {
        let call = Call::new("send_message", Spelling::Camel).unwrap();
        assert_eq!(
            call.option_names(),
            ["peerId", "role", "type", "timeoutMs", "maxAttempts", "retryUnknown"]
        );
        assert_eq!(call.parameters(), ["room_id", "message"]);
    }

    #[test]
    fn options_of_one_language_are_known() {
        let error_text = |method, option| {
            let call = Call::new(method, Spelling::Camel).unwrap().own_options(&["signal"]);
            call.argument("room_id", text("r"))
                .option(option, Argument::Null)
                .into_operation()
                .err()
                .unwrap()
                .to_string()
        };
        assert!(
            error_text("send_message", "colour")
                .contains("(known: peerId, role, type, timeoutMs, maxAttempts, retryUnknown, signal)")
        );
        assert!(error_text("send_message", "Signal").contains("did you mean signal?"));
        assert!(
            error_text("get_room", "role")
                .contains("unknown option role (known: timeoutMs, maxAttempts, retryUnknown, signal)")
        );
        // The binding has taken it out, so this one is of no use.
        assert!(error_text("get_room", "signal").contains("unknown option signal"));
    }

    #[test]
    fn undefined_is_not_called_null() {
        let error_text = |parameter, value| {
            let call = call("send_to_peer").argument("room_id", text("r")).argument("peer_id", text("p"));
            match request(call.argument("message", text("hi")).argument(parameter, value)) {
                Ok(ApiRequest::SendMessage(request)) => request.recipient().unwrap_err().to_string(),
                Ok(_) => panic!("not a send"),
                Err(error) => error.to_string(),
            }
        };
        for parameter in ["room_id", "peer_id", "message"] {
            let undefined = error_text(parameter, Argument::Undefined);
            assert!(undefined.contains(&format!("{parameter} is undefined. ")), "{undefined}");
            let null = error_text(parameter, Argument::Null);
            assert_eq!(undefined.replace("undefined", "null"), null);
        }
    }

    #[test]
    fn what_is_too_long_is_reported_alike_converted_or_not() {
        let error_text = |parameter, value| {
            let call = call("send_to_peer").argument("room_id", text("r")).argument("peer_id", text("p"));
            let call = call.argument("message", text("hi")).option("type", text("t"));
            match request(call.argument(parameter, value)) {
                Ok(ApiRequest::SendMessage(request)) => request.validate().err().unwrap().to_string(),
                Ok(_) => panic!("not a send"),
                Err(error) => error.to_string(),
            }
        };
        for parameter in ["room_id", "peer_id", "message", "type"] {
            for letter in ["x", " "] {
                let long = text(&letter.repeat(crate::MAX_MESSAGE + 1));
                assert_eq!(error_text(parameter, long), error_text(parameter, Argument::TooLong));
            }
        }
    }

    #[test]
    fn an_unknown_method_is_an_error() {
        let error = Call::new("send", Spelling::Snake).err().unwrap();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Internal, Outcome::NotSent));
    }

    #[test]
    fn several_targets_come_in_a_list_and_none_is_nobody() {
        for (method, parameter) in
            [("send_to_users", "user_ids"), ("send_to_peers", "peer_ids"), ("send_to_roles", "roles")]
        {
            let error = |value: Option<Argument>| {
                let call = call(method).argument("room_id", text("r")).argument("message", text("hi"));
                assert!(call.takes_list(parameter));
                let call = match value {
                    Some(value) => call.argument(parameter, value),
                    None => call,
                };
                match call.into_operation() {
                    Ok(Operation::Multicast(request)) => request.plan().map(drop).map_err(|e| e.to_string()),
                    Ok(Operation::Api(_)) => panic!("{method}"),
                    Err(error) => Err(error.to_string()),
                }
            };
            let list = |values: &[Argument]| Some(Argument::List(values.to_vec()));
            assert_eq!(error(list(&[text("a"), text("b")])), Ok(()));
            for (value, wrong) in [
                (None, "is null, not a list"),
                (Some(text("abc")), "is text, not a list"),
                (Some(Argument::Undefined), "is undefined, not a list"),
                (list(&[]), "is empty"),
                (list(&[text("a"), Argument::Null]), "[1] is null"),
                (list(&[Argument::Undefined]), "[0] is undefined"),
                (list(&[text("a"), text("b"), text(" ")]), "[2] is blank"),
                (list(&[Argument::Number(7.0)]), "[0] is a number, not text"),
                (list(&[Argument::TooLong]), "[0] has more than"),
            ] {
                let error = error(value).unwrap_err();
                assert!(
                    error.contains(&format!("{parameter}{wrong}"))
                        || error.contains(&format!("{parameter} {wrong}")),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn an_item_names_its_parameters_as_the_language_does() {
        let item = |names: &[&str]| {
            let call = Call::new("send_message", Spelling::Camel).unwrap();
            names.iter().fold(call, |call, name| call.by_name(*name, text("x"))).into_operation()
        };
        assert!(item(&["roomId", "message", "peerId"]).is_ok());
        let error = |names: &[&str]| item(names).err().unwrap().to_string();
        assert!(error(&["message"]).contains("roomId is null"));
        assert!(error(&["room_id", "message"]).contains("unknown option room_id (did you mean roomId?)"));
        assert!(error(&["roomId", "message", "x"]).contains("known: roomId, message, peerId, role"));
    }
}
