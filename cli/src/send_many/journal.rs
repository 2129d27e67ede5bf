//! The results file: JSON lines, to which is only ever added.
//!
//! `{"roomcast_results": 1}` comes first. `{"about_to_send": [[17, "<digest>"], …]}` is on disk before the first byte of any of these
//! lines is sent; then comes one result for each: `{"line": 17, "outcome": "accepted", …}`. So after a crash, a line without the
//! first was not sent, and of a line without the second nobody knows.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::outcome::Failure;

const VERSION: u64 = 1;

/// What is known of a line from an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    pub digest: Option<String>,
    pub state: EarlierState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlierState {
    /// "About to send", and no result: nobody knows.
    Announced,
    /// A result says that it may have been delivered.
    Unknown,
    Accepted,
    Rejected,
    NotSent,
}

/// The results file of this run, if there is one.
pub struct Journal {
    file: Option<File>,
    buffer: Vec<u8>,
}

impl Journal {
    pub fn none() -> Self {
        Journal { file: None, buffer: Vec::new() }
    }

    /// A new file.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::Usage(format!("--results {}: {why}", path.display()));
        let file = OpenOptions::new().create_new(true).write(true).open(path).map_err(|error| match error
            .kind()
        {
            io::ErrorKind::AlreadyExists => {
                wrong("the file exists. Continue it with --resume, or name another file.".to_owned())
            }
            _ => wrong(error.to_string()),
        })?;
        let mut journal = Journal { file: Some(lock(file, &wrong)?), buffer: Vec::new() };
        journal.push(&json!({"roomcast_results": VERSION}));
        journal.sync().and_then(|()| sync_folder(path)).map_err(|error| wrong(error.to_string()))?;
        Ok(journal)
    }

    /// The file of an earlier run, and what it says of each line.
    pub fn resume(path: &Path) -> Result<(Self, BTreeMap<u64, Earlier>), Failure> {
        let wrong = |why: String| Failure::Usage(format!("--resume {}: {why}", path.display()));
        let file =
            OpenOptions::new().read(true).write(true).open(path).map_err(|error| wrong(error.to_string()))?;
        let mut file = lock(file, &wrong)?;
        let (earlier, end) = load(BufReader::new(&file)).map_err(wrong)?;
        let length = file.metadata().map_err(|error| wrong(error.to_string()))?.len();
        if end == 0 && length > 0 && !is_cut_header(&mut file).map_err(|error| wrong(error.to_string()))? {
            return Err(wrong(NOT_RESULTS.to_owned()));
        }
        // A record that a crash cut off counts for nothing.
        let at_end = file.set_len(end).and_then(|()| file.seek(SeekFrom::End(0)));
        at_end.map_err(|error| wrong(error.to_string()))?;
        let mut journal = Journal { file: Some(file), buffer: Vec::new() };
        if end == 0 {
            journal.push(&json!({"roomcast_results": VERSION}));
        }
        Ok((journal, earlier))
    }

    pub fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// Puts on disk that these lines are about to be sent. Before this returns, none of them may be.
    pub fn announce<'a>(&mut self, lines: impl Iterator<Item = (u64, &'a str)>) -> io::Result<()> {
        if self.is_kept() {
            self.push(&json!({"about_to_send": lines.collect::<Vec<_>>()}));
        }
        self.sync()
    }

    /// Adds a result. It is in the file after [`flush`](Journal::flush), and survives a crash of the machine after the next
    /// [`sync`](Journal::sync): without it, the line would count as unknown, which is the safe side.
    pub fn result(&mut self, result: &Map<String, Value>) {
        if self.is_kept() {
            self.push(result);
        }
    }

    fn push(&mut self, record: &impl serde::Serialize) {
        serde_json::to_writer(&mut self.buffer, record).expect("JSON values can be written to memory");
        self.buffer.push(b'\n');
    }

    pub fn flush(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file
            && !self.buffer.is_empty()
        {
            file.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}

/// Two runs with one file would send lines twice.
fn lock(file: File, wrong: &impl Fn(String) -> Failure) -> Result<File, Failure> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(wrong("another process writes to the file".to_owned())),
        // Not every file system has locks.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(wrong(format!("the file cannot be locked: {error}"))),
    }
}

/// A new file's name is in its folder, which has to be on disk, too.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Record {
    roomcast_results: Option<u64>,
    about_to_send: Option<Vec<(u64, String)>>,
    line: Option<u64>,
    outcome: Option<String>,
}

