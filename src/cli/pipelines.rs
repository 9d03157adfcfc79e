//! Which pipelines a command works on: those named, or every enabled one of `pipelines/`.

use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::language::say;
use crate::pipeline::{Pipeline, Shard, find_default, read_all, refuse_shared_access};
use crate::wording::message;

/// The folder of definitions if none is named.
pub(super) const DEFAULT_DIR: &str = "pipelines";

/// Reads the named pipelines, or all of [`DEFAULT_DIR`] that are enabled. At least one.
pub(super) fn select(named: &[PathBuf]) -> Result<Vec<Pipeline>, CliError> {
    if !named.is_empty() {
        let pipelines = read_all(named)?;
        refuse_shared_access(pipelines.iter())?;
        return Ok(pipelines);
    }
    let pipelines: Vec<Pipeline> = read_default()?.into_iter().filter(|pipeline| pipeline.enabled).collect();
    if pipelines.is_empty() {
        return Err(CliError::NoPipeline(message!("TJ-1049", folder = DEFAULT_DIR)));
    }
    Ok(pipelines)
}

/// Like [`select`], but returns the readable pipelines together with the problems of the others.
pub(super) fn select_readable(named: &[PathBuf]) -> (Vec<Pipeline>, Option<CliError>) {
    let error = match select(named) {
        Ok(pipelines) => return (pipelines, None),
        Err(error) => error,
    };
    let files =
        if named.is_empty() { find_default(Path::new(DEFAULT_DIR)).unwrap_or_default() } else { named.to_vec() };
    let pipelines = add_readable(Vec::new(), &files, |pipeline| pipeline.enabled || !named.is_empty());
    (pipelines, Some(error))
}

/// Reads the named pipelines, or all of [`DEFAULT_DIR`], enabled or not.
pub(super) fn select_all(named: &[PathBuf]) -> Result<Vec<Pipeline>, CliError> {
    if named.is_empty() { read_default() } else { Ok(read_all(named)?) }
}

/// These and every other in [`DEFAULT_DIR`] that can be read, enabled or not: those of the same warehouse, as far as they are known here.
pub(super) fn with_others(pipelines: Vec<Pipeline>) -> Vec<Pipeline> {
    add_readable(pipelines, &find_default(Path::new(DEFAULT_DIR)).unwrap_or_default(), |_| true)
}

/// Adds what can be read of these files and is meant, each account once.
fn add_readable(
    mut pipelines: Vec<Pipeline>,
    files: &[PathBuf],
    is_meant: impl Fn(&Pipeline) -> bool,
) -> Vec<Pipeline> {
    for pipeline in files.iter().filter_map(|file| Pipeline::read(file).ok()).filter(is_meant) {
        if pipelines.iter().all(|other| other.account != pipeline.account) {
            pipelines.push(pipeline);
        }
    }
    pipelines
}

/// A shard, as the command line has it.
pub(super) fn parse_shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text).ok_or_else(|| say!("shard-form"))
}

fn read_default() -> Result<Vec<Pipeline>, CliError> {
    let dir = Path::new(DEFAULT_DIR);
    if !dir.is_dir() {
        return Err(CliError::NoPipeline(message!("TJ-1050", folder = DEFAULT_DIR)));
    }
    Ok(read_all(&find_default(dir)?)?)
}
