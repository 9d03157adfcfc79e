//! Source files as a tidy test reads them: their text, and their tokens without comments and without test code.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A Rust file. Paths are relative to the repository, with `/`.
pub struct Source {
    pub path: String,
    pub text: String,
    /// What ships: no comments, no `#[cfg(test)]` items. Empty for a file that is such an item.
    pub tokens: Vec<Token>,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Word(String),
    /// A literal as it is spelled, quotes and escapes included.
    Literal(String),
    /// Punctuation, brackets included.
    Sign(char),
}

/// Every file below `folder` whose name ends in `extension`, in listing order.
pub fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root().join(folder), extension, &mut found);
    assert!(!found.is_empty(), "{folder}/ holds no {extension} file: has it moved?");
    let relative = |file: PathBuf| file.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    let mut files: Vec<String> = found.into_iter().map(relative).collect();
    files.sort();
    files
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.to_str().is_some_and(|path| path.ends_with(extension)) {
            found.push(path);
        }
    }
}

pub fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of `src/`.
pub fn sources() -> Vec<Source> {
    let mut test_modules = Vec::new();
    let mut sources: Vec<Source> = files("src", ".rs")
        .into_iter()
        .map(|path| {
            let text = read(&path);
            let (tokens, modules) = shipped(&text);
            test_modules.extend(modules.into_iter().map(|module| format!("{}/{module}", folder_of(&path))));
            Source { path, text, tokens }
        })
        .collect();
    let is_test = |path: &str| {
        let is_in = |module: &String| path == format!("{module}.rs") || path.starts_with(&format!("{module}/"));
        test_modules.iter().any(is_in)
    };
    for source in &mut sources {
        if is_test(&source.path) {
            source.tokens.clear();
        }
    }
    sources
}

/// Where the modules that a file declares have theirs.
fn folder_of(path: &str) -> &str {
    let path = path.trim_end_matches(".rs");
    ["/mod", "/lib", "/main"].into_iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path)
}

/// The tokens that ship, and the names of the modules that are files of tests.
pub fn shipped(text: &str) -> (Vec<Token>, Vec<String>) {
    let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("no Rust: {error}"));
    let mut tokens = Vec::new();
    let mut test_modules = Vec::new();
    flatten(stream, &mut tokens, &mut test_modules);
    (tokens, test_modules)
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>, test_modules: &mut Vec<String>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        match attribute(&trees[at..]).as_deref() {
            Some("cfg(test)") => {
                let item = item_length(&trees[at..]);
                test_modules.extend(declared_module(&trees[at..at + item]));
                at += item;
                continue;
            }
            // A comment in the compiler's clothes.
            Some(attribute) if attribute.starts_with("doc=") => {
                at += attribute_length(&trees[at..]);
                continue;
            }
            _ => {}
        }
        let line = trees[at].span().start().line;
        let mut push = |kind| tokens.push(Token { line, kind });
        match &trees[at] {
            TokenTree::Ident(word) => push(Kind::Word(word.to_string())),
            TokenTree::Literal(literal) => push(Kind::Literal(literal.to_string())),
            TokenTree::Punct(sign) => push(Kind::Sign(sign.as_char())),
            TokenTree::Group(group) => {
                let brackets = match group.delimiter() {
                    Delimiter::Parenthesis => Some(('(', ')')),
                    Delimiter::Brace => Some(('{', '}')),
                    Delimiter::Bracket => Some(('[', ']')),
                    Delimiter::None => None,
                };
                if let Some((open, _)) = brackets {
                    push(Kind::Sign(open));
                }
                flatten(group.stream(), tokens, test_modules);
                if let Some((_, close)) = brackets {
                    tokens.push(Token { line: group.span_close().start().line, kind: Kind::Sign(close) });
                }
            }
        }
        at += 1;
    }
}

