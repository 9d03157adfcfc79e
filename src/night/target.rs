//! The name of an export target in the ledger.

use std::path::Path;

use crate::pipeline::{CsvProfile, ExportDefinition, TableFormat, TextEncoding};

/// The target's name in the ledger: another folder, format or set of columns is another target, and owed everything.
pub(super) fn target_name(definition: &ExportDefinition) -> String {
    let place = |dir: &Path| std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()).display().to_string();
    match definition {
        ExportDefinition::History { dir, include_identity: false, .. } => format!("history parquet {}", place(dir)),
        ExportDefinition::History { dir, include_identity: true, .. } => {
            format!("history parquet with identity {}", place(dir))
        }
        ExportDefinition::DailyVolumes { dir, .. } => format!("daily_volumes parquet {}", place(dir)),
        ExportDefinition::Report { dir } => format!("report {}", place(dir)),
        ExportDefinition::Lake { url, .. } => format!("lake {url}"),
        ExportDefinition::Finance { dir, format, .. } => format!("finance {} {}", format_name(*format), place(dir)),
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
