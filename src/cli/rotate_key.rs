//! `tijian rotate-key`: everything that is sealed or keyed, under a new site key.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::lake::{publish_owed, report_unpublished, warn_of_stale};
use crate::cli::language::say;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::upkeep::{RotationReport, rotate_site_key};
use crate::wording::message;

const EXAMPLE: &str = "\
Example:
  export TIJIAN_SITE_KEY_PREVIOUS=\"$TIJIAN_SITE_KEY\"
  export TIJIAN_SITE_KEY=\"$(openssl rand -base64 32)\"     keep it in the safe before you go on
  tijian rotate-key

If it is stopped, run it again with the same two keys to complete it; until then, runs need the previous one.";

/// Replace the site key: seal landed files and quarantined records again, and renew every person_id
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct RotateKeyArgs {
    /// Pipeline files; none: every one in pipelines/, enabled or not
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &RotateKeyArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let current = settings.site_key()?;
    let previous = settings.previous_site_key()?;
    if previous.expose() == current.expose() {
        return Err(CliError::Usage(message!("TJ-1063")));
    }
    let pipelines = pipelines::select_all(&args.files)?;
    let database = Database::find(global, settings)?;
    let (report, code) = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?;
        let report = rotate_site_key(&pipelines, &warehouse, &previous, &current, &|_| stop.check()).await?;
        let unpublished = publish_owed(&pipelines, &warehouse, settings, &current, &|| stop.check()).await;
        warn_of_stale(&warehouse).await?;
        Ok::<_, CliError>((report, report_unpublished(&unpublished, global.log_format)))
    })?;
    warn(&report);
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => writeln!(stdout, "{}", serde_json::json!(report))?,
        OutputFormat::Text => write!(stdout, "{}", text(&report))?,
    }
    Ok(code)
}

fn warn(report: &RotationReport) {
    for account in &report.accounts_unnamed {
        tracing::warn!(
            account,
            "no pipeline of this account was given: its landed files, if there are any, are still under the previous \
             key; run again with its pipeline before you throw that key away"
        );
    }
    for account in &report.folders_absent {
        tracing::warn!(account, "the pipeline's landing folder does not exist: none of its files were sealed again");
    }
}

fn text(report: &RotationReport) -> String {
    let counts = &report.database;
    let mut lines = vec![say!("rotated-files", files = report.files, before = report.files_before)];
    if report.is_database_before {
        lines.push(say!("rotated-before"));
    } else {
        lines.push(say!("rotated-records", records = counts.records));
        lines.push(say!("rotated-persons", persons = counts.persons, versions = counts.versions));
        lines.push(say!("rotated-files-owed", files = counts.files_owed));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use crate::wording::{Language, message};

    #[test]
    fn sealed_files_are_told_whole_whatever_their_number() {
        let said = |files: u64, before: u64| {
            let message = message!("rotated-files", files, before);
            [Language::English, Language::Chinese].map(|language| message.text(language))
        };
        assert_eq!(said(1, 0), ["1 landed file sealed under the new key", "已用新密钥封存 1 个落地文件"]);
        assert_eq!(said(2, 1)[0], "2 landed files sealed under the new key (1 was already)");
        assert_eq!(said(1, 2)[0], "1 landed file sealed under the new key (2 were already)");
        assert_eq!(said(0, 2)[1], "已用新密钥封存 0 个落地文件（另有 2 个此前已封存）");
    }
}
