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
}

impl Call {
    /// A call of `send_message`, `send_to_peer`, `send_to_role`, `broadcast`, `list_peers` or `get_room`, without arguments
    /// yet. Error texts spell names in the language's way.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal): there is no such method.
    pub fn new(method: &str, spelling: Spelling) -> Result<Self, Error> {
        let signature = Signature::find(method).ok_or_else(|| {
            Error::new(ErrorKind::Internal, Outcome::NotSent, format!("there is no method {method}"))
        })?;
        let arguments = Vec::with_capacity(signature.parameters.len() + signature.options.len());
        Ok(Call { signature, spelling, own_options: &[], arguments, options: Vec::new() })
    }

    /// The names of options that every method has in the caller's language only, such as `signal`. The binding takes them out;
    /// here they are named among the known options.
    pub fn own_options(mut self, names: &'static [&'static str]) -> Self {
        self.own_options = names;
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

    /// Checks names and types, and makes the operation. The limits of its texts are checked when it is executed.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest), naming the argument.
    pub fn into_operation(self) -> Result<Operation<'static>, Error> {
        let Call { signature, spelling, own_options, arguments: mut given, options } = self;
        let known = if options.is_empty() { Vec::new() } else { signature.option_names(spelling) };
        for (name, value) in options {
            given.push((find_option(&name, &known, own_options, spelling)?, value));
        }
        // A parameter cannot be omitted, so a missing one counts as null.
        for parameter in signature.parameters {
            if !given.iter().any(|(name, _)| name == parameter) {
                given.push((parameter, Argument::Null));
            }
        }
        (signature.operation)(Arguments { spelling, given })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let Operation::SendMessage(request) = call.into_operation().unwrap() else { panic!("{method}") };
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
            match call.argument("message", text("hi")).argument(parameter, value).into_operation() {
                Ok(Operation::SendMessage(request)) => request.recipient().unwrap_err().to_string(),
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
            match call.argument(parameter, value).into_operation() {
                Ok(Operation::SendMessage(request)) => request.validate().err().unwrap().to_string(),
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
}
