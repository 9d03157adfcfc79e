//! Withdraw: arrivals that the platform has not confirmed are taken back, on somebody's word. The platform is not called.

use crate::failure::RunError;
use crate::guidance::ExitCode;
use crate::night::ArrivalContext;
use crate::night::Step;
use crate::night::belonging::check_folders;
use crate::night::journal::Journal;
use crate::pipeline::Pipeline;
use crate::reservation::Withdrawal;
use crate::warehouse::AccountSession;

/// Which arrivals of an account somebody takes back, and who.
#[derive(Debug, Clone)]
pub struct WithdrawalRequest {
    pub serial_numbers: Vec<String>,
    /// User of the operating system, for the ledger.
    pub operator: String,
}

/// The outcome of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawalReport {
    /// The outcomes, in the order of the request.
    pub withdrawals: Vec<Withdrawal>,
    /// Arrivals that are still owed.
    pub pending: u64,
}

impl WithdrawalReport {
    /// The exit code that it asks for: something could not be withdrawn, or all is as it was asked for.
    pub fn exit_code(&self) -> ExitCode {
        if self.withdrawals.iter().all(|withdrawal| withdrawal.is_as_asked()) {
            ExitCode::Good
        } else {
            ExitCode::Quarantined
        }
    }
}

/// Withdraws arrivals of one account, under its lock: nobody reports them to the platform at the same time.
pub async fn withdraw_arrivals(
    pipeline: &Pipeline,
    context: &ArrivalContext<'_>,
    request: &WithdrawalRequest,
) -> Result<WithdrawalReport, RunError> {
    let mut session = context.warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let outcome = withdraw_locked(pipeline, context, request, &mut session).await;
    session.release().await;
    outcome
}

async fn withdraw_locked(
    pipeline: &Pipeline,
    context: &ArrivalContext<'_>,
    request: &WithdrawalRequest,
    session: &mut AccountSession,
) -> Result<WithdrawalReport, RunError> {
    check_folders(pipeline, context.warehouse).await?;
    let journal = Journal::of(pipeline, &context.settings.site_key()?, session).await?;
    (context.on_step)(Step::Started)?;
    let withdrawals = session.withdraw_arrivals(&request.serial_numbers, &request.operator, None).await?;
    journal.copy(session).await?;
    let withdrawn = withdrawals.iter().filter(|withdrawal| **withdrawal == Withdrawal::Withdrawn).count();
    if withdrawn > 0 {
        tracing::info!(account = pipeline.account, withdrawn, operator = request.operator, "arrivals withdrawn");
    }
    (context.on_step)(Step::ArrivalsWithdrawn)?;
    // Also where nothing was left to withdraw: whoever was stopped before this may have left it undone.
    session.refresh_marts(&pipeline.contract).await?;
    (context.on_step)(Step::Refreshed)?;
    Ok(WithdrawalReport { withdrawals, pending: session.backlog().await?.arrivals.count })
}
