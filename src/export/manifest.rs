//! The manifest beside a finance file: what the receiver checks before booking, and the sign that the file is complete.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// Version of the manifest's own form. Readers refuse what they do not know.
pub(super) const FORMAT_VERSION: u32 = 1;

/// What the manifest says. Nothing in it comes from the clock: a repeated export writes the same bytes.
#[derive(Serialize)]
pub(super) struct Manifest<'a> {
    pub format_version: u32,
    pub account: &'a str,
    /// Name without folder.
    pub file: &'a str,
    /// `excel` or `machine`.
    pub profile: &'a str,
    pub delivery_id: i64,
    /// RFC 3339 in UTC: the delivery's effective time.
    pub as_of: &'a str,
    /// Without the heading.
    pub rows: u64,
    /// Yuan, two decimals, as text: the exact sum of the fee column. Empty fees add nothing.
    pub fee_total: &'a str,
    /// As `fee_total`, cancelled reservations left out.
    pub fee_total_active: &'a str,
    pub bytes: u64,
    /// Of the file, lower-case hexadecimal.
    pub sha256: &'a str,
    /// The heading, as in the file.
    pub columns: Vec<&'a str>,
}

impl Manifest<'_> {
    /// JSON for people and programs, with a line end.
    pub(super) fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a struct of numbers and texts is always JSON");
        json.push('\n');
        json
    }
}

/// Where the manifest of a finance file stands: `<file>.manifest.json`.
pub fn manifest_path(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".manifest.json");
    path.into()
}
