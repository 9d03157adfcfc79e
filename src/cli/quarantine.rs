//! `tijian quarantine`: what was refused and why, single records for who may see them, and what becomes of them.

mod settle;

use std::io::{IsTerminal, Write};

use chrono::TimeDelta;
use comfy_table::Table;
use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::{language, say};
use crate::cli::table::table;
use crate::cli::{GlobalArgs, OutputFormat, runtime, to_the_minute};
use crate::clock::now;
use crate::guidance::ExitCode;
use crate::pipeline::Contract;
use crate::reservation::{Field, Rule};
use crate::seal::QuarantineKey;
use crate::settings::Settings;
use crate::warehouse::{OpenRejection, Reason, RejectionFilter};
use crate::wording::{Language, Spoken, message};

/// The quarantine: list, show, retry or discard refused records
#[derive(clap::Subcommand)]
pub(super) enum QuarantineCommand {
    List(ListArgs),
    Show(ShowArgs),
    Retry(settle::RetryArgs),
    Discard(settle::DiscardArgs),
}

/// Selects refused records.
#[derive(clap::Args)]
struct FilterArgs {
    /// Refused for this field, as the platform spells it
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,
    /// Refused by this rule, as `tijian status` names it
    #[arg(long, visible_alias = "reason", value_name = "RULE")]
    rule: Option<String>,
    /// First seen at least this many days ago
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(..=36_500))]
    older_than_days: Option<u32>,
}

impl FilterArgs {
    fn of(&self, account: Option<String>) -> RejectionFilter {
        RejectionFilter {
            account,
            field: self.field.clone(),
            rule: self.rule.clone(),
            seen_until: self.older_than_days.map(|days| now() - TimeDelta::days(days.into())),
            ids: None,
        }
    }

    fn is_anything(&self) -> bool {
        self.field.is_none() && self.rule.is_none() && self.older_than_days.is_none()
    }
}

const LIST_EXAMPLE: &str = "\
Examples:
  tijian quarantine list                                          oldest first
  tijian quarantine list --field checkDate --older-than-days 7    what nobody has fixed for a week

No value of a record is listed: `tijian quarantine show` shows one record.";

/// List quarantined records, with every reason and without any value
#[derive(clap::Args)]
#[command(after_help = LIST_EXAMPLE)]
pub(super) struct ListArgs {
    /// This account only
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Records to list
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    limit: i64,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

const SHOW_EXAMPLE: &str = "\
Example:
  tijian quarantine show 42

The record holds personal data. Who has looked at which one is recorded in etl.access_log.";

/// Show one record as it was delivered; that you looked at it is recorded
#[derive(clap::Args)]
#[command(after_help = SHOW_EXAMPLE)]
pub(super) struct ShowArgs {
    /// The record's number, from `tijian quarantine list`
    #[arg(value_name = "ID")]
    rejection_id: i64,
}

pub(super) fn execute(
    command: &QuarantineCommand,
    global: &GlobalArgs,
    settings: &Settings,
) -> Result<ExitCode, CliError> {
    match command {
        QuarantineCommand::List(args) => list(args, global, settings),
        QuarantineCommand::Show(args) => show(args, global, settings),
        QuarantineCommand::Retry(args) => settle::retry(args, global, settings),
        QuarantineCommand::Discard(args) => settle::discard(args, global, settings),
    }
}

fn list(args: &ListArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let filter = args.filter.of(args.account.clone());
    let database = Database::find(global, settings)?;
    let rejections = runtime()?.block_on(async {
        Ok::<_, CliError>(database.connect_current().await?.open_rejections(&filter, args.limit).await?)
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => writeln!(stdout, "{}", json!({ "rejections": rejections }))?,
        OutputFormat::Text if rejections.is_empty() => writeln!(stdout, "{}", say!("quarantine-empty"))?,
        OutputFormat::Text => writeln!(stdout, "{}", listing(&rejections))?,
    }
    Ok(ExitCode::Good)
}

fn show(args: &ShowArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let key = QuarantineKey::derive(settings.site_key()?.expose());
    let operator = settings.operator();
    let database = Database::find(global, settings)?;
    let record = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        Ok::<_, CliError>(warehouse.show_rejected_record(&key, args.rejection_id, &operator).await?)
    })?;
    let Some(record) = record else {
        return Err(CliError::Usage(message!("TJ-1051", record = &args.rejection_id)));
    };
    let mut stdout = std::io::stdout().lock();
    let is_terminal = stdout.is_terminal();
    stdout.write_all(&readable(&record, is_terminal))?;
    writeln!(stdout)?;
    Ok(ExitCode::Good)
}

