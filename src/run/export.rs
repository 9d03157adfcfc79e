//! Export: the parts that the pipeline's targets lack, made and remembered.

use std::path::{Path, PathBuf};

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use crate::export::{ExportError, ExportedFile, FinanceFile, MonthlyParquet, SnapshotHeader};
use crate::pipeline::{CsvProfile, ExportDefinition, Pipeline, TableFormat, TextEncoding};
use crate::reservation::Handoff;
use crate::run::error::RunError;
use crate::run::step::{OnStep, Step};
use crate::warehouse::{AccountSession, ExportRecord, OwedMonth, OwedSnapshot, WarehouseError};

/// Rows that go from the network to the file's writer together. Three batches of a target are in memory (arriving, waiting,
/// being written), at one to two kilobytes a row. Four times as many are no faster.
const BATCH_ROWS: usize = 256;

/// Targets that are made side by side: while one waits for the server, another encodes. More would take memory (some
/// twenty megabytes each) and bring nothing on two cores.
const TARGETS_AT_ONCE: usize = 2;

/// Brings the marts up to date and makes what the targets lack, side by side as far as they do not read each other;
/// `is_complete`: every part there is. Paths of finished files go to `exported`, in the order of the targets. A part that
/// fails does not keep the others from being made; the first error is returned. Nothing of it undoes a load: the next run,
/// or `tijian export`, makes what is missing.
pub async fn export_owed(
    pipeline: &Pipeline,
    session: &AccountSession,
    is_complete: bool,
    exported: &mut Vec<PathBuf>,
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    let (histories, others): (Vec<_>, Vec<_>) = (pipeline.exports.iter().enumerate())
        .partition(|(_, definition)| matches!(definition, ExportDefinition::History { .. }));
    let make = async |targets: Vec<(usize, &ExportDefinition)>| {
        let made = stream::iter(targets).map(async |(place, definition)| {
            let mut files = Vec::new();
            let outcome = export_target(pipeline, definition, session, is_complete, &mut files, on_step).await;
            (place, files, outcome)
        });
        made.buffer_unordered(TARGETS_AT_ONCE).collect::<Vec<_>>().await
    };
    // The history's files read nothing of what is prepared beside them for the other targets.
    let (mut made, refreshed, recorded) =
        tokio::join!(make(histories), refresh_marts(pipeline, session, on_step), record_handoff(pipeline, session));
    let mut failures = Failures::default();
    let prepared = [refreshed, recorded].into_iter().try_for_each(|outcome| failures.keep(outcome));
    if prepared.is_ok() {
        made.extend(make(others).await);
    }
    made.sort_unstable_by_key(|(place, ..)| *place);
    let mut outcomes = Vec::new();
    for (_, files, outcome) in made {
        exported.extend(files.into_iter().map(|file| file.path));
        outcomes.push(outcome);
    }
    prepared?;
    outcomes.into_iter().try_for_each(|outcome| failures.keep(outcome))?;
    failures.end()
}

async fn refresh_marts(pipeline: &Pipeline, session: &AccountSession, on_step: &OnStep<'_>) -> Result<(), RunError> {
    let dates = session.refresh_marts(&pipeline.contract).await?;
    if dates > 0 {
        tracing::info!(dates, "marts refreshed");
    }
    Ok(on_step(Step::Refreshed)?)
}

/// What is handed over is decided once, for all targets.
async fn record_handoff(pipeline: &Pipeline, session: &AccountSession) -> Result<(), RunError> {
    if pipeline.exports.iter().any(|definition| matches!(definition, ExportDefinition::Finance { .. })) {
        session.record_handoff().await?;
    }
    Ok(())
}

/// Lets the rest be made when a part fails; a request to stop ends everything.
#[derive(Default)]
struct Failures(Option<RunError>);

impl Failures {
    fn keep(&mut self, outcome: Result<(), RunError>) -> Result<(), RunError> {
        match outcome {
            Ok(()) => {}
            Err(error @ RunError::Stopped(_)) => return Err(error),
            Err(error) => match &self.0 {
                None => self.0 = Some(error),
                // Only the first one is returned, and told by who called.
                Some(_) => tracing::error!("{}", error.chain()),
            },
        }
        Ok(())
    }

