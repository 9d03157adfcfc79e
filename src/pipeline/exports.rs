//! Reading the `[[export]]` tables of a pipeline file: which files shall be made, and where.

use std::path::{Component, PathBuf};

use super::reader::{Item, Table};
use super::{
    CsvProfile, ExportDefinition, FinanceFolders, FinanceLayout, FinanceNames, LakeUrl, SnapshotRhythm, TableFormat,
    TextEncoding,
};
use crate::wording::message;

/// Hours that superseded Parquet files stay where `keep_hours` does not say: whoever begins to read at night is done by then.
const KEEP_HOURS: u32 = 24;

/// A year: enough for readers who want to see an earlier snapshot; beyond that, there is the history itself.
const KEEP_HOURS_MAX: u32 = 8_784;

/// A century: as for all that is kept in days.
const SNAPSHOT_DAYS_MAX: u32 = 36_500;

/// Every table, none of them in another's place.
pub(super) fn exports(item: Item<'_>) -> Option<Vec<ExportDefinition>> {
    let exports = item.tables(export)?;
    for (index, export) in exports.iter().enumerate() {
        let place = place(export);
        if let Some(other) = exports[..index].iter().position(|other| self::place(other) == place) {
            return item.refuse_unseen(message!("definition-export-twice", number = index + 1, other = other + 1));
        }
    }
    Some(exports)
}

/// What two exports must not share: the names of their files, and the folder, `./a/` and `a` being the same.
fn place(export: &ExportDefinition) -> (&'static str, PathBuf) {
    let (names, dir) = match export {
        ExportDefinition::History { dir, .. } | ExportDefinition::DailyVolumes { dir, .. } => ("months", dir),
        ExportDefinition::Finance { dir, .. } => ("finance", dir),
        ExportDefinition::Report { dir } => ("report", dir),
        ExportDefinition::Lake { url, .. } => return ("lake", url.to_string().into()),
    };
    (names, dir.components().filter(|component| *component != Component::CurDir).collect())
}

/// Reads an export of one kind.
type ReadExport = fn(&Table<'_>) -> Option<ExportDefinition>;

fn export(table: &Table<'_>) -> Option<ExportDefinition> {
    const KINDS: [(&str, ReadExport); 5] = [
        ("history", history),
        ("daily_volumes", daily_volumes),
        ("finance", finance),
        ("report", report),
        ("lake", lake),
    ];
    if let Some(read) = table.need("kind", message!("definition-no-kind")).and_then(|item| item.choice(&KINDS)) {
        return read(table);
    }
    let _ = (dir(table), format(table));
    // Known to one kind or the other: nothing can be said of them.
    let _ = [
        "include_identity",
        "keep_hours",
        "profile",
        "encoding",
        "snapshot",
        "snapshot_days",
        "folders",
        "names",
        "url",
    ]
    .map(|key| table.get(key));
    None
}

fn dir(table: &Table<'_>) -> Option<PathBuf> {
    table.need("dir", message!("definition-no-folder")).and_then(|item| item.text()).map(PathBuf::from)
}

fn format<'d>(table: &Table<'d>) -> Option<Item<'d>> {
    table.need("format", message!("definition-no-format"))
}

/// The one format that a kind of file has.
fn only_format(table: &Table<'_>, name: &'static str) -> Option<()> {
    format(table).and_then(|item| item.choice(&[(name, ())]))
}

fn history(table: &Table<'_>) -> Option<ExportDefinition> {
    let (dir, format) = (dir(table), only_format(table, "parquet"));
    let include_identity = table.get("include_identity").map_or(Some(false), |item| item.boolean());
    let keep_hours = keep_hours(table);
    format?;
    Some(ExportDefinition::History { dir: dir?, keep_hours: keep_hours?, include_identity: include_identity? })
}

fn daily_volumes(table: &Table<'_>) -> Option<ExportDefinition> {
    let (dir, format, keep_hours) = (dir(table), only_format(table, "parquet"), keep_hours(table));
    format?;
    Some(ExportDefinition::DailyVolumes { dir: dir?, keep_hours: keep_hours? })
}

