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
use crate::failure::{RebuildError, RunError};
use crate::guidance::ExitCode;
use crate::lake::LakeError;
use crate::night::{FILE_ROWS, PublishContext, publish};
use crate::pipeline::{Pipeline, Shard};
use crate::settings::Settings;
use crate::upkeep::{DecodeContext, DecodeReport, decode_account};

/// A lake, and what was decoded for it here.
struct Decoded {
    lake: String,
    reports: Vec<DecodeReport>,
    progress: DecodingProgress,
}

/// How far all processes have come.
enum DecodingProgress {
    /// The pointer names the states of all accounts.
    Published,
    /// So many accounts are decoded, of so many.
    Open { decoded: u64, accounts: u64 },
    /// Nothing was decoded here, or not everything, and the errors say why.
    Unknown,
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
            let (url, mut reports) = (lake.url.to_string(), Vec::new());
            let on_step = |_| stop.check();
            let owed = PublishContext::new(&warehouse, settings, &site_key, &on_step);
            if warehouse.stale_lakes().await?.contains(&url) {
                // What is to be withdrawn would take what is decoded now with it.
                match publish(lake, &owed).await {
                    Ok(_) | Err(RunError::Lake(LakeError::Busy { .. })) => {}
                    Err(error) => {
                        code = code.min(tell(&error, global.log_format));
                        all.push(Decoded { lake: url, reports, progress: DecodingProgress::Unknown });
                        continue;
                    }
                }
            }
            let ours = |pipeline: &&Pipeline| lake.accounts.contains(&pipeline.account) && is_ours(&pipeline.account);
            for pipeline in pipelines.iter().filter(ours) {
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
                let mut outcome = decode_account(pipeline, lake, context).await;
                if matches!(outcome, Err(RunError::Rebuild(RebuildError::DecodingEnded))) {
                    // Another one is to be published first, or this one was withdrawn.
                    outcome = match publish(lake, &owed).await {
                        Ok(_) => decode_account(pipeline, lake, context).await,
                        Err(error) => Err(error),
                    };
                }
                reports.extend(error::keep(&pipeline.account, outcome, &mut code, global.log_format));
                if stop.check().is_err() {
                    break;
                }
            }
            let is_whole = !reports.is_empty() && reports.len() == pipelines.iter().filter(ours).count();
            let mut open = warehouse.decoded_accounts(&url).await?;
            if is_whole && open.is_some_and(|(decoded, accounts)| decoded == accounts) {
                match publish(lake, &owed).await {
                    Ok(_) => open = warehouse.decoded_accounts(&url).await?,
                    Err(error) => code = code.min(tell(&error, global.log_format)),
                }
            }
            let is_withdrawn = match reports.first() {
                Some(first) => !warehouse.has_decoding(&url, &first.decoding_id).await?,
                None => false,
            };
            if is_withdrawn {
                code = code.min(tell(&RebuildError::DecodingEnded.into(), global.log_format));
            }
            let progress = match open {
                _ if is_withdrawn => DecodingProgress::Unknown,
                Some((decoded, accounts)) => DecodingProgress::Open { decoded, accounts },
                None if is_whole => DecodingProgress::Published,
                None => DecodingProgress::Unknown,
            };
            all.push(Decoded { lake: url, reports, progress });
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

fn document(Decoded { lake, reports, progress }: &Decoded) -> serde_json::Value {
    let missing = match progress {
        DecodingProgress::Published => Some(0),
        DecodingProgress::Open { decoded, accounts } => Some(accounts - decoded),
        DecodingProgress::Unknown => None,
    };
    json!({ "lake": lake, "accounts": reports, "missing_accounts": missing })
}

fn write_text(stdout: &mut impl Write, Decoded { lake, reports, progress }: &Decoded) -> std::io::Result<()> {
    for DecodeReport { account, is_known, deliveries, states, .. } in reports {
        let line = match is_known {
            true => say!("lake-decoded-before", account),
            false => say!("lake-decoded-account", account, deliveries = *deliveries, states = *states),
        };
        writeln!(stdout, "{line}")?;
    }
    match *progress {
        DecodingProgress::Published => writeln!(stdout, "{}", say!("lake-decoded", lake)),
        DecodingProgress::Open { decoded, accounts } => {
            writeln!(stdout, "{}", say!("lake-decoding-open", lake, decoded, accounts))
        }
        DecodingProgress::Unknown => Ok(()),
    }
}
