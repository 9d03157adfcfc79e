//! The file of figures that node_exporter picks up: whole or not there, like every file, and for everybody to read.

use std::io::Write;
use std::path::Path;

use super::ExportError;
use super::atomic::AtomicFile;
use super::report::folder_and_name;

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
}
