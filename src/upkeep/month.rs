//! The closing of a month for finance: what was handed over in it is settled, once, and its files are made of that.

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, Months, NaiveDate, NaiveTime, Utc};
use futures_util::TryStreamExt;

use crate::failure::RunError;
use crate::files::{ClosedMonth, ExportedFile, write_month};
use crate::night::belonging::{claim_exports, claim_folders};
use crate::night::journal::Journal;
use crate::pipeline::{ExportDefinition, FinanceNames, Pipeline};
use crate::reservation::Handoff;
use crate::settings::SiteKey;
use crate::warehouse::{AccountSession, Warehouse};

/// A month, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinanceMonth(NaiveDate);

impl FinanceMonth {
    /// Parses a month written like `2026-11`.
    pub fn parse(text: &str) -> Option<FinanceMonth> {
        let is_form = text.len() == 7
            && text.char_indices().all(|(at, sign)| match at {
                4 => sign == '-',
                _ => sign.is_ascii_digit(),
            });
        let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
        is_form.then_some(FinanceMonth(first))
    }

    pub(super) fn first(self) -> NaiveDate {
        self.0
    }

    /// The closed month, for making files and comparing them.
    pub(super) fn closed(self, account: String, handoffs: Vec<Handoff>) -> ClosedMonth {
        ClosedMonth { account, month: self.0, ended_at: self.ended_at(), handoffs }
    }

    /// The first day of the next month.
    pub fn next(self) -> NaiveDate {
        self.0.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
    }

    /// Midnight after it, by Beijing's clock.
    pub fn ended_at(self) -> DateTime<Utc> {
        let beijing = FixedOffset::east_opt(8 * 3600).expect("eight hours fit a day");
        let midnight = self.next().and_time(NaiveTime::MIN).and_local_timezone(beijing);
        midnight.single().expect("an offset is one time").to_utc()
    }
}

/// How a pipeline's months are named: like its finance files.
fn month_names(pipeline: &Pipeline) -> FinanceNames {
    let layouts = pipeline.exports.iter().filter_map(|export| match export {
        ExportDefinition::Finance { layout, .. } => Some(layout.names),
        _ => None,
    });
    layouts.into_iter().next().unwrap_or_default()
}

/// The folder for a pipeline's months, beside its finance files. `None`: it has no finance export.
pub fn month_folder(pipeline: &Pipeline) -> Option<PathBuf> {
    pipeline.exports.iter().find_map(|export| match export {
        ExportDefinition::Finance { dir, .. } => Some(dir.join("months")),
        _ => None,
    })
}

/// Closes the month, and those before it that are still open, and makes its files in this folder. The month is over. `None`:
/// nothing was handed over by its end.
pub async fn close_month(
    pipeline: &Pipeline,
    warehouse: &Warehouse,
    site_key: &SiteKey,
    month: FinanceMonth,
    dir: &Path,
) -> Result<Option<Vec<ExportedFile>>, RunError> {
    let session = warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let outcome = close_locked(pipeline, warehouse, site_key, month, dir, &session).await;
    session.release().await;
    outcome
}

async fn close_locked(
    pipeline: &Pipeline,
    warehouse: &Warehouse,
    site_key: &SiteKey,
    month: FinanceMonth,
    dir: &Path,
    session: &AccountSession,
) -> Result<Option<Vec<ExportedFile>>, RunError> {
    claim_folders(pipeline, warehouse).await?;
    let journal = Journal::of(pipeline, site_key, session).await?;
    // What a night has left behind belongs to the month, too.
    session.record_handoffs().await?;
    journal.copy(session).await?;
    let closed = session.close_months(month.0).await?;
    // Known to the landing folder before a file has it: a restored backup brings it back as it was.
    journal.copy(session).await?;
    let Some(handoffs) = session.handoffs_of_month(month.0).await? else { return Ok(None) };
    if closed > 0 {
        tracing::info!(account = pipeline.account, months = closed, "months closed");
    }
    let rows = session.month_rows(month.0).await?.batches.try_collect::<Vec<_>>().await?;
    claim_exports(dir, &pipeline.account, warehouse).await?;
    let (dir, account, names) = (dir.to_owned(), pipeline.account.clone(), month_names(pipeline));
    let closed = month.closed(account, handoffs);
    let files = tokio::task::spawn_blocking(move || write_month(&dir, names, &closed, &rows));
    Ok(Some(files.await.map_err(RunError::Worker)??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_digits_and_two_and_ends_at_beijings_midnight() {
        let month = FinanceMonth::parse("2026-12").unwrap();
        assert_eq!(month.next().to_string(), "2027-01-01");
        assert_eq!(month.ended_at().to_rfc3339(), "2026-12-31T16:00:00+00:00");
        for text in
            ["2026-13", "2026-1", "2026-00", "26-11", "2026/11", "+202-11", "2026-11-01", "二〇二六-11", "", "2026-1 "]
        {
            assert_eq!(FinanceMonth::parse(text), None, "{text}");
        }
    }
}
