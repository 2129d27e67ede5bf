//! The fuzz targets. Each reads its input in a form that people can write, so that the corpus in `tests/fuzz/corpus` can be
//! read and extended by hand.

use roomcast_fuzz::{CountingAllocator, Target, fuzz};

use super::calls::{self, is_proper};
use super::model::Given;
use super::{model, network, texts, webhooks};
use crate::api::{Argument, Spelling, validate};
use crate::client::ClientBuilder;
use crate::error::{ErrorKind, Outcome};
use crate::net::{BaseUrl, Proxy};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What a target may hold, in bytes.
const MEMORY: usize = 1 << 20;

/// Three lines, then the body: a status, `Retry-After`, secrets between bars.
#[test]
fn answers() {
    fuzz(&Target {
        name: "answers",
        words: &[
            "\n",
            "|",
            "200",
            "401",
            "429",
            "503",
            "\"code\":",
            "\"message\":",
            "\"details\":",
            "\"data\":",
            "\"description\":",
            "{",
            "}",
            "[",
            "]",
            "null",
            "true",
            "\\n",
            "\\u0007",
            "\\u2028",
            "\\ud83d\\ude00",
            "\\\\",
            "\\\"",
            "top-secret",
            "a \"quoted\" text",
            "A\u{2660} K\u{2660}",
            "\\u2660",
            "Sun, 22 Nov 2026 12:00:07 GMT",
            "redacted",
            "é",
            "\u{2029}",
        ],
        max_len: 4096,
        runs: 6000,
        max_memory: MEMORY,
        check: |input| {
            let mut lines = input.splitn(4, |byte| *byte == b'\n');
            let mut line = || lines.next().unwrap_or_default();
            let status = String::from_utf8_lossy(line()).trim().parse().unwrap_or(500);
            let retry_after = String::from_utf8_lossy(line()).into_owned();
            let secrets = unescaped(&String::from_utf8_lossy(line()));
            let secrets: Vec<&str> = secrets.split('|').filter(|secret| !secret.is_empty()).collect();
            texts::hold(status, (!retry_after.is_empty()).then_some(&*retry_after), &secrets, line());
        },
    });
}

/// A server's answer as it is.
#[test]
fn http_answers() {
    fuzz(&Target {
        name: "http_answers",
        words: HTTP_WORDS,
        max_len: 40_000,
        runs: 1500,
        max_memory: MEMORY,
        check: network::any_answer,
    });
}

/// A server's answer, of which the part after the last `~~~` is repeated: a megabyte, or until the client closes.
#[test]
fn floods() {
    fuzz(&Target {
        name: "floods",
        words: HTTP_WORDS,
        max_len: 4000,
        runs: 500,
        max_memory: MEMORY / 2,
        check: network::any_flood,
    });
}

/// A server's answer to who is in a room, as it is.
#[test]
fn room_answers() {
    fuzz(&Target {
        name: "room_answers",
        words: &[
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 503 \r\n",
            "Content-Length: ",
            "Transfer-Encoding: chunked\r\n",
            "Connection: close\r\n",
            "\r\n\r\n",
            "0\r\n\r\n",
            "{\"peers\":{",
            "\"p\":{",
            "\"id\":\"p\"",
            "\"user_id\":\"ann\"",
            "\"user_id\":\"bob\"",
            "\"role\":",
            "null",
            "}",
            ",",
            "\"\":{",
            "\u{200b}",
        ],
        max_len: 40_000,
        runs: 1000,
        max_memory: MEMORY,
        check: network::any_peers,
    });
}

/// Bytes that a server sends after a response, before the next request: with a plus in front, after the response was read.
#[test]
fn surplus() {
    fuzz(&Target {
        name: "surplus",
        words: HTTP_WORDS,
        max_len: 40_000,
        runs: 700,
        max_memory: MEMORY,
        check: network::any_surplus,
    });
}

