//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const EXIT_CODES: &str = "Exit codes: 0 the server accepted every message (or the query); 1 rejected or not sent; \
2 wrong usage; 3 unknown: a message may have been delivered.\n\n\
Credentials: HMS_ACCESS_KEY with HMS_SECRET, or HMS_MANAGEMENT_TOKEN, from the environment or from --env-file. \
They are never arguments, since other users of the machine can see those.";

/// Send messages into live 100ms rooms.
#[derive(Debug, Parser)]
#[command(name = "roomcast", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Write results to stdout as JSON, one value a line
    #[arg(long, global = true)]
    pub json: bool,
    /// Read HMS_… variables from this file (NAME=value lines, as the sandbox prints them); they take the place of the
    /// environment's
    #[arg(long, global = true, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// The API's URL; otherwise HMS_BASE_URL, otherwise 100ms's
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Trust these certificate authorities, too (PEM)
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// The deadline of each message or query, with all attempts [default: 10]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<f64>,
    /// The most attempts of each message or query [default: 3]
    #[arg(long, global = true, value_name = "N")]
    pub max_attempts: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send one message
    Send(SendArgs),
    /// Send many messages, from JSON lines or CSV
    SendMany(SendManyArgs),
    /// List who is in a room
    Peers(PeersArgs),
    /// Print a token, signed with the access key and the secret
    Token {
        #[command(subcommand)]
        token: TokenCommand,
    },
    /// Run the sandbox: a local stand-in for the 100ms API, with real peers
    // It has a command line of its own, which shows its own help.
    #[command(disable_help_flag = true)]
    Sandbox {
        /// The sandbox's options: see `roomcast sandbox --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<OsString>,
    },
    /// Receive the sandbox's webhooks, show them, and forward them to a local URL
    Listen(ListenArgs),
    /// Check the environment, the connection and the credentials: what is wrong, and what to do
    Doctor(DoctorArgs),
    /// Serve the Model Context Protocol on stdin and stdout: tools by which a model sends into allowed rooms
    Mcp(McpArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands into a folder
    Man {
        /// Write roomcast.1, roomcast-send.1, … into this folder
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

/// Send one message. Exactly one of --peer, --user, --role and --everyone says to whom.
#[derive(Debug, Args)]
pub struct SendArgs {
    /// The room
    #[arg(value_name = "ROOM")]
    pub room_id: String,
    /// The message; `-` or omitted: from stdin. One final line break of a file or of stdin is not part of it
    pub message: Option<String>,
    /// Read the message from this file
    #[arg(long, conflicts_with = "message")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub recipient: Recipient,
    /// The message's type: `chat` for a line in Prebuilt's chat, or one of your own
    #[arg(long = "type", value_name = "TYPE")]
    pub message_type: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Recipient {
    /// To the connected peer with this id
    #[arg(long, value_name = "PEER")]
    pub peer: Option<String>,
    /// To every connected peer of this user
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// To every connected peer with this role
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// To everyone in the room
    #[arg(long)]
    pub everyone: bool,
}

/// Send many messages. Each line names its recipient: `peer_id`, `role`, or `everyone` (true).
///
/// JSON lines: {"room_id": "r1", "peer_id": "p1", "message": "hi", "type": "chat"}. A message may also be a JSON object or list.
/// CSV: a header with some of room_id, peer_id, role, everyone, message, type; a cell that is empty counts as given, and is wrong.
///
/// There is a result for each line, as JSON lines: on stdout, or in the file of --results. With --results, "about to send" is on
/// disk before a line's first byte is sent. So after a crash, a kill or Ctrl-C, --resume sends every line that was not sent, and
/// names those of which nobody knows.
#[derive(Debug, Args)]
pub struct SendManyArgs {
    /// The lines; `-` or omitted: stdin
    #[arg(value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// What the lines are; otherwise by the file's name: csv if it ends with .csv
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The room of lines that have no room_id
    #[arg(long, value_name = "ROOM")]
    pub room: Option<String>,
    /// The type of lines that have none
    #[arg(long = "type", value_name = "TYPE")]
    pub message_type: Option<String>,
    /// Write the results to this new file, durably
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// Continue an earlier run with the same lines, of which this is the file of --results; results are added to it
    #[arg(long, value_name = "FILE", conflicts_with = "results")]
    pub resume: Option<PathBuf>,
    /// With --resume: also send the lines whose outcome is unknown; people may then see a message twice
    #[arg(long, requires = "resume")]
    pub resend_unknown: bool,
    /// The most messages in flight [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub max_in_flight: Option<u32>,
    /// The most messages that begin in a second
    #[arg(long, value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Jsonl,
    Csv,
}

#[derive(Debug, Args)]
pub struct PeersArgs {
    /// The room
    #[arg(value_name = "ROOM")]
    pub room_id: String,
    /// Only the peers of this user
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Only the peers with this role
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// A management token, with which a backend calls the API
    Management {
        #[command(flatten)]
        lifetime: Lifetime,
    },
    /// A peer token, with which somebody joins a room
    Peer {
        /// The room
        #[arg(value_name = "ROOM")]
        room_id: String,
        /// The user's id
        #[arg(long)]
        user: String,
        /// The role
        #[arg(long)]
        role: String,
        #[command(flatten)]
        lifetime: Lifetime,
    },
}

#[derive(Debug, Args)]
pub struct Lifetime {
    /// How long it is valid
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400,
        value_parser = clap::value_parser!(u32).range(1..=31_536_000))]
    pub valid_for: u32,
}

#[derive(Debug, Args)]
pub struct ListenArgs {
    /// Where to receive webhooks: this machine only; port 0 takes any free port
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8110")]
    pub listen: std::net::SocketAddr,
    /// Forward each webhook to this URL of this machine, and answer the sandbox what it answers
    #[arg(long, value_name = "URL")]
    pub forward: Option<String>,
    /// Tell this sandbox to send its webhooks here; for instance http://127.0.0.1:8100
    #[arg(long, value_name = "URL")]
    pub sandbox: Option<String>,
    /// End after this many webhooks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// A room for the check of the credentials; it need not exist
    #[arg(long, value_name = "ROOM", default_value = "roomcast-doctor")]
    pub room: String,
}

#[derive(Debug, Args)]
pub struct McpArgs {
    /// A room that the tools may reach; may be repeated
    #[arg(long, value_name = "ROOM", required = true)]
    pub allow_room: Vec<String>,
    /// Offer the tool send_to_everyone, too
    #[arg(long)]
    pub allow_broadcast: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if f64::is_finite(seconds) && seconds > 0.0 && seconds <= 86_400.0 => Ok(seconds),
        _ => Err("give a number of seconds, more than 0 and at most 86400".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err("give 0.001 to 1000000 messages a second".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn exactly_one_recipient() {
        let parse = |recipient: &[&str]| {
            Cli::try_parse_from([&["roomcast", "send", "room", "hi"], recipient].concat()).is_ok()
        };
        for one in [&["--peer", "p"][..], &["--user", "u"], &["--role", "r"], &["--everyone"]] {
            assert!(parse(one), "{one:?}");
        }
        assert!(!parse(&[]));
        for two in [&["--peer", "p", "--everyone"][..], &["--role", "r", "--user", "u"], &["--peer"]] {
            assert!(!parse(two), "{two:?}");
        }
    }
}
