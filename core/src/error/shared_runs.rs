//! What a text shares with a secret: runs of 8 characters or more, whatever their case.

use std::collections::HashMap;
use std::ops::Range;

use super::escapes::{Unit, readings};

/// The shortest run of characters that is searched.
const RUN: usize = 8;
/// The shortest secret that is searched, in bytes: shorter ones occur in any text. One of fewer than [`RUN`] characters is
/// searched as a whole.
const MIN_SECRET: usize = 4;

/// For each of `texts` the places, in bytes, that show a part of one of `secrets`. They may overlap.
///
/// The runs of the short texts are indexed, and each secret, which may have a megabyte, is read once. So the time is linear.
pub(super) fn shared_places(texts: &[&str], secrets: &[&str]) -> Vec<Vec<Range<usize>>> {
    let (short, long): (Vec<&str>, Vec<&str>) = secrets
        .iter()
        .copied()
        .filter(|secret| secret.len() >= MIN_SECRET)
        .partition(|secret| secret.chars().nth(RUN - 1).is_none());
    let short: Vec<Vec<u16>> = short.iter().map(|secret| secret.chars().map(fold).collect()).collect();
    let mut runs = Runs::default();
    if !long.is_empty() {
        for text in texts {
            readings(text).iter().for_each(|reading| runs.add(reading));
        }
    }
    if !runs.found.is_empty() {
        let filter = runs.filter();
        long.iter().for_each(|secret| runs.search(secret, &filter));
    }
    if short.is_empty() && !runs.found.values().any(|found| *found) {
        return vec![Vec::new(); texts.len()];
    }
    let places_of =
        |text: &&str| readings(text).iter().flat_map(|reading| places(reading, &runs, &short)).collect();
    texts.iter().map(places_of).collect()
}

/// The places of a reading that show a secret.
fn places(reading: &[Unit], runs: &Runs, short: &[Vec<u16>]) -> Vec<Range<usize>> {
    let folded: Vec<u16> = reading.iter().map(|unit| fold(unit.char)).collect();
    let of_runs = windows(folded.iter().copied())
        .enumerate()
        .filter(|(_, run)| runs.found.get(run) == Some(&true))
        .map(|(at, _)| at..at + RUN);
    let of_short = short.iter().flat_map(|secret| {
        let windows = folded.windows(secret.len()).enumerate();
        windows.filter(move |(_, window)| window == secret).map(|(at, window)| at..at + window.len())
    });
    of_runs.chain(of_short).map(|range| Unit::span(&reading[range])).collect()
}

/// The runs of the texts, and whether a secret has them.
#[derive(Default)]
struct Runs {
    found: HashMap<u128, bool>,
}

/// A bit for each hash that a run has: most runs of a secret are in no text, which this shows quickly.
struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Runs {
    fn add(&mut self, reading: &[Unit]) {
        for run in windows(reading.iter().map(|unit| fold(unit.char))) {
            self.found.entry(run).or_default();
        }
    }

    fn filter(&self) -> Filter {
        let size = (self.found.len() * 16).next_power_of_two().max(64);
        let mut filter = Filter { bits: vec![0; size / 64], shift: 64 - size.ilog2() };
        for run in self.found.keys() {
            let hash = filter.hash(*run);
            filter.bits[hash / 64] |= 1 << (hash % 64);
        }
        filter
    }

    fn search(&mut self, secret: &str, filter: &Filter) {
        let mut missing = self.found.values().filter(|found| !**found).count();
        let mut runs = windows(secret.chars().map(fold));
        while missing > 0
            && let Some(run) = runs.next()
        {
            if filter.may_have(run)
                && let Some(found @ false) = self.found.get_mut(&run)
            {
                *found = true;
                missing -= 1;
            }
        }
    }
}

impl Filter {
    fn hash(&self, run: u128) -> usize {
        let mixed = (run as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ ((run >> 64) as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    fn may_have(&self, run: u128) -> bool {
        let hash = self.hash(run);
        self.bits[hash / 64] & (1 << (hash % 64)) != 0
    }
}

/// Each run of [`RUN`] characters as one number: 16 bits for each.
fn windows(chars: impl Iterator<Item = u16>) -> impl Iterator<Item = u128> {
    let pushed = chars.scan(0_u128, |run, char| {
        *run = *run << 16 | u128::from(char);
        Some(*run)
    });
    pushed.skip(RUN - 1)
}

/// The same number for a character in upper and in lower case, and for everything that may stand for a space. Two rare
/// characters may have the same number, so that too much is redacted.
fn fold(char: char) -> u16 {
    match char {
        'A'..='Z' => char as u16 + 32,
        '+' | '\0'..=' ' | '\x7f' => b' '.into(),
        '!'..='~' => char as u16,
        _ if char.is_whitespace() || char.is_control() => b' '.into(),
        _ => {
            let upper = char.to_uppercase().next().unwrap_or(char);
            let folded = u32::from(upper.to_lowercase().next().unwrap_or(upper));
            (folded ^ folded >> 16) as u16
        }
    }
}
