//! Export: the parts that the pipeline's targets lack, made and remembered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, future};
use tokio::sync::{Semaphore, mpsc};

use crate::clock::{beijing, now};
use crate::failure::RunError;
use crate::files::{
    ExportError, ExportedFile, FinanceFile, MonthlyDataset, MonthlyParquet, NewMonth, ReportHeader, SnapshotHeader,
    Subject, report_period, write_report,
};
use crate::night::belonging::{claim_exports, claim_folders};
use crate::night::journal::Journal;
use crate::night::package::{MonthlyTarget, OwedPackage};
use crate::night::step::{OnStep, Step};
use crate::night::target::target_name;
use crate::pipeline::{ExportDefinition, FinanceLayout, Pipeline, SnapshotRhythm, TableFormat};
use crate::rows::{RowColumn, Rows};
use crate::settings::Settings;
use crate::warehouse::{AccountSession, DatasetRows, ExportRecord, Warehouse, WarehouseError};
use crate::wording::Language;

/// Files that are written side by side: while one waits for the server, another encodes. More would take memory (some ten
/// megabytes each) and bring nothing on two cores.
const FILES_AT_ONCE: usize = 2;

/// What to export, and on whose behalf.
pub(crate) struct ExportContext<'a> {
    pub pipeline: &'a Pipeline,
    pub warehouse: &'a Warehouse,
    pub journal: &'a Journal,
    /// User of the operating system, for the record of who has made files that name people.
    pub operator: &'a str,
    /// Every part there is, not only those that are owed.
    pub is_complete: bool,
    pub on_step: &'a OnStep<'a>,
}

/// What every export needs.
struct Exports<'a> {
    context: &'a ExportContext<'a>,
    session: &'a AccountSession,
    /// Held while a file's rows come in and are written, and given back before the disk is waited for.
    writing: Semaphore,
}

/// The files of one kind, of all targets that have them.
#[derive(Debug, Clone, Copy)]
enum Kind {
    History,
    DailyVolumes,
    Snapshot,
    Handoffs,
    Report,
}

/// The files of one kind made for a target, which has this place in the pipeline.
struct Made {
    place: usize,
    files: Vec<ExportedFile>,
    outcome: Result<(), RunError>,
}

/// Exports without a pull, under the account's lock: see [`export_owed`].
pub async fn export_account(
    pipeline: &Pipeline,
    warehouse: &Warehouse,
    settings: &Settings,
    is_complete: bool,
    exported: &mut Vec<PathBuf>,
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    let (site_key, operator) = (settings.site_key()?, settings.operator());
    let session = warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let outcome = async {
        claim_folders(pipeline, warehouse).await?;
        let journal = Journal::of(pipeline, &site_key, &session).await?;
        let context =
            ExportContext { pipeline, warehouse, journal: &journal, operator: &operator, is_complete, on_step };
        export_owed(&context, &session, exported).await
    }
    .await;
    session.release().await;
    outcome
}

/// Brings the marts up to date and makes what the targets lack, at the same time as far as one does not read what the other makes.
/// Paths of finished files go to `exported`, in the order of the targets. A part that fails does not keep the others from being
/// made; the first error is returned. Nothing of it undoes a load: the next run, or `tijian export`, makes what is missing.
pub(crate) async fn export_owed(
    context: &ExportContext<'_>,
    session: &AccountSession,
    exported: &mut Vec<PathBuf>,
) -> Result<(), RunError> {
    let exports = Exports { context, session, writing: Semaphore::new(FILES_AT_ONCE) };
    let ((refreshed, volumes), histories, snapshots, (recorded, handoffs)) = tokio::join!(
        exports.make_after(exports.refresh_marts(), &[Kind::DailyVolumes, Kind::Report]),
        exports.make(Kind::History),
        exports.make(Kind::Snapshot),
        exports.make_after(exports.record_handoff(), &[Kind::Handoffs]),
    );
    let mut failures = Failures::default();
    let prepared = [refreshed, recorded].into_iter().try_for_each(|outcome| failures.keep(outcome));
    let mut made: Vec<Made> = [histories, volumes, snapshots, handoffs].into_iter().flatten().collect();
    made.sort_by_key(|made| made.place);
    let mut outcomes = Vec::new();
    for Made { files, outcome, .. } in made {
        exported.extend(files.into_iter().map(|file| file.path));
        outcomes.push(outcome);
    }
    prepared?;
    outcomes.into_iter().try_for_each(|outcome| failures.keep(outcome))?;
    failures.end()
}

