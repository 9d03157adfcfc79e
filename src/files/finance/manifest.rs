//! The manifest beside a finance file: what the receiver checks before booking, and the sign that the file is complete.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::fee;
use crate::pipeline::{CsvProfile, TableFormat, TextEncoding};
use crate::reservation::Handoff;
use crate::rows::fen;

/// Version of the manifest's own form. Readers refuse what they do not know. 2: `kind`, totals by month, hospital and way
/// of payment, `handoff`, `format`, `encoding`.
pub(super) const FORMAT_VERSION: u32 = 2;

/// The content of a manifest. Nothing in it comes from the clock: a repeated export writes the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format_version: u32,
    pub kind: Kind,
    pub account: String,
    /// Name without folder.
    pub file: String,
    #[serde(flatten)]
    pub form: Form,
    /// The newest delivery whose effects are in the rows.
    pub delivery_id: i64,
    /// RFC 3339 in UTC: that delivery's effective time.
    pub as_of: String,
    /// The delta's place in the journal; `None` for a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<HandoffRange>,
    /// Totals of all rows, without the heading.
    #[serde(flatten)]
    pub totals: Totals,
    /// Totals by month of the check date, `2026-11`.
    pub by_month: BTreeMap<String, Totals>,
    /// Totals by hospital code.
    pub by_hospital: BTreeMap<String, Totals>,
    /// Totals by way of payment; the empty text means none.
    pub by_pay_type: BTreeMap<String, Totals>,
    pub bytes: u64,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// The heading, before a spreadsheet's guards.
    pub columns: Vec<String>,
}

/// How the file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// `csv` or `xlsx`.
    pub format: String,
    /// For CSV: `excel` or `machine`; `None` for a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// For CSV: `utf-8` or `gb18030`; `None` for a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

impl Form {
    pub(super) fn of(format: TableFormat) -> Form {
        let (profile, encoding) = match format {
            TableFormat::Xlsx => (None, None),
            TableFormat::Csv { profile, encoding } => (
                Some(match profile {
                    CsvProfile::Excel => "excel",
                    CsvProfile::Machine => "machine",
                }),
                Some(match encoding {
                    TextEncoding::Utf8 => "utf-8",
                    TextEncoding::Gb18030 => "gb18030",
                }),
            ),
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Form { format: format.extension().to_owned(), profile: owned(profile), encoding: owned(encoding) }
    }

    /// The form that [`Form::of`] made it from; `None` if it is none of those.
    pub(super) fn table_format(&self) -> Option<TableFormat> {
        let csv = |profile, encoding| TableFormat::Csv { profile, encoding };
        let encodings = [TextEncoding::Utf8, TextEncoding::Gb18030];
        let formats = encodings
            .into_iter()
            .flat_map(|encoding| [csv(CsvProfile::Excel, encoding), csv(CsvProfile::Machine, encoding)]);
        formats.chain([TableFormat::Xlsx]).find(|format| Form::of(*format) == *self)
    }
}

/// Kind of rows: snapshot or delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The current state of every reservation.
    Snapshot,
    /// The journal entries of one handoff.
    Delta,
}

/// The place of a delta in the account's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffRange {
    pub handoff_number: i32,
    pub first_delivery_id: i64,
    pub last_delivery_id: i64,
    pub first_entry_number: i64,
    pub last_entry_number: i64,
    /// Yuan: the sum of all entries before this handoff.
    pub balance_before: String,
    /// Yuan: with this handoff. The `fee_total_active` of the snapshot of `last_delivery_id`.
    pub balance_after: String,
}

/// Rows and their money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub rows: u64,
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// Yuan, two decimals, as text: exact sums. A snapshot has fees, a delta has an amount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// Sum of the fee column, in yuan. Empty fees add nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_total: Option<String>,
    /// Like `fee_total`, without cancelled reservations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_total_active: Option<String>,
    /// Sum of a delta's amount column, in yuan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
}

impl Amounts {
    /// The totals in words, for people.
    pub(super) fn text(&self) -> String {
        let named = [("fee", &self.fee_total), ("active", &self.fee_total_active), ("amount", &self.amount)];
        let named = named.into_iter().filter_map(|(name, yuan)| Some(format!("{name} {}", yuan.as_ref()?)));
        named.collect::<Vec<_>>().join(", ")
    }
}

impl HandoffRange {
    pub(super) fn of(handoff: &Handoff) -> HandoffRange {
        // Amounts of whole fen: the database has no others.
        let yuan = |amount| fen(amount).map(fee::yuan).unwrap_or_default();
        HandoffRange {
            handoff_number: handoff.handoff_number,
            first_delivery_id: handoff.first_delivery_id,
            last_delivery_id: handoff.last_delivery_id,
            first_entry_number: handoff.first_entry_number,
            last_entry_number: handoff.last_entry_number(),
            balance_before: yuan(handoff.balance - handoff.amount),
            balance_after: yuan(handoff.balance),
        }
    }
}

impl Manifest {
    /// JSON for people and programs, with a line end.
    pub(super) fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a struct of numbers and texts is always JSON");
        json.push('\n');
        json
    }
}

/// How the name of a manifest ends, behind that of its file.
pub const MANIFEST_ENDING: &str = ".manifest.json";

/// The path of a finance file's manifest: `<file>.manifest.json`.
pub fn manifest_path(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(MANIFEST_ENDING);
    path.into()
}
