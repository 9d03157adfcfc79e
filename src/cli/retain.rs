//! `tijian retain`: removes expired data, even for accounts that no longer have nights.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::say;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::clock::now;
use crate::guidance::ExitCode;
use crate::night::{PlatformClock, Retained, retain};
use crate::settings::Settings;
use crate::wording::message;

const EXAMPLE: &str = "\
Example:
  tijian retain pipelines/our-hospital.toml

Nothing is removed while the clocks of this machine, of the database and of the platform (by its newest delivery) are more than two
days apart: exit status 1. The newest 30 deliveries stay, whatever their age.

The pipeline file says how long each is kept: keep_days of [landing] and of [quarantine], snapshot_days of a finance export.
Every night also does this at its end.";

/// Remove expired landed deliveries and quarantined records
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct RetainArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// Do not compare with the platform's newest delivery, because you have checked this machine's clock: for an account that
    /// no longer gets deliveries
    #[arg(long)]
    clock_is_right: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &RetainArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    let platform = if args.clock_is_right { PlatformClock::Vouched } else { PlatformClock::Heard };
    let database = Database::find(global, settings)?;
    let (done, code) = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let mut done = Vec::new();
        let mut code = ExitCode::Good;
        for pipeline in &pipelines {
            let outcome = retain(pipeline, &warehouse, now(), platform).await;
            if let Some(retained) = error::keep(&pipeline.account, outcome, &mut code, global.log_format) {
                if retained.left_out.is_some() {
                    code = code.min(ExitCode::Failed);
                }
                done.push((pipeline.account.as_str(), retained));
            }
        }
        Ok::<_, CliError>((done, code))
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => {
            let accounts: serde_json::Map<_, _> =
                done.iter().map(|(account, retained)| ((*account).to_owned(), serde_json::json!(retained))).collect();
            writeln!(stdout, "{}", serde_json::json!({ "accounts": accounts }))?;
        }
        OutputFormat::Text => {
            for (account, Retained { deliveries, records, inbox_rows, snapshots, left_out }) in done {
                if let Some(clocks) = &left_out {
                    writeln!(stdout, "{}", say!("retained-nothing", account, clocks))?;
                    continue;
                }
                let mut what = vec![
                    message!("amount-deliveries", count = deliveries),
                    message!("amount-quarantined-records", count = records),
                ];
                if inbox_rows > 0 {
                    what.push(message!("amount-inbox-rows", count = inbox_rows));
                }
                if snapshots > 0 {
                    what.push(message!("amount-snapshots", count = snapshots));
                }
                writeln!(stdout, "{}", say!("retained", account, what))?;
            }
        }
    }
    Ok(code)
}
