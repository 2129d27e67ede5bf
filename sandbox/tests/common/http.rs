//! One HTTP/1.1 request and response on a new connection.

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Request {
    method: String,
    path: String,
    host: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, host: None, headers: Vec::new(), body: String::new() }
    }

    /// Sets a `Host` header that differs from the address of the connection.
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn post(path: &str, body: String) -> Self {
        let mut request = Self::new("POST", path);
        request.body = body;
        request
    }

    /// With a JSON body.
    pub fn json(method: &str, path: &str, body: &Value) -> Self {
        let mut request = Self::new(method, path);
        request.body = body.to_string();
        request.header("Content-Type", "application/json")
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    /// The names are in lower case.
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Checks the documented shape of an error, and returns its first detail.
    pub fn detail(&self, status: u16) -> String {
        let body = self.json();
        assert_eq!(self.status, status, "{body}");
        assert_eq!(body["code"], status, "{body}");
        assert!(body["message"].is_string(), "{body}");
        body["details"][0].as_str().unwrap_or_default().to_owned()
    }
}

impl Response {
    /// Checks the shape of an error of the control API, and returns its field and its message.
    pub fn control_error(&self, status: u16) -> (String, String) {
        let body = self.json();
        assert_eq!(self.status, status, "{body}");
        let text = |name: &str| body["error"][name].as_str().unwrap().to_owned();
        (text("field"), text("message"))
    }
}

pub async fn exchange(authority: &str, request: Request) -> Response {
    let stream = TcpStream::connect(authority).await.unwrap();
    exchange_on(stream, authority, request).await
}

pub async fn exchange_on(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    authority: &str,
    request: Request,
) -> Response {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
        request.method,
        request.path,
        request.host.as_deref().unwrap_or(authority),
        request.body.len()
    );
    for (name, value) in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(request.body.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    Response {
        status: status.parse().unwrap(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        text: body.to_owned(),
    }
}
