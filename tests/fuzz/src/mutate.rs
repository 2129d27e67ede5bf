//! Mutated copies of known inputs.

use crate::Target;
use crate::random::Random;

/// Bytes with a meaning in parsers.
const BYTES: &[u8] = b"\0\t\n\r \"#%&'()*+,-./0129:;=?@AZ[\\]_az{}~\x7f\x80\xbf\xc3\xe2\xf0\xff";
/// Numbers at the limits of common types.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "127",
    "128",
    "255",
    "256",
    "999",
    "1024",
    "4096",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "99999999999999999999999",
    "1e999",
    "0x10",
];

/// A copy of one of `inputs` with one or a few mutations.
pub(crate) fn mutated(inputs: &[Vec<u8>], target: &Target, random: &mut Random) -> Vec<u8> {
    // The most recent ones are the least explored.
    let recent = &inputs[inputs.len() - inputs.len().div_ceil(4)..];
    let from = if random.below(2) == 0 { recent } else { inputs };
    let mut input = random.pick(from).cloned().unwrap_or_default();
    for _ in 0..1 << random.below(4) {
        mutate(&mut input, inputs, target, random);
    }
    input.truncate(target.max_len);
    input
}

fn mutate(input: &mut Vec<u8>, inputs: &[Vec<u8>], target: &Target, random: &mut Random) {
    let position = random.below(input.len() + 1);
    match random.below(14) {
        0 => {
            if let Some(byte) = input.get_mut(position) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(position) {
                *byte = random.next() as u8;
            }
        }
        2 => {
            if let Some(byte) = input.get_mut(position) {
                *byte = *random.pick(BYTES).unwrap_or(&0);
            }
        }
        3 => input.insert(position, *random.pick(BYTES).unwrap_or(&0)),
        4 => input.insert(position, random.next() as u8),
        5 => drop(input.drain(range(input, position, random))),
        6 => {
            let copy = input[range(input, position, random)].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, copy);
        }
        7 => {
            let copy = input[range(input, position, random)].to_vec();
            let to = random.below(input.len() + 1);
            let end = (to + copy.len()).min(input.len());
            input.splice(to..end, copy);
        }
        8 => {
            let word = random.pick(target.words).map_or("", |word| word);
            input.splice(position..position, word.bytes());
        }
        9 => {
            let word = random.pick(target.words).map_or("", |word| word);
            input.splice(range(input, position, random), word.bytes());
        }
        10 => replace_number(input, position, random),
        11 => {
            // The beginning of this input, and the end of another.
            if let Some(other) = random.pick(inputs) {
                input.truncate(position);
                input.extend_from_slice(&other[random.below(other.len() + 1)..]);
            }
        }
        12 => {
            let range = range(input, position, random);
            let times = 1 << random.below(8);
            let copies = input[range].repeat(times);
            if input.len() + copies.len() <= 2 * target.max_len {
                input.splice(position..position, copies);
            }
        }
        _ => input.truncate(position),
    }
}

/// A random range that begins at `position`; short ones are more likely.
fn range(input: &[u8], position: usize, random: &mut Random) -> std::ops::Range<usize> {
    let most = 1 << random.below(8);
    position..(position + 1 + random.below(most)).min(input.len()).max(position)
}

/// Replaces the next number.
fn replace_number(input: &mut Vec<u8>, position: usize, random: &mut Random) {
    let Some(start) = input[position..].iter().position(u8::is_ascii_digit).map(|start| position + start)
    else {
        return;
    };
    let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = match random.below(3) {
        0 => random.below(1000).to_string(),
        _ => (*random.pick(NUMBERS).unwrap_or(&"0")).to_owned(),
    };
    input.splice(start..start + digits, number.into_bytes());
}
