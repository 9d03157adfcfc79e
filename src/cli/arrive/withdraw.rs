//! `tijian arrive --withdraw`: arrivals that the platform has not confirmed are taken back.

use std::io::Write;

use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::say;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, OutputFormat, runtime};
use crate::guidance::ExitCode;
use crate::night::ArrivalContext;
use crate::pipeline::Pipeline;
use crate::reservation::Withdrawal;
use crate::settings::Settings;
use crate::upkeep::{WithdrawalReport, WithdrawalRequest, withdraw_arrivals};
use crate::validate::serial_number;
use crate::wording::message;

pub(super) fn execute(
    given: &[String],
    pipelines: &[Pipeline],
    output: OutputFormat,
    global: &GlobalArgs,
    settings: &Settings,
) -> Result<ExitCode, CliError> {
    let [pipeline] = pipelines else {
        return Err(CliError::Usage(message!("TJ-1032")));
    };
    let serial_numbers: Option<Vec<String>> = given.iter().map(|text| serial_number(text)).collect();
    let serial_numbers = serial_numbers.ok_or_else(|| CliError::Usage(message!("TJ-1035")))?;
    let request = WithdrawalRequest { serial_numbers, operator: settings.operator() };
    let database = Database::find(global, settings)?;
    let report = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?;
        let on_step = |_| stop.check();
        let context = ArrivalContext { warehouse: &warehouse, settings, on_step: &on_step };
        Ok::<_, CliError>(withdraw_arrivals(pipeline, &context, &request).await?)
    })?;
    print(output, &pipeline.account, &request, &report)?;
    Ok(report.exit_code())
}

fn print(
    output: OutputFormat,
    account: &str,
    request: &WithdrawalRequest,
    report: &WithdrawalReport,
) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    match output {
        OutputFormat::Json => {
            let entry = json!({
                "account": account,
                "withdrawals": report.withdrawals,
                "pending": report.pending,
                "exit_code": report.exit_code().status(),
            });
            writeln!(stdout, "{}", json!({ "accounts": [entry] }))?;
        }
        OutputFormat::Text => {
            for (nth, (serial_number, withdrawal)) in request.serial_numbers.iter().zip(&report.withdrawals).enumerate()
            {
                // What is mistyped may be anything, an id number even.
                let text = match withdrawal {
                    Withdrawal::NotTaken => say!("withdrawal-of-nth", nth = nth + 1, said = withdrawal),
                    _ => say!("withdrawal", serial_number, said = withdrawal),
                };
                writeln!(stdout, "{text}")?;
            }
            writeln!(stdout, "{}", say!("withdrawal-pending", account, arrivals = report.pending))?;
        }
    }
    Ok(())
}
