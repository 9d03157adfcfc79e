//! `tijian docs`: makes the data dictionary for readers of the schemas and files.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::places::file_place;
use crate::cli::{GlobalArgs, runtime};
use crate::files::write_dictionary;
use crate::guidance::ExitCode;
use crate::pipeline::Contract;
use crate::settings::Settings;

const EXAMPLE: &str = "\
Examples:
  tijian docs --out dictionary.html
  tijian docs --out dictionary.html --contract pipelines/contracts/reservation.toml

What each table, view, column and file is, in Chinese and English, from the database's own comments; the fields of the
platform, their codes, and where they go. No row is read.";

/// Make a data dictionary: one HTML page that explains each table, column and file
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct DocsArgs {
    /// The page; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The contract whose fields and codes are described [default: the one that ships with tijian]
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
}

pub(super) fn execute(args: &DocsArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    file_place("--out", &args.out)?;
    let contract = args.contract.as_deref().map_or_else(|| Ok(Contract::shipped()), Contract::read)?;
    let database = Database::find(global, settings)?;
    let rows =
        runtime()?.block_on(async { Ok::<_, CliError>(database.connect_current().await?.dictionary().await?) })?;
    let written = write_dictionary(&args.out, &rows, &contract)?;
    writeln!(std::io::stdout().lock(), "{}", written.path.display())?;
    Ok(ExitCode::Good)
}
