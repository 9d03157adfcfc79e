//! `tijian lake verify`: what another engine has built, against the warehouse.

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::lake::{named_lakes, tell};
use crate::cli::language::{language, say};
use crate::cli::progress::human;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::failure::RunError;
use crate::guidance::ExitCode;
use crate::lake::LakeStore;
use crate::settings::Settings;
use crate::upkeep::{LakeVerified, PartVerified, RowDifferences, verify_lake};
use crate::wording::Message;

const EXAMPLE: &str = "\
Examples:
  tijian lake verify
  tijian lake verify pipelines/our-hospital.toml --rows

Compares the last rebuild with PostgreSQL, as it was after the deliveries that were rebuilt: reservations, versions and fees of the
history, and entries and amounts of the journal, by account, check month, hospital and way of payment; with --rows also each row of
history and volumes, all columns. Only counts and groups are printed. Nothing is changed.

Exit status: 0 everything agrees; 1 something differs, or nothing of an account is rebuilt yet.";

/// Compare the last rebuild with the warehouse (核验)
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct VerifyArgs {
    /// Pipeline files, for their accounts and lakes; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// Compare every row, not only counts and sums
    #[arg(long)]
    rows: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &VerifyArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let lakes = named_lakes(&pipelines::select(&args.files)?)?;
    let dir = settings.data_dir(global.data_dir.as_deref()).join("lake");
    std::fs::create_dir_all(&dir).map_err(CliError::io_on("create the folder", &dir))?;
    let database = Database::find(global, settings)?;
    let (mut all, mut code) = (Vec::new(), ExitCode::Good);
    runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let id = warehouse.identity().await?;
        for lake in &lakes {
            let store = LakeStore::open(&lake.url, id, settings).map_err(RunError::from)?;
            let verified = verify_lake(&store, &warehouse, &lake.accounts, args.rows, &dir).await;
            // The others are verified all the same.
            let verified = verified.inspect_err(|error| code = code.min(tell(error, global.log_format)));
            all.extend(verified.map(|verified| (lake.url.to_string(), verified)));
        }
        Ok::<_, CliError>(())
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => {
            let lakes: Vec<_> = all.iter().map(|(lake, verified)| document(lake, verified)).collect();
            writeln!(stdout, "{}", json!({ "lakes": lakes }))?;
        }
        OutputFormat::Text => {
            for (lake, verified) in &all {
                let publication = verified.publication.to_string();
                writeln!(stdout, "{}", say!("lake-verified", lake, publication))?;
                for part in &verified.parts {
                    write_part(&mut stdout, part)?;
                }
                for account in &verified.not_built {
                    writeln!(stdout, "✘ {}", say!("lake-account-not-built", account))?;
                }
            }
        }
    }
    let is_clean = all.iter().all(|(_, verified)| verified.is_clean());
    Ok(if is_clean { code } else { code.min(ExitCode::Failed) })
}

fn write_part(stdout: &mut impl Write, PartVerified { part, found, groups }: &PartVerified) -> std::io::Result<()> {
    let what = Message::of("lake-part", part, Vec::new()).text(language());
    let RowDifferences { equal, missing_there, missing_here, different } = *found;
    if found.is_none() {
        return writeln!(stdout, "✔ {what}: {}", say!("lake-part-agrees", rows = human(equal)));
    }
    let (equal, missing_there, missing_here) = (human(equal), human(missing_there), human(missing_here));
    let different = human(different);
    writeln!(stdout, "✘ {what}: {}", say!("lake-part-differs", equal, different, missing_there, missing_here))?;
    for group in groups {
        writeln!(stdout, "    {}", group.join(" "))?;
    }
    Ok(())
}

fn document(lake: &str, verified: &LakeVerified) -> serde_json::Value {
    let part = |PartVerified { part, found, groups }: &PartVerified| {
        let RowDifferences { equal, missing_there, missing_here, different } = *found;
        let document = json!({
            "equal": equal, "different": different, "missing_in_lake": missing_there,
            "missing_in_warehouse": missing_here, "groups": groups,
        });
        ((*part).to_owned(), document)
    };
    let parts: serde_json::Map<String, serde_json::Value> = verified.parts.iter().map(part).collect();
    let as_of: serde_json::Map<String, serde_json::Value> =
        verified.as_of.iter().map(|(account, delivery_id)| (account.clone(), (*delivery_id).into())).collect();
    json!({
        "lake": lake, "publication": verified.publication, "as_of_delivery": as_of, "not_built": verified.not_built, "parts": parts,
    })
}
