//! Files that appear whole or not at all: temporary name, fsync, rename, fsync of the folder.
//!
//! Nothing else in this module opens a file for writing.

use std::fs::{self, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::ExportError;
use crate::plain_files::{self, open_plain};

/// The owner writes, the group (BI tools, the finance share) reads, nobody else does.
const FILE_MODE: u32 = 0o640;

/// Read at a time for a digest: few system calls, little memory.
const DIGEST_BUFFER_BYTES: usize = 64 * 1024;

/// Start of the names of an account's temporary files. The dot ends the account: no account's name contains one, so
/// account `a` never takes a file of account `a-b` for its own.
pub(super) fn temporary_prefix(account: &str) -> String {
    format!(".tijian-{account}.")
}

/// Like [`temporary_prefix`], for the files that this process is writing. Identified by a random number, since a process id
/// comes again: in a container, every night has number 1.
fn own_temporary_prefix(account: &str) -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    format!("{}{:016x}.", temporary_prefix(account), *PROCESS)
}

/// Makes sure that the folder is there, and removes what a killed run of this account left in it.
///
/// The caller holds the account's lock, so no other living process owns such a file. Our own stay: files of one folder
/// are written side by side.
pub(super) fn prepare_folder(folder: &Path, account: &str) -> Result<(), ExportError> {
    create_folder(folder).map_err(|source| ExportError::file("create the folder", folder, source))?;
    let (prefix, own_prefix) = (temporary_prefix(account), own_temporary_prefix(account));
    let list_error = |source| ExportError::file("list the folder", folder, source);
    for entry in fs::read_dir(folder).map_err(list_error)? {
        let entry = entry.map_err(list_error)?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(prefix.as_bytes()) && !name.starts_with(own_prefix.as_bytes()) {
            remove_file(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes the file if it is there; whether it was.
pub(super) fn remove_file(path: &Path) -> Result<bool, ExportError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(ExportError::file("remove", path, source)),
    }
}

/// Puts renamed and removed names on the disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), ExportError> {
    plain_files::sync_folder(folder).map_err(|source| ExportError::file("fsync the folder", folder, source))
}

/// Like `create_dir_all`, with every new name on the disk before this returns.
fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    create_folder(parent)?;
    match fs::create_dir(folder) {
        // Another account may have been quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        other => other,
    }?;
    plain_files::sync_folder(parent)
}

/// A file being written under a temporary name in the target's folder. Dropping it removes it.
pub(super) struct AtomicFile {
    target: PathBuf,
    file: NamedTempFile,
    digest: Sha256,
    bytes: u64,
}

impl AtomicFile {
    /// `folder` was prepared with [`prepare_folder`].
    pub(super) fn create(folder: &Path, account: &str, name: &str) -> Result<AtomicFile, ExportError> {
        let target = folder.join(name);
        let file = tempfile::Builder::new()
            .prefix(&own_temporary_prefix(account))
            .tempfile_in(folder)
            .map_err(|source| ExportError::file("create a temporary file for", &target, source))?;
        Ok(AtomicFile { target, file, digest: Sha256::new(), bytes: 0 })
    }

    /// Everything is written: puts the content on the disk, still under the temporary name.
    pub(super) fn seal(self) -> Result<SealedFile, ExportError> {
        self.seal_with_mode(FILE_MODE)
    }

    /// The same, for other readers than those of exports.
    pub(super) fn seal_with_mode(self, mode: u32) -> Result<SealedFile, ExportError> {
        let AtomicFile { target, file, digest, bytes } = self;
        file.as_file()
            .set_permissions(Permissions::from_mode(mode))
            .and_then(|()| file.as_file().sync_all())
            .map_err(|source| ExportError::file("fsync", &target, source))?;
        Ok(SealedFile { target, file, bytes, sha256: hex::encode(digest.finalize()) })
    }
}

/// Counts and digests what passes. Unbuffered: write large pieces.
impl Write for AtomicFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.as_file_mut().write(buffer)?;
        self.digest.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A complete file on the disk that does not have its name yet. Dropping it removes it.
pub(super) struct SealedFile {
    target: PathBuf,
    file: NamedTempFile,
    pub(super) bytes: u64,
    /// Lower-case hexadecimal.
    pub(super) sha256: String,
}

impl SealedFile {
    /// The same file, to be called so: for names that say what the content is.
    pub(super) fn named(mut self, name: &str) -> SealedFile {
        self.target.set_file_name(name);
        self
    }

    /// Gives the file its name, in place of a file that has it already. On the disk when this returns.
    pub(super) fn publish(self) -> Result<(), ExportError> {
        let SealedFile { target, file, .. } = self;
        file.persist(&target).map_err(|error| ExportError::file("rename into place", &target, error.error))?;
        sync_folder(target.parent().unwrap_or(Path::new(".")))
    }
}

