//! The crate as its sources have it: modules from `lib.rs` down, and every path that one names.
//!
//! No parser of Rust, but care where it counts: comments, texts and characters are no code; what
//! stands under `#[cfg(test)]` is left out; `use` trees are spelt out; `self` and `super` are
//! resolved, in inline modules too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A module's place: `["synth", "rule"]`; the crate's root is empty.
pub type ModulePath = Vec<String>;

/// A path as code names it, with the line where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub path: Vec<String>,
    pub line: usize,
}

/// A module with what its own code names.
#[derive(Debug, Default)]
pub struct Module {
    /// Below `src`, with `/`.
    pub file: String,
    /// Paths from the crate's root.
    pub inside: Vec<Named>,
    /// Paths that begin with any other name: another crate's, or one that is in scope.
    pub outside: Vec<Named>,
    /// Modules declared here that lie in files of their own.
    children: Vec<String>,
}

/// Every module of the library under `src`, and the binary's root as `main`.
pub fn crate_modules(src: &Path) -> BTreeMap<ModulePath, Module> {
    let mut modules = BTreeMap::new();
    read_file(src, src.join("lib.rs"), Vec::new(), &mut modules);
    read_file(
        src,
        src.join("main.rs"),
        vec!["main".to_owned()],
        &mut modules,
    );
    modules
}

fn read_file(
    src: &Path,
    file: PathBuf,
    at: ModulePath,
    modules: &mut BTreeMap<ModulePath, Module>,
) {
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let below = file.strip_prefix(src).unwrap().to_string_lossy();
    let module = read_module(&text, &at, &below.replace('\\', "/"));
    for child in &module.children {
        let mut path = at.clone();
        path.push(child.clone());
        let folder = path.iter().fold(src.to_owned(), |p, name| p.join(name));
        let beside = folder.with_extension("rs");
        let file = if beside.is_file() {
            beside
        } else {
            folder.join("mod.rs")
        };
        read_file(src, file, path, modules);
    }
    modules.insert(at, module);
}

/// One file's module, inline modules counted as the file's own.
pub fn read_module(text: &str, at: &[String], file: &str) -> Module {
    let tokens = without_tests(&tokens(text));
    let mut reader = Reader {
        tokens: &tokens,
        next: 0,
        scope: at.to_vec(),
        // Braces that are open, and those of them that belong to an inline module.
        depth: 0,
        inline: Vec::new(),
        module: Module {
            file: file.to_owned(),
            ..Module::default()
        },
    };
    reader.read();
    reader.module
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    /// A word, `::`, or a single mark.
    text: String,
    line: usize,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Code as words and marks: comments, texts, characters, lifetimes and numbers are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut line) = (Vec::new(), 0, 1);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while at < chars.len() {
        let c = chars[at];
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let begin = at;
        if c == '/' && next == '/' {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if c == '/' && next == '*' {
            at = after_block_comment(&chars, at);
        } else if let Some(end) = after_raw_text(&chars, at) {
            at = end;
        } else if c == '"' || (c == 'b' || c == 'c') && next == '"' {
            at = after_text(&chars, at + usize::from(c != '"'));
        } else if c == '\'' || c == 'b' && next == '\'' {
            at = after_quote(&chars, at + usize::from(c == 'b'));
        } else if is_word(c) {
            while at < chars.len() && is_word(chars[at]) {
                at += 1;
            }
            let word: String = chars[begin..at].iter().collect();
            if !c.is_ascii_digit() {
                // `r#type` is the name `type`.
                if word == "r" && chars.get(at) == Some(&'#') {
                    at += 1;
                    continue;
                }
                out.push(Token { text: word, line });
            }
        } else if c == ':' && next == ':' {
            out.push(Token {
                text: "::".to_owned(),
                line,
            });
            at += 2;
        } else {
            if !c.is_whitespace() {
                out.push(Token {
                    text: c.to_string(),
                    line,
                });
            }
            at += 1;
        }
        line += chars[begin..at].iter().filter(|c| **c == '\n').count();
    }
    out
}

