//! `roomcast send-many` that is killed in the middle: `--resume` sends each line exactly once, but for those whose outcome was
//! unknown, which it names.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Folder, HANG, at, ended};

const LINES: u64 = 100_000;

/// A server that counts which messages it received: each is a number.
#[derive(Clone)]
struct Server {
    base_url: String,
    received: Arc<Mutex<HashMap<u64, u32>>>,
    open: Arc<AtomicU64>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
        let server = Server { base_url, received: Arc::default(), open: Arc::default() };
        let accepting = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let server = accepting.clone();
                server.open.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    // A client that was killed resets its connection.
                    let _ = server.serve(stream.unwrap());
                    server.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut answers = stream.try_clone()?;
        let mut stream = BufReader::new(stream);
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body)?;
            let body: Value = serde_json::from_slice(&body).unwrap();
            let number = body["message"].as_str().unwrap().parse().unwrap();
            *self.received.lock().unwrap().entry(number).or_default() += 1;
            answers.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{\"message\":\"message sent\"}\n",
            )?;
        }
    }

    fn count(&self) -> u64 {
        self.received.lock().unwrap().len() as u64
    }

    /// Waits until so many were received, or the program ended.
    fn wait_for(&self, count: u64, child: &mut Child) {
        let started = Instant::now();
        while self.count() < count {
            assert!(started.elapsed() < 10 * HANG, "{} of {count}", self.count());
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself after {}", self.count());
            sleep(Duration::from_millis(5));
        }
    }

    /// Waits until all is read that the killed program had written.
    fn settle(&self) {
        let started = Instant::now();
        while self.open.load(Ordering::SeqCst) > 0 && started.elapsed() < HANG {
            sleep(Duration::from_millis(5));
        }
    }
}

struct Job {
    server: Server,
    folder: Folder,
}

impl Job {
    fn new(lines: u64) -> Self {
        let folder = Folder::new();
        let text: String = (1..=lines)
            .map(|n| format!("{{\"room_id\":\"demo\",\"peer_id\":\"p\",\"message\":\"{n}\"}}\n"))
            .collect();
        folder.file("lines.jsonl", text);
        Job { server: Server::start(), folder }
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let (lines, results) = (self.folder.argument("lines.jsonl"), self.folder.argument("results.jsonl"));
        let mut all = vec!["send-many", &lines, "--json"];
        all.extend(arguments);
        all.push(&results);
        let mut command = at(&self.server.base_url, &all);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Kills a run after the server received so many. What it received was announced before.
    fn kill(&self, mut child: Child, after: u64) {
        self.server.wait_for(after, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        self.server.settle();
        let announced: BTreeSet<u64> = self
            .records()
            .iter()
            .filter_map(|record| record["about_to_send"].as_array().cloned())
            .flatten()
            .map(|line| line[0].as_u64().unwrap())
            .collect();
        let received = self.server.received.lock().unwrap();
        assert!(received.keys().all(|line| announced.contains(line)), "sent before it was announced");
    }

    /// The whole records of the results file.
    fn records(&self) -> Vec<Value> {
        let text = self.folder.read("results.jsonl");
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn a_hundred_thousand_lines_killed_twice_are_each_sent_once() {
    let job = Job::new(LINES);
    job.kill(job.start(&["--results"]), LINES / 4);
    job.kill(job.start(&["--resume"]), LINES / 2);
    let started = Instant::now();
    let last = ended(job.start(&["--resume"])).with_code(3);
    println!("the rest took {:?}", started.elapsed());
    let summary = last.json().pop().unwrap()["summary"].clone();
    let unknown: BTreeSet<u64> =
        summary["unknown_lines"].as_array().unwrap().iter().map(|line| line.as_u64().unwrap()).collect();
    let received = job.server.received.lock().unwrap();
    println!("received {}, unknown {}", received.len(), unknown.len());
    let twice: Vec<_> = received.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    let lost: Vec<_> =
        (1..=LINES).filter(|line| !received.contains_key(line) && !unknown.contains(line)).collect();
    assert!(lost.is_empty(), "neither received nor named: {lost:?}");
    // In flight or announced when it was killed: two times 64 and 32.
    assert!(!unknown.is_empty() && unknown.len() <= 192, "{}", unknown.len());
    assert!(last.stderr.contains("may have been delivered: lines "), "{}", last.stderr);
    assert_eq!(
        summary["accepted"].as_u64().unwrap()
            + summary["accepted_earlier"].as_u64().unwrap()
            + unknown.len() as u64,
        LINES
    );
    drop(received);
    // Still unknown when it is asked again, and sent again only on request.
    let count = job.server.received.lock().unwrap().values().sum::<u32>();
    ended(job.start(&["--resume"])).with_code(3);
    assert_eq!(job.server.received.lock().unwrap().values().sum::<u32>(), count);
    ended(job.start(&["--resend-unknown", "--resume"])).with_code(0);
    assert_eq!(job.server.received.lock().unwrap().values().sum::<u32>(), count + unknown.len() as u32);
    assert_eq!(job.server.count(), LINES);
    ended(job.start(&["--resume"])).with_code(0);
}

#[test]
fn other_lines_are_noticed_before_any_is_sent() {
    let job = Job::new(10);
    ended(job.start(&["--results"])).with_code(0);
    assert_eq!(job.server.count(), 10);
    let lines = job.folder.read("lines.jsonl");
    job.folder.file(
        "lines.jsonl",
        format!("{{\"room_id\":\"demo\",\"peer_id\":\"p\",\"message\":\"11\"}}\n{lines}"),
    );
    let refused = ended(job.start(&["--resume"])).with_code(2);
    assert!(refused.stderr.contains("line 1 is not the one"), "{}", refused.stderr);
    assert_eq!(job.server.count(), 10);
    // Lines that were added at the end are sent.
    job.folder.file(
        "lines.jsonl",
        format!("{lines}{{\"room_id\":\"demo\",\"peer_id\":\"p\",\"message\":\"11\"}}\n"),
    );
    let resumed = ended(job.start(&["--resume"])).with_code(0);
    assert_eq!(resumed.json()[0]["summary"]["accepted_earlier"], 10);
    assert!(job.server.received.lock().unwrap().values().all(|count| *count == 1));
    assert_eq!(job.server.count(), 11);
}

#[test]
fn a_record_that_a_crash_cut_off_is_completed() {
    let job = Job::new(3);
    ended(job.start(&["--results"])).with_code(0);
    let results = job.folder.read("results.jsonl");
    let records: Vec<_> = results.lines().collect();
    // The results of two lines are lost, one of them in the middle of its record.
    let cut = format!("{}\n{}\n{}\n{}", records[0], records[1], records[2], &records[3][..20]);
    job.folder.file("results.jsonl", cut);
    let resumed = ended(job.start(&["--resume"])).with_code(3);
    let summary = &resumed.json()[0]["summary"];
    assert_eq!(summary["unknown_lines"].as_array().unwrap().len(), 2);
    assert!(job.server.received.lock().unwrap().values().all(|count| *count == 1));
    // The file is whole again.
    assert_eq!(job.records().iter().filter(|record| record["error"]["kind"] == "interrupted").count(), 2);
}
