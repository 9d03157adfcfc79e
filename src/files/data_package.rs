//! The months of one account in one folder as one snapshot: `<dir>/_snapshots/<account>/datapackage.json`, a Data Package
//! (<https://datapackage.org>, version 2), names the files that belong together, and is renamed into place when all of
//! them are there.
//!
//! A file keeps its name and content for hours after the next package no longer names it, so anybody who has read a package can
//! still read its files. `<dir>/check_month=2026-11/<account>.parquet` is the same file again (a hard link), for readers that
//! open all files of the folder at once; the patterns that they use do not match the files of a package.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::atomic::{self, AtomicFile};
use super::resource::{MonthFile, Origin, Resource, TIJIAN_VERSION, file_name, folder, month_name, time};
use super::{ExportError, ExportedFile};
use crate::plain_files::read_plain_text;

/// The name that tools look for.
const DESCRIPTOR: &str = "datapackage.json";

const PROFILE: &str = "https://datapackage.org/profiles/2.0/datapackage.json";

/// What a package describes as a whole.
#[derive(Debug, Clone)]
pub struct PackageHeader {
    pub origin: Origin,
    /// The newest delivery whose effects are in the files.
    pub delivery_id: i64,
    /// When its states take effect.
    pub as_of: DateTime<Utc>,
    pub created: DateTime<Utc>,
}

/// `datapackage.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Descriptor {
    #[serde(rename = "$schema")]
    profile: String,
    name: String,
    title: String,
    created: String,
    account: String,
    dataset: String,
    delivery_id: i64,
    as_of: String,
    contract_sha256: String,
    tijian_version: String,
    resources: Vec<Resource>,
}

/// A month that is made again in a package.
#[derive(Debug)]
pub struct NewMonth {
    pub file: MonthFile,
    /// Nothing older of the month may be read on: a person was erased from it, say.
    pub is_alone: bool,
}

/// The package of an account in a folder: what the last one says, until the next takes its place.
#[derive(Debug)]
pub struct DataPackage {
    dir: PathBuf,
    account: String,
    resources: Vec<Resource>,
}

impl DataPackage {
    /// Reads the package that is there. One that is not, or is not ours, names nothing.
    pub fn open(dir: &Path, account: &str) -> Result<DataPackage, ExportError> {
        let path = folder(dir, account).join(DESCRIPTOR);
        let resources = match read_plain_text(&path) {
            Ok(text) => serde_json::from_str(&text).map_or_else(|_| Vec::new(), |found: Descriptor| found.resources),
            Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::InvalidData].contains(&error.kind()) => Vec::new(),
            Err(source) => return Err(ExportError::file("read", &path, source)),
        };
        // Whatever somebody has written into it: we go nowhere else.
        let is_within = |resource: &Resource| {
            Path::new(&resource.path).components().all(|component| matches!(component, Component::Normal(_)))
        };
        let resources = resources.into_iter().filter(is_within).collect();
        Ok(DataPackage { dir: dir.to_owned(), account: account.to_owned(), resources })
    }

    /// Whether the package names the month's file with this content, and the file is there.
    pub fn has(&self, check_month: NaiveDate, sha256: &str) -> bool {
        let month = month_name(check_month);
        self.resources.iter().any(|resource| {
            resource.check_month == month
                && resource.sha256() == sha256
                && self.path_of(resource).metadata().is_ok_and(|file| file.len() == resource.bytes)
        })
    }

    /// Puts the next package in this one's place: the new months, and of this one's those that are `kept`. What this one
    /// named and the next does not may be read for `keep` from now on.
    pub fn publish(
        self,
        header: &PackageHeader,
        made: Vec<NewMonth>,
        kept: &[NaiveDate],
        keep: TimeDelta,
    ) -> Result<PublishedPackage, ExportError> {
        let kept: BTreeSet<String> = kept.iter().copied().map(month_name).collect();
        let new = made.iter().filter_map(|month| month.file.resource.clone());
        let kept = self.resources.iter().filter(|resource| kept.contains(&resource.check_month)).cloned();
        let mut resources: Vec<Resource> = kept.chain(new).collect();
        resources.sort_by(|one, other| one.check_month.cmp(&other.check_month));
        // Before they leave: killed in between, they stay long enough all the same.
        for resource in self.resources.iter().filter(|resource| !resources.contains(resource)) {
            atomic::touch(&self.path_of(resource), header.created)?;
        }
        let next = DataPackage { resources, ..self };
        next.write(header)?;
        Ok(PublishedPackage { package: next, made, forgotten_until: header.created - keep })
    }

    /// Removes every file that the package does not name, at once.
    pub fn forget_superseded(&self) -> Result<(), ExportError> {
        self.remove_unnamed(|_, _| true)
    }

    fn write(&self, header: &PackageHeader) -> Result<(), ExportError> {
        let Origin { account, dataset, contract_sha256 } = &header.origin;
        let descriptor = Descriptor {
            profile: PROFILE.to_owned(),
            name: format!("{account}-{}", dataset.name()),
            title: dataset.title().to_owned(),
            created: time(header.created),
            account: account.clone(),
            dataset: dataset.name().to_owned(),
            delivery_id: header.delivery_id,
            as_of: time(header.as_of),
            contract_sha256: contract_sha256.clone(),
            tijian_version: TIJIAN_VERSION.to_owned(),
            resources: self.resources.clone(),
        };
        let folder = folder(&self.dir, account);
        atomic::prepare_folder(&folder, account)?;
        let mut text = serde_json::to_vec_pretty(&descriptor).expect("texts and numbers become JSON");
        text.push(b'\n');
        let mut file = AtomicFile::create(&folder, account, DESCRIPTOR)?;
        file.write_all(&text).map_err(|source| ExportError::file("write", &folder.join(DESCRIPTOR), source))?;
        file.seal()?.publish()
    }

    fn path_of(&self, resource: &Resource) -> PathBuf {
        folder(&self.dir, &self.account).join(&resource.path)
    }

    /// Removes files of months that the package does not name, where `is_over` says so of the month's folder and the file. What
    /// is not ours stays: a file server keeps folders and files of its own among them. One that cannot be removed does not keep
    /// the others.
    fn remove_unnamed(&self, is_over: impl Fn(&str, &fs::Metadata) -> bool) -> Result<(), ExportError> {
        let folder = folder(&self.dir, &self.account);
        let named: BTreeSet<PathBuf> = self.resources.iter().map(|resource| self.path_of(resource)).collect();
        let (name, temporary) = (file_name(&self.account), atomic::temporary_prefix(&self.account));
        let is_ours = |file: &str| file.starts_with(&name) || file.starts_with(&temporary);
        let mut failure = Ok(());
        for (month, month_folder) in entries(&folder)? {
            if !month.starts_with("check_month=") {
                continue;
            }
            let mut is_changed = false;
            for (file, path) in entries(&month_folder)? {
                let metadata = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file);
                let Some(metadata) = metadata.filter(|_| is_ours(&file) && !named.contains(&path)) else { continue };
                if is_over(&month, &metadata) {
                    match atomic::remove_file(&path) {
                        Ok(is_removed) => is_changed |= is_removed,
                        Err(error) => failure = failure.and(Err(error)),
                    }
                }
            }
            if is_changed {
                atomic::sync_folder(&month_folder)?;
            }
        }
        failure
    }
}

