//! The command line: one file per command. Nothing else knows clap, standard output or exit statuses.
//!
//! Data goes to standard output; logs, progress and errors go to standard error.

mod adopt;
mod arrive;
mod audit;
pub mod check;
mod completions;
mod database;
mod db;
mod demo;
mod demo_summary;
mod docs;
mod doctor;
mod erase;
mod error;
mod export;
mod finance;
mod help;
mod lake;
mod lake_decode;
mod lake_rebuild;
mod lake_verify;
mod language;
mod logging;
mod man;
mod migrate;
mod monitors;
mod pipelines;
mod places;
mod progress;
mod quarantine;
mod reconcile;
mod recover;
mod replay;
mod report;
mod retain;
mod rotate_key;
mod round;
mod run;
pub mod simulate;
mod sparkline;
mod status;
mod stop;
mod support;
mod table;
mod usage;
mod watch;
mod worker;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode as ProcessExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::clock::{beijing, now};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::telemetry::Otlp;
use crate::wording::message;
use error::CliError;
use language::LanguageName;

const OVERVIEW: &str = "\
Examples:
  tijian demo                         try everything on this machine, without any preparation
  tijian check pipelines/*.toml       are the definitions right?
  tijian run                          the nightly job
  tijian arrive                       report arrivals to the platform
  tijian status                       how did the last nights go?

Environment:
  DATABASE_URL              the warehouse, a PostgreSQL database
  PGHOST, PGPASSWORD, …     as for psql: what DATABASE_URL leaves out
  TIJIAN_PRIVATE_SERVER     1: use a private PostgreSQL server in the data folder instead, like --private-server
  TIJIAN_SITE_KEY           32 bytes in Base64 (openssl rand -base64 32); for person_id and seals
  TIJIAN_SITE_KEY_PREVIOUS  the previous key, for `tijian rotate-key` only
  TIJIAN_DATA_DIR           the data folder, like --data-dir
  PG_BIN_DIR                where the private server's programs are, if not in a usual place
  AWS_*                     the variables of S3's clients: credentials, region and endpoint of a lake in a bucket
  OTEL_*, OPENLINEAGE_*     the standard variables: where traces, metrics and lineage of a run go
  and the variables that a pipeline names for its secrets

Exit status: 0 all good; 1 failed; 2 usage or definition error; 3 loaded, some records in quarantine or arrivals not taken;
4 loaded, acknowledgements or arrivals pending; 5 another run holds the account; 75 temporary, run again.";

/// 体检预约数据仓库 · Nightly warehouse of health-check reservations from the Zheliban platform
#[derive(Parser)]
#[command(name = "tijian", version = env!("TIJIAN_VERSION"), after_help = OVERVIEW, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Heading of [`GlobalArgs`] in help pages: below the options that are the command's own.
const GLOBAL: &str = "Options of every command";

/// Options of every command.
#[derive(Args, Clone)]
pub(crate) struct GlobalArgs {
    /// Format of the logs on standard error
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORM", help_heading = GLOBAL)]
    log_format: LogFormat,
    /// Log more detail
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = GLOBAL)]
    verbose: bool,
    /// Log errors only
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    quiet: bool,
    /// Language of messages and help [default: Chinese if LC_ALL, LC_MESSAGES or LANG names it in UTF-8, otherwise English]
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE", help_heading = GLOBAL)]
    lang: Option<LanguageName>,
    /// The data folder, which holds the private PostgreSQL server
    #[arg(long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    data_dir: Option<PathBuf>,
    /// Use the private PostgreSQL server of the data folder; only without DATABASE_URL
    #[arg(long, global = true, help_heading = GLOBAL)]
    private_server: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// What a command prints on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Run(run::RunArgs),
    Arrive(arrive::ArriveArgs),
    Check(check::CheckArgs),
    Simulate(Box<simulate::SimulateArgs>),
    Migrate(migrate::MigrateArgs),
    Export(export::ExportArgs),
    Report(report::ReportArgs),
    Docs(docs::DocsArgs),
    Status(status::StatusArgs),
    Audit(audit::AuditArgs),
    Doctor(doctor::DoctorArgs),
    Support(support::SupportArgs),
    #[command(subcommand)]
    Quarantine(quarantine::QuarantineCommand),
    Recover(recover::RecoverArgs),
    Reconcile(reconcile::ReconcileArgs),
    Replay(replay::ReplayArgs),
    Adopt(adopt::AdoptArgs),
    Retain(retain::RetainArgs),
    Erase(erase::EraseArgs),
    RotateKey(rotate_key::RotateKeyArgs),
    #[command(subcommand)]
    Finance(finance::FinanceCommand),
    #[command(subcommand)]
    Lake(lake::LakeCommand),
    #[command(subcommand)]
    Db(db::DbCommand),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    #[command(subcommand, hide = true)]
    Worker(worker::WorkerCommand),
}

/// Parses the arguments, runs the command, prints what went wrong.
pub fn main() -> ProcessExitCode {
    forbid_core_dumps();
    let settings = Settings::from_environment();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // Before the language is settled: what a log says of the arguments is in English.
    let parsed = Cli::try_parse_from(&arguments);
    language::settle(&arguments, &settings);
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return help::answer(error, &arguments),
    };
    // Only the nights are traced.
    let otlp = if matches!(cli.command, Command::Run(_)) { Otlp::start(&settings) } else { Otlp::default() };
    logging::start(&cli.global, matches!(cli.command, Command::Demo(_)), &otlp);
    let log_format = cli.global.log_format;
    let outcome = execute(cli, &settings);
    let code = outcome.unwrap_or_else(|error| {
        error::report(&error, log_format);
        error.guidance().exit_code
    });
    otlp.end();
    ProcessExitCode::from(code.status())
}

/// Memory holds patients' data and keys: a crash must not write it to a disk, whoever started this process. A private
/// server inherits it.
fn forbid_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Less can always be asked for; if it is refused all the same, a program that runs is worth more than none.
    let _ = setrlimit(Resource::Core, none);
}

fn execute(cli: Cli, settings: &Settings) -> Result<ExitCode, CliError> {
    let global = &cli.global;
    match cli.command {
        Command::Check(args) => {
            let is_all_right = check::execute(&args, &mut std::io::stdout().lock())?;
            Ok(if is_all_right { ExitCode::Good } else { ExitCode::Definition })
        }
        Command::Completions(args) => completions::execute(&args),
        Command::Man(args) => man::execute(&args, global),
        Command::Worker(command) => worker::execute(&command),
        Command::Demo(args) => demo::execute(&args, global, settings),
        Command::Run(args) => run::execute(&args, global, settings),
        Command::Arrive(args) => arrive::execute(&args, global, settings),
        Command::Migrate(args) => migrate::execute(&args, global, settings),
        Command::Export(args) => export::execute(&args, global, settings),
        Command::Report(args) => report::execute(&args, global, settings),
        Command::Docs(args) => docs::execute(&args, global, settings),
        Command::Status(args) => status::execute(&args, global, settings),
        Command::Audit(args) => audit::execute(&args, global, settings),
        Command::Doctor(args) => doctor::execute(&args, global, settings),
        Command::Support(args) => support::execute(&args, global, settings),
        Command::Quarantine(command) => quarantine::execute(&command, global, settings),
        Command::Recover(args) => recover::execute(&args, global, settings),
        Command::Reconcile(args) => reconcile::execute(&args, global, settings),
        Command::Replay(args) => replay::execute(&args, global, settings),
        Command::Adopt(args) => adopt::execute(&args, global, settings),
        Command::Retain(args) => retain::execute(&args, global, settings),
        Command::Erase(args) => erase::execute(&args, global, settings),
        Command::RotateKey(args) => rotate_key::execute(&args, global, settings),
        Command::Finance(command) => finance::execute(&command, global, settings),
        Command::Lake(command) => lake::execute(&command, global, settings),
        Command::Db(command) => db::execute(&command, global, settings),
        Command::Simulate(args) => {
            runtime()?.block_on(simulate::execute(*args, now()))?;
            Ok(ExitCode::Good)
        }
    }
}

/// A time as tables for people show it.
fn to_the_minute(time: DateTime<Utc>) -> String {
    beijing(time).format("%Y-%m-%d %H:%M").to_string()
}

/// Random bytes for a key, or for the pseudonym of an erased person.
fn random_bytes() -> Result<[u8; 32], CliError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| CliError::Usage(message!("TJ-1048", reason = error.to_string())))?;
    Ok(bytes)
}

/// The async runtime of a command.
fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::Runtime)
}
