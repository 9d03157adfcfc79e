//! `tijian doctor`: is everything there that tonight's run needs?

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::remedies::words;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::failure::chain;
use crate::guidance::ExitCode;
use crate::local_postgres::{LocalPostgresError, SUPPORTED};
use crate::settings::Settings;
use crate::upkeep::{Check, Finding, examine};
use crate::warehouse::DatabaseName;

/// Room for the longest name of a check, and two blanks.
const NAME_WIDTH: usize = 18;

const HELP: &str = "\
✔ good   ! somebody should look   ✘ to be mended   – cannot be looked at, because of another one

Nothing is changed: no pull, no callback, no migration. The platform is asked for one token. A private server that was made
before is started if it is not up.

Exit status: that of the worst finding, as a run that meets it would end: 2, 1, 75, 4, 3, 0. A mark ! asks for 4
(acknowledgements pending), 3 (records in quarantine) or 0.

Examples:
  tijian doctor                             every enabled pipeline in pipelines/
  tijian doctor --output json our.toml      one JSON document for a monitoring system";

/// Look at everything that a run needs, and say what to do about what is wrong
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct DoctorArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &DoctorArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let (pipelines, problem) = pipelines::select_readable(&args.files);
    let mut checks = examine_definitions(pipelines.iter().map(|pipeline| pipeline.account.as_str()), problem.as_ref());
    // Held to the end: a private server lives as long.
    let database = Database::find(global, settings);
    let name = database.as_ref().ok().map(Database::name);
    checks.extend(runtime()?.block_on(async {
        let warehouse = match &database {
            Ok(database) => database.connect_only().await.map_err(|error| of_error(&error)),
            Err(CliError::LocalPostgres(error @ LocalPostgresError::Absent { .. })) => {
                Err(Finding::Good(error.to_string()))
            }
            Err(error) => Err(of_error(error)),
        };
        examine(&pipelines, settings, &warehouse, SUPPORTED).await
    }));
    let exit_code = exit_code(&checks);
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => writeln!(stdout, "{}", document(name, &checks, exit_code))?,
        OutputFormat::Text => {
            match name {
                Some(name) => writeln!(stdout, "{name}")?,
                None => writeln!(stdout, "no database")?,
            }
            write!(stdout, "{}", text(&checks))?;
        }
    }
    Ok(exit_code)
}

/// One finding for all definitions that can be used, one for each problem of the others.
fn examine_definitions<'a>(accounts: impl Iterator<Item = &'a str>, problem: Option<&CliError>) -> Vec<Check> {
    let accounts: Vec<&str> = accounts.collect();
    let mut findings = Vec::new();
    if !accounts.is_empty() {
        findings.push(Finding::Good(accounts.join(", ")));
    }
    if let Some(error) = problem {
        // Definitions have many problems, one a line.
        findings.extend(chain(error).lines().map(|problem| Finding::failed(problem, error.guidance())));
    }
    findings.into_iter().map(|finding| Check { account: None, name: "pipelines", finding }).collect()
}

fn of_error(error: &CliError) -> Finding {
    Finding::failed(chain(error), error.guidance())
}

/// One line per check, below the account that it concerns; the last one counts.
fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    let mut account = &None;
    for check in checks {
        if check.account != *account {
            account = &check.account;
            text.push_str(&format!("\naccount {}\n", account.as_deref().unwrap_or_default()));
        }
        let (mark, _) = mark(&check.finding);
        let words = match &check.finding {
            Finding::Good(words) => words.clone(),
            Finding::LeftOut(why) => format!("left out: {why}"),
            Finding::Watch(trouble) | Finding::Mend(trouble) => {
                format!("{}; what to do: {}", trouble.problem, words(&trouble.remedy))
            }
        };
        text.push_str(&format!("{mark} {:NAME_WIDTH$}{words}\n", check.name));
    }
    text.push_str(&format!("\n{}\n", verdict(checks)));
    text
}

/// All of it in one line.
pub(super) fn verdict(checks: &[Check]) -> String {
    let count = |wanted: &str| checks.iter().filter(|check| mark(&check.finding).1 == wanted).count();
    let (mend, watch, left_out) = (count("mend"), count("watch"), count("left_out"));
    if mend + watch + left_out == 0 {
        return "all good".to_owned();
    }
    let status = exit_code(checks).status();
    format!("{mend} to mend, {watch} to look at, {left_out} left out: exit status {status}")
}

/// What the worst finding asks for.
fn exit_code(checks: &[Check]) -> ExitCode {
    checks.iter().map(|check| check.finding.exit_code()).min().unwrap_or(ExitCode::Good)
}

fn document(database: Option<&DatabaseName>, checks: &[Check], exit_code: ExitCode) -> Value {
    let entry = |check: &Check| {
        let (finding, what_to_do) = match &check.finding {
            Finding::Good(words) => (words.as_str(), None),
            Finding::LeftOut(why) => (*why, None),
            Finding::Watch(trouble) | Finding::Mend(trouble) => {
                (trouble.problem.as_str(), Some(words(&trouble.remedy)))
            }
        };
        json!({
            "account": check.account,
            "check": check.name.to_lowercase().replace(' ', "_"),
            "state": mark(&check.finding).1,
            "finding": finding,
            "what_to_do": what_to_do,
            "exit_code": check.finding.exit_code().status(),
        })
    };
    let entries: Vec<Value> = checks.iter().map(entry).collect();
    json!({ "database": database, "exit_code": exit_code.status(), "checks": entries })
}

/// For people, and for programs.
fn mark(finding: &Finding) -> (char, &'static str) {
    match finding {
        Finding::Good(_) => ('✔', "good"),
        Finding::Watch(_) => ('!', "watch"),
        Finding::Mend(_) => ('✘', "mend"),
        Finding::LeftOut(_) => ('–', "left_out"),
    }
}
