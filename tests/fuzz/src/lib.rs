//! A small fuzzer for roomcast's own tests. It needs nothing but the stable toolchain.
//!
//! A [`Target`] is a function that panics if it finds a fault. Within `cargo test`, a target is tried on each file of its
//! corpus and on a fixed number of changed copies, the same ones every time. `make fuzz` builds everything with the
//! compiler's coverage counters, goes on for as long as it is told, with another seed each time, and follows each input
//! that reaches code which none before it reached.

mod corpus;
mod coverage;
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
use random::Random;

/// The seed within `cargo test`.
const SEED: u64 = 1;
/// One input never takes this long, however busy the machine is: it hangs.
const HANG: Duration = Duration::from_secs(120);

/// What is fuzzed.
pub struct Target {
    /// Its corpus is the folder of this name.
    pub name: &'static str,
    /// Texts that mean something to it: random bytes would seldom make them.
    pub words: &'static [&'static str],
    /// The longest input that is made.
    pub max_len: usize,
    /// How many inputs are made within `cargo test`.
    pub runs: u64,
    /// Panics if it finds a fault.
    pub check: fn(&[u8]),
}

/// Fuzzes a target; panics with the input if there is a fault.
///
/// From the environment: `FUZZ_SECONDS`, how long, in place of the target's number of runs; `FUZZ_RUNS`, how many
/// inputs; `FUZZ_SEED`; `FUZZ_INPUT`, a file that is tried alone; `FUZZ_KEEP=1`, adds what reached new code to the
/// corpus.
pub fn fuzz(target: &Target) {
    if let Some(file) = env::var_os("FUZZ_INPUT") {
        let input = std::fs::read(&file).expect("FUZZ_INPUT names a file");
        (target.check)(&input);
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

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number")))
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
    watch: Watch,
}

impl<'a> Session<'a> {
    fn new(target: &'a Target, seed: u64) -> Self {
        Session {
            target,
            seed,
            random: Random::new(seed),
            corpus: Corpus::of(target.name),
            coverage: Coverage::of_process(),
            watch: Watch::start(target.name),
        }
    }

    fn run(mut self, limit: &Limit) {
        assert!(!self.corpus.inputs.is_empty(), "the corpus of {} is empty", self.target.name);
        for index in 0..self.corpus.inputs.len() {
            let input = self.corpus.inputs[index].clone();
            self.try_input(&input);
        }
        let (began, committed) = (Instant::now(), self.corpus.inputs.len());
        let mut runs = 0;
        while runs < limit.runs && limit.until.is_none_or(|until| Instant::now() < until) {
            let input = mutate::changed(&self.corpus.inputs, self.target, &mut self.random);
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
            "fuzz {}: {committed} files, {runs} inputs made, {per_second:.0}/s, {guided}",
            self.target.name
        );
        if env::var_os("FUZZ_KEEP").is_some_and(|keep| keep == "1") {
            self.keep();
        }
    }

    /// Adds to the committed corpus what reaches code that nothing in it does, the shortest first.
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

    /// Tries one input. Whether it reached new code.
    fn try_input(&mut self, input: &[u8]) -> bool {
        if let Some(coverage) = &mut self.coverage {
            coverage.clear();
        }
        self.check(input);
        let Some(coverage) = &mut self.coverage else { return false };
        if !coverage.has_news() {
            return false;
        }
        // Once more: what another thread happened to do just then is no news of this input.
        coverage.clear();
        self.check(input);
        self.coverage.as_mut().is_some_and(Coverage::take_news)
    }

    fn check(&mut self, input: &[u8]) {
        self.watch.begin(input);
        let caught = catch_unwind(AssertUnwindSafe(|| (self.target.check)(input)));
        self.watch.end();
        if let Err(panic) = caught {
            let file = corpus::keep_finding(self.target.name, input);
            let words = words_of(&*panic);
            panic!("{}", report(self.target.name, self.seed, &file, input, &words));
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

fn report(name: &str, seed: u64, file: &Path, input: &[u8], what: &str) -> String {
    format!(
        "fuzz {name} found a fault, seed {seed}: {what}\nthe input, in {}:\n{}\n\
         once more: FUZZ_INPUT={} cargo test, with the name of this test",
        file.display(),
        input.escape_ascii(),
        file.display(),
    )
}

/// Ends the process when an input hangs; a thread cannot be ended alone.
struct Watch {
    events: mpsc::Sender<Option<Vec<u8>>>,
}

impl Watch {
    fn start(name: &'static str) -> Watch {
        let (events, begun_or_ended) = mpsc::channel::<Option<Vec<u8>>>();
        std::thread::spawn(move || {
            let mut under_way: Option<Vec<u8>> = None;
            loop {
                match begun_or_ended.recv_timeout(HANG) {
                    Ok(event) => under_way = event,
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some(input) = &under_way {
                            let file = corpus::keep_finding(name, input);
                            eprintln!("{}", report(name, 0, &file, input, "it hangs"));
                            std::process::abort();
                        }
                    }
                }
            }
        });
        Watch { events }
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

    /// Panics on one input only, which is four steps away from the corpus.
    fn deep(input: &[u8]) {
        let digits = b"7294";
        let right = input.iter().zip(digits).take_while(|(given, wanted)| given == wanted).count();
        // Each step is code of its own, so that coverage shows it.
        if right >= 1 && step(1) && right >= 2 && step(2) && right >= 3 && step(3) && right >= 4 && step(4) {
            panic!("found");
        }
    }

    #[inline(never)]
    fn step(number: u32) -> bool {
        std::hint::black_box(number) > 0
    }

    #[test]
    fn a_fault_is_found_and_told_with_its_input() {
        let target = Target { name: "self", words: &["72", "94"], max_len: 16, runs: 0, check: deep };
        let limit = Limit { runs: 2_000_000, until: None };
        let found = catch_unwind(|| Session::new(&target, SEED).run(&limit)).unwrap_err();
        let text = words_of(&*found);
        assert!(text.contains("seed 1: found") && text.contains("\n7294"), "{text}");
    }

    #[test]
    fn the_same_seed_makes_the_same_inputs() {
        let target = Target { name: "self", words: &["word"], max_len: 64, runs: 0, check: |_| () };
        let corpus = [b"one\n".to_vec(), b"two".to_vec()];
        let inputs = |seed| {
            let mut random = Random::new(seed);
            (0..1000).map(|_| mutate::changed(&corpus, &target, &mut random)).collect::<Vec<_>>()
        };
        assert_eq!(inputs(5), inputs(5));
        assert_ne!(inputs(5), inputs(6));
        assert!(inputs(5).iter().all(|input| input.len() <= 64));
    }
}
