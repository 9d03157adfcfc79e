//! Files and folders that a command line names: whether they can be had, told before anything else is done.

use std::io;
use std::path::Path;

use crate::cli::error::CliError;
use crate::guidance::ExitCode;
use crate::wording::{Argument, message};

/// Whether a file can be written where `option` says.
pub(super) fn file_place(option: &'static str, path: &Path) -> Result<(), CliError> {
    if path.is_dir() {
        return Err(CliError::Usage(message!("TJ-1071", option, path)));
    }
    let Some(name) = path.file_name() else {
        return Err(CliError::Usage(message!("TJ-1043", option, path)));
    };
    if name.to_str().is_none() {
        return Err(CliError::Usage(message!("TJ-1077", option, path)));
    }
    // The file is written under another name first: only its own tells whether the file system takes it.
    possible_name(option, path)?;
    existing_folder(option, or_here(path.parent().unwrap_or(path)))
}

/// Whether files can be written into the folder that `option` names, which may still have to be made.
pub(super) fn folder_place(option: &'static str, folder: &Path) -> Result<(), CliError> {
    possible_name(option, folder)?;
    let nearest = folder.ancestors().map(or_here).find(|folder| folder.exists());
    existing_folder(option, nearest.unwrap_or(folder))
}

/// Whether files can be written into the folder that `option` names.
pub(super) fn existing_folder(option: impl Into<Argument>, folder: &Path) -> Result<(), CliError> {
    let option = option.into();
    if !folder.exists() {
        return Err(CliError::Usage(message!("TJ-1070", option, folder)));
    }
    if !folder.is_dir() {
        return Err(CliError::Usage(message!("TJ-1075", option, path = folder)));
    }
    match tempfile::tempfile_in(folder) {
        Ok(_) => Ok(()),
        // There may be room when the file is written.
        Err(error) if ExitCode::of_file(&error) == ExitCode::Temporary => Ok(()),
        Err(error) => Err(CliError::Usage(message!("TJ-1072", option, folder, reason = &error))),
    }
}

fn possible_name(option: &'static str, path: &Path) -> Result<(), CliError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
            Err(CliError::Usage(message!("TJ-1078", option, path)))
        }
        _ => Ok(()),
    }
}

/// For `map_err`: a list that was named cannot be read.
pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> CliError {
    move |error| CliError::Usage(message!("TJ-1076", path, reason = &error))
}

fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
