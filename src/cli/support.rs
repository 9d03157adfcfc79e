//! `tijian support`: one archive for whoever helps. Versions, definitions, what doctor finds, the last runs, the log: nothing
//! about a person, and no secret.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::say;
use crate::cli::places::file_place;
use crate::cli::{GlobalArgs, doctor, pipelines, runtime};
use crate::clock::{beijing, now};
use crate::failure::spoken_chain;
use crate::guidance::ExitCode;
use crate::plain_files::read_plain_text;
use crate::settings::Settings;
use crate::wording::{Language, Spoken, message};

/// How many runs of each account it contains.
const RUNS: i64 = 30;

/// How many lines of the units' log it contains.
const LOG_LINES: &str = "5000";

/// The units whose log it is.
const UNITS: [&str; 4] =
    ["tijian.service", "tijian-watch.service", "tijian-alert@tijian.service", "tijian-alert@tijian-watch.service"];

/// What systemd quotes that is its own: how a unit ended, and what it was doing.
const OWN_QUOTES: [&str; 2] = [": Failed with result '", ": State '"];

const EXAMPLE: &str = "\
Example:
  tijian support

The archive contains versions of tijian and of the system, the names (not the values) of the variables that are set, the
definitions without their comments, the findings of `tijian doctor`, the last 30 runs of each account, and the last 5,000 lines of
the units' log. None of it names a person or holds a secret. Look through it before you send it.

Exit status: 0 written; 1 not written; 2 usage error, or a file of that name exists.";

/// Write one archive for a support ticket, without personal data or secrets
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct SupportArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// The archive; never replaced [default: tijian-support_<time>.zip here]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn execute(args: &SupportArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let named = || format!("tijian-support_{}.zip", beijing(now()).format("%Y%m%dT%H%M%S")).into();
    let path = args.out.clone().unwrap_or_else(named);
    if path.symlink_metadata().is_ok() {
        return Err(CliError::Usage(message!("TJ-1055", path = &path)));
    }
    file_place("--out", &path)?;
    let failed = || CliError::io_on("write", &path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Its owner's to send: nobody else reads it.
    let mut archive = ZipWriter::new(NamedTempFile::new_in(folder).map_err(failed())?);
    for (name, text) in contents(args, global, settings)? {
        let written = archive.start_file(name, SimpleFileOptions::default()).map_err(std::io::Error::from);
        written.and_then(|()| archive.write_all(text.as_bytes())).map_err(failed())?;
    }
    let file = archive.finish().map_err(std::io::Error::from).map_err(failed())?;
    file.persist_noclobber(&path).map_err(|error| error.error).map_err(failed())?;
    writeln!(std::io::stdout().lock(), "{}", say!("support-written", path = &path))?;
    Ok(ExitCode::Good)
}

/// Every file of the archive. What cannot be had says so in its place.
fn contents(args: &SupportArgs, global: &GlobalArgs, settings: &Settings) -> Result<Vec<(String, String)>, CliError> {
    let (pipelines, _) = pipelines::select_readable(&args.files);
    let database = Database::find(global, settings);
    let checks = doctor::look(&args.files, &database, settings)?;
    let name = database.as_ref().ok().map(Database::name);
    let mut files = vec![
        ("versions.json".to_owned(), pretty(&versions())),
        ("variables.json".to_owned(), pretty(&json!({ "set": variables(settings) }))),
        ("doctor.json".to_owned(), pretty(&doctor::document(name, &checks))),
        ("status.json".to_owned(), pretty(&status(&database))),
        ("log.txt".to_owned(), log()),
    ];
    for pipeline in &pipelines {
        let text = read_plain_text(&pipeline.file).unwrap_or_default();
        files.push((format!("pipelines/{}.toml", pipeline.account), without_comments(&text)));
        files.push((format!("contracts/{}.toml", pipeline.account), without_comments(&pipeline.contract.text)));
    }
    Ok(files)
}

fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

