//! Source files as a tidy test reads them: their text, or their tokens without comments and without test code.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::sql::statement;

/// A Rust file. Paths are relative to the repository, with `/`.
pub struct Source {
    pub path: String,
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
            Source { path, tokens }
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
fn shipped(text: &str) -> (Vec<Token>, Vec<String>) {
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

    /// The segments of the file's own module, from the crate on.
    pub fn module_path(&self) -> Vec<String> {
        folder_of(&self.path).split('/').skip(1).map(str::to_owned).collect()
    }

    /// Line and segments, from the crate on, of every path that begins with `crate::` or `super::`; braces expanded.
    pub fn crate_paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let (start, base) = match &token.kind {
                Kind::Word(word) if word == "crate" => (at + 1, Vec::new()),
                Kind::Word(word) if word == "super" && !self.is_path_separator(at.wrapping_sub(2)) => {
                    let is_super = |at: &usize| matches!(self.word(*at), Some("super"));
                    let supers = (at..).step_by(3).take_while(is_super).count();
                    let mut base = self.module_path();
                    base.truncate(base.len().saturating_sub(supers));
                    (at + 3 * (supers - 1) + 1, base)
                }
                _ => continue,
            };
            if self.is_path_separator(start) {
                self.expand(start + 2, &base, &mut |path| found.push((token.line, path)));
            }
        }
        found
    }

    /// The paths that a file hands on to others, from its own module on: `pub use file::{A, B};`.
    pub fn reexports(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for at in 1..self.tokens.len() {
            // `)`: pub(crate) and the like.
            let is_open = self.word(at - 1) == Some("pub") || self.is_sign(at - 1, ')');
            if self.word(at) == Some("use") && is_open && self.word(at + 1) != Some("crate") {
                self.expand(at + 1, &self.module_path(), &mut |path| found.push(path));
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

/// The rules are as good as what they read.
#[test]
fn tokens_are_read_without_comments_and_tests() {
    let text = r#"
        //! crate::in_a_comment
        use crate::{a::{b, c as d}, e};
        /// crate::in_documentation "select x from y"
        #[error("create database")]
        fn f() { super::super::g(); super::h(); crate::i::J::<K>::new(".unwrap()") }
        #[cfg(test)]
        mod tests { use crate::in_a_test; }
        #[cfg(test)]
        mod more_tests;
    "#;
    let (tokens, test_modules) = shipped(text);
    let source = Source { path: "src/x/y.rs".into(), tokens };
    let paths: Vec<String> = source.crate_paths().into_iter().map(|(_, path)| path.join("::")).collect();
    assert_eq!(paths, ["a::b", "a::c", "e", "g", "x::h", "i::J"]);
    let strings: Vec<_> = source.strings().collect();
    assert_eq!(strings, [(5, "\"create database\""), (6, "\".unwrap()\"")]);
    assert_eq!(test_modules, ["more_tests"]);
    assert_eq!(source.module(), "x");

    assert_eq!(statement("\"Select 1,\\n 2 from t\""), Some("select … from"));
    assert_eq!(statement("\"updates what was set\""), None);
    assert_eq!(statement("\"copy t (a) from stdin\""), Some("copy … from stdin"));
}
