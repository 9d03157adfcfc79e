//! The file of figures that node_exporter picks up: whole or not there, like every file, and for everybody to read.

use std::io::Write;
use std::path::Path;

use super::ExportError;
use super::atomic::AtomicFile;
use super::report::folder_and_name;
use crate::plain_files::{lock_folder, read_plain_text};

/// It contains nothing about people, and node_exporter runs as another user, in a group that we do not know.
const FILE_MODE: u32 = 0o644;

/// In the temporary file's name, where exports have their account; the dot keeps it apart from every account. (The
/// collector takes names that end in `.prom` only, which a temporary one does not.)
const TEMPORARY_OWNER: &str = "figures.text";

/// Writes the text to `path`, replacing any file there. The folder must exist.
pub fn write_figures(path: &Path, text: &str) -> Result<(), ExportError> {
    let (folder, name) = folder_and_name(path);
    let mut file = AtomicFile::create(&folder, TEMPORARY_OWNER, name)?;
    file.write_all(text.as_bytes()).map_err(|source| ExportError::file("write", path, source))?;
    file.seal_with_mode(FILE_MODE)?.publish()
}

/// Writes what becomes of the text at `path`, one process after the other. A file that cannot be read counts as empty.
pub fn update_figures(path: &Path, update: impl FnOnce(&str) -> String) -> Result<(), ExportError> {
    let (folder, _) = folder_and_name(path);
    let _lock = lock_folder(&folder).map_err(|source| ExportError::file("lock the folder", &folder, source))?;
    write_figures(path, &update(&read_plain_text(path).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::files::samples::names_in;

    #[test]
    fn figures_replace_those_before_and_everybody_may_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tijian.prom");
        for text in ["a 1\n", "a 2\n"] {
            write_figures(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o644);
        }
        assert_eq!(names_in(folder.path()), ["tijian.prom"]);
        assert!(write_figures(&folder.path().join("absent/tijian.prom"), "").is_err());
    }

    #[test]
    fn no_update_is_lost_however_many_there_are_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tijian.prom");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..5 {
                        update_figures(path, |before| format!("{before}a {number}\n")).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 40);
        assert_eq!(names_in(folder.path()), ["tijian.prom"]);
    }
}
