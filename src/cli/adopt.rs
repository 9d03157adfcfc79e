//! `tijian adopt`: folders that belong to another warehouse are given to this one, on purpose.

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::say;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::guidance::ExitCode;
use crate::night::{AdoptedFolder, Adoption, adopt};
use crate::settings::Settings;
use crate::wording::message;

const EXAMPLE: &str = "\
Examples:
  tijian adopt pipelines/our.toml              which folders belong to another warehouse
  tijian adopt pipelines/our.toml --confirm    assign them to the one of DATABASE_URL

The landing folder of an account and its export folders record the warehouse that filled them (the file .warehouse), and
refuse every other one: usually DATABASE_URL is wrong then. If another warehouse should take over, such as a new one after the
old one was lost, run this command once. It only writes these small files: nothing is pulled, loaded or removed, and files in
an export folder stay there.

Exit status: 0 adopted, or nothing to adopt; 2 only listed, without --confirm; 5 a run holds an account.";

/// Assign landing and export folders to this warehouse instead of the one that they belong to
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct AdoptArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// Really do it; without this, the folders are only listed
    #[arg(long)]
    confirm: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &AdoptArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    let adoption = if args.confirm { Adoption::Adopt } else { Adoption::Look };
    let database = Database::find(global, settings)?;
    let (warehouse, folders, code) = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let (mut folders, mut code) = (Vec::new(), ExitCode::Good);
        for pipeline in &pipelines {
            let outcome = adopt(pipeline, &warehouse, adoption).await;
            for folder in error::keep(&pipeline.account, outcome, &mut code, global.log_format).unwrap_or_default() {
                folders.push((pipeline.account.as_str(), folder));
            }
        }
        Ok::<_, CliError>((warehouse.identity().await?, folders, code))
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => {
            let entries = folders.iter().map(|(account, AdoptedFolder { folder, before })| {
                json!({ "account": account, "folder": folder, "before": before })
            });
            let folders: Vec<_> = entries.collect();
            let document = json!({
                "database": database.name(), "warehouse": warehouse, "is_adopted": args.confirm, "folders": folders,
            });
            writeln!(stdout, "{document}")?;
        }
        OutputFormat::Text => {
            let id = warehouse.to_string();
            writeln!(stdout, "{}", say!("adopt-warehouse", id, database = database.name()))?;
            if folders.is_empty() {
                writeln!(stdout, "{}", say!("adopt-none"))?;
            }
            for (account, AdoptedFolder { folder, before }) in &folders {
                let (account, before) = (*account, before.map(|id| id.to_string()));
                let text = if args.confirm {
                    say!("adopt-done", account, folder, before)
                } else {
                    say!("adopt-found", account, folder, before)
                };
                writeln!(stdout, "{text}")?;
            }
        }
    }
    if !args.confirm && !folders.is_empty() {
        return Err(CliError::Usage(message!("TJ-1031")));
    }
    Ok(code)
}