/// A proxy's answer, and what comes through its tunnel.
#[test]
fn tunnel() {
    fuzz(&Target {
        name: "tunnel",
        words: &[
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 ",
            "407",
            "\r\n",
            "\x16\x03\x03",
            "\x15\x03\x03\0\x02\x02\x28",
            "\x02\0\0",
            "\x0b\0\0",
            "Proxy-Authenticate: Basic\r\n",
        ],
        max_len: 20_000,
        runs: 1500,
        max_memory: MEMORY,
        check: network::any_tunnel,
    });
}

const HTTP_WORDS: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 ",
    "HTTP/1.0 ",
    "HTTP/2 ",
    " 200 ",
    " 204 ",
    " 304 ",
    " 403 ",
    " 503 ",
    "100 Continue\r\n\r\n",
    "101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 103 \r\n\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n\n",
    "Content-Length: ",
    "Transfer-Encoding: ",
    "chunked",
    "gzip",
    "identity",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Content-Encoding: gzip\r\n",
    "Retry-After: ",
    "Location: http://127.0.0.1:1/\r\n",
    "0\r\n\r\n",
    "5\r\n",
    ";ext=1",
    "Trailer: x\r\n",
    "Set-Cookie: a=b\r\n",
    "{\"message\":\"",
    "token-of-the-fuzzer",
    "text of the fuzzer",
    "\"details\":[",
    " folded\r\n",
    ": ",
    "\u{0}",
    "~~~",
];

/// A webhook's body.
#[test]
fn webhook_bodies() {
    fuzz(&Target {
        name: "webhook_bodies",
        words: &[
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\"id\":\"1\"",
            "\"type\":",
            "\"peer.join.success\"",
            "\"peer.leave.success\"",
            "\"session.open.success\"",
            "\"version\":\"2.0\"",
            "\"timestamp\":",
            "\"is_replay\":true",
            "\"data\":{",
            "\"peer_id\":",
            "\"room_id\":",
            "\"user_id\":",
            "\"role\":",
            "\"joined_at\":",
            "\"left_at\":",
            "\"duration\":",
            "\"2021-11-30T12:58:49.123456789Z\"",
            "\"9999-12-31T23:59:59-23:59\"",
            "\"\"",
            "null",
            "true",
            "1e308",
            "1e309",
            "-0",
            "18446744073709551616",
            "\\u0000",
            "\\ud800",
            "\\ud83d\\ude00",
            "\\u0070eer_id",
            "\u{200b}",
            "\u{feff}",
            "§",
            " ",
        ],
        max_len: 4096,
        runs: 10_000,
        max_memory: MEMORY,
        check: webhooks::hold,
    });
}

/// The first line is a base URL, the second a room's id.
#[test]
fn base_urls() {
    fuzz(&Target {
        name: "base_urls",
        words: &[
            "https://",
            "http://",
            "HTTPS://",
            "localhost",
            "127.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0x7f.1",
            "2130706433",
            "127.1",
            "@",
            ":443",
            ":0",
            ":65536",
            "/v2",
            "..",
            "%2e",
            "%00",
            "?",
            "#",
            "\\",
            "[",
            "]",
            "%25eth0",
            "\n",
            "xn--",
            "。",
            "localhost.",
            "user:pass@",
            "//",
        ],
        max_len: 1200,
        runs: 10_000,
        max_memory: MEMORY,
        check: |input| {
            let text = String::from_utf8_lossy(input);
            let (url, room_id) = text.split_once('\n').unwrap_or((&text, "room"));
            base_url(url, room_id);
        },
    });
}

