//! LibreOffice without a screen: opens a file as a clerk does, and says what each cell has become.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::python::run_script;

/// More than a small file takes on a busy machine; one that LibreOffice asks a question about never ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a clerk sets when the import asks. `Utf8` and `Gb18030`: separated by commas, special numbers recognised, quoted
/// fields not taken for text (as LibreOffice has it from the start), in a Chinese locale.
#[derive(Debug, Clone, Copy)]
pub enum Import {
    Utf8,
    Gb18030,
    /// Nothing is asked: the file says it all.
    Workbook,
}

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Cell {
    /// `string`, `float`, `date`, …
    pub kind: String,
    /// The value in full, not as it is shown: dates as ISO 8601.
    pub value: String,
    /// As it is shown.
    pub text: String,
    pub formula: Option<String>,
}

/// A sheet's name and rows; an empty cell is `None`.
pub type Sheet = (String, Vec<Vec<Option<Cell>>>);

/// Opens a file, and returns its sheets.
#[track_caller]
pub fn open(file: &Path, import: Import) -> Vec<Sheet> {
    // A profile of its own: whatever else runs on the machine is left alone, and no setting of anybody counts.
    let place = tempfile::tempdir().unwrap();
    let profile = format!("-env:UserInstallation=file://{}/profile", place.path().display());
    let mut command = Command::new("soffice");
    command.args([&profile, "--headless", "--norestore"]);
    match import {
        Import::Utf8 => drop(command.arg("--infilter=CSV:44,34,76,1,,2052,false,true")),
        Import::Gb18030 => drop(command.arg("--infilter=CSV:44,34,85,1,,2052,false,true")),
        Import::Workbook => {}
    }
    command.args(["--convert-to", "fods", "--outdir"]).arg(place.path()).arg(file).stdin(Stdio::null());
    let output = assert_cmd::Command::from_std(command).timeout(PATIENCE).output().unwrap_or_else(|error| {
        panic!("these tests need LibreOffice Calc: apt-get install --no-install-recommends libreoffice-calc ({error})")
    });
    let opened = place.path().join(file.file_name().unwrap()).with_extension("fods");
    assert!(opened.exists(), "LibreOffice does not open {}: {output:?}", file.display());
    serde_json::from_value(run_script("read_flat_spreadsheet.py", &[&opened])).unwrap()
}
