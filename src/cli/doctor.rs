//! `tijian doctor`: is everything there that tonight's run needs?

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::database::Database;
use crate::cli::error::{CliError, with_code};
use crate::cli::language::{language, say};
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::failure::spoken_chain;
use crate::guidance::ExitCode;
use crate::local_postgres::{LocalPostgresError, SUPPORTED};
use crate::settings::Settings;
use crate::upkeep::{Check, Finding, Trouble, examine};
use crate::warehouse::DatabaseName;
use crate::wording::{Message, Spoken, message};

/// Room for the longest name of a check, and two blanks.
const NAME_WIDTH: usize = 18;

const HELP: &str = "\
✔ good   ! to look at   ✘ to fix   – not checked, because of another problem

Nothing is changed: no pull, no callback, no migration. The platform is asked for one token. A private server that already
exists is started if it is not running.

Exit status: that of the worst finding, the same as of a run that meets it; from worst to best 2, 1, 75, 4, 3, 0. A mark !
gives 4 (acknowledgements pending), 3 (records in quarantine) or 0.

Examples:
  tijian doctor                             every enabled pipeline in pipelines/
  tijian doctor --output json our.toml      one JSON document for a monitoring system";

/// Check everything that a run needs, and say how to fix what is wrong
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
    // Held to the end: a private server lives as long.
    let database = Database::find(global, settings);
    let checks = look(&args.files, &database, settings)?;
    let name = database.as_ref().ok().map(Database::name);
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => writeln!(stdout, "{}", document(name, &checks))?,
        OutputFormat::Text => {
            match name {
                Some(name) => writeln!(stdout, "{}", name.message().text(language()))?,
                None => writeln!(stdout, "{}", say!("doctor-no-database"))?,
            }
            write!(stdout, "{}", text(&checks))?;
        }
    }
    Ok(exit_code(&checks))
}

/// Every check of these pipelines, and of the database, or why there is none.
pub(super) fn look(
    files: &[PathBuf],
    database: &Result<Database, CliError>,
    settings: &Settings,
) -> Result<Vec<Check>, CliError> {
    let (pipelines, problem) = pipelines::select_readable(files);
    let mut checks = examine_definitions(pipelines.iter().map(|pipeline| pipeline.account.as_str()), problem.as_ref());
    checks.extend(runtime()?.block_on(async {
        let warehouse = match database {
            Ok(database) => database.connect_only().await.map_err(|error| of_error(&error)),
            Err(CliError::LocalPostgres(error @ LocalPostgresError::Absent { .. })) => {
                Err(Finding::Good(error.message()))
            }
            Err(error) => Err(of_error(error)),
        };
        examine(&pipelines, settings, &warehouse, SUPPORTED).await
    }));
    Ok(checks)
}

/// One finding for all definitions that can be used, one for each problem of the others.
fn examine_definitions<'a>(accounts: impl Iterator<Item = &'a str>, problem: Option<&CliError>) -> Vec<Check> {
    let accounts: Vec<&str> = accounts.collect();
    let mut findings = Vec::new();
    if !accounts.is_empty() {
        findings.push(Finding::Good(message!("doctor-accounts", accounts)));
    }
    if let Some(error) = problem {
        findings.extend(error.messages().into_iter().map(|problem| Finding::failed(problem, error.guidance())));
    }
    findings.into_iter().map(|finding| Check { account: None, name: "pipelines", finding }).collect()
}

fn of_error(error: &CliError) -> Finding {
    Finding::failed(spoken_chain(error), error.guidance())
}

/// A table of the checks of each account that they concern; the last one counts.
fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    let same_account = |one: &Check, next: &Check| one.account == next.account;
    for of_account in checks.chunk_by(same_account) {
        if let Some(account) = of_account.first().and_then(|check| check.account.as_deref()) {
            text.push_str(&format!("\n{}\n", say!("doctor-account", account)));
        }
        for check in of_account {
            let (mark, _) = mark(&check.finding);
            let words = match &check.finding {
                Finding::Good(words) => words.text(language()),
                Finding::LeftOut(why) => say!("doctor-left-out", why = reason(why)),
                Finding::Watch(trouble) | Finding::Broken(trouble) => {
                    say!("doctor-trouble", problem = with_code(&trouble.problem), remedy = &trouble.remedy)
                }
            };
            let name = Message::of("check", check.name, Vec::new()).text(language());
            text.push_str(&format!("{mark} {}{words}\n", padded(&name)));
        }
    }
    text.push_str(&format!("\n{}\n", verdict(checks)));
    text
}

/// A name with blanks behind it; a Chinese character takes the room of two letters.
fn padded(name: &str) -> String {
    let width: usize = name.chars().map(|sign| if sign.is_ascii() { 1 } else { 2 }).sum();
    format!("{name}{}", " ".repeat(NAME_WIDTH.saturating_sub(width)))
}

fn reason(why: &str) -> Message {
    Message::of("left-out", why, Vec::new())
}

/// All of it in one line.
pub(super) fn verdict(checks: &[Check]) -> String {
    let count = |wanted: &str| checks.iter().filter(|check| mark(&check.finding).1 == wanted).count();
    let (broken, watch, left_out) = (count("broken"), count("watch"), count("left_out"));
    if broken + watch + left_out == 0 {
        return say!("doctor-all-good");
    }
    let status = u32::from(exit_code(checks).status());
    say!("doctor-verdict", broken, watch, left_out, status)
}

/// The exit status of the worst finding.
fn exit_code(checks: &[Check]) -> ExitCode {
    checks.iter().map(|check| check.finding.exit_code()).min().unwrap_or(ExitCode::Good)
}

/// The checks as a document for programs.
pub(super) fn document(database: Option<&DatabaseName>, checks: &[Check]) -> Value {
    let entry = |check: &Check| {
        let (code, finding, what_to_do) = match &check.finding {
            Finding::Good(words) => (None, words.to_string(), None),
            Finding::LeftOut(why) => (None, (*why).to_owned(), None),
            Finding::Watch(Trouble { problem, remedy, .. }) | Finding::Broken(Trouble { problem, remedy, .. }) => {
                (problem.code(), problem.to_string(), Some(remedy.message().to_string()))
            }
        };
        json!({
            "account": check.account,
            "check": check.name.to_lowercase().replace(' ', "_"),
            "state": mark(&check.finding).1,
            "code": code,
            "finding": finding,
            "what_to_do": what_to_do,
            "exit_code": check.finding.exit_code().status(),
        })
    };
    let entries: Vec<Value> = checks.iter().map(entry).collect();
    json!({ "database": database, "exit_code": exit_code(checks).status(), "checks": entries })
}

/// The mark for people, and the state for programs.
fn mark(finding: &Finding) -> (char, &'static str) {
    match finding {
        Finding::Good(_) => ('✔', "good"),
        Finding::Watch(_) => ('!', "watch"),
        Finding::Broken(_) => ('✘', "broken"),
        Finding::LeftOut(_) => ('–', "left_out"),
    }
}
