//! What lands in the files, through the whole chain, against the database.

pub mod finance;
mod handoff;
pub mod history;
mod month;
mod month_verify;
mod packages;
mod verify;
mod volumes;

use std::path::Path;

use crate::support::Hospital;

/// One more export of the hospital's pipeline: CSV or Parquet, unless the options say otherwise.
pub fn add_export(hospital: &mut Hospital, kind: &str, dir: &str, options: &str) {
    let format = match kind {
        _ if options.contains("format = ") => "",
        "finance" => "format = \"csv\"",
        _ => "format = \"parquet\"",
    };
    let snapshot = if kind == "finance" && !options.contains("snapshot = ") { "snapshot = \"nightly\"" } else { "" };
    let dir = hospital.dir.path().join(dir);
    hospital.redefine(|text| {
        format!("{text}\n[[export]]\nkind = \"{kind}\"\n{format}\ndir = \"{}\"\n{snapshot}\n{options}\n", dir.display())
    });
}

/// Files below one of the hospital's folders, by their path in the hospital's.
pub fn files_in(hospital: &Hospital, dir: &str) -> Vec<String> {
    hospital.files().into_iter().filter(|file| file.starts_with(&format!("{dir}/"))).collect()
}

/// What tells one file from the next of the same name.
fn inode(hospital: &Hospital, file: &str) -> u64 {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(hospital.dir.path().join(file)).unwrap().ino()
}

/// Paths of a report, as in [`files_in`].
fn relative(hospital: &Hospital, paths: &[impl AsRef<Path>]) -> Vec<String> {
    let relative = |path: &Path| path.strip_prefix(hospital.dir.path()).unwrap().display().to_string();
    paths.iter().map(|path| relative(path.as_ref())).collect()
}