fn report(table: &Table<'_>) -> Option<ExportDefinition> {
    let (dir, format) = (dir(table), only_format(table, "html"));
    format?;
    Some(ExportDefinition::Report { dir: dir? })
}

fn finance(table: &Table<'_>) -> Option<ExportDefinition> {
    const RHYTHMS: [(&str, SnapshotRhythm); 3] =
        [("monthly", SnapshotRhythm::Monthly), ("nightly", SnapshotRhythm::Nightly), ("never", SnapshotRhythm::Never)];
    let dir = dir(table);
    let is_workbook = format(table).and_then(|item| item.choice(&[("csv", false), ("xlsx", true)]));
    let (profile, encoding) = (table.get("profile"), table.get("encoding"));
    let format = match is_workbook {
        Some(true) => workbook(profile, encoding),
        // Keys beside a wrong format are checked, too.
        Some(false) | None => csv(profile, encoding),
    };
    let snapshot = table.get("snapshot").map_or(Some(SnapshotRhythm::Monthly), |item| item.choice(&RHYTHMS));
    let snapshot_days = match table.get("snapshot_days") {
        None => Some(None),
        Some(item) => item.whole_number(1..=SNAPSHOT_DAYS_MAX).map(Some),
    };
    let layout = layout(table);
    is_workbook?;
    Some(ExportDefinition::Finance {
        dir: dir?,
        format: format?,
        snapshot: snapshot?,
        snapshot_days: snapshot_days?,
        layout: layout?,
    })
}

fn lake(table: &Table<'_>) -> Option<ExportDefinition> {
    let url = table.need("url", message!("definition-no-lake")).and_then(|item| {
        let text = item.text()?;
        // An address may hold a login by mistake.
        LakeUrl::parse(text).or_else(|| item.refuse_unseen(message!("definition-must-be-lake")))
    });
    let keep_hours = keep_hours(table);
    Some(ExportDefinition::Lake { url: url?, keep_hours: keep_hours? })
}

fn keep_hours(table: &Table<'_>) -> Option<u32> {
    table.get("keep_hours").map_or(Some(KEEP_HOURS), |item| item.whole_number(0..=KEEP_HOURS_MAX))
}

fn layout(table: &Table<'_>) -> Option<FinanceLayout> {
    const FOLDERS: [(&str, FinanceFolders); 2] = [("flat", FinanceFolders::Flat), ("monthly", FinanceFolders::Monthly)];
    const NAMES: [(&str, FinanceNames); 2] = [("ascii", FinanceNames::Ascii), ("zh", FinanceNames::Chinese)];
    let folders = table.get("folders").map_or(Some(FinanceFolders::default()), |item| item.choice(&FOLDERS));
    let names = table.get("names").map_or(Some(FinanceNames::default()), |item| item.choice(&NAMES));
    Some(FinanceLayout { folders: folders?, names: names? })
}

fn csv(profile: Option<Item<'_>>, encoding: Option<Item<'_>>) -> Option<TableFormat> {
    let profile = profile.map_or(Some(CsvProfile::Excel), |item| {
        item.choice(&[("excel", CsvProfile::Excel), ("machine", CsvProfile::Machine)])
    });
    let encoding = encoding.map_or(Some(TextEncoding::Utf8), |item| {
        item.choice(&[("utf-8", TextEncoding::Utf8), ("gb18030", TextEncoding::Gb18030)])
    });
    Some(TableFormat::Csv { profile: profile?, encoding: encoding? })
}

fn workbook(profile: Option<Item<'_>>, encoding: Option<Item<'_>>) -> Option<TableFormat> {
    let refuse = |item: Option<Item<'_>>, problem| item.map_or(Some(()), |item| item.refuse_unseen(problem));
    let profile = refuse(profile, message!("definition-profile-of-workbook"));
    let encoding = refuse(encoding, message!("definition-encoding-of-workbook"));
    profile.and(encoding).map(|()| TableFormat::Xlsx)
}