    fn end(self) -> Result<(), RunError> {
        self.0.map_or(Ok(()), Err)
    }
}

async fn export_target(
    pipeline: &Pipeline,
    definition: &ExportDefinition,
    session: &AccountSession,
    is_complete: bool,
    made: &mut Vec<ExportedFile>,
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    let target = target_name(definition);
    match definition {
        ExportDefinition::History { dir, include_identity } => {
            for part in session.owed_months(&target, is_complete).await? {
                let file = export_month(pipeline, session, dir, *include_identity, &part).await?;
                record(session, &target, part.name(), part.delivery_id, file, made, on_step).await?;
            }
        }
        ExportDefinition::DailyVolumes { dir } => {
            for part in session.owed_months(&target, is_complete).await? {
                let file = export_volumes(pipeline, session, dir, &part).await?;
                record(session, &target, part.name(), part.delivery_id, file, made, on_step).await?;
            }
        }
        ExportDefinition::Finance { dir, format } => {
            // Side by side: both take long after a first load.
            let snapshot = async {
                let Some(owed) = session.owed_snapshot(&target, is_complete).await? else { return Ok(()) };
                let file = export_snapshot(pipeline, session, dir, *format, &owed).await?;
                record(session, &target, "current".to_owned(), owed.delivery_id, file, made, on_step).await
            };
            let mut deltas = Vec::new();
            let handoffs = async {
                // One whose place is taken does not keep the others from being made.
                let mut failures = Failures::default();
                for handoff in session.owed_handoffs(&target, is_complete).await? {
                    let export = async {
                        let file = export_handoff(pipeline, session, dir, *format, &handoff).await?;
                        let name = handoff.name();
                        record(session, &target, name, handoff.last_delivery_id, file, &mut deltas, on_step).await
                    };
                    failures.keep(export.await)?;
                }
                failures.end()
            };
            let (snapshot, handoffs) = tokio::join!(snapshot, handoffs);
            made.append(&mut deltas);
            let mut failures = Failures::default();
            failures.keep(snapshot)?;
            failures.keep(handoffs)?;
            failures.end()?;
        }
    }
    Ok(())
}

async fn record(
    session: &AccountSession,
    target: &str,
    part: String,
    delivery_id: i64,
    file: ExportedFile,
    made: &mut Vec<ExportedFile>,
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    on_step(Step::FileWritten)?;
    let path = file.path.to_string_lossy().into_owned();
    let (target, rows, sha256) = (target.to_owned(), file.rows, file.sha256.clone());
    let record = ExportRecord { target, part, delivery_id, path, rows, sha256 };
    session.record_export(&record).await?;
    tracing::info!(file = record.path, rows, "exported");
    made.push(file);
    Ok(())
}

async fn export_month(
    pipeline: &Pipeline,
    session: &AccountSession,
    dir: &Path,
    include_identity: bool,
    month: &OwedMonth,
) -> Result<ExportedFile, RunError> {
    let (dir, account, contract) = (dir.to_owned(), pipeline.account.clone(), pipeline.contract.clone());
    let check_month = month.check_month;
    let rows = session.history_rows(check_month, include_identity).await?;
    make_file(
        session,
        rows,
        move || MonthlyParquet::of_history(&dir, &account, check_month, include_identity, &contract),
        MonthlyParquet::write,
        MonthlyParquet::finish,
    )
    .await
}

async fn export_volumes(
    pipeline: &Pipeline,
    session: &AccountSession,
    dir: &Path,
    month: &OwedMonth,
) -> Result<ExportedFile, RunError> {
    let (dir, account, contract) = (dir.to_owned(), pipeline.account.clone(), pipeline.contract.clone());
    let check_month = month.check_month;
    let rows = session.daily_volume_rows(check_month).await?;
    make_file(
        session,
        rows,
        move || MonthlyParquet::of_daily_volumes(&dir, &account, check_month, &contract),
        MonthlyParquet::write,
        MonthlyParquet::finish,
    )
    .await
}