fn base_url(text: &str, room_id: &str) {
    let url = match BaseUrl::parse("base_url", text) {
        Ok(url) => url,
        Err(error) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
            return is_proper(&error);
        }
    };
    let shown = url.to_string();
    assert!(text.is_ascii() || !text.contains(texts::breaks_line), "{text:?}");
    assert!(!shown.contains(texts::breaks_line) && !shown.contains(['?', '#', ' ']), "{shown}");
    assert_eq!(BaseUrl::parse("base_url", &shown).unwrap(), url, "what is shown is the same URL");
    // Where the host ends up: in a look-up, a certificate's name and a CONNECT request.
    assert!(
        !url.host().is_empty() && url.host().bytes().all(|byte| byte.is_ascii_graphic()),
        "{:?}",
        url.host()
    );
    assert!(!url.host().contains(['/', '[', ']', '@', '?', '#', '\\']), "{:?}", url.host());
    assert_eq!(
        url.host().contains(':'),
        url.host().parse::<std::net::Ipv6Addr>().is_ok(),
        "{:?}",
        url.host()
    );
    assert_ne!(url.port(), 0);
    let is_here = url.host() == "localhost"
        || url.host().parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    assert!(url.is_tls() || is_here, "{text:?} would be spoken to in the clear");
    assert_eq!(url.is_loopback(), is_here);
    if validate::room_id("room_id", room_id).is_err() {
        return;
    }
    let joined = url.join(&format!("/active-rooms/{room_id}/send-message"));
    assert_eq!(joined.scheme_str(), Some(if url.is_tls() { "https" } else { "http" }));
    assert_eq!(
        joined.host().map(|host| host.trim_matches(['[', ']']).to_ascii_lowercase()).as_deref(),
        Some(url.host())
    );
    assert_eq!(joined.port_u16().unwrap_or(if url.is_tls() { 443 } else { 80 }), url.port());
    assert!(joined.query().is_none() && !joined.authority().unwrap().as_str().contains('@'));
    assert!(joined.path().ends_with(&format!("/active-rooms/{room_id}/send-message")), "{joined}");
    assert_eq!(joined.to_string(), format!("{shown}/active-rooms/{room_id}/send-message"));
}

/// A base URL, then lines: `given <proxy>`, or a variable and its value.
#[test]
fn proxies() {
    fuzz(&Target {
        name: "proxies",
        words: &[
            "given ",
            "HTTPS_PROXY ",
            "https_proxy ",
            "NO_PROXY ",
            "no_proxy ",
            "http://",
            "https://",
            "socks5://",
            "user:hunter2§@",
            "%40",
            "%zz",
            "[::1]:3128",
            ":3128",
            ":0",
            "proxy.example",
            "*",
            "*.",
            ".",
            ",",
            "\n",
            "127.0.0.1",
            "10.1.2.3",
            "10.0.0.0",
            "/8",
            "[2001:db8::1]",
            "2001:DB8:0::1",
            "/",
            "localhost",
            "100ms.live",
            ":443",
            "é",
        ],
        max_len: 1000,
        runs: 8000,
        max_memory: MEMORY,
        check: |input| {
            let text = String::from_utf8_lossy(input);
            let mut lines = text.lines();
            let Ok(base_url) = BaseUrl::parse("base_url", lines.next().unwrap_or_default()) else { return };
            let named: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(' ')).collect();
            let value =
                |wanted: &str| named.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
            let env = |name: &str| value(name).map(str::to_owned);
            let chosen = Proxy::choose(value("given"), &base_url, env);
            match &chosen {
                Ok(Some(proxy)) => {
                    assert!(!base_url.is_loopback(), "a proxy for this machine");
                    assert!(
                        value("given").or(env("HTTPS_PROXY").as_deref()).or(value("https_proxy")).is_some()
                    );
                    let host = &proxy.host;
                    assert!(!host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic()), "{host:?}");
                    assert!(!host.contains(['/', '@', '[', ']']), "{host:?}");
                    assert_ne!(proxy.port, 0);
                    let header = proxy.authorization.as_deref().unwrap_or_default();
                    assert!(header.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{header:?}");
                    let shown = format!("{proxy:?}").replace(['[', ']'], "");
                    assert_eq!(shown, format!("{host}:{}", proxy.port), "the password is never shown");
                }
                Ok(None) => {}
                Err(error) => {
                    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
                    is_proper(error);
                    assert!(!error.to_string().contains('§'), "{error}");
                }
            }
            if value("given").is_none()
                && ["NO_PROXY", "no_proxy"].iter().any(|name| value(name) == Some("*"))
            {
                let empty = value("NO_PROXY").is_some_and(|hosts| hosts != "*");
                assert!(empty || matches!(chosen, Ok(None)), "NO_PROXY=*");
            }
            no_proxy(&base_url);
        },
    });
}

