//! `tijian migrate`: the schema, brought up to date by hand.

use std::io::Write;

use crate::cli::database::{Database, grant_readers};
use crate::cli::error::CliError;
use crate::cli::{GlobalArgs, runtime};
use crate::local_postgres::FetchPolicy;
use crate::run::ExitCode;
use crate::settings::Settings;

/// Bring the database's schema up to date (`run` does so by itself)
#[derive(clap::Args)]
#[command(after_help = "Example:\n  DATABASE_URL=postgresql://owner@db/tijian tijian migrate")]
pub(super) struct MigrateArgs {}

pub(super) fn execute(_: &MigrateArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let database = Database::open(global, settings, FetchPolicy::Refuse)?;
    let applied = runtime()?.block_on(async {
        let warehouse = database.connect_only().await?;
        let applied = warehouse.migrate().await?;
        grant_readers(&warehouse).await?;
        Ok::<_, CliError>(applied)
    })?;
    let mut stdout = std::io::stdout().lock();
    for migration in &applied {
        writeln!(stdout, "applied {migration}")?;
    }
    if applied.is_empty() {
        writeln!(stdout, "the schema is up to date")?;
    }
    Ok(ExitCode::Good)
}
