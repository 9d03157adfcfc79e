//! `tijian lake publish --decode`: every landed delivery once more, by today's contract, for a rebuild by an engine.

use std::io::Write;

use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::lake::{PublishArgs, named_lakes, tell};
use crate::cli::language::say;
use crate::cli::progress::Progress;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::guidance::ExitCode;
use crate::night::{FILE_ROWS, PublishContext, publish};
use crate::pipeline::Shard;
use crate::settings::Settings;
use crate::upkeep::{DecodeContext, DecodeReport, decode_account};

/// A lake, and what was decoded for it here.
struct Decoded {
    lake: String,
    reports: Vec<DecodeReport>,
    /// Accounts that are decoded by now, and all of them; `None`: the pointer names the states.
    missing: Option<(u64, u64)>,
}

pub(super) fn execute(args: &PublishArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    let lakes = named_lakes(&pipelines)?;
    let site_key = settings.site_key()?;
    let database = Database::find(global, settings)?;
    let is_ours = |account: &str| args.shard.is_none_or(|shard: Shard| shard.holds(account));
    let (all, code) = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?;
        let (mut all, mut code) = (Vec::new(), ExitCode::Good);
        for lake in &lakes {
            let mut reports = Vec::new();
            let ours = pipelines.iter().filter(|pipeline| lake.accounts.contains(&pipeline.account));
            for pipeline in ours.filter(|pipeline| is_ours(&pipeline.account)) {
                let progress = Progress::start(&pipeline.account);
                let on_step = |step| {
                    progress.show_decode(step);
                    stop.check()
                };
                let context = DecodeContext {
                    warehouse: &warehouse,
                    settings,
                    site_key: &site_key,
                    file_rows: FILE_ROWS,
                    on_step: &on_step,
                };
                let outcome = decode_account(pipeline, lake, context).await;
                reports.extend(error::keep(&pipeline.account, outcome, &mut code, global.log_format));
            }
            let url = lake.url.to_string();
            let mut missing = warehouse.decoded_accounts(&url).await?;
            if missing.is_some_and(|(decoded, accounts)| decoded == accounts) {
                let on_step = |_| stop.check();
                let context = PublishContext {
                    warehouse: &warehouse,
                    settings,
                    site_key: &site_key,
                    is_complete: false,
                    file_rows: FILE_ROWS,
                    on_step: &on_step,
                };
                match publish(lake, &context).await {
                    Ok(_) => missing = warehouse.decoded_accounts(&url).await?,
                    Err(error) => code = code.min(tell(&error, global.log_format)),
                }
            }
            all.push(Decoded { lake: url, reports, missing });
        }
        Ok::<_, CliError>((all, code))
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => {
            let lakes: Vec<_> = all.iter().map(document).collect();
            writeln!(stdout, "{}", json!({ "lakes": lakes }))?;
        }
        OutputFormat::Text => all.iter().try_for_each(|decoded| write_text(&mut stdout, decoded))?,
    }
    Ok(code)
}

fn document(Decoded { lake, reports, missing }: &Decoded) -> serde_json::Value {
    let missing = missing.map_or(0, |(decoded, accounts)| accounts - decoded);
    json!({ "lake": lake, "accounts": reports, "missing_accounts": missing })
}

fn write_text(stdout: &mut impl Write, Decoded { lake, reports, missing }: &Decoded) -> std::io::Result<()> {
    for DecodeReport { account, is_known, deliveries, states } in reports {
        let line = match is_known {
            true => say!("lake-decoded-before", account),
            false => say!("lake-decoded-account", account, deliveries = *deliveries, states = *states),
        };
        writeln!(stdout, "{line}")?;
    }
    let line = match missing {
        Some((decoded, accounts)) => say!("lake-decoding-open", lake, decoded = *decoded, accounts = *accounts),
        None => say!("lake-decoded", lake),
    };
    writeln!(stdout, "{line}")
}
