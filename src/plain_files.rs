//! Plain files, and nothing else: a name that leads to a device, a pipe, a socket or a folder is refused, where reading it
//! might never end, or never begin. A symbolic link to a plain file is one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Opens a plain file for reading.
pub fn open_plain(path: &Path) -> io::Result<File> {
    // Looked at first: a socket cannot be opened, and opening can do something to a device.
    check(&fs::metadata(path)?)?;
    // And once more when it is open, since the name may lead elsewhere by then. A pipe without a writer must not hold us up.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    check(&file.metadata()?)?;
    Ok(file)
}

/// The text of a plain file.
pub fn read_plain_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open_plain(path)?.read_to_string(&mut text)?;
    Ok(text)
}

fn check(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is not a regular file, but a folder, a device, a pipe or a socket",
    ))
}

/// Puts the names in a folder on the disk.
#[allow(clippy::disallowed_methods, reason = "a folder is opened as a file here, and nowhere else")]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Waits until no other process has this folder so, and keeps it until the file is dropped.
#[allow(clippy::disallowed_methods, reason = "as above")]
pub fn lock_folder(folder: &Path) -> io::Result<File> {
    let folder = File::open(folder)?;
    folder.lock()?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    #[test]
    fn only_plain_files_are_opened_and_nothing_hangs() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let _listener = UnixListener::bind(at("socket")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        for name in ["file", "link"] {
            let mut text = String::new();
            open_plain(&at(name)).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "text");
        }
        for name in ["zero", "pipe", "socket", "folder"] {
            let error = open_plain(&at(name)).unwrap_err();
            assert!(error.to_string().contains("not a regular file"), "{name}: {error}");
        }
        assert_eq!(open_plain(&at("absent")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
