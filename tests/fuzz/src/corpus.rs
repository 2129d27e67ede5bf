//! The inputs: the committed corpus, the inputs that a run added, and those that caused a failure.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

pub(crate) struct Corpus {
    folder: PathBuf,
    /// The committed ones first, sorted by name.
    pub(crate) inputs: Vec<Vec<u8>>,
    committed: usize,
}

impl Corpus {
    pub(crate) fn of(name: &str) -> Corpus {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("there is no corpus {}: {error}", folder.display()))
            .map(|entry| entry.expect("a folder can be listed").path())
            .collect();
        files.sort();
        let inputs: Vec<_> = files.iter().map(|file| fs::read(file).expect("a corpus can be read")).collect();
        let committed = inputs.len();
        Corpus { folder, inputs, committed }
    }

    pub(crate) fn found(&mut self, input: Vec<u8>) {
        self.inputs.push(input);
    }

    /// Removes and returns the inputs that this run added, the shortest first.
    pub(crate) fn take_found(&mut self) -> Vec<Vec<u8>> {
        let mut found = self.inputs.split_off(self.committed);
        found.sort_by_key(Vec::len);
        found
    }

    /// Writes an input to the corpus directory, for review and commit.
    pub(crate) fn keep(&self, input: &[u8]) {
        write(&self.folder, input);
    }
}

/// Saves an input that caused a failure.
pub(crate) fn keep_finding(name: &str, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("findings").join(name);
    write(&folder, input)
}

fn write(folder: &Path, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let file = folder.join(format!("{:016x}", hasher.finish()));
    fs::create_dir_all(folder).and_then(|()| fs::write(&file, input)).expect("an input can be written");
    file
}
