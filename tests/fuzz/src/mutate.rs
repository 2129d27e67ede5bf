//! Changed copies of known inputs.

use crate::Target;
use crate::random::Random;

/// Bytes on which parsers turn.
const BYTES: &[u8] = b"\0\t\n\r \"#%&'()*+,-./0129:;=?@AZ[\\]_az{}~\x7f\x80\xbf\xc3\xe2\xf0\xff";
/// Numbers on which parsers turn.
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

/// A copy of one of `inputs`, changed in one place or a few.
pub(crate) fn changed(inputs: &[Vec<u8>], target: &Target, random: &mut Random) -> Vec<u8> {
    // The latest found are the least explored.
    let recent = &inputs[inputs.len() - inputs.len().div_ceil(4)..];
    let from = if random.below(2) == 0 { recent } else { inputs };
    let mut input = random.pick(from).cloned().unwrap_or_default();
    for _ in 0..1 << random.below(4) {
        change(&mut input, inputs, target, random);
    }
    input.truncate(target.max_len);
    input
}

fn change(input: &mut Vec<u8>, inputs: &[Vec<u8>], target: &Target, random: &mut Random) {
    let place = random.below(input.len() + 1);
    match random.below(14) {
        0 => {
            if let Some(byte) = input.get_mut(place) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(place) {
                *byte = random.next() as u8;
            }
        }
        2 => {
            if let Some(byte) = input.get_mut(place) {
                *byte = *random.pick(BYTES).unwrap_or(&0);
            }
        }
        3 => input.insert(place, *random.pick(BYTES).unwrap_or(&0)),
        4 => input.insert(place, random.next() as u8),
        5 => drop(input.drain(stretch(input, place, random))),
        6 => {
            let copy = input[stretch(input, place, random)].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, copy);
        }
        7 => {
            let copy = input[stretch(input, place, random)].to_vec();
            let to = random.below(input.len() + 1);
            let end = (to + copy.len()).min(input.len());
            input.splice(to..end, copy);
        }
        8 => {
            let word = random.pick(target.words).map_or("", |word| word);
            input.splice(place..place, word.bytes());
        }
        9 => {
            let word = random.pick(target.words).map_or("", |word| word);
            input.splice(stretch(input, place, random), word.bytes());
        }
        10 => change_number(input, place, random),
        11 => {
            // The beginning of this one, and the end of another.
            if let Some(other) = random.pick(inputs) {
                input.truncate(place);
                input.extend_from_slice(&other[random.below(other.len() + 1)..]);
            }
        }
        12 => {
            let stretch = stretch(input, place, random);
            let times = 1 << random.below(8);
            let copies = input[stretch].repeat(times);
            if input.len() + copies.len() <= 2 * target.max_len {
                input.splice(place..place, copies);
            }
        }
        _ => input.truncate(place),
    }
}

/// A stretch that begins at `place`; short ones are likelier.
fn stretch(input: &[u8], place: usize, random: &mut Random) -> std::ops::Range<usize> {
    let most = 1 << random.below(8);
    place..(place + 1 + random.below(most)).min(input.len()).max(place)
}

/// Puts another number in the place of the next one.
fn change_number(input: &mut Vec<u8>, place: usize, random: &mut Random) {
    let Some(start) = input[place..].iter().position(u8::is_ascii_digit).map(|start| place + start) else {
        return;
    };
    let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = match random.below(3) {
        0 => random.below(1000).to_string(),
        _ => (*random.pick(NUMBERS).unwrap_or(&"0")).to_owned(),
    };
    input.splice(start..start + digits, number.into_bytes());
}
