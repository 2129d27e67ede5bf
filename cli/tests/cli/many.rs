//! `roomcast send-many`: what lines say, results, exit codes. Being killed and continued: resume.rs.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Folder, HANG, Rooms, ended, run_with};

/// Sends a signal to a child. The standard library can only kill.
#[cfg(unix)]
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
}

fn by_line(mut results: Vec<Value>) -> Vec<Value> {
    results.sort_by_key(|result| result["line"].as_u64());
    results
}

#[test]
fn json_lines_each_with_a_result() {
    let rooms = Rooms::new();
    let lines = [
        r#"{"room_id":"demo","peer_id":"ann-1","message":"to a peer","type":"chat"}"#,
        "",
        r#"{"room_id":"demo","role":"guest","message":{"z":1,"a":[true,null]}}"#,
        r#"{"room_id":"demo","everyone":true,"message":"to all"}"#,
        r#"{"room_id":"demo","peer_id":null,"message":"lost look-up"}"#,
        r#"{"room_id":"demo","peer_id":"","message":"lost look-up"}"#,
        r#"{"room_id":"demo","message":"no recipient"}"#,
        r#"{"room_id":"demo","peer_id":"ann-1","everyone":true,"message":"two"}"#,
        r#"{"room_id":"demo","peer_id":"eve-1","message":"of another room"}"#,
        r#"{"room_id":"demo","peer_id":"ann-1","peer_id":"bob-1","message":"twice"}"#,
        r#"{"room_id":"demo","peerId":"ann-1","message":"misspelt"}"#,
        "nonsense",
        r#"["demo"]"#,
    ];
    let command = rooms.command(&["send-many", "--json"]);
    let ended = run_with(command, lines.join("\n").as_bytes()).with_code(1);
    let mut results = ended.json();
    let summary = results.pop().unwrap();
    let results = by_line(results);
    let outcomes: Vec<_> = results
        .iter()
        .map(|result| (result["line"].as_u64().unwrap(), result["outcome"].as_str().unwrap()))
        .collect();
    let mut expected = vec![(1, "accepted"), (3, "accepted"), (4, "accepted")];
    expected.extend([5, 6, 7, 8].map(|line| (line, "not_sent")));
    expected.push((9, "rejected"));
    expected.extend([10, 11, 12, 13].map(|line| (line, "not_sent")));
    assert_eq!(outcomes, expected, "{results:#?}");
    assert_eq!(summary["summary"]["accepted"], 3);
    assert_eq!((&results[0]["room_id"], &results[0]["peer_id"]), (&json!("demo"), &json!("ann-1")));
    let error = |index: usize| results[index]["error"]["text"].as_str().unwrap();
    assert!(error(5).contains("names no recipient") && error(9).contains("peer_id"), "{results:#?}");
    assert!(!ended.stdout.contains("to all") && !ended.stderr.contains("to all"), "no message's text");
    // As it is written in the line.
    assert_eq!(
        rooms.received("bob-1").iter().filter(|text| *text == r#"{"z":1,"a":[true,null]}"#).count(),
        1
    );
    assert_eq!((rooms.received("ann-1").len(), rooms.received("eve-1").len(), rooms.count()), (2, 0, 5));
}

#[test]
fn csv_with_one_kind_of_recipient() {
    let (rooms, folder) = (Rooms::new(), Folder::new());
    let file = folder.file("lines.csv", "\u{feff}peer_id,message,type\r\nann-1,\"two\nlines, quoted\",chat\r\n,lost,chat\r\nann-2,hi,chat,more\r\n");
    let results = by_line(rooms.run(&["send-many", &file, "--room", "demo"]).with_code(1).json());
    let shown: Vec<_> =
        results.iter().map(|result| (result["line"].clone(), result["outcome"].clone())).collect();
    assert_eq!(
        shown,
        [(json!(2), json!("accepted")), (json!(3), json!("not_sent")), (json!(4), json!("not_sent"))],
        "{results:#?}"
    );
    assert_eq!(rooms.received("ann-1"), ["two\nlines, quoted"]);
    assert_eq!(rooms.count(), 1);
    let everyone = "room_id,everyone,message\ndemo,true,hi\ndemo,,lost\ndemo,yes,hm\n";
    run_with(rooms.command(&["send-many", "--format", "csv"]), everyone.as_bytes()).with_code(1);
    assert_eq!(rooms.count(), 4);
    for (header, wrong) in [
        ("room_id,message", "no column for recipients"),
        ("room_id,peer_id,role,message", "more than one of"),
        ("room_id,peer_id", "no column message"),
        ("room_id,peer_id,message,pier", "unknown column"),
        ("room_id,peer_id,message,message", "twice"),
        ("", "unknown column"),
    ] {
        let stdin = format!("{header}\ndemo,ann-1,x,y\n");
        let ended = run_with(rooms.command(&["send-many", "--format", "csv"]), stdin.as_bytes()).with_code(2);
        assert!(ended.stderr.contains(wrong) && ended.stdout.is_empty(), "{header}: {}", ended.stderr);
    }
    assert_eq!(rooms.count(), 4);
}

#[test]
fn exit_codes_by_the_worst_outcome() {
    let rooms = Rooms::new();
    let line = r#"{"room_id":"demo","everyone":true,"message":"hi"}"#;
    let send = |arguments: &[&str], lines: usize| {
        let stdin = format!("{line}\n").repeat(lines);
        run_with(rooms.command(&[&["send-many"], arguments].concat()), stdin.as_bytes())
    };
    let ended = send(&[], 3).with_code(0);
    assert!(ended.stderr.contains("3 accepted, 0 rejected, 0 not sent, 0 unknown"), "{}", ended.stderr);
    send(&[], 0).with_code(0);
    rooms.fault(json!({"kind": "status", "status": 404, "count": 1}));
    send(&[], 3).with_code(1);
    rooms.fault(json!({"kind": "status", "status": 404, "count": 1}));
    rooms.fault(json!({"kind": "status", "status": 500, "count": 1}));
    let ended = send(&["--json"], 3).with_code(3);
    let summary = &ended.json()[3]["summary"];
    assert_eq!(
        (&summary["unknown"], &summary["rejected"], &summary["accepted"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(ended.stderr.contains("may have been delivered: lines "), "{}", ended.stderr);
    for wrong in [
        &["/nowhere"][..],
        &["--format", "xml"],
        &["--max-in-flight", "0"],
        &["--rate", "0"],
        &["--resend-unknown"],
        &["/"],
    ] {
        send(wrong, 1).with_code(2);
    }
}

#[test]
fn results_in_a_file() {
    let (rooms, folder) = (Rooms::new(), Folder::new());
    let lines = folder.file(
        "lines.jsonl",
        "{\"peer_id\":\"ann-1\",\"message\":\"hi\"}\n{\"peer_id\":\"x\",\"message\":\"hi\"}\n",
    );
    let results = folder.argument("results.jsonl");
    let ended = rooms.run(&["send-many", &lines, "--room", "demo", "--results", &results]).with_code(1);
    assert_eq!(ended.stdout, "");
    let kept = folder.read("results.jsonl");
    let records: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records[0], json!({"roomcast_results": 1}));
    assert_eq!(records[1]["about_to_send"].as_array().unwrap().len(), 2);
    assert_eq!(by_line(records[2..].to_vec())[1]["error"]["status"], 404);
    // It is not overwritten.
    let again = rooms.run(&["send-many", &lines, "--room", "demo", "--results", &results]).with_code(2);
    assert!(again.stderr.contains("--resume"), "{}", again.stderr);
    assert_eq!((folder.read("results.jsonl"), rooms.count()), (kept, 1));
    // What is no results file stays as it is.
    for content in ["hello\n", "hello", "{\"message\":\"hi\"}", "{\"message\":\"hi\"}\n"] {
        let other = folder.file("other.jsonl", content);
        rooms.run(&["send-many", &lines, "--room", "demo", "--resume", &other]).with_code(2);
        assert_eq!(folder.read("other.jsonl"), content);
    }
    rooms.run(&["send-many", &lines, "--room", "demo", "--resume", "/nowhere"]).with_code(2);
    // No client: no file.
    let mut command = rooms.command(&["send-many", &lines, "--results", &folder.argument("none.jsonl")]);
    command.env_remove("HMS_SECRET");
    crate::common::run(command).with_code(1);
    assert!(!folder.path("none.jsonl").exists() && rooms.count() == 1);
}

#[test]
fn a_slow_source_holds_up_no_result() {
    let rooms = Rooms::new();
    let mut command = rooms.command(&["send-many", "--room", "demo"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        stdin.write_all(b"{\"peer_id\":\"ann-1\",\"message\":\"hi\"}\n").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.contains("accepted"), "{line}");
    }
    drop(stdin);
    ended(child).with_code(0);
}

#[test]
fn a_rate() {
    let rooms = Rooms::new();
    let stdin = "{\"peer_id\":\"ann-1\",\"message\":\"hi\"}\n".repeat(11);
    let started = Instant::now();
    run_with(rooms.command(&["send-many", "--room", "demo", "--rate", "20"]), stdin.as_bytes()).with_code(0);
    assert!(started.elapsed() >= Duration::from_millis(450), "{:?}", started.elapsed());
    assert_eq!(rooms.received("ann-1").len(), 11);
}

#[test]
fn a_reader_that_is_gone_stops_it() {
    let rooms = Rooms::new();
    let mut command = rooms.command(&["send-many", "--room", "demo", "--rate", "50"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let lines = "{\"peer_id\":\"ann-1\",\"message\":\"hi\"}\n".repeat(5000);
    let mut stdin = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || drop(stdin.write_all(lines.as_bytes())));
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{stderr}");
    assert!(stderr.contains("stopped: ") && !stderr.contains("panic"), "{stderr}");
    feeding.join().unwrap();
    assert!(rooms.received("ann-1").len() < 1000);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_what_is_known_and_resume_sends_the_rest() {
    let (rooms, folder) = (Rooms::new(), Folder::new());
    let lines: String =
        (0..200).map(|n| format!("{{\"peer_id\":\"ann-1\",\"message\":\"m-{n}\"}}\n")).collect();
    let lines = folder.file("lines.jsonl", lines);
    let results = folder.argument("results.jsonl");
    let send = |option: &str, rate: &str| {
        let mut command =
            rooms.command(&["send-many", &lines, "--room", "demo", option, &results, "--rate", rate]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let child = send("--results", "50");
    let started = Instant::now();
    while rooms.received("ann-1").len() < 20 && started.elapsed() < HANG {
        sleep(Duration::from_millis(20));
    }
    // Two runs with one file would send lines twice.
    assert!(ended(send("--resume", "1000")).with_code(2).stderr.contains("another process"));
    signal(&child, "INT");
    let interrupted = ended(child);
    assert!([1, 3].contains(&interrupted.code), "{}", interrupted.stderr);
    assert!(
        interrupted.stderr.contains("stopped: ") && interrupted.stderr.contains("--resume"),
        "{}",
        interrupted.stderr
    );
    let resumed = ended(send("--resume", "100000"));
    assert_eq!(resumed.code, if interrupted.code == 3 { 3 } else { 0 }, "{}", resumed.stderr);
    let mut received = rooms.received("ann-1");
    let total = received.len();
    received.sort();
    received.dedup();
    assert_eq!(received.len(), total, "none twice");
    if resumed.code == 0 {
        assert_eq!(total, 200);
    }
}
