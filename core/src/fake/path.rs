//! The path of a request.

/// The room of a request, and what follows it in the path.
pub(super) fn room_of(path_and_query: &str) -> Option<(&str, &str)> {
    let (path, _) = split_query(path_and_query);
    let (_, rest) = path.split_once("/active-rooms/")?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

/// The path and the query, which may be empty.
pub(super) fn split_query(path_and_query: &str) -> (&str, &str) {
    path_and_query.split_once('?').unwrap_or((path_and_query, ""))
}
