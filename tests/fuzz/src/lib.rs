//! A small fuzzer for roomcast's own tests. It needs only the stable toolchain.
//!
//! A [`Target`] is a function that panics if it finds a fault. In `cargo test`, a target is run on each file of its corpus
//! and on a fixed number of mutated copies, the same ones every time. `make fuzz` builds everything with the compiler's
//! coverage counters, runs for a given time with a new seed, and keeps each input that reaches new code for mutation.

mod corpus;
mod coverage;
mod memory;
mod mutate;
mod random;

use std::any::Any;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use corpus::Corpus;
use coverage::Coverage;
pub use memory::CountingAllocator;
use random::Random;

/// The seed in `cargo test`.
const SEED: u64 = 1;
/// An input that takes longer hangs, even on a busy machine.
const HANG: Duration = Duration::from_secs(120);

/// A fuzz target.
pub struct Target {
    /// The name of its corpus directory.
    pub name: &'static str,
    /// A dictionary: texts with a meaning for the target, which random bytes would rarely form.
    pub words: &'static [&'static str],
    /// The maximum length of generated inputs.
    pub max_len: usize,
    /// The number of generated inputs in `cargo test`.
    pub runs: u64,
    /// The most memory that a check may hold at once, in bytes: on its own thread, beyond what that held before.
    pub max_memory: usize,
    /// Panics if it finds a fault.
    pub check: fn(&[u8]),
}

/// Fuzzes a target; panics with the input if there is a fault.
///
/// Environment variables: `FUZZ_SECONDS`, the duration, instead of the target's number of runs; `FUZZ_RUNS`, the number
/// of inputs; `FUZZ_SEED`; `FUZZ_INPUT`, a file to run alone; `FUZZ_KEEP=1`, to add inputs that reached new code to the
/// corpus.
pub fn fuzz(target: &Target) {
    if let Some(file) = env::var_os("FUZZ_INPUT") {
        let input = std::fs::read(&file).expect("FUZZ_INPUT names a file");
        check(target, &input);
        return;
    }
    let seconds = number("FUZZ_SECONDS").map(Duration::from_secs);
    let seed = number("FUZZ_SEED").unwrap_or_else(|| if seconds.is_some() { clock() } else { SEED });
    let limit = Limit {
        runs: number("FUZZ_RUNS").unwrap_or(if seconds.is_some() { u64::MAX } else { target.runs }),
        until: seconds.map(|seconds| Instant::now() + seconds),
    };
    println!("fuzz {}: FUZZ_SEED={seed}", target.name);
    Session::new(target, seed).run(&limit);
}

/// Runs one input. Returns how much memory that took; panics if it was too much, or the check found a fault.
fn check(target: &Target, input: &[u8]) -> usize {
    let peak = memory::peak_of(|| (target.check)(input));
    let most = target.max_memory;
    assert!(peak <= most, "it holds {peak} bytes at once, and may hold {most}");
    peak
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is not a whole number")))
}

fn clock() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(SEED, |time| time.as_nanos() as u64)
}

struct Limit {
    runs: u64,
    until: Option<Instant>,
}

struct Session<'a> {
    target: &'a Target,
    seed: u64,
    random: Random,
    corpus: Corpus,
    coverage: Option<Coverage>,
    watchdog: Watchdog,
    /// The most memory that a check held.
    peak: usize,
}

impl<'a> Session<'a> {
    fn new(target: &'a Target, seed: u64) -> Self {
        Session {
            target,
            seed,
            random: Random::new(seed),
            corpus: Corpus::of(target.name),
            coverage: Coverage::of_process(),
            watchdog: Watchdog::start(target.name),
            peak: 0,
        }
    }

    fn run(mut self, limit: &Limit) {
        let counted = memory::peak_of(|| drop(std::hint::black_box(Box::new([0_u8; 64]))));
        assert!(counted >= 64, "the tests of {} have no CountingAllocator", self.target.name);
        assert!(!self.corpus.inputs.is_empty(), "the corpus of {} is empty", self.target.name);
        for index in 0..self.corpus.inputs.len() {
            let input = self.corpus.inputs[index].clone();
            self.try_input(&input);
        }
        let (began, committed) = (Instant::now(), self.corpus.inputs.len());
        let mut runs = 0;
        while runs < limit.runs && limit.until.is_none_or(|until| Instant::now() < until) {
            let input = mutate::mutated(&self.corpus.inputs, self.target, &mut self.random);
            if self.try_input(&input) {
                self.corpus.found(input);
            }
            runs += 1;
        }
        let per_second = runs as f64 / began.elapsed().as_secs_f64().max(0.001);
        let guided = match &self.coverage {
            Some(coverage) => {
                let found = self.corpus.inputs.len() - committed;
                format!("{found} of them reached new code, {} regions in all", coverage.reached())
            }
            None => "not guided by coverage".to_owned(),
        };
        println!(
            "fuzz {}: {committed} files, {runs} inputs generated, {per_second:.0}/s, at most {} KiB, {guided}",
            self.target.name,
            self.peak.div_ceil(1024)
        );
        if env::var_os("FUZZ_KEEP").is_some_and(|keep| keep == "1") {
            self.keep();
        }
    }

