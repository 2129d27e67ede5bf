//! Runs the program, against a sandbox in this process.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use roomcast_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

/// No test waits longer than this for what must happen.
pub const HANG: Duration = Duration::from_secs(120);

/// The program, with no variable of roomcast set.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomcast"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_uppercase();
        if upper.starts_with("HMS_") || upper.starts_with("ROOMCAST_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
}

/// The program, with the variables for a server.
pub fn at(base_url: &str, arguments: &[&str]) -> Command {
    let mut command = bare(arguments);
    command.env("HMS_BASE_URL", base_url);
    command.env("HMS_ACCESS_KEY", "sandbox-access-key").env("HMS_SECRET", "sandbox-secret");
    command
}

/// What the program ended with.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Each line of stdout, as JSON.
    pub fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

pub fn run(mut command: Command) -> Ended {
    ended(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

pub fn run_with(mut command: Command, stdin: &[u8]) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without reading all of it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    ended(child)
}

pub fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A sandbox with peers in the room `demo`: ann (host) twice, bob (guest); and eve in the room `other`.
pub struct Rooms {
    pub sandbox: Sandbox,
}

pub const PEERS: [(&str, &str, &str, &str); 4] = [
    ("demo", "ann-1", "ann", "host"),
    ("demo", "ann-2", "ann", "host"),
    ("demo", "bob-1", "bob", "guest"),
    ("other", "eve-1", "eve", "host"),
];

impl Rooms {
    pub fn new() -> Self {
        Rooms::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).unwrap();
        for (room, peer_id, user_id, role) in PEERS {
            let peer = json!({"peer_id": peer_id, "user_id": user_id, "role": role, "name": user_id});
            sandbox.control("POST", &format!("/sandbox/rooms/{room}/peers"), &peer).unwrap();
        }
        Rooms { sandbox }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        at(&self.sandbox.base_url(), arguments)
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        run(self.command(arguments))
    }

    pub fn fault(&self, fault: Value) {
        self.sandbox.control("POST", "/sandbox/faults", &fault).unwrap();
    }

    /// The messages that a peer received.
    pub fn received(&self, peer_id: &str) -> Vec<String> {
        let (room, ..) = PEERS.iter().find(|(_, id, ..)| *id == peer_id).unwrap();
        let path = format!("/sandbox/rooms/{room}/peers/{peer_id}/messages");
        let messages = self.sandbox.control("GET", &path, &Value::Null).unwrap();
        let messages = messages["messages"].as_array().unwrap();
        messages.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
    }

    /// How many messages all peers received.
    pub fn count(&self) -> usize {
        PEERS.iter().map(|(_, peer_id, ..)| self.received(peer_id).len()).sum()
    }
}

/// A folder of a test's own, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    pub fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.join(name.as_ref())
    }

    /// Writes a file, and returns its path as an argument.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        self.argument(name)
    }

    pub fn argument(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().unwrap()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