/// `NO_PROXY` exempts a host that it names, and no address of which it has only the end.
fn no_proxy(base_url: &BaseUrl) {
    let host = base_url.host();
    let is_proxied = |no_proxy: String| {
        let env = |name: &str| match name {
            "HTTPS_PROXY" => Some("proxy:1".to_owned()),
            "NO_PROXY" => Some(no_proxy.clone()),
            _ => None,
        };
        Proxy::choose(None, base_url, env).unwrap().is_some()
    };
    if !host.contains(',') && host.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        assert!(!is_proxied(host.to_owned()), "{host}");
        assert!(!is_proxied(format!("other{host}, {}", host.to_ascii_uppercase())), "{host}");
    }
    if let (Ok(std::net::IpAddr::V4(_)), false) = (host.parse(), base_url.is_loopback()) {
        assert!(is_proxied(host[1..].to_owned()) && is_proxied(host[host.len() - 1..].to_owned()), "{host}");
    }
}

/// The first line is a method and a spelling; each other one an argument: its place, its type, and its value.
#[test]
fn calls() {
    fuzz(&Target {
        name: "calls",
        words: &[
            "send_message",
            "send_to_peer",
            "send_to_role",
            "broadcast",
            " snake",
            " camel",
            "\n",
            "room_id ",
            "message ",
            "target ",
            "option peer_id ",
            "option peerId ",
            "option role ",
            "option type ",
            "option ",
            "text ",
            "null ",
            "not_unicode ",
            "number 1 ",
            "bool ",
            "other list",
            "p1",
            "host",
            "\\n",
            "\\0",
            "\u{200b}",
            "\u{3000}",
            "\u{85}",
            "é",
            "😀",
            " ",
        ],
        max_len: 1500,
        runs: 6000,
        max_memory: MEMORY,
        check: |input| calls::hold(&call(&String::from_utf8_lossy(input))),
    });
}

/// Each line is a room's id, or a name, or a message.
#[test]
fn ids() {
    fuzz(&Target {
        name: "ids",
        words: &[
            "room-1", "\u{200b}", " ", "\\n", "\\0", "/", "..", "%2f", "é", "\u{85}", "\u{202e}", "\u{feff}",
            "\n",
        ],
        max_len: 600,
        runs: 10_000,
        max_memory: MEMORY,
        check: |input| {
            for text in String::from_utf8_lossy(input).lines().map(unescaped) {
                assert_eq!(validate::is_blank(&text), model::is_blank(&text), "{text:?}");
                assert_eq!(validate::room_id("room_id", &text).is_ok(), model::is_room_id(&text), "{text:?}");
                assert_eq!(validate::message("message", &text).is_ok(), model::is_message(&text), "{text:?}");
                assert_eq!(validate::name("role", &text).is_ok(), model::is_name(&text), "{text:?}");
                calls::hold_request("room", "hi", Some(&text), None);
                calls::hold_request(&text, &text, None, Some(&text));
            }
        },
    });
}

/// Each line is an option, its type, and its value; or `env`, a variable, and its value. The first may be `camel`.
#[test]
fn options() {
    fuzz(&Target {
        name: "options",
        words: &[
            "camel\n",
            "access_key ",
            "secret ",
            "management_token ",
            "base_url ",
            "timeout ",
            "timeoutMs ",
            "max_attempts ",
            "retry_unknown ",
            "max_in_flight ",
            "proxy ",
            "ca_file ",
            "env ",
            "HMS_ACCESS_KEY ",
            "HMS_SECRET ",
            "HMS_MANAGEMENT_TOKEN ",
            "HTTPS_PROXY ",
            "text ",
            "null",
            "number ",
            "bool true",
            "other x",
            "not_unicode",
            "\n",
            "http://127.0.0.1:1",
            "NaN",
            "inf",
            "-0",
            "0.0001",
            "3600",
            "3600.001",
            "1e308",
            "5e-324",
            "hunter2§",
            "\\n",
            "\\0",
        ],
        max_len: 1500,
        runs: 4000,
        max_memory: MEMORY,
        check: |input| options_of(&String::from_utf8_lossy(input)),
    });
}

