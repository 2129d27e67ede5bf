//! What a text says if its escapes are resolved: a server may quote what it received as JSON, HTML, a URL or a literal of its
//! language, and a quotation may be quoted again.

use std::ops::Range;

/// How often escapes are resolved in a row.
const MAX_LEVELS: usize = 4;

/// A character, and the bytes of the text that stand for it.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub(super) char: char,
    start: u32,
    end: u32,
}

impl Unit {
    pub(super) fn span(units: &[Unit]) -> Range<usize> {
        match units {
            [] => 0..0,
            [first, .., last] => first.start as usize..last.end as usize,
            [one] => one.start as usize..one.end as usize,
        }
    }
}

/// Escapes that begin with the same character.
#[derive(Clone, Copy)]
struct Kinds {
    backslashes: bool,
    percents: bool,
    entities: bool,
}

/// Every reading of a text: as it is, and with escapes resolved; those of each kind alone, too, since what one kind calls an
/// escape may be meant literally in another.
pub(super) fn readings(text: &str) -> Vec<Vec<Unit>> {
    let unit = |(start, char): (usize, char)| Unit {
        char,
        start: start as u32,
        end: (start + char.len_utf8()) as u32,
    };
    let mut all: Vec<Vec<Unit>> = vec![text.char_indices().map(unit).collect()];
    let [backslashes, percents, entities] = ['\\', '%', '&'].map(|first| text.contains(first));
    let none = Kinds { backslashes: false, percents: false, entities: false };
    let mut kinds = vec![Kinds { backslashes, percents, entities }];
    if [backslashes, percents, entities].iter().filter(|found| **found).count() > 1 {
        kinds.extend([Kinds { backslashes, ..none }, Kinds { percents, ..none }, Kinds { entities, ..none }]);
    }
    for kinds in kinds {
        let mut from = 0;
        for _ in 0..MAX_LEVELS {
            let Some(resolved) = resolve(&all[from], kinds) else { break };
            from = all.len();
            all.push(resolved);
        }
    }
    all
}

/// Resolves each escape once. None if there is none.
fn resolve(units: &[Unit], kinds: Kinds) -> Option<Vec<Unit>> {
    let mut resolved = Vec::with_capacity(units.len());
    let mut rest = units;
    let mut changed = false;
    while let Some(first) = rest.first() {
        let escape = match first.char {
            '\\' if kinds.backslashes => backslash(rest),
            '%' if kinds.percents => bytes(rest, percent_byte),
            '&' if kinds.entities => entity(rest),
            _ => None,
        };
        changed |= escape.is_some();
        let (char, length) = escape.unwrap_or((first.char, 1));
        let span = Unit::span(&rest[..length]);
        resolved.push(Unit { char, start: span.start as u32, end: span.end as u32 });
        rest = &rest[length..];
    }
    changed.then_some(resolved)
}

/// The character that an escape stands for, and the escape's length.
type Escape = (char, usize);

fn backslash(units: &[Unit]) -> Option<Escape> {
    if let Some(escape) = bytes(units, backslash_byte) {
        return Some(escape);
    }
    match units.get(1)?.char {
        'u' => match units.get(2)?.char {
            '{' => {
                let length = units.iter().take(10).position(|unit| unit.char == '}')?;
                Some((char::from_u32(number(&units[3..length], 16)?)?, length + 1))
            }
            _ => utf16(units),
        },
        'U' => Some((char::from_u32(number(units.get(2..10)?, 16)?)?, 10)),
        'n' | 't' | 'r' | 'b' | 'f' | 'v' | 'a' | 'e' | '0' => Some((' ', 2)),
        same if same.is_ascii_punctuation() => Some((same, 2)),
        _ => None,
    }
}

/// `\u2660`, or a surrogate pair of such.
fn utf16(units: &[Unit]) -> Option<Escape> {
    let high = number(units.get(2..6)?, 16)?;
    if let Some(char) = char::from_u32(high) {
        return Some((char, 6));
    }
    let low = match units.get(6..12)? {
        [backslash, u, digits @ ..] if (backslash.char, u.char) == ('\\', 'u') => number(digits, 16)?,
        _ => return None,
    };
    let pair = [high as u16, low as u16];
    let char = char::decode_utf16(pair).next()?.ok()?;
    Some((char, 12))
}

