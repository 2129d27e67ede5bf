"""What the text of one Rust file says about modules: `mod`, `use` and paths. Nothing is compiled.

Comments, strings and test-only items are replaced by spaces, so that offsets and line numbers stay true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = r"(?:r#)?[A-Za-z_]\w*"
_START = re.compile(r"//|/\*|\b[bc]?r(#*)\"|\"|'")
_CHAR = re.compile(r"'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^\\'\n])'")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_ATTRIBUTE = re.compile(r"#\s*\[")
_TEST_ATTRIBUTE = re.compile(r"#\s*(!?)\s*\[\s*(?:test\s*\]|cfg\s*\()")
# Items in which a comma at depth 0 does not end anything, unlike in a field or a match arm.
_ITEM = re.compile(
    r"(?:pub|fn|impl|struct|enum|union|mod|use|const|static|trait|type|unsafe|async|extern|let|macro_rules)\b"
)
# Items that go on after a closing brace.
_UNTIL_SEMICOLON = re.compile(
    r"(?:pub\s*(?:\([^)]*\))?\s*)?(?:use|const|static|let|type)\b"
    r"(?!\s+(?:(?:async|unsafe|extern)\s+)*fn\b)"
)
_MOD = re.compile(rf"\bmod\s+({NAME})\s*([;{{])")
_USE = re.compile(r"(?:\bpub\b\s*(\([^)]*\))?\s*)?\buse\s+(?=[\w:{*])")
_USE_TOKEN = re.compile(rf"::|{NAME}|[{{}},*]")
_DEFINITION = re.compile(
    rf"(?:\b(?:fn|struct|enum|union|trait|type|const|static)|\bmacro_rules!)\s+(?:mut\s+)?({NAME})"
)
_PUB_IN = re.compile(r"\bpub\s*\(\s*in\b[^)]*\)")
# Not the rest of a longer path, nor a method; `..crate::x` is a path.
_PATH = re.compile(rf"(?<!\w)(?<!::)(?<!(?<!\.)\.){NAME}(?:\s*::\s*{NAME})+")


@dataclass(frozen=True)
class Use:
    """One name that a `use` brings into scope; the last part of the path is `*` for all names."""

    path: tuple[str, ...]
    name: str
    public: bool
    offset: int


@dataclass(frozen=True)
class Declared:
    """`mod name;`, which is a file of its own, inside these inline modules."""

    inline: tuple[str, ...]
    name: str
    offset: int


@dataclass
class Source:
    modules: list[Declared] = field(default_factory=list)
    test_modules: list[Declared] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    paths: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    # The code besides `use` and `mod name;`.
    body: str = ""
    newlines: list[int] = field(default_factory=list)
    # Start, end and name of each inline module.
    inline: list[tuple[int, int, str]] = field(default_factory=list)

    def line(self, offset: int) -> int:
        return 1 + sum(1 for newline in self.newlines if newline < offset)

    def inline_at(self, offset: int) -> tuple[str, ...]:
        """The inline modules around this place, the outermost first."""
        return tuple(name for start, end, name in self.inline if start <= offset < end)

    def mentions(self, name: str) -> bool:
        """Whether the code besides `use` mentions this name. In lower case it may be a variable: only a call counts."""
        tail = r"\b" if name[:1].isupper() else r"\s*(?:\(|::|!)"
        return re.search(rf"(?<!\w)(?<!::)(?<!\.){re.escape(name)}{tail}", self.body) is not None

    def defined(self) -> set[str]:
        return {plain(name) for name in _DEFINITION.findall(self.body)}


def plain(name: str) -> str:
    return name[2:] if name.startswith("r#") else name


def read(text: str) -> Source:
    code, test_items = _without_tests(without_comments_and_strings(text))
    source = Source(newlines=[match.start() for match in re.finditer("\n", text)])
    for match in _MOD.finditer(code):
        if match[2] == "{":
            source.inline.append((match.end(), _matching(code, match.end() - 1), plain(match[1])))
    for item, offset in test_items:
        declared = _MOD.search(item)
        if declared and declared[2] == ";" and "{" not in item:
            place = offset + declared.start()
            source.test_modules.append(Declared(source.inline_at(place), plain(declared[1]), place))
    for match in _MOD.finditer(code):
        if match[2] == ";":
            source.modules.append(Declared(source.inline_at(match.start()), plain(match[1]), match.start()))
            code = _blank(code, match.start(), match.end())
    for match in _USE.finditer(code):
        end = code.find(";", match.end())
        end = len(code) if end < 0 else end
        tokens = [(token[0], match.end() + token.start()) for token in _USE_TOKEN.finditer(code[match.end() : end])]
        public = match[0].startswith("pub")
        source.uses += [Use(path, name, public, offset) for path, name, offset in _use_tree(tokens)]
        code = _blank(code, match.start(), end)
    for match in _PUB_IN.finditer(code):
        code = _blank(code, match.start(), match.end())
    source.body = code
    for match in _PATH.finditer(code):
        source.paths.append((tuple(plain(part.strip()) for part in match[0].split("::")), match.start()))
    return source


def without_comments_and_strings(text: str) -> str:
    pieces, at = [], 0
    while start := _START.search(text, at):
        begin, token = start.start(), start[0]
        if token == "//":
            end = text.find("\n", begin)
        elif token == "/*":
            end = _block_comment_end(text, start.end())
        elif token == "'":
            char = _CHAR.match(text, begin)
            if char is None:  # a lifetime
                pieces.append(text[at : start.end()])
                at = start.end()
                continue
            end = char.end()
        elif token == '"':
            string = _STRING.match(text, begin)
            end = string.end() if string else -1
        else:
            closing = '"' + start[1]
            end = text.find(closing, start.end())
            end = end + len(closing) if end >= 0 else -1
        end = len(text) if end < 0 else end
        pieces += [text[at:begin], re.sub(r"[^\n]", " ", text[begin:end])]
        at = end
    return "".join([*pieces, text[at:]])


def _block_comment_end(text: str, at: int) -> int:
    depth = 1
    while edge := _BLOCK_EDGE.search(text, at):
        depth += 1 if edge[0] == "/*" else -1
        at = edge.end()
        if depth == 0:
            return at
    return len(text)


def _blank(code: str, start: int, end: int) -> str:
    return code[:start] + re.sub(r"[^\n]", " ", code[start:end]) + code[end:]


def _matching(code: str, opening: int) -> int:
    """The offset of the bracket that closes this one."""
    depth = 0
    for at in range(opening, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
            if depth == 0:
                return at
    return len(code)


def _without_tests(code: str) -> tuple[str, list[tuple[str, int]]]:
    """The code without what only a test build compiles, and each such item with its offset."""
    items, at = [], 0
    while attribute := _TEST_ATTRIBUTE.search(code, at):
        bracket = code.index("[", attribute.start())
        end = _matching(code, bracket) + 1
        at = end
        if not _only_in_tests(code[bracket + 1 : end - 1]):
            continue
        # #![cfg(test)] covers all that follows in the block or file.
        stop = _block_end(code, end) if attribute[1] else _item_end(code, end)
        items.append((code[end:stop], end))
        code = _blank(code, attribute.start(), stop)
    return code, items


def _only_in_tests(predicate: str) -> bool:
    predicate = predicate.strip()
    if predicate == "test":
        return True
    call = re.match(r"(cfg|all|any)\s*\((.*)\)$", predicate, re.DOTALL)
    if call is None:
        return False
    parts = [part for part in _split(call[2]) if part.strip()]
    return (all if call[1] == "any" else any)(_only_in_tests(part) for part in parts) and bool(parts)


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _block_end(code: str, at: int) -> int:
    """The offset of the bracket that closes the block around this place, or the end of the file."""
    while at < len(code) and code[at] not in ")]}":
        at = _matching(code, at) + 1 if code[at] in "([{" else at + 1
    return at


def _item_end(code: str, at: int) -> int:
    while True:
        at += len(code[at:]) - len(code[at:].lstrip())
        attribute = _ATTRIBUTE.match(code, at)
        if attribute is None:
            break
        at = _matching(code, attribute.end() - 1) + 1
    is_item, until_semicolon = _ITEM.match(code, at), _UNTIL_SEMICOLON.match(code, at)
    while at < len(code):
        char = code[at]
        if char in "([{":
            at = _matching(code, at)
            if char == "{" and not until_semicolon:
                return min(at + 1, len(code))
        elif char == ";" or (char == "," and not is_item):
            return at + 1
        elif char in ")]}":
            return at
        at += 1
    return at


def _use_tree(tokens: list[tuple[str, int]]) -> list[tuple[tuple[str, ...], str, int]]:
    found: list[tuple[tuple[str, ...], str, int]] = []

    def tree(at: int, prefix: tuple[str, ...]) -> int:
        path, alias, offset = prefix, "", tokens[at][1]
        while at < len(tokens):
            token, place = tokens[at]
            if token == "{":
                at += 1
                while at < len(tokens) and tokens[at][0] != "}":
                    at = at + 1 if tokens[at][0] == "," else tree(at, path)
                return at + 1
            if token in ",}":
                break
            if token == "as":
                at += 1
                alias = plain(tokens[at][0])
            elif token == "::":
                if not path:  # ::name is another crate
                    path = ("::",)
            else:
                path, offset = (*path, plain(token)), place
            at += 1
        if len(path) > 1 and path[-1] == "self":
            path = path[:-1]
        found.append((path, alias or path[-1], offset))
        return at

    if tokens:
        tree(0, ())
    return found