/// What a results file says of each line, and where its last whole record ends.
fn load(mut source: impl BufRead) -> Result<(BTreeMap<u64, Earlier>, u64), String> {
    let mut earlier = BTreeMap::<u64, Earlier>::new();
    let mut end = 0;
    let mut raw = Vec::new();
    for number in 1.. {
        raw.clear();
        let read = source.read_until(b'\n', &mut raw).map_err(|error| error.to_string())?;
        if read == 0 || !raw.ends_with(b"\n") {
            break;
        }
        let record = match serde_json::from_slice::<Record>(&raw) {
            Ok(record) => record,
            // A crash of the machine may leave a hole at the end; records after it would be lost.
            Err(_) if is_last(&mut source).map_err(|error| error.to_string())? => break,
            Err(_) => return Err(format!("line {number} is not a record of a results file")),
        };
        match record {
            Record { roomcast_results: Some(VERSION), .. } => {}
            Record { roomcast_results: Some(_), .. } => {
                return Err("it is of another version of roomcast".to_owned());
            }
            _ if number == 1 => return Err(NOT_RESULTS.to_owned()),
            Record { about_to_send: Some(lines), .. } => {
                for (line, digest) in lines {
                    earlier.insert(line, Earlier { digest: Some(digest), state: EarlierState::Announced });
                }
            }
            Record { line: Some(line), outcome: Some(outcome), .. } => {
                let state = match outcome.as_str() {
                    "accepted" => EarlierState::Accepted,
                    "rejected" => EarlierState::Rejected,
                    "not_sent" => EarlierState::NotSent,
                    "unknown" => EarlierState::Unknown,
                    _ => return Err(format!("line {number} has an unknown outcome")),
                };
                let known = earlier.entry(line).or_insert(Earlier { digest: None, state });
                known.state = state;
            }
            _ => return Err(format!("line {number} is not a record of a results file")),
        }
        end += read as u64;
    }
    Ok((earlier, end))
}

const NOT_RESULTS: &str = "it is not a results file of `roomcast send-many`";

/// Whether a file without a whole record is the beginning of a results file, or the hole that a crash left of one.
fn is_cut_header(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut text = Vec::new();
    file.take(64).read_to_end(&mut text)?;
    let header = format!("{}\n", json!({"roomcast_results": VERSION}));
    Ok(header.as_bytes().starts_with(&text) || text.iter().all(|byte| *byte == 0))
}

fn is_last(source: &mut impl BufRead) -> io::Result<bool> {
    Ok(source.fill_buf()?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "{\"roomcast_results\":1}\n";

    fn states(text: &str) -> Result<Vec<(u64, EarlierState)>, String> {
        load(text.as_bytes())
            .map(|(earlier, _)| earlier.into_iter().map(|(line, e)| (line, e.state)).collect())
    }

    #[test]
    fn the_last_word_about_a_line_counts() {
        let text = format!(
            "{HEAD}{{\"about_to_send\":[[1,\"a\"],[2,\"b\"],[3,\"c\"]]}}\n{{\"line\":2,\"outcome\":\"accepted\"}}\n\
             {{\"line\":3,\"outcome\":\"not_sent\"}}\n{{\"about_to_send\":[[3,\"c\"]]}}\n{{\"line\":4,\"outcome\":\"not_sent\"}}\n"
        );
        use EarlierState::*;
        assert_eq!(states(&text).unwrap(), [(1, Announced), (2, Accepted), (3, Announced), (4, NotSent)]);
    }

    #[test]
    fn a_record_that_was_cut_off_counts_for_nothing() {
        let whole = format!("{HEAD}{{\"about_to_send\":[[1,\"a\"]]}}\n");
        let record = "{\"line\":1,\"outcome\":\"accepted\"}\n";
        for cut in 0..record.len() {
            let text = format!("{whole}{}", &record[..cut]);
            let (earlier, end) = load(text.as_bytes()).unwrap();
            assert_eq!((earlier[&1].state, end), (EarlierState::Announced, whole.len() as u64), "{cut}");
        }
        // Blocks that were allocated, but not written.
        let hole = format!("{whole}\0\0\0\0\n");
        assert_eq!(load(hole.as_bytes()).unwrap().1, whole.len() as u64);
        assert_eq!(load(&b""[..]).unwrap(), (BTreeMap::new(), 0));
    }

    #[test]
    fn another_file_is_refused() {
        assert!(states("{\"room_id\":\"r\"}\n").unwrap_err().contains("not a results file"));
        assert!(states("hello\nworld\n").unwrap_err().contains("line 1"));
        assert!(states("{\"roomcast_results\":2}\n").unwrap_err().contains("another version"));
        assert!(states(&format!("{HEAD}nonsense\n{HEAD}")).unwrap_err().contains("line 2"));
    }
}
