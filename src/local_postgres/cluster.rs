//! The server's folder on disk: making it, and running the server on it.
//!
//! Small POSIX shell scripts do both. They run as the server's user and outlive this process: however it ends, they leave a
//! state from which the next start can continue.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::address::Address;
use super::binaries::Binaries;
use super::server_user::ServerUser;
use super::{DATABASE, Durability, LOOPBACK, LocalPostgresError, PATIENCE, SUPERUSER};
use crate::plain_files::{read_plain_text, sync_folder};

/// Makes `data`, whole or not at all: a `data.new` without a server is what a killed predecessor left.
///
/// Authentication is `trust`: the only way in is a socket in a folder that only the server's user may enter, and a password
/// would have to be stored beside it. The database is made in single-user mode, so that no client program is needed;
/// `exit_on_error` makes a failure there visible.
const INIT: &str = r#"
bin=$1 user=$2 database=$3
umask 077
exec >initdb.log 2>&1
rm -rf data.new
"$bin/initdb" -D data.new -U "$user" -E UTF8 --locale=C --auth=trust --data-checksums &&
    echo "create database $database" |
    "$bin/postgres" --single -D data.new -c exit_on_error=on template1 &&
    mv data.new data
"#;

/// Starts the server, says `ready`, and stops it when the last user is gone.
///
/// Users are processes that hold a shared lock on `users.lock`. The kernel takes that lock from them however they end,
/// SIGKILL included; then `flock` here succeeds. Until `ready` this script also holds the start lock, as its input.
///
/// PostgreSQL has one port for TCP and for the socket's name: with another than the usual one, a link keeps the name by which
/// every process finds the socket. Over TCP comes nobody yet: [`ADMIT`].
const GUARD: &str = r#"
pg_ctl=$1 options=$2 socket=$3 patience=$4 disposable_dir=$5 port=$6
umask 077
# A signal to everybody (Ctrl-C, a service manager) does not spare this script its work; nor does a starter that is gone.
trap '' HUP INT PIPE TERM
mv -f server.log server.log.1 2>/dev/null
exec 2>>server.log
command -v flock >/dev/null || { echo 'this machine lacks flock (util-linux)' >&2; exit 1; }
if [ "$port" ]; then
    echo 'local all all trust' >tcp_hba.conf || exit 1
    [ "$port" = 5432 ] || ln -sf ".s.PGSQL.$port" "$socket/.s.PGSQL.5432" || exit 1
fi
"$pg_ctl" start -D data -l server.log -o "$options" -w -t "$patience" -s && ready=yes && echo ready
exec >&2 </dev/null 9<users.lock
flock 9
if [ -e data/postmaster.pid ]; then "$pg_ctl" stop -D data -m fast -w -t "$patience" -s 9<&-; fi
rm -f "$socket/.s.PGSQL.5432"
rmdir "$socket"
if [ -n "$disposable_dir" ] && [ "$ready" ]; then rm -rf "$disposable_dir"; fi
"#;

/// Lets one login in over TCP, by its password. By its name and no group's: who else is in the group stays outside. In quotes,
/// or a login named `all` would be everybody.
const ADMIT: &str = r#"
pg_ctl=$1 login=$2 database=$3 address=$4
umask 077
exec 2>>server.log
line="host $database \"$login\" $address/32 scram-sha-256"
grep -qxF "$line" tcp_hba.conf || echo "$line" >>tcp_hba.conf || exit 1
exec "$pg_ctl" reload -D data -s
"#;

/// A private server's folder, the user who runs the server, and how durable it is.
#[derive(Debug)]
pub(super) struct Cluster<'a> {
    pub dir: &'a Path,
    pub user: &'a ServerUser,
    pub durability: Durability,
}

