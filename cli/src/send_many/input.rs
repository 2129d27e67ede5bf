//! The lines, read on a thread of its own, so that a source that is slow holds up no result.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::args::Format;
use crate::outcome::Failure;

use super::line::{Defaults, Line, cell, parse_json};

/// The longest line: the longest message, each of whose bytes is escaped.
const MAX_LINE: usize = 8 * 1024 * 1024;
/// How many lines are read ahead.
const READ_AHEAD: usize = 256;
const CSV_COLUMNS: [&str; 6] = ["room_id", "peer_id", "role", "everyone", "message", "type"];

/// What was read: a line, or why there are no more.
pub type ReadLine = Result<Line, String>;

/// A source of lines.
pub struct Input {
    pub lines: Receiver<ReadLine>,
    /// Bytes read so far, and how many there are if that is known.
    pub read: Arc<AtomicU64>,
    pub size: Option<u64>,
}

impl Input {
    /// Opens the input, and reads from it. `on_line` is called after each line, and at the end.
    pub fn open(
        path: Option<&Path>,
        format: Option<Format>,
        defaults: Defaults,
        on_line: impl Fn() + Send + 'static,
    ) -> Result<Self, Failure> {
        let path = path.filter(|path| *path != Path::new("-"));
        let format = format.unwrap_or(match path.and_then(Path::extension) {
            Some(extension) if extension.eq_ignore_ascii_case("csv") => Format::Csv,
            _ => Format::Jsonl,
        });
        let (source, size): (Box<dyn Read + Send>, _) = match path {
            None => (Box::new(io::stdin()), None),
            Some(path) => {
                let wrong = |error| Failure::Usage(format!("{}: {error}", path.display()));
                let file = File::open(path).map_err(wrong)?;
                let metadata = file.metadata().map_err(wrong)?;
                if metadata.is_dir() {
                    return Err(Failure::Usage(format!("{} is a folder", path.display())));
                }
                (Box::new(file), metadata.is_file().then_some(metadata.len()))
            }
        };
        let read = Arc::<AtomicU64>::default();
        let mut source = BufReader::with_capacity(256 * 1024, Counted { source, read: read.clone() });
        skip_byte_order_mark(&mut source).map_err(|error| Failure::Local(format!("cannot read: {error}")))?;
        let (sender, lines) = sync_channel(READ_AHEAD);
        let reading: Box<dyn FnOnce(Sink) + Send> = match format {
            Format::Jsonl => Box::new(move |sink| read_json_lines(source, &defaults, &sink)),
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
                let columns = columns(&mut reader)?;
                Box::new(move |sink| read_csv(reader, &columns, &defaults, &sink))
            }
        };
        let sink = Sink { sender, on_line: Box::new(on_line) };
        thread::Builder::new()
            .name("roomcast-input".to_owned())
            .spawn(move || reading(sink))
            .map_err(|error| Failure::Local(format!("cannot start a thread: {error}")))?;
        Ok(Input { lines, read, size })
    }
}

struct Counted {
    source: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Where lines go.
struct Sink {
    sender: SyncSender<ReadLine>,
    on_line: Box<dyn Fn() + Send>,
}

impl Sink {
    /// False if nobody wants more.
    fn push(&self, line: ReadLine) -> bool {
        let is_wanted = self.sender.send(line).is_ok();
        (self.on_line)();
        is_wanted
    }

    /// There are no more, since they cannot be read.
    fn fail(&self, why: String) {
        self.push(Err(why));
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // So that the end is noticed: first there is no sender any more.
        self.sender = sync_channel(0).0;
        (self.on_line)();
    }
}

fn skip_byte_order_mark(source: &mut impl BufRead) -> io::Result<()> {
    if source.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        source.consume(3);
    }
    Ok(())
}

fn read_json_lines(mut source: impl BufRead, defaults: &Defaults, sink: &Sink) {
    let mut raw = Vec::new();
    for number in 1.. {
        raw.clear();
        match (&mut source).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut raw) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return sink.fail(format!("cannot read line {number}: {error}")),
        }
        let has_end = raw.ends_with(b"\n");
        let raw = raw.strip_suffix(b"\n").unwrap_or(&raw);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        let members = match raw.len() > MAX_LINE {
            true => {
                if !has_end && let Err(error) = skip_line(&mut source) {
                    return sink.fail(format!("cannot read line {number}: {error}"));
                }
                Err(Failure::Line("the line has more than 8 MiB. Nothing was sent.".to_owned()))
            }
            false if raw.trim_ascii().is_empty() => continue,
            false => parse_json(raw),
        };
        if !sink.push(Ok(Line::new(number, raw, members, defaults))) {
            return;
        }
    }
}

fn skip_line(source: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = source.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        source.consume(used);
        if end.is_some() || used == 0 {
            return Ok(());
        }
    }
}

/// The columns that the header names. A misspelt one would lose what stands in it.
fn columns(reader: &mut csv::Reader<impl Read>) -> Result<Vec<String>, Failure> {
    let wrong = |why: String| {
        Failure::Usage(format!("the header of the CSV {why}. Columns are {}.", CSV_COLUMNS.join(", ")))
    };
    let header = reader.headers().map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    for (index, name) in columns.iter().enumerate() {
        if !CSV_COLUMNS.contains(&name.as_str()) {
            return Err(wrong(format!("has an unknown column {name:?}")));
        }
        if columns[..index].contains(name) {
            return Err(wrong(format!("has the column {name} twice")));
        }
    }
    let has = |name: &str| columns.iter().any(|column| column == name);
    let recipients = ["peer_id", "role", "everyone"].into_iter().filter(|name| has(name)).count();
    match (has("message"), recipients) {
        (false, _) => Err(wrong("has no column message".to_owned())),
        (_, 0) => Err(wrong("has no column for recipients: one of peer_id, role, everyone".to_owned())),
        (_, 1) => Ok(columns),
        _ => Err(wrong(
            "has more than one of peer_id, role, everyone. For different kinds of recipients, use JSON lines"
                .to_owned(),
        )),
    }
}

fn read_csv(mut reader: csv::Reader<impl Read>, columns: &[String], defaults: &Defaults, sink: &Sink) {
    let mut record = csv::ByteRecord::new();
    // After the header. Not the reader's position, which may be the same for two records if line breaks differ.
    for number in 2.. {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return sink.fail(format!("cannot read the CSV: {error}")),
        }
        // A separator that no UTF-8 has.
        let raw = record.iter().collect::<Vec<_>>().join(&b"\xff"[..]);
        let members = if record.len() != columns.len() {
            let what =
                format!("the line has {} cells, but there are {} columns", record.len(), columns.len());
            Err(Failure::Line(format!("{what}. Nothing was sent.")))
        } else if raw.len() > MAX_LINE {
            Err(Failure::Line("the line has more than 8 MiB. Nothing was sent.".to_owned()))
        } else {
            let cells = columns.iter().zip(&record).map(|(name, bytes)| {
                let argument = std::str::from_utf8(bytes)
                    .map_or(roomcast::Argument::NotUnicode, |text| cell(name, text));
                (name.clone(), argument)
            });
            Ok(cells.collect())
        };
        if !sink.push(Ok(Line::new(number, &raw, members, defaults))) {
            return;
        }
    }
}
