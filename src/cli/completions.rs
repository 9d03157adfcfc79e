//! `tijian completions`: prints completion scripts for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::cli::error::CliError;
use crate::guidance::ExitCode;

/// Print a shell's completion script
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tijian completions bash > /etc/bash_completion.d/tijian")]
pub(super) struct CompletionsArgs {
    shell: Shell,
}

pub(super) fn execute(args: &CompletionsArgs) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tijian", &mut script);
    std::io::Write::write_all(&mut std::io::stdout().lock(), &script)?;
    Ok(ExitCode::Good)
}
