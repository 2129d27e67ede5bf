//! Why a webhook was refused, and what to answer.

use std::fmt;

use super::event::MAX_WEBHOOK_BODY;

/// Why a webhook was refused. The names are the same in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WebhookErrorKind {
    /// The secret header is missing or has another value: the request is not 100ms's. Answer 401.
    WrongSecret,
    /// The body has more than [`MAX_WEBHOOK_BODY`] bytes. Answer 413.
    TooLarge,
    /// The body is not an event, or not one that could be acted upon. Answer 400.
    InvalidBody,
}

impl WebhookErrorKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [WebhookErrorKind; 3] =
        [WebhookErrorKind::WrongSecret, WebhookErrorKind::TooLarge, WebhookErrorKind::InvalidBody];

    /// The kind's name in every language, e.g. `"wrong_secret"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            WebhookErrorKind::WrongSecret => "wrong_secret",
            WebhookErrorKind::TooLarge => "too_large",
            WebhookErrorKind::InvalidBody => "invalid_body",
        }
    }

    /// The HTTP status to answer with.
    pub const fn status(self) -> u16 {
        match self {
            WebhookErrorKind::WrongSecret => 401,
            WebhookErrorKind::TooLarge => 413,
            WebhookErrorKind::InvalidBody => 400,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            WebhookErrorKind::WrongSecret => {
                "If 100ms sent it, its dashboard and this server do not name the same header with the same value."
            }
            WebhookErrorKind::TooLarge => "Have the server refuse such bodies before it has read them.",
            WebhookErrorKind::InvalidBody => {
                "If 100ms sent it, give the body as it came, byte for byte, before anything has parsed it."
            }
        }
    }
}

impl fmt::Display for WebhookErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A webhook that was refused: nothing of it is passed on.
///
/// Its text says what is wrong, what to answer, and what to do. It holds nothing of the secret, the header or the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookError {
    kind: WebhookErrorKind,
    what: String,
}

impl WebhookError {
    pub(super) fn wrong_secret(what: &str) -> Self {
        WebhookError { kind: WebhookErrorKind::WrongSecret, what: what.to_owned() }
    }

    pub(super) fn too_large() -> Self {
        let what = format!("the body has more than {MAX_WEBHOOK_BODY} bytes");
        WebhookError { kind: WebhookErrorKind::TooLarge, what }
    }

    pub(super) fn invalid_body(what: String) -> Self {
        WebhookError { kind: WebhookErrorKind::InvalidBody, what }
    }

    /// Why it was refused.
    pub fn kind(&self) -> WebhookErrorKind {
        self.kind
    }

    /// The HTTP status to answer with: 401, 413 or 400.
    pub fn status(&self) -> u16 {
        self.kind.status()
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WebhookError { kind, what } = self;
        write!(f, "{kind}: {what}. Answer {}. {}", kind.status(), kind.advice())
    }
}

impl std::error::Error for WebhookError {}