/// The attribute `#[…]` or `#![…]` at the beginning of `trees`, without white space.
fn attribute(trees: &[TokenTree]) -> Option<String> {
    match trees.get(..attribute_length(trees))? {
        [TokenTree::Punct(sign), .., TokenTree::Group(group)]
            if sign.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group.stream().to_string().split_whitespace().collect())
        }
        _ => None,
    }
}

fn attribute_length(trees: &[TokenTree]) -> usize {
    match trees {
        [_, TokenTree::Punct(sign), ..] if sign.as_char() == '!' => 3,
        _ => 2,
    }
}

/// How many trees the item at the beginning has: up to its semicolon or its body.
fn item_length(trees: &[TokenTree]) -> usize {
    let is_end = |tree: &TokenTree| match tree {
        TokenTree::Punct(sign) => sign.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    trees.iter().position(is_end).map_or(trees.len(), |end| end + 1)
}

/// The name in `mod name;`.
fn declared_module(item: &[TokenTree]) -> Option<String> {
    match item {
        [.., TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Punct(_)] if *keyword == "mod" => {
            Some(name.to_string())
        }
        _ => None,
    }
}

impl Source {
    /// The top-level module that the file belongs to: `platform` for `src/platform/token.rs`.
    pub fn module(&self) -> &str {
        let below = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        below.split_once('/').map_or(below, |(module, _)| module)
    }

    /// How many `super::` lead from the file's module to the crate.
    fn depth(&self) -> usize {
        folder_of(&self.path).matches('/').count()
    }

    /// Line and segments of every path that starts at the crate, by `crate::` or by enough `super::`; braces expanded.
    pub fn crate_paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let start = match &token.kind {
                Kind::Word(word) if word == "crate" => at + 1,
                Kind::Word(word) if word == "super" && !self.is_path_separator(at.wrapping_sub(2)) => {
                    let is_super = |at: &usize| matches!(self.word(*at), Some("super"));
                    let supers = (at..).step_by(3).take_while(is_super).count();
                    if supers < self.depth() {
                        continue;
                    }
                    at + 3 * (supers - 1) + 1
                }
                _ => continue,
            };
            if self.is_path_separator(start) {
                self.expand(start + 2, &[], &mut |path| found.push((token.line, path)));
            }
        }
        found
    }

    /// Reads the paths that begin at a token, and returns where they end.
    fn expand(&self, mut at: usize, before: &[String], found: &mut impl FnMut(Vec<String>)) -> usize {
        if self.is_sign(at, '{') {
            at += 1;
            while at < self.tokens.len() && !self.is_sign(at, '}') {
                // Commas and `as name` stand between the paths.
                at = match self.word(at) {
                    Some("as") => at + 2,
                    _ if self.is_sign(at, ',') => at + 1,
                    _ => self.expand(at, before, found),
                };
            }
            return at + 1;
        }
        let mut path = before.to_vec();
        path.push(self.word(at).unwrap_or("*").to_owned());
        let goes_on = self.is_path_separator(at + 1)
            && (self.word(at + 3).is_some() || self.is_sign(at + 3, '{') || self.is_sign(at + 3, '*'));
        if goes_on {
            return self.expand(at + 3, &path, found);
        }
        found(path);
        at + 1
    }

    pub fn word(&self, at: usize) -> Option<&str> {
        match &self.tokens.get(at)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn literal(&self, at: usize) -> Option<&str> {
        match &self.tokens.get(at)?.kind {
            Kind::Literal(literal) => Some(literal),
            _ => None,
        }
    }

    pub fn is_sign(&self, at: usize, sign: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Sign(sign))
    }

    fn is_path_separator(&self, at: usize) -> bool {
        self.is_sign(at, ':') && self.is_sign(at + 1, ':')
    }

    /// Line and spelling of every string literal.
    pub fn strings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.tokens.iter().filter_map(|token| match &token.kind {
            Kind::Literal(literal) if literal.contains('"') => Some((token.line, literal.as_str())),
            _ => None,
        })
    }
}