/// A character as escaped bytes: of UTF-8, else one of Latin-1.
fn bytes(units: &[Unit], byte: fn(&[Unit]) -> Option<(u8, usize)>) -> Option<Escape> {
    let (first, mut length) = byte(units)?;
    let first_length = length;
    let mut utf8 = [first, 0, 0, 0];
    let size = match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
        _ => 1,
    };
    for slot in &mut utf8[1..size] {
        let Some((next, next_length)) = byte(&units[length..]) else { break };
        *slot = next;
        length += next_length;
    }
    match std::str::from_utf8(&utf8[..size]) {
        Ok(text) => Some((text.chars().next()?, length)),
        Err(_) => Some((first.into(), first_length)),
    }
}

fn percent_byte(units: &[Unit]) -> Option<(u8, usize)> {
    match units.first()?.char {
        '%' => Some((number(units.get(1..3)?, 16)? as u8, 3)),
        _ => None,
    }
}

/// `\xe2`, or in octal `\342`.
fn backslash_byte(units: &[Unit]) -> Option<(u8, usize)> {
    match (units.first()?.char, units.get(1)?.char) {
        ('\\', 'x') => Some((number(units.get(2..4)?, 16)? as u8, 4)),
        ('\\', '0'..='3') => Some((number(units.get(1..4)?, 8)? as u8, 4)),
        _ => None,
    }
}

/// An entity of HTML: by number, or one of those that every escaping function writes.
fn entity(units: &[Unit]) -> Option<Escape> {
    let end = units.iter().take(12).position(|unit| unit.char == ';')?;
    let name = &units[1..end];
    let char = match name {
        [hash, x, digits @ ..] if hash.char == '#' && matches!(x.char, 'x' | 'X') => {
            char::from_u32(number(digits, 16)?)?
        }
        [hash, digits @ ..] if hash.char == '#' => char::from_u32(number(digits, 10)?)?,
        _ => {
            let name: String = name.iter().map(|unit| unit.char).collect();
            match name.as_str() {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => ' ',
                _ => return None,
            }
        }
    };
    Some((char, end + 1))
}

fn number(digits: &[Unit], radix: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits
        .iter()
        .try_fold(0_u32, |number, digit| number.checked_mul(radix)?.checked_add(digit.char.to_digit(radix)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> String {
        readings(text).last().unwrap().iter().map(|unit| unit.char).collect()
    }

    #[test]
    fn what_languages_write() {
        for (escaped, plain) in [
            (r#"A\u2660 K\u2660 \"x\" \/"#, "A\u{2660} K\u{2660} \"x\" /"),
            (r"\ud83d\uDE00", "😀"),
            (r"\u{1f600}\U0001F600", "😀😀"),
            (r"A\xe2\x99\xa0", "A\u{2660}"),
            (r"A\342\231\240", "A\u{2660}"),
            (r"caf\xe9!", "café!"),
            ("caf%C3%A9%21", "café!"),
            ("&lt;a&gt; &amp; &quot;b&quot; &#39;&#x27;&apos;&nbsp;", "<a> & \"b\" ''' "),
            (r"a\nb\0c", "a b c"),
            (r#"{\\\\\\\"a\\\\\\\":1}"#, r#"{"a":1}"#),
            ("%25252541", "A"),
            ("&amp;amp;lt;", "<"),
        ] {
            assert_eq!(last(escaped), plain, "{escaped}");
        }
        for odd in [
            r"\",
            r"\q",
            r"\u26",
            r"\ud83d",
            r"\u{110000}",
            r"\u{",
            "%",
            "%2",
            "%zz",
            "&",
            "&x;",
            "&#;",
            "&#x110000;",
        ] {
            assert_eq!(readings(odd).len(), 1, "{odd}");
        }
    }
}