impl Exports<'_> {
    async fn refresh_marts(&self) -> Result<(), RunError> {
        let dates = self.session.refresh_marts(&self.context.pipeline.contract).await?;
        if dates > 0 {
            tracing::info!(dates, "marts refreshed");
        }
        Ok((self.context.on_step)(Step::Refreshed)?)
    }

    /// Decides once, for all targets, what is handed over.
    async fn record_handoff(&self) -> Result<(), RunError> {
        if self.context.pipeline.exports.iter().any(|definition| matches!(definition, ExportDefinition::Finance { .. }))
        {
            self.session.record_handoffs().await?;
            // Its number is known to the landing folder before a file has it.
            self.context.journal.copy(self.session).await?;
        }
        Ok(())
    }

    /// Makes the files that read what is prepared, where it could be.
    async fn make_after(
        &self,
        prepare: impl Future<Output = Result<(), RunError>>,
        kinds: &[Kind],
    ) -> (Result<(), RunError>, Vec<Made>) {
        let prepared = prepare.await;
        let mut made = Vec::new();
        if prepared.is_ok() {
            for kind in kinds {
                made.extend(self.make(*kind).await);
            }
        }
        (prepared, made)
    }

    async fn make(&self, kind: Kind) -> Vec<Made> {
        let targets = self.context.pipeline.exports.iter().enumerate();
        let made = targets.map(async |(place, definition)| {
            let mut files = Vec::new();
            let outcome = self.export(kind, definition, &mut files).await;
            Made { place, files, outcome }
        });
        future::join_all(made).await
    }

    async fn export(
        &self,
        kind: Kind,
        definition: &ExportDefinition,
        made: &mut Vec<ExportedFile>,
    ) -> Result<(), RunError> {
        let (session, is_complete) = (self.session, self.context.is_complete);
        let target = target_name(definition);
        match (kind, definition) {
            (Kind::History, ExportDefinition::History { dir, keep_hours, include_identity }) => {
                let (dir, dataset, keep_hours) = (dir.clone(), MonthlyDataset::History, *keep_hours);
                let target = MonthlyTarget { name: target, dir, dataset, keep_hours };
                let Some(package) = self.owed_package(target).await? else { return Ok(()) };
                let newest = package.owed.iter().map(|part| part.delivery_id).max();
                // On record before anybody can see them.
                if let Some(delivery_id) = newest.filter(|_| *include_identity) {
                    session.note_identity_export(delivery_id, self.context.operator).await?;
                }
                self.export_package(package, made, |month| session.history_rows(month, *include_identity)).await?;
            }
            (Kind::DailyVolumes, ExportDefinition::DailyVolumes { dir, keep_hours }) => {
                let (dir, dataset, keep_hours) = (dir.clone(), MonthlyDataset::DailyVolumes, *keep_hours);
                let target = MonthlyTarget { name: target, dir, dataset, keep_hours };
                let Some(package) = self.owed_package(target).await? else { return Ok(()) };
                self.export_package(package, made, |month| session.daily_volume_rows(month)).await?;
            }
            (Kind::Snapshot, ExportDefinition::Finance { dir, format, snapshot, layout, .. }) => {
                let Some(owed) = session.owed_snapshot(&target, *snapshot, is_complete).await? else { return Ok(()) };
                let (account, delivery_id, as_of) = (session.account().to_owned(), owed.delivery_id, owed.as_of);
                let subject = Subject::Snapshot(SnapshotHeader { account, delivery_id, as_of });
                let file = self.export_finance(dir, *layout, *format, subject, session.finance_rows()).await?;
                self.record(&target, "current".to_owned(), owed.delivery_id, file, made).await?;
            }
            (Kind::Handoffs, ExportDefinition::Finance { dir, format, layout, .. }) => {
                // One whose place is taken does not keep the others from being made.
                let mut failures = Failures::default();
                for handoff in session.owed_handoffs(&target, is_complete).await? {
                    let export = async {
                        let (subject, rows) = (Subject::Delta(handoff.clone()), session.entries(&handoff));
                        let file = self.export_finance(dir, *layout, *format, subject, rows).await?;
                        self.record(&target, handoff.name(), handoff.last_delivery_id, file, made).await
                    };
                    failures.keep(export.await)?;
                }
                failures.end()?;
            }
            (Kind::Report, ExportDefinition::Report { dir }) => {
                // What it says of a day changes when the day is over, so it is made by every run. Without a delivery there is
                // nothing to say.
                let newest = session.owed_snapshot(&target, SnapshotRhythm::Nightly, true).await?;
                let Some(newest) = newest else { return Ok(()) };
                let file = self.export_report(dir).await?;
                self.record(&target, "current".to_owned(), newest.delivery_id, file, made).await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn record(
        &self,
        target: &str,
        part: String,
        delivery_id: i64,
        file: ExportedFile,
        made: &mut Vec<ExportedFile>,
    ) -> Result<(), RunError> {
        (self.context.on_step)(Step::FileWritten)?;
        let path = file.path.to_string_lossy().into_owned();
        let (target, rows, sha256) = (target.to_owned(), file.rows, file.sha256.clone());
        let record = ExportRecord { target, part, delivery_id, path, rows, sha256 };
        self.session.record_export(&record).await?;
        tracing::info!(file = record.path, rows, "exported");
        made.push(file);
        Ok(())
    }

    async fn owed_package(&self, target: MonthlyTarget) -> Result<Option<OwedPackage>, RunError> {
        let ExportContext { pipeline, warehouse, is_complete, .. } = self.context;
        OwedPackage::find(self.session, pipeline, warehouse, target, *is_complete).await
    }

    /// Makes the months that are owed, and publishes them together: a reservation that moves from one month to another is
    /// never in both, or in none. What is made is recorded when all of it is complete.
    async fn export_package<R: Future<Output = Result<DatasetRows, WarehouseError>>>(
        &self,
        package: OwedPackage,
        made: &mut Vec<ExportedFile>,
        rows: impl Fn(NaiveDate) -> R,
    ) -> Result<(), RunError> {
        let mut months = Vec::new();
        for part in &package.owed {
            let (dir, header) = (package.target.dir.clone(), package.header(part));
            let create = move |columns: &[RowColumn]| MonthlyParquet::create(&dir, header, columns);
            let rows = rows(part.check_month);
            let file = self.make_file(rows, create, MonthlyParquet::write, MonthlyParquet::finish).await?;
            (self.context.on_step)(Step::MonthWritten)?;
            months.push(NewMonth { file, is_alone: !part.is_known });
        }
        self.session.check_lock().await?;
        let (target, owed) = (package.target.name.clone(), package.owed.clone());
        let published = package.publish(months).await?;
        (self.context.on_step)(Step::Published)?;
        let files = tokio::task::spawn_blocking(move || published.settle()).await.map_err(RunError::Worker)??;
        for (part, file) in owed.iter().zip(files) {
            self.record(&target, part.name(), part.delivery_id, file, made).await?;
        }
        Ok(())
    }

    async fn export_finance(
        &self,
        dir: &Path,
        layout: FinanceLayout,
        format: TableFormat,
        subject: Subject,
        rows: impl Future<Output = Result<DatasetRows, WarehouseError>>,
    ) -> Result<ExportedFile, RunError> {
        let (dir, contract) = (dir.to_owned(), Arc::clone(&self.context.pipeline.contract));
        claim_exports(&dir, &self.context.pipeline.account, self.context.warehouse).await?;
        self.make_file(
            rows,
            move |columns| FinanceFile::create(&dir, layout, format, subject, &contract, columns),
            FinanceFile::write,
            FinanceFile::finish,
        )
        .await
    }

    async fn export_report(&self, dir: &Path) -> Result<ExportedFile, RunError> {
        let ExportContext { pipeline, warehouse, .. } = self.context;
        claim_exports(dir, &pipeline.account, warehouse).await?;
        let (accounts, generated_at) = ([pipeline.account.clone()], beijing(now()));
        let known = warehouse.report_accounts(Some(&accounts)).await?;
        let (first, last) = report_period(&known, None, None, generated_at);
        let header = ReportHeader { generated_at, first, last, language: Language::Chinese };
        let rows = warehouse.report(Some(&accounts), first, last).await?;
        self.session.check_lock().await?;
        let path = dir.join(format!("{}_report.html", pipeline.account));
        let write = move || write_report(&path, &header, &rows);
        Ok(tokio::task::spawn_blocking(write).await.map_err(RunError::Worker)??)
    }

    /// Writes the rows, and publishes the file if the account's lock is still ours: without it, another run may have made a
    /// newer one.
    async fn make_file<F: Send + 'static, Made: Send + 'static>(
        &self,
        rows: impl Future<Output = Result<DatasetRows, WarehouseError>>,
        create: impl FnOnce(&[RowColumn]) -> Result<F, ExportError> + Send + 'static,
        write: fn(&mut F, &Rows) -> Result<(), ExportError>,
        finish: fn(F) -> Result<Made, ExportError>,
    ) -> Result<Made, RunError> {
        // Closed by nobody; and if it were, more files at once would do no harm.
        let writing = self.writing.acquire().await.ok();
        let DatasetRows { columns, batches } = rows.await?;
        let file = write_batches(batches, move || create(&columns), write).await?;
        drop(writing);
        self.session.check_lock().await?;
        Ok(tokio::task::spawn_blocking(move || finish(file)).await.map_err(RunError::Worker)??)
    }
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

/// Rows stream in on the runtime, batch by batch, and are written on a thread of their own. What they were written into is
/// returned, to be finished, only when the stream has ended well: a broken one drops it, and leaves nothing.
pub(crate) async fn write_batches<B: Send + 'static, F: Send + 'static>(
    mut batches: BoxStream<'static, Result<B, WarehouseError>>,
    create: impl FnOnce() -> Result<F, ExportError> + Send + 'static,
    write: fn(&mut F, &B) -> Result<(), ExportError>,
) -> Result<F, RunError> {
    let (sender, mut receiver) = mpsc::channel::<B>(1);
    let writer = tokio::task::spawn_blocking(move || {
        let mut file = create()?;
        while let Some(batch) = receiver.blocking_recv() {
            write(&mut file, &batch)?;
        }
        Ok::<F, ExportError>(file)
    });
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
                broken = Some(error);
                break;
            }
        }
    }
    drop(sender);
    let file = writer.await.map_err(RunError::Worker)??;
    broken.map_or(Ok(file), |error| Err(error.into()))
}
