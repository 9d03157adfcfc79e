//! `tijian migrate`: the schema, brought up to date by hand, and the groups' rights with it.

use std::io::Write;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::say;
use crate::cli::{GlobalArgs, runtime};
use crate::guidance::ExitCode;
use crate::local_postgres::FetchPolicy;
use crate::settings::Settings;
use crate::upkeep::set_grants;

const MIGRATE_HELP: &str = "\
`run` also does this if its login owns the schema. If not (it is a member of tijian_loader), the owner must run `tijian migrate`
after every installation of a newer tijian.

Example:
  DATABASE_URL=postgresql://owner@db/tijian tijian migrate";

/// Bring the database's schema up to date, and set its groups' rights
#[derive(clap::Args)]
#[command(after_help = MIGRATE_HELP)]
pub(super) struct MigrateArgs {}

pub(super) fn execute(_: &MigrateArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let database = Database::open(global, settings, FetchPolicy::Refuse)?;
    let applied = runtime()?.block_on(async {
        let warehouse = database.connect_only().await?;
        warehouse.check_pooler().await?;
        warehouse.check_server().await?;
        let applied = warehouse.migrate().await?;
        set_grants(&warehouse).await?;
        Ok::<_, CliError>(applied)
    })?;
    let mut stdout = std::io::stdout().lock();
    for migration in &applied {
        writeln!(stdout, "{}", say!("migrated", migration))?;
    }
    if applied.is_empty() {
        writeln!(stdout, "{}", say!("migrated-before"))?;
    }
    Ok(ExitCode::Good)
}
