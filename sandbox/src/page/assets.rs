//! The page's files. They are compiled into the program; nothing is loaded from other servers.

use super::state::PageState;
use crate::http::{self, ApiError};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
/// Name, content type and text of each file.
const FILES: [(&str, &str, &str); 19] = [
    ("page.css", "text/css; charset=utf-8", include_str!("web/page.css")),
    ("icon.svg", "image/svg+xml", include_str!("web/icon.svg")),
    ("main.js", JAVASCRIPT, include_str!("web/main.js")),
    ("rooms.js", JAVASCRIPT, include_str!("web/rooms.js")),
    ("phones.js", JAVASCRIPT, include_str!("web/phones.js")),
    ("demo.js", JAVASCRIPT, include_str!("web/demo.js")),
    ("log.js", JAVASCRIPT, include_str!("web/log.js")),
    ("entries.js", JAVASCRIPT, include_str!("web/entries.js")),
    ("requests.js", JAVASCRIPT, include_str!("web/requests.js")),
    ("json.js", JAVASCRIPT, include_str!("web/json.js")),
    ("notes.js", JAVASCRIPT, include_str!("web/notes.js")),
    ("code.js", JAVASCRIPT, include_str!("web/code.js")),
    ("compose.js", JAVASCRIPT, include_str!("web/compose.js")),
    ("snippets.js", JAVASCRIPT, include_str!("web/snippets.js")),
    ("queries.js", JAVASCRIPT, include_str!("web/queries.js")),
    ("literals.js", JAVASCRIPT, include_str!("web/literals.js")),
    ("faults.js", JAVASCRIPT, include_str!("web/faults.js")),
    ("peer.js", JAVASCRIPT, include_str!("web/peer.js")),
    ("tools.js", JAVASCRIPT, include_str!("web/tools.js")),
];

pub async fn index(State(state): State<PageState>) -> Html<String> {
    with_token(&state, include_str!("web/index.html"))
}

pub async fn peer(State(state): State<PageState>) -> Html<String> {
    with_token(&state, include_str!("web/peer.html"))
}

fn with_token(state: &PageState, html: &str) -> Html<String> {
    Html(html.replace("{{token}}", &state.page.token))
}

pub async fn file(Path(name): Path<String>) -> Result<Response, ApiError> {
    match FILES.iter().find(|(file, ..)| *file == name) {
        Some((_, content_type, text)) => Ok(([(CONTENT_TYPE, *content_type)], *text).into_response()),
        None => Err(http::unknown_path().await),
    }
}