impl SealedFile {
    /// Like [`SealedFile::publish`], but never replaces another file.
    pub(super) fn publish_beside(self) -> Result<(), ExportError> {
        let SealedFile { target, file, .. } = self;
        file.persist_noclobber(&target).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => ExportError::Taken { path: target.clone() },
            _ => ExportError::file("rename into place", &target, error.error),
        })?;
        sync_folder(target.parent().unwrap_or(Path::new(".")))
    }
}

/// Gives a complete file a second name in a prepared folder, in place of a file that has it already: a hard link, which takes
/// no room, or a copy where the file system has none. On the disk when this returns.
pub(super) fn publish_again(source: &Path, folder: &Path, account: &str, name: &str) -> Result<(), ExportError> {
    let linked = tempfile::Builder::new()
        .prefix(&own_temporary_prefix(account))
        .make_in(folder, |temporary| fs::hard_link(source, temporary));
    // Whatever the reason is: what also keeps a copy from being made is reported by the copy.
    let Ok(link) = linked else { return publish_copy(source, folder, account, name) };
    let (target, temporary) = (folder.join(name), link.path().to_owned());
    link.persist(&target).map_err(|error| ExportError::file("rename into place", &target, error.error))?;
    // A rename onto a name of the same file does nothing at all.
    remove_file(&temporary)?;
    sync_folder(folder)
}

fn publish_copy(source: &Path, folder: &Path, account: &str, name: &str) -> Result<(), ExportError> {
    let mut copy = AtomicFile::create(folder, account, name)?;
    open_plain(source)
        .and_then(|file| io::copy(&mut BufReader::with_capacity(DIGEST_BUFFER_BYTES, file), &mut copy))
        .map_err(|error| ExportError::file("copy", source, error))?;
    copy.seal()?.publish()
}

/// Says of a file that it was changed at `time`: its content stays. Whether it is there, and ours to say so: of somebody else's,
/// as after an export by root, the time stays.
pub(super) fn touch(path: &Path, time: DateTime<Utc>) -> Result<bool, ExportError> {
    match open_plain(path).and_then(|file| file.set_modified(time.into())) {
        Ok(()) => Ok(true),
        Err(source) if [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied].contains(&source.kind()) => Ok(false),
        Err(source) => Err(ExportError::file("set the time of", path, source)),
    }
}

/// A sealed file, and whether its name is taken by a file of the same content.
pub(super) struct PlacedFile {
    sealed: SealedFile,
    is_there: bool,
}