/// A package that is in its place, while the folder's other files are still those of the one before.
#[derive(Debug)]
pub struct PublishedPackage {
    package: DataPackage,
    made: Vec<NewMonth>,
    forgotten_until: DateTime<Utc>,
}

impl PublishedPackage {
    /// Lets the folders of the months have the new files, and removes what nobody reads any more. The files of the new
    /// months, in their order; a month without rows has `rows: 0`.
    pub fn settle(self) -> Result<Vec<ExportedFile>, ExportError> {
        let PublishedPackage { package, made, forgotten_until } = self;
        let (account, name) = (&package.account, file_name(&package.account));
        let mut files = Vec::new();
        for NewMonth { file, .. } in &made {
            let folder = package.dir.join(&file.month_folder);
            let path = folder.join(&name);
            files.push(match &file.resource {
                Some(resource) => {
                    atomic::prepare_folder(&folder, account)?;
                    atomic::publish_again(&package.path_of(resource), &folder, account, &name)?;
                    let sha256 = resource.sha256().to_owned();
                    ExportedFile { path, rows: resource.rows, bytes: resource.bytes, sha256 }
                }
                None => {
                    if atomic::remove_file(&path)? {
                        atomic::sync_folder(&folder)?;
                    }
                    ExportedFile { path, rows: 0, bytes: 0, sha256: String::new() }
                }
            });
        }
        let alone: BTreeSet<&str> =
            made.iter().filter(|month| month.is_alone).map(|month| month.file.month_folder.as_str()).collect();
        package.remove_unnamed(|month, file| {
            let is_old = |time| DateTime::<Utc>::from(time) <= forgotten_until;
            alone.contains(month) || file.modified().is_ok_and(is_old)
        })?;
        Ok(files)
    }
}

/// Names and paths in a folder; none where there is no folder, or something else.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, ExportError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Vec::new());
        }
        Err(source) => return Err(ExportError::file("list the folder", folder, source)),
    };
    entries
        .map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())))
        .collect::<io::Result<_>>()
        .map_err(|source| ExportError::file("list the folder", folder, source))
}

#[cfg(test)]
mod tests;
