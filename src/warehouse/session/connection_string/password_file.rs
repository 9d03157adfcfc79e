//! libpq's password file: the first line that fits host, port, database and login has the password. Pure, but for its reading.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use crate::plain_files::open_plain;

/// No file of passwords is larger; what is, is another file.
const BYTES_MAX: u64 = 1 << 20;

/// Bits of a file's mode that let others than its owner in.
const OTHERS: u32 = 0o077;

/// What a password is for: host, port, database and login.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub host: &'a str,
    pub port: &'a str,
    pub database: &'a str,
    pub user: &'a str,
}

/// What is to be read of a password file.
pub(super) enum PasswordFile {
    /// Its text.
    Read(Zeroizing<String>),
    Absent,
    /// Why nothing of it is used, as with libpq: it is no file of its owner's alone.
    Unused(&'static str),
}

/// Reads the file, if it is there and nobody but its owner can. One that cannot be looked at is as good as none: as with libpq,
/// it may be in a folder that is not this user's.
pub(super) fn read(path: &Path) -> PasswordFile {
    let Ok(metadata) = fs::metadata(path) else { return PasswordFile::Absent };
    if !metadata.is_file() {
        return PasswordFile::Unused("it is no plain file");
    }
    if metadata.mode() & OTHERS != 0 {
        return PasswordFile::Unused("others than its owner may use it: chmod 0600");
    }
    let mut text = Zeroizing::new(Vec::new());
    match open_plain(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut text)) {
        Ok(_) => PasswordFile::Read(Zeroizing::new(String::from_utf8_lossy(&text).into_owned())),
        Err(_) => PasswordFile::Unused("it cannot be read"),
    }
}

/// The password of the first line that fits.
pub(super) fn find(text: &str, wanted: Wanted<'_>) -> Option<Zeroizing<String>> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line.strip_suffix('\r').unwrap_or(line);
        for value in [wanted.host, wanted.port, wanted.database, wanted.user] {
            let (field, behind) = split_field(rest)?;
            if field != "*" && unescape(field) != value {
                return None;
            }
            rest = behind;
        }
        // The password ends at the next colon, too, as in libpq.
        let password = split_field(rest).map_or(rest, |(password, _)| password);
        Some(Zeroizing::new(unescape(password)))
    })
}

/// Splits at the next colon. A backslash makes the next character literal.
fn split_field(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    for (at, sign) in text.char_indices() {
        match sign {
            ':' if !is_escaped => return Some((&text[..at], &text[at + 1..])),
            _ => is_escaped = sign == '\\' && !is_escaped,
        }
    }
    None
}

fn unescape(field: &str) -> String {
    let mut signs = field.chars();
    let mut plain = String::with_capacity(field.len());
    while let Some(sign) = signs.next() {
        // A backslash at the end of a line is itself.
        plain.push(if sign == '\\' { signs.next().unwrap_or(sign) } else { sign });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const WANTED: Wanted<'_> = Wanted { host: "db", port: "5432", database: "tijian", user: "nightly" };

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        for (text, expected) in [
            ("", None),
            ("db:5432:tijian:nightly:p", Some("p")),
            ("db:5432:tijian:nightly:p\n", Some("p")),
            ("db:5432:tijian:nightly:p\r\n", Some("p")),
            ("db:5432:tijian:nightly:", Some("")),
            ("db:5432:tijian:nightly", None),
            ("db:5432:tijian", None),
            ("# db:5432:tijian:nightly:p", None),
            ("#comment\n\n*:*:*:*:p", Some("p")),
            ("other:*:*:*:a\n*:5433:*:*:b\n*:*:mart:*:c\n*:*:*:owner:d\n*:*:*:nightly:e\n*:*:*:*:f", Some("e")),
            ("db:*:*:*:first\ndb:5432:tijian:nightly:second", Some("first")),
            (r"db:5432:tijian:nightly:a\:b\\c\d", Some(r"a:b\cd")),
            (r"db:5432:tijian:nightly:a\", Some(r"a\")),
            (r"d\b:5432:tijian:nightly:p", Some("p")),
            (r"\*:5432:tijian:nightly:p", None),
            ("db:5432:tijian:nightly:a:b", Some("a")),
            ("db:5432:tijian:nightly:密码", Some("密码")),
            ("DB:5432:tijian:nightly:p", None),
        ] {
            assert_eq!(find(text, WANTED).as_ref().map(|password| password.as_str()), expected, "{text}");
        }
        let colons = Wanted { host: "::1", ..WANTED };
        assert_eq!(find(r"\:\:1:*:*:*:p", colons).unwrap().as_str(), "p");
        assert_eq!(find("::1:*:*:*:p", colons), None);
    }

    #[test]
    fn a_file_is_read_if_it_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords");
        assert!(matches!(read(&file), PasswordFile::Absent));
        assert!(matches!(read(&file.join("x")), PasswordFile::Absent));
        assert!(matches!(read(folder.path()), PasswordFile::Unused("it is no plain file")));
        std::fs::write(&file, b"a:\xff\n").unwrap();
        for (mode, is_used) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o620, false)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            match read(&file) {
                PasswordFile::Read(text) => assert!(is_used && *text == "a:\u{fffd}\n", "{mode:o}"),
                PasswordFile::Unused(why) => assert!(!is_used && why.contains("0600"), "{mode:o}"),
                PasswordFile::Absent => panic!("{mode:o}"),
            }
        }
    }
}
