//! Reconcile: the platform's own list of an account against its history. Nothing is changed, and no lock is taken.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::failure::RunError;
use crate::files::{ExportError, ExportedFile, FindingsFile};
use crate::guidance::ExitCode;
use crate::night::export::write_batches;
use crate::reconcile::{CheckDates, ListBuilder, ReconcileCounts, Reconciliation, TooManyRows};
use crate::reservation::{Field, FindingKind, HeldReservation, ListPlace, ReconcileFinding};
use crate::rows::CodeLabel;
use crate::spreadsheet::{SpreadsheetError, for_each_row};
use crate::validate::{BadCell, ListProblem, ListReader, NamedHeading, may_name_a_person};
use crate::warehouse::Warehouse;
use crate::wording::{Message, Spoken, display_in_english, message};

/// What to compare, and how.
#[derive(Debug, Clone)]
pub struct ReconcileRequest {
    pub account: String,
    /// CSV or a workbook.
    pub list: PathBuf,
    /// Headings that are not the usual ones.
    pub headings: Vec<NamedHeading>,
    pub check_dates: CheckDates,
    /// The file for the findings; must not exist yet.
    pub out: PathBuf,
}

/// The result of the comparison.
#[derive(Debug)]
pub struct ReconcileReport {
    pub account: String,
    /// When the last delivery's states took effect: what the platform has changed since is not here yet.
    pub as_of: DateTime<Utc>,
    pub fields: Vec<Field>,
    pub ignored_columns: usize,
    /// For which the list is taken to be complete.
    pub period: CheckDates,
    pub counts: ReconcileCounts,
    /// `None`: nothing was found.
    pub file: Option<ExportedFile>,
}

impl ReconcileReport {
    pub fn exit_code(&self) -> ExitCode {
        if self.counts.is_clean() { ExitCode::Good } else { ExitCode::Quarantined }
    }
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    Unusable(#[source] SpreadsheetError),
    Problem(ListProblem),
    TooLong(TooManyRows),
    UnknownAccount(String),
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Spoken for ReconcileError {
    fn message(&self) -> Message {
        match self {
            ReconcileError::Unusable(value) => message!("TJ-6401", problem = value),
            ReconcileError::Problem(value) => message!("TJ-6401", problem = value),
            ReconcileError::TooLong(value) => message!("TJ-6401", problem = value),
            ReconcileError::UnknownAccount(account) => message!("TJ-6404", account),
            ReconcileError::Run(error) => error.message(),
        }
    }
}

display_in_english!(ReconcileError);

impl From<SpreadsheetError> for ReconcileError {
    fn from(error: SpreadsheetError) -> ReconcileError {
        ReconcileError::Unusable(error)
    }
}

impl From<ExportError> for ReconcileError {
    fn from(error: ExportError) -> ReconcileError {
        ReconcileError::Run(error.into())
    }
}

/// Compares the list with the history as it is now. The file of findings is there when this returns, if there are any.
pub async fn reconcile(warehouse: &Warehouse, request: &ReconcileRequest) -> Result<ReconcileReport, ReconcileError> {
    let labels = warehouse.order_status_labels(&request.account).await.map_err(RunError::from)?;
    let asked = request.clone();
    let list = tokio::task::spawn_blocking(move || read_list(asked, &labels)).await.map_err(RunError::Worker)??;
    let snapshot = warehouse.history_snapshot(&request.account).await.map_err(RunError::from)?;
    let snapshot = snapshot.ok_or_else(|| ReconcileError::UnknownAccount(request.account.clone()))?;
    let as_of = snapshot.as_of;
    let reservations = snapshot.reservations().await.map_err(RunError::from)?;
    let compared = write_batches(reservations, move || Ok(list), |compared, held| compared.compare(held)).await?;
    tokio::task::spawn_blocking(move || compared.finish(as_of)).await.map_err(RunError::Worker)?
}

/// Reads the whole list. Problems within the list go into the file of findings.
fn read_list(request: ReconcileRequest, labels: &[CodeLabel]) -> Result<Comparison, ReconcileError> {
    let mut findings = Findings { file: FindingsFile::new(&request.out, &request.account), error: None };
    let mut reader = ListReader::new(request.headings, labels);
    let mut builder = ListBuilder::default();
    let mut bad_cells = Vec::new();
    for_each_row(&request.list, |row| {
        let place = ListPlace { sheet: row.sheet, line: row.line };
        let listed = reader.read(place, row.cells, &mut bad_cells).map_err(ReconcileError::Problem)?;
        for bad_cell in bad_cells.drain(..) {
            builder.count_unreadable();
            findings.tell(unreadable(bad_cell));
        }
        if let Some(listed) = listed {
            builder.push(&listed).map_err(ReconcileError::TooLong)?;
        }
        findings.check().map_err(ReconcileError::from)
    })?;
    reader.finish().map_err(ReconcileError::Problem)?;
    let reconciliation = builder.build(request.check_dates, &mut |finding| findings.tell(finding));
    findings.check()?;
    let (fields, ignored_columns) = (reader.found_fields, reader.ignored_columns);
    Ok(Comparison { account: request.account, fields, ignored_columns, reconciliation, findings })
}

fn unreadable(bad_cell: BadCell) -> ReconcileFinding {
    ReconcileFinding {
        kind: FindingKind::Unreadable,
        serial_number: bad_cell.serial_number,
        field: Some(bad_cell.field),
        here: None,
        there: None,
        place: Some(bad_cell.place),
    }
}

/// A list on its way past the history.
struct Comparison {
    account: String,
    fields: Vec<Field>,
    ignored_columns: usize,
    reconciliation: Reconciliation,
    findings: Findings,
}

impl Comparison {
    fn compare(&mut self, reservations: &[HeldReservation]) -> Result<(), ExportError> {
        for reservation in reservations {
            self.reconciliation.compare(reservation, &mut |finding| self.findings.tell(finding));
        }
        self.findings.check()
    }

    fn finish(self, as_of: DateTime<Utc>) -> Result<ReconcileReport, ReconcileError> {
        let Comparison { account, fields, ignored_columns, reconciliation, mut findings } = self;
        let period = reconciliation.period();
        let may_be_written = |serial_number: &str| !may_name_a_person(serial_number);
        let counts = reconciliation.finish(may_be_written, &mut |finding| findings.tell(finding));
        findings.check()?;
        let file = findings.file.finish()?;
        Ok(ReconcileReport { account, as_of, fields, ignored_columns, period, counts, file })
    }
}

/// The file, and the first error of writing it: comparing knows of no files.
struct Findings {
    file: FindingsFile,
    error: Option<ExportError>,
}

impl Findings {
    fn tell(&mut self, mut finding: ReconcileFinding) {
        if self.error.is_some() {
            return;
        }
        // A number that the history does not know may be another column's value.
        if matches!(finding.kind, FindingKind::Unreadable | FindingKind::Contradictory) {
            finding.serial_number = finding.serial_number.filter(|serial_number| !may_name_a_person(serial_number));
        }
        self.error = self.file.write(&finding).err();
    }

    fn check(&mut self) -> Result<(), ExportError> {
        self.error.take().map_or(Ok(()), Err)
    }
}