fn after_block_comment(chars: &[char], mut at: usize) -> usize {
    let mut open = 0;
    while at < chars.len() {
        let two = (chars[at], chars.get(at + 1).copied().unwrap_or(' '));
        if two == ('/', '*') {
            open += 1;
            at += 2;
        } else if two == ('*', '/') {
            open -= 1;
            at += 2;
            if open == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Where `r"…"`, `r#"…"#`, `br"…"` or `cr"…"` that begins here ends; none where none begins.
fn after_raw_text(chars: &[char], at: usize) -> Option<usize> {
    let mut next = at + usize::from(matches!(chars[at], 'b' | 'c'));
    if chars.get(next) != Some(&'r') {
        return None;
    }
    next += 1;
    let hashes = chars[next..].iter().take_while(|c| **c == '#').count();
    next += hashes;
    if chars.get(next) != Some(&'"') {
        return None;
    }
    next += 1;
    while next < chars.len() {
        let closes = chars[next] == '"'
            && chars[next + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
        next += 1;
        if closes {
            return Some(next + hashes);
        }
    }
    Some(next)
}

/// Behind the text whose opening `"` stands at `at`.
fn after_text(chars: &[char], at: usize) -> usize {
    let mut next = at + 1;
    while next < chars.len() && chars[next] != '"' {
        next += if chars[next] == '\\' { 2 } else { 1 };
    }
    next + 1
}

/// Behind the character or the lifetime whose `'` stands at `at`.
fn after_quote(chars: &[char], at: usize) -> usize {
    if chars.get(at + 1) == Some(&'\\') {
        let mut next = at + 3;
        while next < chars.len() && chars[next] != '\'' {
            next += 1;
        }
        return next + 1;
    }
    if chars.get(at + 2) == Some(&'\'') {
        return at + 3;
    }
    at + 1
}

/// The tokens without items under `#[cfg(test)]` (or `cfg(all(test, …))`, `cfg(any(test, …))`).
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|t| t.text == text);
    let (mut out, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let is_attribute = is(at, "#") && is(at + 1, "[");
        if !is_attribute {
            out.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = after_brackets(tokens, at + 1);
        let inside = &tokens[at + 2..end];
        let is_test = inside.first().is_some_and(|t| t.text == "cfg")
            && inside.iter().any(|t| t.text == "test")
            && inside.iter().all(|t| t.text != "not");
        if is_test {
            at = after_item(tokens, end);
        } else {
            // What an attribute names are no imports, but for derives by their path.
            out.extend_from_slice(&tokens[at..end]);
            at = end;
        }
    }
    out
}

/// Behind what closes the bracket at `at`.
fn after_brackets(tokens: &[Token], mut at: usize) -> usize {
    let mut open = 0;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open -= 1,
            _ => {}
        }
        at += 1;
        if open == 0 {
            break;
        }
    }
    at
}

/// Words that open an item; anything else under an attribute is a field, a variant or an argument.
const ITEMS: [&str; 14] = [
    "async", "const", "enum", "extern", "fn", "impl", "let", "mod", "static", "struct", "trait",
    "type", "unsafe", "use",
];

/// Behind the item, statement or field that begins at `at`, further attributes with it.
fn after_item(tokens: &[Token], mut at: usize) -> usize {
    let mut is_item = None;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        match text {
            ";" => return at + 1,
            "," if is_item != Some(true) => return at + 1,
            "{" => return after_brackets(tokens, at),
            "}" => return at,
            "(" | "[" => at = after_brackets(tokens, at),
            _ => {
                if tokens[at].is_word() && text != "pub" {
                    is_item = is_item.or(Some(ITEMS.contains(&text)));
                }
                at += 1;
            }
        }
    }
    at
}