fn options_of(text: &str) {
    let spelling = if text.starts_with("camel") { Spelling::Camel } else { Spelling::Snake };
    let env = |name: &str| {
        // Looking for this machine's authorities takes long, so the server is always here.
        let mut lines = text.lines().filter(|_| name != "HMS_BASE_URL");
        let value = lines.find_map(|line| line.strip_prefix("env ")?.strip_prefix(name)?.strip_prefix(' '));
        value.map(unescaped)
    };
    let here = ["base_url", "baseUrl"][usize::from(spelling == Spelling::Camel)];
    let mut builder = ClientBuilder::new()
        .language("fuzz \n", "\u{0}1", spelling)
        .environment(env)
        .option(here, Argument::Text("http://127.0.0.1:1".into()))
        .unwrap();
    let mut shows_mark = false;
    let mut result = Ok(());
    for line in text.lines().filter(|line| !line.starts_with("env ")) {
        let (name, value) = line.split_once(' ').unwrap_or((line, "null"));
        let reads_files = name == "ca_file" || name == "caFile" || value.starts_with("text https");
        if reads_files || line == "camel" {
            continue;
        }
        shows_mark |= name.contains('§') || name == here || value.starts_with("other");
        match builder.clone().option(name, argument(value)) {
            Ok(set) => builder = set,
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    let _ = format!("{builder:?}");
    match result.and_then(|()| builder.build()) {
        Ok(client) => {
            for (name, value) in client.options() {
                match (name, value) {
                    ("timeout", Argument::Number(seconds)) => {
                        assert!(seconds > 0.0 && seconds <= 3600.0, "{seconds}")
                    }
                    ("max_attempts", Argument::Number(most)) => {
                        assert!((1.0..=100.0).contains(&most), "{most}")
                    }
                    ("max_in_flight", Argument::Number(most)) => {
                        assert!((1.0..=10_000.0).contains(&most), "{most}")
                    }
                    _ => {}
                }
            }
            let shown = format!("{client:?} {:?}", client.options());
            assert!(shows_mark || !shown.contains('§'), "{shown}");
        }
        Err(error) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
            is_proper(&error);
            assert!(shows_mark || !error.to_string().contains('§'), "{error}");
        }
    }
}

/// A value may have a line break or a NUL in it, written as in Rust.
fn unescaped(value: &str) -> String {
    value.replace("\\n", "\n").replace("\\0", "\0")
}

fn argument(text: &str) -> Argument {
    let (kind, value) = text.split_once(' ').unwrap_or((text, ""));
    match kind {
        "text" => Argument::Text(unescaped(value)),
        "not_unicode" => Argument::NotUnicode,
        "number" => Argument::Number(value.trim().parse().unwrap_or(f64::NAN)),
        "bool" => Argument::Bool(value == "true"),
        "other" => Argument::Other(unescaped(value)),
        _ => Argument::Null,
    }
}

fn call(text: &str) -> Given {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    let mut given = Given {
        method: match first.split(' ').next() {
            Some("send_to_peer") => "send_to_peer",
            Some("send_to_role") => "send_to_role",
            Some("broadcast") => "broadcast",
            _ => "send_message",
        },
        spelling: if first.ends_with("camel") { Spelling::Camel } else { Spelling::Snake },
        room_id: Some(Argument::Text("room".into())),
        message: Some(Argument::Text("hello".into())),
        target: None,
        options: Vec::new(),
    };
    for line in lines {
        let (place, rest) = line.split_once(' ').unwrap_or((line, ""));
        match place {
            "room_id" => given.room_id = Some(argument(rest)),
            "message" => given.message = Some(argument(rest)),
            "target" => given.target = Some(argument(rest)),
            "option" => {
                let (name, value) = rest.split_once(' ').unwrap_or((rest, "null"));
                given.options.push((name.to_owned(), argument(value)));
            }
            "without" => match rest {
                "room_id" => given.room_id = None,
                _ => given.message = None,
            },
            _ => {}
        }
    }
    given
}
