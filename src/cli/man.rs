//! `tijian man`: the manual pages, for who makes packages. They say what the help pages say.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::error::CliError;
use crate::cli::language::LanguageName;
use crate::cli::places::existing_folder;
use crate::cli::{Cli, GlobalArgs, help};
use crate::guidance::ExitCode;
use crate::wording::Language;

/// With more words before its first colon, a block is a sentence.
const HEADING_WORDS: usize = 2;

/// The same in Chinese, which has no blanks to tell words by.
const HEADING_HAN: usize = 5;

/// Headings as everybody knows them, and the names of the Chinese ones.
pub(super) const SECTIONS: [(&str, &str); 5] = [
    ("NAME", "help-section-name"),
    ("SYNOPSIS", "help-section-synopsis"),
    ("DESCRIPTION", "help-section-description"),
    ("OPTIONS", "help-section-options"),
    ("NOTES", "help-section-notes"),
];

/// Write the manual pages into a folder, for packages
#[derive(clap::Args)]
#[command(hide = true, after_help = "Example:\n  tijian man target/man && man -l target/man/tijian-run.1")]
pub(super) struct ManArgs {
    /// An existing folder; pages in it are replaced
    dir: PathBuf,
}

pub(super) fn execute(args: &ManArgs, global: &GlobalArgs) -> Result<ExitCode, CliError> {
    existing_folder(help::called("DIR"), &args.dir)?;
    // Whoever makes a package says it; the locale of that machine is not the readers'.
    let language = global.lang.map_or(Language::English, LanguageName::language);
    let root = help::built(Cli::command().disable_help_subcommand(true), language);
    for (name, page) in pages(&root, language)? {
        let path = args.dir.join(name);
        #[allow(clippy::disallowed_methods, reason = "a page that is cut off is made again")]
        fs::write(&path, page).map_err(CliError::io_on("write", &path))?;
    }
    Ok(ExitCode::Good)
}

/// File names and pages of a command and of all below it.
fn pages(command: &clap::Command, language: Language) -> io::Result<Vec<(String, Vec<u8>)>> {
    // Without a date: the same source gives the same page. (An empty one would be lost, and shift what follows.)
    let man =
        Man::new(command.clone()).date(" ").source(concat!("tijian ", env!("CARGO_PKG_VERSION"))).manual("tijian");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let inner: Vec<&clap::Command> = command.get_subcommands().filter(|inner| !inner.is_hide_set()).collect();
    if !inner.is_empty() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(more) = command.get_after_help() {
        more_sections(&more.to_string(), language).to_writer(&mut page)?;
    }
    if language == Language::Chinese {
        page = in_chinese(&String::from_utf8_lossy(&page)).into_bytes();
    }
    let mut all = vec![(man.get_filename(), page)];
    for inner in inner {
        all.append(&mut pages(inner, language)?);
    }
    Ok(all)
}

/// A page of `clap_mangen`'s whose headings, and whose words about arguments, are ours.
fn in_chinese(page: &str) -> String {
    let page = SECTIONS.into_iter().fold(page.to_owned(), |page, (theirs, ours)| {
        page.replace(&format!("\n.SH {theirs}\n"), &format!("\n.SH {}\n", help::word(ours)))
    });
    // Lines of Chinese have hardly a blank that could be stretched to fill them.
    help::in_our_words(&page).replacen("\n.SH ", "\n.ad l\n.ds AD l\n.nh\n.SH ", 1)
}

/// The end of a help page, as sections. Indented lines stay lines, the others flow.
fn more_sections(text: &str, language: Language) -> Roff {
    let mut roff = Roff::new();
    for block in text.split("\n\n") {
        let (heading, body) = heading_of(block, language).unwrap_or(("Notes", block));
        roff.control("SH", [heading.to_uppercase().as_str()]);
        let lines: Vec<&str> = body.trim_matches('\n').lines().collect();
        for lines in lines.chunk_by(|line, next| is_indented(line) == is_indented(next)) {
            if lines.first().is_some_and(|line| is_indented(line)) {
                roff.control("nf", []);
                for line in lines {
                    roff.text([roman(line.strip_prefix(INDENT).unwrap_or(line))]);
                }
                roff.control("fi", []);
            } else {
                for line in flowing(lines, language) {
                    roff.text([roman(line)]);
                }
            }
        }
    }
    roff
}

const INDENT: &str = "  ";

fn is_indented(line: &str) -> bool {
    line.starts_with(INDENT)
}

/// A block's heading, and the text below or beside it.
fn heading_of(block: &str, language: Language) -> Option<(&str, &str)> {
    let colon = match language {
        Language::English => ':',
        Language::Chinese => '：',
    };
    block.split_once(colon).filter(|(heading, _)| match language {
        Language::English => heading.split_whitespace().count() <= HEADING_WORDS,
        Language::Chinese => heading.chars().count() <= HEADING_HAN,
    })
}

/// Lines as the formatter may fill them: it puts a blank where a line ends, which Chinese has only beside other writing.
fn flowing(lines: &[&str], language: Language) -> Vec<String> {
    let lines = lines.iter().map(|line| line.trim());
    if language == Language::English {
        return lines.map(str::to_owned).collect();
    }
    let mut text = String::new();
    let is_mark = |sign: char| !sign.is_ascii() && !sign.is_alphanumeric();
    for line in lines {
        if let (Some(before), Some(after)) = (text.chars().next_back(), line.chars().next()) {
            let are_han = !before.is_ascii() && !after.is_ascii();
            if !are_han && !is_mark(before) && !is_mark(after) {
                text.push(' ');
            }
        }
        text.push_str(line);
    }
    vec![text]
}
