//! `tijian migrate`: the schema, brought up to date by hand, and the groups' rights with it.

use std::io::Write;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::{GlobalArgs, runtime};
use crate::guidance::ExitCode;
use crate::local_postgres::FetchPolicy;
use crate::night::seal_plain_records;
use crate::settings::{Settings, SettingsError, SiteKey};
use crate::upkeep::set_grants;
use crate::warehouse::Warehouse;

const MIGRATE_HELP: &str = "\
`run` does so by itself where its login owns the schema. Where it does not (it is a member of tijian_loader), the owner
migrates after every installation of a newer tijian.

Example:
  DATABASE_URL=postgresql://owner@db/tijian tijian migrate";

/// Bring the database's schema up to date, and set its groups' rights
#[derive(clap::Args)]
#[command(after_help = MIGRATE_HELP)]
pub(super) struct MigrateArgs {}

pub(super) fn execute(_: &MigrateArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    // Not needed where nothing is in plain text; a wrong one is told at once.
    let site_key = match settings.site_key() {
        Ok(key) => Some(key),
        Err(SettingsError::SiteKeyMissing) => None,
        Err(error) => return Err(error.into()),
    };
    let database = Database::open(global, settings, FetchPolicy::Refuse)?;
    let applied = runtime()?.block_on(async {
        let warehouse = database.connect_only().await?;
        warehouse.check_server().await?;
        let applied = warehouse.migrate().await?;
        set_grants(&warehouse).await?;
        seal(&warehouse, site_key.as_ref()).await?;
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

/// Seals records that are in plain text, or says that it takes the key to do so.
async fn seal(warehouse: &Warehouse, site_key: Option<&SiteKey>) -> Result<(), CliError> {
    if let Some(site_key) = site_key {
        return Ok(seal_plain_records(warehouse, site_key).await?);
    }
    let records = warehouse.count_plain_records().await?;
    if records > 0 {
        tracing::warn!(
            records,
            "quarantined records are in plain text: the next `tijian run` seals them, or `tijian migrate` with \
             TIJIAN_SITE_KEY set"
        );
    }
    Ok(())
}
