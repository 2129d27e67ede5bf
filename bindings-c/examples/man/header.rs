//! Reads include/roomcast.h: its overview, and each item with its comment.

pub struct Header {
    /// The lines of the first comment.
    pub overview: Vec<String>,
    pub items: Vec<Item>,
}

#[derive(PartialEq)]
pub enum Kind {
    Function,
    Macro,
    /// A struct, an enumeration, or the type of a callback.
    Type,
}

pub struct Item {
    pub kind: Kind,
    pub name: String,
    /// Its comment: lines of Markdown.
    pub comment: Vec<String>,
    /// Its lines, without comments.
    pub declaration: Vec<String>,
    /// The members of a struct or an enumeration.
    pub members: Vec<Member>,
}

pub struct Member {
    pub name: String,
    pub comment: Vec<String>,
}

impl Header {
    pub fn parse(text: &str) -> Self {
        let mut lines = text.lines().peekable();
        lines.find(|line| *line == "/*").expect("the header begins with a comment");
        let overview =
            lines.by_ref().take_while(|line| *line != " */").map(|line| uncommented(line, "")).collect();
        let mut items = Vec::new();
        while let Some(line) = lines.next() {
            if !line.starts_with("/**") {
                continue;
            }
            let comment = comment(line, "", &mut lines);
            // A macro that the user may define has its comment before the #ifndef.
            let first = lines.find(|line| !line.starts_with("#if")).expect("an item follows its comment");
            let mut declaration = vec![first.to_owned()];
            let mut members = Vec::new();
            let mut is_done = is_end(first);
            while !is_done {
                let line = lines.next().expect("an item has an end");
                if line.trim_start().starts_with("/**") {
                    let comment = self::comment(line, "    ", &mut lines);
                    let member = lines.next().expect("a member follows its comment");
                    members.push(Member { name: member_name(member), comment });
                    declaration.push(member.to_owned());
                } else {
                    declaration.push(line.to_owned());
                    is_done = if first.starts_with('#') { !line.ends_with('\\') } else { is_end(line) };
                }
            }
            items.push(Item { kind: kind(first), name: name(&declaration), comment, declaration, members });
        }
        Self { overview, items }
    }
}

/// The lines of a comment that begins with `first`.
fn comment<'a>(first: &str, indent: &str, lines: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
    let first = first.trim_start();
    if let Some(only) = first.strip_prefix("/** ").and_then(|rest| rest.strip_suffix(" */")) {
        return vec![only.to_owned()];
    }
    let end = format!("{indent} */");
    lines.take_while(|line| *line != end).map(|line| uncommented(line, indent)).collect()
}

fn uncommented(line: &str, indent: &str) -> String {
    let text = line.strip_prefix(indent).unwrap_or(line);
    text.strip_prefix(" * ").or(text.strip_prefix(" *")).unwrap_or(text).to_owned()
}

/// Whether an item ends with this line, which is its first or one that is not indented.
fn is_end(line: &str) -> bool {
    if line.starts_with('#') { !line.ends_with('\\') } else { line.ends_with(';') && !line.contains("{") }
}

fn kind(first: &str) -> Kind {
    match first {
        _ if first.starts_with("#define") => Kind::Macro,
        _ if first.starts_with("typedef") => Kind::Type,
        _ => Kind::Function,
    }
}

fn name(declaration: &[String]) -> String {
    let (first, last) = (&declaration[0], &declaration[declaration.len() - 1]);
    let words = |text: &str| -> Vec<String> {
        text.split(|it: char| !it.is_alphanumeric() && it != '_')
            .filter(|word| word.to_lowercase().starts_with("roomcast_"))
            .map(str::to_owned)
            .collect()
    };
    match kind(first) {
        Kind::Macro => words(first)[0].clone(),
        // A struct's name is at its end; a callback's is before its parameters.
        Kind::Type if first.contains("(*") => {
            words(first.split("(*").nth(1).expect("it has a name"))[0].clone()
        }
        Kind::Type => words(last).pop().expect("a type has a name"),
        Kind::Function => {
            let before =
                declaration.iter().find_map(|line| line.split_once('(')).expect("it has parameters").0;
            words(before).pop().expect("a function has a name")
        }
    }
}

fn member_name(line: &str) -> String {
    let text = line.split('=').next().unwrap_or_default();
    let mut words = text.split(|it: char| !it.is_alphanumeric() && it != '_').filter(|word| !word.is_empty());
    words.next_back().expect("a member has a name").to_owned()
}