impl Cluster<'_> {
    /// The major version that made the folder; `None` before the first start.
    pub fn made_by(&self) -> Result<Option<u32>, LocalPostgresError> {
        let file = self.dir.join("data/PG_VERSION");
        if !file.parent().is_some_and(Path::exists) {
            return Ok(None);
        }
        let text = read_plain_text(&file).map_err(LocalPostgresError::io("read", &file))?;
        let major = text.trim().parse().map_err(std::io::Error::other);
        major.map(Some).map_err(LocalPostgresError::io("find a version in", &file))
    }

    /// Makes the folder's contents. `start_lock` stays held until the work is done, even without us.
    pub fn init(&self, binaries: &Binaries, start_lock: &File) -> Result<(), LocalPostgresError> {
        self.require_named_user()?;
        let mut script = self.script(INIT, start_lock)?;
        script.arg(&binaries.bin_dir).args([SUPERUSER, DATABASE]);
        let status = script.status().map_err(LocalPostgresError::io("run initdb in", self.dir))?;
        if !status.success() {
            return Err(self.could_not_be("made", "initdb.log"));
        }
        // The new name must outlive a power cut: the next start would take `data.new` for a failed attempt.
        for dir in [Some(self.dir), self.dir.parent()].into_iter().flatten() {
            sync_folder(dir).map_err(LocalPostgresError::io("sync folder", dir))?;
        }
        Ok(())
    }

    /// Starts the server and its guard, which is returned once the server takes connections.
    ///
    /// Wants the caller's shared lock on `users.lock` held, else the guard stops the server at once.
    pub fn start(
        &self,
        binaries: &Binaries,
        address: &Address,
        tcp_port: Option<u16>,
        start_lock: &File,
    ) -> Result<Child, LocalPostgresError> {
        let disposable_dir = match self.durability {
            Durability::Durable => Path::new(""),
            Durability::Disposable => self.dir,
        };
        let mut script = self.script(GUARD, start_lock)?;
        script.arg(binaries.bin_dir.join("pg_ctl")).arg(self.settings(address, tcp_port)).arg(&address.socket_dir);
        script.arg(PATIENCE.as_secs().to_string()).arg(disposable_dir);
        script.arg(tcp_port.map(|port| port.to_string()).unwrap_or_default());
        // A group of its own: Ctrl-C in the terminal is meant for us, and the guard follows when we are gone.
        script.process_group(0).stdout(Stdio::piped());
        let mut guard = script.spawn().map_err(LocalPostgresError::io("start the server in", self.dir))?;
        let mut answer = String::new();
        if let Some(stdout) = guard.stdout.take() {
            // Ends at once when the server does not come up, because the guard then closes its output.
            let read = BufReader::new(stdout).read_line(&mut answer);
            read.map_err(LocalPostgresError::io("hear from the server in", self.dir))?;
        }
        if answer == "ready\n" { Ok(guard) } else { Err(self.could_not_be("started", "server.log")) }
    }

    /// Lets a login, a plain name, in over TCP; whoever connects from now on finds it so.
    pub fn admit(&self, bin_dir: &Path, login: &str) -> Result<(), LocalPostgresError> {
        let mut script = self.user.command("sh", self.dir);
        script.args(["-c", ADMIT, "tijian-postgres"]).arg(bin_dir.join("pg_ctl")).args([login, DATABASE]);
        script.arg(LOOPBACK.to_string());
        let output = script.output().map_err(LocalPostgresError::io("let a login in, in", self.dir))?;
        if output.status.success() { Ok(()) } else { Err(self.could_not_be("given the login", "server.log")) }
    }

    /// Stops the server, if it runs, and waits until it is down. For the last user only.
    pub fn stop(&self, bin_dir: &Path) -> Result<(), LocalPostgresError> {
        if !self.dir.join("data/postmaster.pid").exists() {
            return Ok(());
        }
        let mut pg_ctl = self.user.command(bin_dir.join("pg_ctl"), self.dir);
        pg_ctl.args(["stop", "-D", "data", "-m", "fast", "-w", "-s", "-t"]).arg(PATIENCE.as_secs().to_string());
        let output = pg_ctl.output().map_err(LocalPostgresError::io("run pg_ctl for", self.dir))?;
        if output.status.success() { Ok(()) } else { Err(self.could_not_be("stopped", "server.log")) }
    }

    /// Whether the server says that it is ready, in the line that it keeps for `pg_ctl` (PostgreSQL 10 and later).
    pub fn says_ready(&self) -> bool {
        let status = read_plain_text(&self.dir.join("data/postmaster.pid")).unwrap_or_default();
        status.lines().nth(7).is_some_and(|line| line.trim() == "ready")
    }

    /// Whether the server that is up listens on this port of this machine, by the lines that it keeps of both.
    pub fn listens_on(&self, port: u16) -> bool {
        let status = read_plain_text(&self.dir.join("data/postmaster.pid")).unwrap_or_default();
        let line = |number: usize| status.lines().nth(number).map(str::trim);
        line(3) == Some(&port.to_string()) && line(5) == Some(&LOOPBACK.to_string())
    }

    pub fn could_not_be(&self, operation: &'static str, log: &str) -> LocalPostgresError {
        LocalPostgresError::ServerFailed { operation, dir: self.dir.to_owned(), log: self.dir.join(log) }
    }

    /// `sh` with `text`, in the folder, with the start lock as its input: an open file holds its lock until the last
    /// process that shares it has closed it.
    fn script(&self, text: &str, start_lock: &File) -> Result<Command, LocalPostgresError> {
        let input = start_lock.try_clone().map_err(LocalPostgresError::io("share the start lock of", self.dir))?;
        let mut command = self.user.command("sh", self.dir);
        command.args(["-c", text, "tijian-postgres"]).stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    }

    /// `initdb` looks its user up by id; in a container that id is often a mere number.
    fn require_named_user(&self) -> Result<(), LocalPostgresError> {
        let name = self.user.command("id", self.dir).arg("-un").output();
        let name = name.map_err(LocalPostgresError::io("look up the owner of", self.dir))?;
        if name.status.success() { Ok(()) } else { Err(LocalPostgresError::NamelessUser { uid: self.user.uid }) }
    }

    /// The server's settings, for `pg_ctl -o`, which hands them to a shell: no value needs quoting.
    ///
    /// Failed statements, and what PostgreSQL adds to its messages (the row of a COPY, the key of a conflict), stay out
    /// of the log: they would be personal data. Just-in-time compilation costs more than it brings on short statements.
    fn settings(&self, address: &Address, tcp_port: Option<u16>) -> OsString {
        let mut settings = OsString::from("-c unix_socket_directories=");
        settings.push(&address.socket_dir);
        settings.push(match tcp_port {
            Some(port) => format!(" -c listen_addresses={LOOPBACK} -c port={port} -c hba_file=tcp_hba.conf"),
            None => " -c listen_addresses= -c port=5432".to_owned(),
        });
        settings.push(
            " -c password_encryption=scram-sha-256 -c unix_socket_permissions=0700 -c cluster_name=tijian \
             -c jit=off -c shared_buffers=128MB -c max_wal_size=2GB -c timezone=UTC -c log_timezone=UTC \
             -c log_destination=stderr -c logging_collector=off \
             -c log_min_error_statement=panic -c log_error_verbosity=terse",
        );
        settings
    }
}