async fn export_snapshot(
    pipeline: &Pipeline,
    session: &AccountSession,
    dir: &Path,
    format: TableFormat,
    snapshot: &OwedSnapshot,
) -> Result<ExportedFile, RunError> {
    let (dir, contract) = (dir.to_owned(), pipeline.contract.clone());
    let OwedSnapshot { delivery_id, as_of } = *snapshot;
    let header = SnapshotHeader { account: pipeline.account.clone(), delivery_id, as_of };
    let rows = session.finance_rows().await?;
    make_file(
        session,
        rows,
        move || FinanceFile::create_snapshot(&dir, format, header, &contract),
        FinanceFile::write,
        FinanceFile::finish,
    )
    .await
}

async fn export_handoff(
    pipeline: &Pipeline,
    session: &AccountSession,
    dir: &Path,
    format: TableFormat,
    handoff: &Handoff,
) -> Result<ExportedFile, RunError> {
    let (dir, contract) = (dir.to_owned(), pipeline.contract.clone());
    let rows = session.entries(handoff).await?;
    let handoff = handoff.clone();
    make_file(
        session,
        rows,
        move || FinanceFile::create_delta(&dir, format, handoff, &contract),
        FinanceFile::write,
        FinanceFile::finish,
    )
    .await
}

/// Writes the rows, and publishes the file if the account's lock is still ours: without it, another run may have made a
/// newer one.
async fn make_file<T: Send + 'static, F: Send + 'static>(
    session: &AccountSession,
    rows: BoxStream<'static, Result<T, WarehouseError>>,
    create: impl FnOnce() -> Result<F, ExportError> + Send + 'static,
    write: fn(&mut F, &[T]) -> Result<(), ExportError>,
    finish: fn(F) -> Result<ExportedFile, ExportError>,
) -> Result<ExportedFile, RunError> {
    let file = write_rows(rows, create, write).await?;
    session.check_lock().await?;
    Ok(tokio::task::spawn_blocking(move || finish(file)).await.map_err(RunError::Worker)??)
}

/// Rows stream in on the runtime and are written on a thread of their own. What they were written into is returned, to
/// be finished, only when the stream has ended well: a broken one drops it, and leaves nothing.
pub(super) async fn write_rows<T: Send + 'static, F: Send + 'static>(
    rows: BoxStream<'static, Result<T, WarehouseError>>,
    create: impl FnOnce() -> Result<F, ExportError> + Send + 'static,
    write: fn(&mut F, &[T]) -> Result<(), ExportError>,
) -> Result<F, RunError> {
    let (sender, mut receiver) = mpsc::channel::<Vec<T>>(1);
    let writer = tokio::task::spawn_blocking(move || {
        let mut file = create()?;
        while let Some(batch) = receiver.blocking_recv() {
            write(&mut file, &batch)?;
        }
        Ok::<F, ExportError>(file)
    });
    let mut batches = rows.try_chunks(BATCH_ROWS);
    let mut broken = None;
    while let Some(batch) = batches.next().await {
        match batch {
            Ok(batch) => {
                if sender.send(batch).await.is_err() {
                    // The writer is gone: it has the error that matters.
                    break;
                }
            }
            Err(error) => {
                broken = Some(error.1);
                break;
            }
        }
    }
    drop(sender);
    let file = writer.await.map_err(RunError::Worker)??;
    broken.map_or(Ok(file), |error| Err(error.into()))
}

/// The target's name in the ledger: another folder, format or set of columns is another target, and owed everything.
fn target_name(definition: &ExportDefinition) -> String {
    let place = |dir: &Path| std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()).display().to_string();
    match definition {
        ExportDefinition::History { dir, include_identity: false } => format!("history parquet {}", place(dir)),
        ExportDefinition::History { dir, include_identity: true } => {
            format!("history parquet with identity {}", place(dir))
        }
        ExportDefinition::DailyVolumes { dir } => format!("daily_volumes parquet {}", place(dir)),
        ExportDefinition::Finance { dir, format } => format!("finance {} {}", format_name(*format), place(dir)),
    }
}

fn format_name(format: TableFormat) -> &'static str {
    match format {
        TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Utf8 } => "csv excel",
        TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Gb18030 } => "csv excel gb18030",
        TableFormat::Csv { profile: CsvProfile::Machine, encoding: TextEncoding::Utf8 } => "csv machine",
        TableFormat::Csv { profile: CsvProfile::Machine, encoding: TextEncoding::Gb18030 } => "csv machine gb18030",
        TableFormat::Xlsx => "xlsx",
    }
}