fn versions() -> Value {
    let first_line = |path: &str, key: &str| {
        let text = read_plain_text(Path::new(path)).unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim_matches('"').to_owned())
    };
    json!({
        "tijian": env!("CARGO_PKG_VERSION"),
        "architecture": std::env::consts::ARCH,
        "system": first_line("/etc/os-release", "PRETTY_NAME="),
        "kernel": first_line("/proc/sys/kernel/osrelease", ""),
        "made_at": beijing(now()).to_rfc3339(),
    })
}

/// Names of the variables that are set and count here; never what they hold.
fn variables(settings: &Settings) -> Vec<&str> {
    let families = ["DATABASE_URL", "PG", "TIJIAN_", "ZHELIBAN_", "OTEL_", "OPENLINEAGE_", "LANG", "LC_", "TZ"];
    let counts =
        |name: &&str| families.iter().any(|family| name.starts_with(family)) || name.to_lowercase().ends_with("_proxy");
    let mut names: Vec<&str> = settings.names().filter(counts).collect();
    names.sort_unstable();
    names
}

/// The last runs, or why they cannot be read.
fn status(database: &Result<Database, CliError>) -> Value {
    let why_not =
        |error: &CliError| json!({ "code": error.message().code(), "error": spoken_chain(error).to_string() });
    let database = match database {
        Ok(database) => database,
        Err(error) => return why_not(error),
    };
    let read =
        || runtime()?.block_on(async { Ok::<_, CliError>(database.connect_current().await?.status(RUNS).await?) });
    match read() {
        Ok(accounts) => json!({ "accounts": accounts }),
        Err(error) => why_not(&error),
    }
}

/// A definition that could be read holds no secret; a comment in it may.
fn without_comments(text: &str) -> String {
    let table = text.parse::<toml::Table>().ok();
    table.and_then(|table| toml::to_string(&table).ok()).unwrap_or_default()
}

/// The units' log, where systemd keeps one that we may read; otherwise why there is none.
fn log() -> String {
    let mut journal = Command::new("journalctl");
    journal.args(["--no-pager", "--output", "short-iso", "--lines", LOG_LINES]);
    journal.args(UNITS.iter().flat_map(|unit| ["--unit", unit]));
    let why_not = |reason: String| format!("{}\n", message!("support-no-log", reason).text(Language::English));
    match journal.output() {
        Ok(output) if output.stdout.is_empty() => {
            why_not(format!("{} {}", output.status, String::from_utf8_lossy(&output.stderr)))
        }
        Ok(output) => discreet(&String::from_utf8_lossy(&output.stdout)),
        Err(error) => why_not(error.to_string()),
    }
}

/// systemd quotes what it cannot read in a unit or an environment file, and those hold secrets. Only our own program says none, so
/// its lines stay whole.
fn discreet(log: &str) -> String {
    let mut text = String::new();
    let mut is_ours = true;
    for line in log.lines() {
        // The rest of a message: a quoted value goes over several lines where a quotation mark is missing.
        if line.starts_with(' ') && !is_ours {
            continue;
        }
        // Time, machine, program.
        is_ours = line.split(' ').nth(2).is_some_and(|program| program.starts_with("tijian["));
        let kept = if is_ours { line.len() } else { unquoted_length(line) };
        let cut = if kept < line.len() { "…" } else { "" };
        text.extend([&line[..kept], cut, "\n"]);
    }
    text
}

/// How much of a line comes before anything that may be quoted: all of it behind the place in a file, since systemd puts values
/// into such messages with and without quotation marks; elsewhere what is between these, or is ignored.
fn unquoted_length(line: &str) -> usize {
    let place = [": ", "] "].iter().flat_map(|end| line.match_indices(end)).filter_map(|(at, end)| {
        let (_, number) = line[..at].rsplit_once(':')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(at + end.len())
    });
    let quote = line.find(['\'', '"']).filter(|at| !OWN_QUOTES.iter().any(|own| line[..=*at].ends_with(own)));
    place.chain(quote).chain(line.find("ignoring")).min().unwrap_or(line.len())
}