struct Reader<'a> {
    tokens: &'a [Token],
    next: usize,
    scope: ModulePath,
    depth: usize,
    inline: Vec<usize>,
    module: Module,
}

impl Reader<'_> {
    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| t.text == text)
    }

    fn read(&mut self) {
        while self.next < self.tokens.len() {
            let token = &self.tokens[self.next];
            match token.text.as_str() {
                "mod" if self.is(self.next + 2, ";") && self.inline.is_empty() => {
                    let name = self.tokens[self.next + 1].text.clone();
                    self.module.children.push(name);
                    self.next += 3;
                }
                "mod" if self.is(self.next + 2, "{") => {
                    let name = self.tokens[self.next + 1].text.clone();
                    self.scope.push(name);
                    self.depth += 1;
                    self.inline.push(self.depth);
                    self.next += 3;
                }
                // `impl Trait + use<'a>` imports nothing.
                "use" if self.is(self.next + 1, "<") => self.next += 1,
                "use" => {
                    self.next += 1;
                    self.tree(&mut Vec::new());
                }
                "{" => {
                    self.depth += 1;
                    self.next += 1;
                }
                "}" => {
                    if self.inline.last() == Some(&self.depth) {
                        self.inline.pop();
                        self.scope.pop();
                    }
                    self.depth = self.depth.saturating_sub(1);
                    self.next += 1;
                }
                _ if token.is_word() || token.text == "::" => self.path(),
                _ => self.next += 1,
            }
        }
    }

    /// A path in an expression, a type or a pattern.
    fn path(&mut self) {
        let (mut path, line) = (Vec::new(), self.tokens[self.next].line);
        if self.is(self.next, "::") {
            self.next += 1;
        }
        while let Some(token) = self.tokens.get(self.next).filter(|t| t.is_word()) {
            path.push(token.text.clone());
            self.next += 1;
            if !self.is(self.next, "::") {
                break;
            }
            self.next += 1;
        }
        // A word by itself leads nowhere.
        if path.len() > 1 {
            self.name(path, line);
        }
    }

    /// One branch of a `use` tree behind `prefix`: `a::b`, `a::{b, c as d}`, `a::*`.
    fn tree(&mut self, prefix: &mut Vec<String>) {
        let (length, line) = (
            prefix.len(),
            self.tokens.get(self.next).map_or(0, |t| t.line),
        );
        let mut is_leaf = true;
        while let Some(token) = self.tokens.get(self.next) {
            match token.text.as_str() {
                ";" | "," | "}" => break,
                "::" | "*" => self.next += 1,
                "as" => self.next += 2,
                "{" => {
                    is_leaf = false;
                    self.next += 1;
                    while self.next < self.tokens.len() && !self.is(self.next, "}") {
                        self.tree(prefix);
                        if self.is(self.next, ",") {
                            self.next += 1;
                        }
                    }
                    self.next += 1;
                }
                // `use a::{self}` is `a`.
                "self" if !prefix.is_empty() => self.next += 1,
                name => {
                    prefix.push(name.to_owned());
                    self.next += 1;
                }
            }
        }
        if is_leaf && !prefix.is_empty() {
            self.name(prefix.clone(), line);
        }
        prefix.truncate(length);
    }

    /// Files a path under what it begins with.
    fn name(&mut self, path: Vec<String>, line: usize) {
        let root: ModulePath = match path[0].as_str() {
            "crate" | "tenk" => Vec::new(),
            "self" => self.scope.clone(),
            "super" => {
                let up = path.iter().take_while(|name| *name == "super").count();
                self.scope[..self.scope.len().saturating_sub(up)].to_vec()
            }
            _ => {
                self.module.outside.push(Named { path, line });
                return;
            }
        };
        let rest = path
            .into_iter()
            .skip_while(|name| ["crate", "tenk", "self", "super"].contains(&name.as_str()));
        let path = root.into_iter().chain(rest).collect();
        self.module.inside.push(Named { path, line });
    }
}
