//! Who runs the server: we ourselves, or, since PostgreSQL refuses to run as root, the user to whom root steps down.
//!
//! Everything inside the server's folder is made by child processes of this user. Root must never create or chown there:
//! that user could put a symbolic link in the way.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::LocalPostgresError;
use crate::plain_files::read_plain_text;

/// The `PATH` in which children look for `sh`, `flock`, `mkdir` and the like.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The users to whom root steps down, best first.
const STEP_DOWN_TO: [&str; 2] = ["postgres", "nobody"];

/// The user who owns the server's folder and runs its processes.
#[derive(Debug)]
pub(super) struct ServerUser {
    pub uid: u32,
    pub gid: u32,
    /// For messages.
    pub name: String,
    /// We are root, and children must change to this user.
    pub steps_down: bool,
}

impl ServerUser {
    /// The user for `dir`, which exists. As root: its owner, if that is not root (a folder stays with the user who made
    /// it), else `postgres`, else `nobody`.
    pub fn for_folder(dir: &Path) -> Result<Self, LocalPostgresError> {
        let owner = fs::metadata(dir).map_err(LocalPostgresError::io("look at folder", dir))?;
        let euid = rustix::process::geteuid();
        if !euid.is_root() {
            if owner.uid() != euid.as_raw() {
                return Err(LocalPostgresError::NotOurs { path: dir.to_owned() });
            }
            return Self::for_new_folder();
        }
        if owner.uid() != 0 {
            let (uid, gid) = (owner.uid(), owner.gid());
            return Ok(Self { uid, gid, name: format!("with id {uid}"), steps_down: true });
        }
        Self::for_new_folder()
    }

    /// The user of a folder that is not there yet.
    pub fn for_new_folder() -> Result<Self, LocalPostgresError> {
        let euid = rustix::process::geteuid();
        if !euid.is_root() {
            let (uid, gid) = (euid.as_raw(), rustix::process::getegid().as_raw());
            return Ok(Self { uid, gid, name: format!("with id {uid}"), steps_down: false });
        }
        let passwd = read_plain_text(Path::new("/etc/passwd"))
            .map_err(LocalPostgresError::io("read the users in", "/etc/passwd"))?;
        STEP_DOWN_TO
            .iter()
            .find_map(|name| {
                let (uid, gid) = ids_of(name, &passwd)?;
                Some(Self { uid, gid, name: (*name).to_owned(), steps_down: true })
            })
            .ok_or(LocalPostgresError::NoServerUser)
    }

    /// A child of this user, working in `dir`, without input.
    ///
    /// It gets a clean environment: our secrets are none of the server's business, and `PGPORT`, `PGDATA` and their
    /// kin must not reach it.
    pub fn command(&self, program: impl AsRef<OsStr>, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", SYSTEM_PATH).env("LC_ALL", "C").current_dir(dir).stdin(Stdio::null());
        if self.steps_down {
            // std also drops root's supplementary groups on the way.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}

/// User and group id of `name` in the text of a passwd file. Id 0 is never an answer.
fn ids_of(name: &str, passwd: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok().filter(|uid| *uid != 0)?;
        let gid = fields.next()?.parse().ok()?;
        Some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
                          nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n\
                          postgresql:x:7:7::/:/bin/sh\n\
                          postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n\
                          broken:x:abc\n";

    #[test]
    fn user_is_found_by_whole_name() {
        assert_eq!(ids_of("postgres", PASSWD), Some((101, 104)));
        assert_eq!(ids_of("nobody", PASSWD), Some((65534, 65533)));
        assert_eq!(ids_of("post", PASSWD), None);
    }

    #[test]
    fn broken_lines_and_root_are_no_users_to_step_down_to() {
        assert_eq!(ids_of("broken", PASSWD), None);
        assert_eq!(ids_of("root", PASSWD), None);
    }
}
