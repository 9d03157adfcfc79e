//! `tijian erase`: one person's identity out of the warehouse, on request.
//!
//! The id number comes by standard input: arguments are seen by every user of the machine, and kept in the shell's history.

use std::io::{BufRead, IsTerminal, Write};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::lake::{publish_owed, report_unpublished, warn_of_stale};
use crate::cli::language::say;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, random_bytes, runtime};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::upkeep::{AccountErasure, Doubt, ErasureRequest, Extent, Undecided, erase};
use crate::wording::message;

const EXAMPLE: &str = "\
Examples:
  tijian erase --card-type 1             asks for the number, and only counts
  tijian erase --card-type 1 --confirm < number.txt
  tijian erase --card-type 1 --confirm --also demo/ZJ109-000001 < number.txt

Name, document number, phone, health card number, month and day of birth (the year stays) and unknown fields are erased from every
version and from quarantined records. Rows of the person's arrivals that have an outcome, and any that were written with the
document number, are deleted from the arrival inbox. Reservations, arrivals, fees and counts of people stay. This cannot be undone.
The next night or `tijian export` makes files that were exported with identity again; landed deliveries keep their sealed copy until
keep_days.

If a version has the number, however it is written, all versions of its reservation are the person's. Reservations that may be the
person's by name and phone or by health card, or that have become somebody else's, are listed for you to decide on: --also
includes one. After erasing, they are no longer listed, so first count, then decide, then confirm.

Exit status: 0 erased, or nobody found; 2 refused without --confirm; 5 a run holds an account: try again when it has ended.";

/// Erase one person's identity from the history and the quarantine
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct EraseArgs {
    /// The platform's code for the kind of document, such as 1 for the identity card; leave it out for documents delivered
    /// without one
    #[arg(long, value_name = "CODE")]
    card_type: Option<String>,
    /// Another reservation of this person, as ACCOUNT/SERIAL; may be given several times
    #[arg(long, value_name = "ACCOUNT/SERIAL", value_parser = read_reservation)]
    also: Vec<(String, String)>,
    /// Really erase; without this, what would be erased is only counted
    #[arg(long)]
    confirm: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &EraseArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let site_key = settings.site_key()?;
    let request = ErasureRequest {
        card_type: args.card_type.clone(),
        number: read_number()?,
        operator: settings.operator(),
        also: args.also.clone(),
    };
    let extent = if args.confirm { Extent::Erase { successor: random_bytes()? } } else { Extent::Count };
    // Where the landing folders are. Erasing goes ahead, with a warning, for an account whose pipeline is not here or cannot be read; it
    // must not hide those of the others.
    let pipelines = pipelines::with_others(Vec::new());
    let database = Database::find(global, settings)?;
    let (erasures, code) = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let erasures = erase(&warehouse, &site_key, &pipelines, &request, extent).await?;
        let mut code = ExitCode::Good;
        if args.confirm {
            let unpublished = publish_owed(&pipelines, &warehouse, settings, &site_key, &|| Ok(())).await;
            code = report_unpublished(&unpublished, global.log_format);
            warn_of_stale(&warehouse).await?;
        }
        Ok::<_, CliError>((erasures, code))
    })?;
    print(args.output, &erasures)?;
    let is_found = erasures.iter().any(|erasure| !erasure.counts.is_nothing());
    if is_found && !args.confirm {
        return Err(CliError::Usage(message!("TJ-1044")));
    }
    Ok(code)
}

/// An account's name has no `/`; a serial number may.
fn read_reservation(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((account, serial_number)) if !account.is_empty() && !serial_number.is_empty() => {
            Ok((account.to_owned(), serial_number.to_owned()))
        }
        _ => Err(say!("also-form")),
    }
}

fn read_number() -> Result<SecretString, CliError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("{} ", say!("erase-prompt"));
    }
    let mut line = Zeroizing::new(String::new());
    stdin.lock().read_line(&mut line).map_err(CliError::io("read the document number from standard input"))?;
    let number = line.trim();
    if number.is_empty() {
        return Err(CliError::Usage(message!("TJ-1045")));
    }
    Ok(SecretString::from(number))
}

fn print(output: OutputFormat, erasures: &[AccountErasure]) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    match output {
        OutputFormat::Json => writeln!(stdout, "{}", serde_json::json!({ "accounts": erasures }))?,
        OutputFormat::Text => {
            for AccountErasure { account, counts, erasure_id, undecided } in erasures {
                let what = vec![
                    message!("amount-reservations", count = counts.reservations),
                    message!("amount-versions", count = counts.versions),
                    message!("amount-quarantined-records", count = counts.rejections),
                    message!("amount-inbox-rows", count = counts.inbox_rows),
                ];
                let text = match erasure_id {
                    Some(erasure_id) => say!("erased", account, what, erasure_id),
                    None if counts.is_nothing() => say!("erase-nothing", account),
                    None => say!("erase-would", account, what),
                };
                writeln!(stdout, "{text}")?;
                for Undecided { serial_number, reason } in undecided {
                    let text = match reason {
                        Doubt::OtherOwner => say!("erase-other-owner", account, serial_number),
                        Doubt::Lookalike => say!("erase-lookalike", account, serial_number),
                    };
                    writeln!(stdout, "{text}")?;
                }
            }
        }
    }
    Ok(())
}
