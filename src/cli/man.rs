//! `tijian man`: the manual pages, for who makes packages. They say what the help pages say.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::Cli;
use crate::cli::error::CliError;
use crate::guidance::ExitCode;

/// With more words before its first colon, a block is a sentence.
const HEADING_WORDS: usize = 2;

/// Write the manual pages into a folder, for packages
#[derive(clap::Args)]
#[command(hide = true, after_help = "Example:\n  tijian man target/man && man -l target/man/tijian-run.1")]
pub(super) struct ManArgs {
    /// An existing folder; pages in it are replaced
    dir: PathBuf,
}

pub(super) fn execute(args: &ManArgs) -> Result<ExitCode, CliError> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    for (name, page) in pages(&root)? {
        let path = args.dir.join(name);
        #[allow(clippy::disallowed_methods, reason = "a page that is cut off is made anew")]
        fs::write(&path, page).map_err(CliError::io_on("write", &path))?;
    }
    Ok(ExitCode::Good)
}

/// File names and pages of a command and of all below it.
fn pages(command: &clap::Command) -> io::Result<Vec<(String, Vec<u8>)>> {
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
        more_sections(&more.to_string()).to_writer(&mut page)?;
    }
    let mut all = vec![(man.get_filename(), page)];
    for inner in inner {
        all.append(&mut pages(inner)?);
    }
    Ok(all)
}

/// What a help page ends with, as sections. What stands below a heading keeps its lines, what stands beside it flows.
fn more_sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    for block in text.split("\n\n") {
        let (heading, body) = block
            .split_once(':')
            .filter(|(heading, _)| heading.split_whitespace().count() <= HEADING_WORDS)
            .unwrap_or(("Notes", block));
        roff.control("SH", [heading.to_uppercase().as_str()]);
        let keeps_lines = body.starts_with('\n');
        if keeps_lines {
            roff.control("nf", []);
        }
        for line in body.trim_matches('\n').lines() {
            let line = if keeps_lines { line.strip_prefix("  ").unwrap_or(line) } else { line.trim() };
            roff.text([roman(line)]);
        }
        if keeps_lines {
            roff.control("fi", []);
        }
    }
    roff
}