impl SealedFile {
    /// Looks at what has the name already. Other content there is an error: this file must not take its place.
    pub(super) fn find_place(self) -> Result<PlacedFile, ExportError> {
        match digest_file(&self.target) {
            Ok(there) if there == (self.bytes, self.sha256.clone()) => Ok(PlacedFile { sealed: self, is_there: true }),
            Ok(_) => Err(ExportError::Occupied { path: self.target }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(PlacedFile { sealed: self, is_there: false }),
            Err(source) => Err(ExportError::file("read", &self.target, source)),
        }
    }
}

impl PlacedFile {
    /// Gives the file its name, unless that name is taken. On the disk when this returns.
    pub(super) fn publish_new(self) -> Result<(), ExportError> {
        let PlacedFile { sealed, is_there } = self;
        if is_there {
            return sync_folder(sealed.target.parent().unwrap_or(Path::new(".")));
        }
        sealed.publish_beside().map_err(|error| match error {
            // Somebody has put one there since we looked.
            ExportError::Taken { path } => ExportError::Occupied { path },
            error => error,
        })
    }
}

/// Length and SHA-256 (lower-case hexadecimal) of a file.
pub(super) fn digest_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = open_plain(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; DIGEST_BUFFER_BYTES];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(digest.finalize())));
        }
        digest.update(&buffer[..read]);
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::samples::names_in;

    #[test]
    fn file_appears_only_when_published_with_mode_digest_and_size() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(folder.path(), "hospital", "a.csv").unwrap();
        file.write_all(b"abc").unwrap();
        assert!(!folder.path().join("a.csv").exists());
        let sealed = file.seal().unwrap();
        assert!(!folder.path().join("a.csv").exists());
        assert_eq!(sealed.bytes, 3);
        assert_eq!(sealed.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        sealed.publish().unwrap();
        assert_eq!(fs::read(folder.path().join("a.csv")).unwrap(), b"abc");
        assert_eq!(fs::metadata(folder.path().join("a.csv")).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(names_in(folder.path()), ["a.csv"]);
    }

    #[test]
    fn new_file_takes_no_place_of_another_and_leaves_its_like_alone() {
        let folder = tempfile::tempdir().unwrap();
        let seal = |content: &[u8]| {
            let mut file = AtomicFile::create(folder.path(), "hospital", "a.csv").unwrap();
            file.write_all(content).unwrap();
            file.seal().unwrap()
        };
        // Both have looked before either is there.
        let (first, second) = (seal(b"one").find_place().unwrap(), seal(b"two").find_place().unwrap());
        first.publish_new().unwrap();
        assert!(matches!(second.publish_new(), Err(ExportError::Occupied { .. })));
        seal(b"one").find_place().unwrap().publish_new().unwrap();
        assert!(matches!(seal(b"two").find_place(), Err(ExportError::Occupied { .. })));
        assert_eq!(fs::read(folder.path().join("a.csv")).unwrap(), b"one");
        assert_eq!(names_in(folder.path()), ["a.csv"]);
    }

    /// Invariant: Files are complete or do not exist, whatever happens while they are written.
    /// Held by: temporary name, fsync, rename, fsync of the folder; the ledger remembers what is owed.
    #[test]
    fn dropped_file_leaves_the_older_one_untouched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.csv"), "older").unwrap();
        let mut file = AtomicFile::create(folder.path(), "hospital", "a.csv").unwrap();
        file.write_all(b"newer").unwrap();
        drop(file.seal().unwrap());
        assert_eq!(fs::read(folder.path().join("a.csv")).unwrap(), b"older");
        assert_eq!(names_in(folder.path()), ["a.csv"]);
    }

    #[test]
    fn second_name_leads_to_the_same_content_with_links_and_without() {
        for publish in [publish_again, publish_copy] {
            let folder = tempfile::tempdir().unwrap();
            let source = folder.path().join("source");
            fs::write(&source, "newer").unwrap();
            fs::write(folder.path().join("a.csv"), "older").unwrap();
            // The second time, it may be the same file already.
            for _ in 0..2 {
                publish(&source, folder.path(), "hospital", "a.csv").unwrap();
                assert_eq!(fs::read(folder.path().join("a.csv")).unwrap(), b"newer");
                assert_eq!(names_in(folder.path()), ["a.csv", "source"]);
            }
            let error = publish(&folder.path().join("none"), folder.path(), "hospital", "a.csv").unwrap_err();
            assert!(matches!(error, ExportError::File { operation: "copy", .. }), "{error:?}");
            assert_eq!(names_in(folder.path()), ["a.csv", "source"]);
        }
    }

    #[test]
    fn touched_file_keeps_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let time: DateTime<Utc> = "2026-11-01T00:00:00Z".parse().unwrap();
        assert!(!touch(&path, time).unwrap());
        fs::write(&path, "abc").unwrap();
        assert!(touch(&path, time).unwrap());
        assert_eq!(DateTime::<Utc>::from(fs::metadata(&path).unwrap().modified().unwrap()), time);
        assert_eq!(fs::read(&path).unwrap(), b"abc");
    }

    #[test]
    fn leftovers_of_this_account_only_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let beside = AtomicFile::create(folder.path(), "a", "b.csv").unwrap();
        let of_same_process_id = format!(".tijian-a.{}.X1y2Z3", std::process::id());
        fs::write(folder.path().join(of_same_process_id), "").unwrap();
        let of_another = ".tijian-a.0123456789abcdef.X1y2Z3";
        for name in [of_another, ".tijian-a.X1y2Z3", ".tijian-a-b.X1y2Z3", ".tijian-ab.X1y2Z3", "a.csv", ".other"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        prepare_folder(folder.path(), "a").unwrap();
        // What this process is writing is no leftover.
        beside.seal().unwrap().publish().unwrap();
        fs::remove_file(folder.path().join("b.csv")).unwrap();
        assert_eq!(names_in(folder.path()), [".other", ".tijian-a-b.X1y2Z3", ".tijian-ab.X1y2Z3", "a.csv"]);
    }

    #[test]
    fn missing_folders_are_created() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("one/two/three");
        prepare_folder(&folder, "a").unwrap();
        prepare_folder(&folder, "a").unwrap();
        assert!(folder.is_dir());
    }

    #[test]
    fn folder_that_is_a_file_is_an_error_with_the_path_and_the_cause() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("file");
        fs::write(&folder, "").unwrap();
        let error = prepare_folder(&folder, "a").unwrap_err();
        let ExportError::File { operation, path, source } = error else { panic!("{error:?}") };
        assert_eq!((operation, path), ("create the folder", folder));
        assert_eq!(source.kind(), io::ErrorKind::AlreadyExists);
    }
}