    /// Adds inputs that reach code which the committed corpus does not, the shortest first.
    fn keep(&mut self) {
        self.coverage = Coverage::of_process().map(Coverage::coarse);
        let found = self.corpus.take_found();
        for input in self.corpus.inputs.clone() {
            self.try_input(&input);
        }
        for input in found {
            if self.try_input(&input) {
                self.corpus.keep(&input);
            }
        }
    }

    /// Runs one input. Returns whether it reached new code.
    fn try_input(&mut self, input: &[u8]) -> bool {
        if let Some(coverage) = &mut self.coverage {
            coverage.clear();
        }
        self.check(input);
        let Some(coverage) = &mut self.coverage else { return false };
        if !coverage.has_new() {
            return false;
        }
        // Run it a second time: the first time, another thread may have reached the code.
        coverage.clear();
        self.check(input);
        self.coverage.as_mut().is_some_and(Coverage::record_new)
    }

    fn check(&mut self, input: &[u8]) {
        self.watchdog.begin(input);
        let caught = catch_unwind(AssertUnwindSafe(|| check(self.target, input)));
        self.watchdog.end();
        let caught = caught.map(|peak| self.peak = self.peak.max(peak));
        if let Err(panic) = caught {
            let file = corpus::keep_finding(self.target.name, input);
            let text = panic_text(&*panic);
            panic!("{}", report(self.target.name, self.seed, &file, input, &text));
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

fn report(name: &str, seed: u64, file: &Path, input: &[u8], what: &str) -> String {
    format!(
        "fuzz {name} found a fault, seed {seed}: {what}\nthe input, in {}:\n{}\n\
         to repeat: FUZZ_INPUT={} cargo test, with the name of this test",
        file.display(),
        input.escape_ascii(),
        file.display(),
    )
}

/// Aborts the process when an input hangs, since a single thread cannot be ended.
struct Watchdog {
    events: mpsc::Sender<Option<Vec<u8>>>,
}

impl Watchdog {
    fn start(name: &'static str) -> Watchdog {
        let (events, events_of_inputs) = mpsc::channel::<Option<Vec<u8>>>();
        std::thread::spawn(move || {
            let mut in_flight: Option<Vec<u8>> = None;
            loop {
                match events_of_inputs.recv_timeout(HANG) {
                    Ok(event) => in_flight = event,
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some(input) = &in_flight {
                            let file = corpus::keep_finding(name, input);
                            eprintln!("{}", report(name, 0, &file, input, "it hangs"));
                            std::process::abort();
                        }
                    }
                }
            }
        });
        Watchdog { events }
    }

    fn begin(&self, input: &[u8]) {
        let _ = self.events.send(Some(input.to_vec()));
    }

    fn end(&self) {
        let _ = self.events.send(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static ALLOCATOR: CountingAllocator = CountingAllocator;

    /// Panics on a single input, which is four mutations away from the corpus.
    fn deep(input: &[u8]) {
        let digits = b"7294";
        let right = input.iter().zip(digits).take_while(|(given, wanted)| given == wanted).count();
        // Each step is separate code, so that coverage shows it.
        if right >= 1 && step(1) && right >= 2 && step(2) && right >= 3 && step(3) && right >= 4 && step(4) {
            panic!("found");
        }
    }

    #[inline(never)]
    fn step(number: u32) -> bool {
        std::hint::black_box(number) > 0
    }

    #[test]
    fn a_fault_is_found_and_reported_with_its_input() {
        let target = Target {
            name: "self",
            words: &["72", "94"],
            max_len: 16,
            runs: 0,
            max_memory: 1 << 20,
            check: deep,
        };
        let limit = Limit { runs: 2_000_000, until: None };
        let found = catch_unwind(|| Session::new(&target, SEED).run(&limit)).unwrap_err();
        let text = panic_text(&*found);
        assert!(text.contains("seed 1: found") && text.contains("\n7294"), "{text}");
    }

    #[test]
    fn memory_beyond_the_bound_is_a_fault() {
        let hold = |input: &[u8]| drop(std::hint::black_box(vec![0_u8; 1000 * input.len()]));
        let target = Target { name: "self", words: &[], max_len: 16, runs: 0, max_memory: 4000, check: hold };
        assert_eq!(check(&target, b"1234"), 4000);
        let text = panic_text(&*catch_unwind(|| check(&target, b"12345")).unwrap_err());
        assert_eq!(text, "it holds 5000 bytes at once, and may hold 4000");
    }

    #[test]
    fn the_same_seed_makes_the_same_inputs() {
        let target =
            Target { name: "self", words: &["word"], max_len: 64, runs: 0, max_memory: 0, check: |_| () };
        let corpus = [b"one\n".to_vec(), b"two".to_vec()];
        let inputs = |seed| {
            let mut random = Random::new(seed);
            (0..1000).map(|_| mutate::mutated(&corpus, &target, &mut random)).collect::<Vec<_>>()
        };
        assert_eq!(inputs(5), inputs(5));
        assert_ne!(inputs(5), inputs(6));
        assert!(inputs(5).iter().all(|input| input.len() <= 64));
    }
}
