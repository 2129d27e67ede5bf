//! The page's files. They are in the program: nothing is built, and nothing is loaded from elsewhere.

use crate::api::{self, Refused};
use crate::app::App;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const FILES: [(&str, &str, &str); 9] = [
    ("page.css", "text/css; charset=utf-8", include_str!("web/page.css")),
    ("icon.svg", "image/svg+xml", include_str!("web/icon.svg")),
    ("main.js", JAVASCRIPT, include_str!("web/main.js")),
    ("rooms.js", JAVASCRIPT, include_str!("web/rooms.js")),
    ("messages.js", JAVASCRIPT, include_str!("web/messages.js")),
    ("compose.js", JAVASCRIPT, include_str!("web/compose.js")),
    ("snippets.js", JAVASCRIPT, include_str!("web/snippets.js")),
    ("peer.js", JAVASCRIPT, include_str!("web/peer.js")),
    ("tools.js", JAVASCRIPT, include_str!("web/tools.js")),
];

pub async fn index(State(app): State<App>) -> Html<String> {
    with_token(&app, include_str!("web/index.html"))
}

pub async fn peer(State(app): State<App>) -> Html<String> {
    with_token(&app, include_str!("web/peer.html"))
}

fn with_token(app: &App, html: &str) -> Html<String> {
    Html(html.replace("{{token}}", &app.page.token))
}

pub async fn file(Path(name): Path<String>) -> Result<Response, Refused> {
    match FILES.iter().find(|(file, ..)| *file == name) {
        Some((_, kind, text)) => Ok(([(CONTENT_TYPE, *kind)], *text).into_response()),
        None => Err(api::unknown_path().await),
    }
}