/// Byte for byte for a program; nothing that moves a terminal's cursor for a person.
fn readable(record: &[u8], is_terminal: bool) -> Vec<u8> {
    if !is_terminal {
        return record.to_vec();
    }
    let text = String::from_utf8_lossy(record);
    let visible = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() };
    text.chars().map(visible).collect::<String>().into_bytes()
}

fn listing(rejections: &[OpenRejection]) -> Table {
    let headings = [
        say!("column-id"),
        say!("column-account"),
        say!("column-serial-number"),
        say!("column-first-seen"),
        say!("column-last-seen"),
        say!("column-deliveries"),
        say!("column-reasons"),
    ];
    let mut table = table(headings, 5..6);
    let names = ReasonNames::new();
    for rejection in rejections {
        table.add_row([
            rejection.rejection_id.to_string(),
            rejection.account.clone(),
            rejection.serial_number.clone().unwrap_or_else(|| "-".to_owned()).replace(char::is_control, " "),
            to_the_minute(rejection.first_seen_at),
            to_the_minute(rejection.last_seen_at),
            rejection.attempts.to_string(),
            rejection.reasons.iter().map(|reason| names.reason(reason)).collect::<Vec<_>>().join("\n"),
        ]);
    }
    table
}

/// Names of fields and rules for people: the labels of the shipped contract, and the report's words.
pub(super) struct ReasonNames {
    contract: Contract,
}

impl ReasonNames {
    pub fn new() -> ReasonNames {
        ReasonNames { contract: Contract::shipped() }
    }

    /// Explanations are stored in English; in Chinese, the rule's name replaces them.
    fn reason(&self, reason: &Reason) -> String {
        let field = reason.field.as_deref().unwrap_or_default();
        match language() {
            Language::English if field.is_empty() => format!("{}: {}", say!("whole-record"), reason.explanation),
            Language::English => format!("{field}: {}", reason.explanation),
            Language::Chinese => {
                let field = self.field(field).unwrap_or_else(|| field.to_owned());
                format!("{field} {}", rule_name(&reason.rule).unwrap_or_else(|| reason.rule.clone()))
            }
        }
    }

    /// The field's label, and its name as the platform spells it.
    pub fn labelled_field(&self, field: &str) -> String {
        match self.field(field) {
            Some(label) if !field.is_empty() => format!("{label}（{field}）"),
            label => label.unwrap_or_else(|| field.to_owned()),
        }
    }

    /// The rule's name for people, and that of the contract.
    pub fn labelled_rule(&self, rule: &str) -> String {
        rule_name(rule).map_or_else(|| rule.to_owned(), |name| format!("{name}（{rule}）"))
    }

    /// The label in Chinese, without the unit behind it. Empty: the record as a whole.
    fn field(&self, field: &str) -> Option<String> {
        if field.is_empty() {
            return Some(say!("whole-record"));
        }
        let label = &self.contract.field(Field::from_name(field)?).label.zh;
        Some(label.split('（').next().unwrap_or(label).to_owned())
    }
}

fn rule_name(rule: &str) -> Option<String> {
    Some(Rule::from_name(rule)?.message().text(language()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reaches_a_program_as_it_is_and_a_terminal_without_its_controls() {
        let record = b"{\"name\":\"\xe4\xbd\x93\x1b[31m\xff\"\n";
        assert_eq!(readable(record, false), record);
        assert_eq!(String::from_utf8(readable(record, true)).unwrap(), "{\"name\":\"体\\u{1b}[31m\u{FFFD}\"\\n");
    }
}
