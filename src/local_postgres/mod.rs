//! The private PostgreSQL server: for a machine without `DATABASE_URL`.
//!
//! A real server, for many connections, durable, in tijian's own data folder, reached over a Unix socket only, unless a port of
//! this machine is asked for: there, logins that were let in come in with their password, and nobody else. It lives
//! as long as a process uses it: the first one starts it, others join it, and when the last one is gone, in whatever
//! way, a small guard process stops it. It never touches another server, or a folder that it has not made.
//!
//! | file in the folder | is |
//! |---|---|
//! | `data/` | PostgreSQL's own folder; `data.new/` while it is being made |
//! | `socket/` | the socket, where its path is short enough (else in `/tmp`) |
//! | `start.lock` | held while somebody starts or stops the server |
//! | `users.lock` | held, shared, by every process that uses the server; by the guard alone while it stops the server |
//! | `tcp_hba.conf` | who comes in over the port, where there is one |
//! | `server.log`, `initdb.log` | PostgreSQL's own words; `server.log.1`: from the start before |

mod address;
mod binaries;
mod cluster;
mod error;
mod fetch;
mod server_user;

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

pub use binaries::SUPPORTED;
pub use error::LocalPostgresError;

use address::Address;
use binaries::Binaries;
use cluster::Cluster;
use server_user::ServerUser;

use crate::plain_files::open_plain;
use crate::wording::Message;

/// The role that owns everything in the private server.
const SUPERUSER: &str = "tijian";

/// The database that [`LocalPostgres::url`] names.
const DATABASE: &str = "tijian";

/// The only address that the server ever listens on.
pub const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Longest wait for the server to come up or go down: crash recovery replays at most `max_wal_size`.
const PATIENCE: Duration = Duration::from_secs(600);

/// Pause between two looks at a server that is about to come up or go down.
const POLL: Duration = Duration::from_millis(10);

/// What to do on a machine without PostgreSQL's server programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchPolicy {
    /// Install them (apt-get as root or by `sudo` without a password, else pip), and say what and how far it is.
    Fetch,
    /// Fail with an error that names the ways out.
    Refuse,
}

/// How durable the server's data must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Committed is committed, whatever happens to the process or the machine.
    Durable,
    /// For tests only: the folder is removed when the server has stopped. Put it right into `/tmp` or `/dev/shm`, where also
    /// the user to whom root steps down may remove it.
    Disposable,
}

/// How and where to run the private server.
#[derive(Debug, Clone)]
pub struct LocalPostgresOptions {
    /// The server's folder, e.g. `<data>/postgres`. Made if missing. It belongs to the user who runs the server.
    pub dir: PathBuf,
    /// The folder for fetched server programs, e.g. `<data>/postgres-binaries`; several servers may share it.
    pub binaries_dir: PathBuf,
    /// `PG_BIN_DIR`: use the server programs in this folder and no others.
    pub bin_dir: Option<PathBuf>,
    /// `PATH`, to look for the server programs first.
    pub search_path: Option<OsString>,
    pub fetch: FetchPolicy,
    /// Hears what is fetched, and how far it is: for a person who waits.
    pub tell: fn(&Message),
    /// Also listen on this port of [`LOOPBACK`]. A server that is up without it is not joined.
    pub tcp_port: Option<u16>,
    pub durability: Durability,
}

/// A use of the private server. The server runs at least as long as this value lives.
///
/// Several processes, and several values in one process, may use the server of one folder at a time. A process that
/// ends without dropping this (killed, aborted, `exec` into another program) ends its use all the same. Dropping is
/// [`LocalPostgres::stop`] without the answer, and blocks as that does.
#[derive(Debug)]
pub struct LocalPostgres {
    dir: PathBuf,
    user: ServerUser,
    durability: Durability,
    address: Address,
    binaries: Binaries,
    /// Our shared lock on `users.lock`; `None` once given up.
    use_lock: Option<File>,
    /// The guard, if we have started the server.
    guard: Option<Child>,
}

impl LocalPostgres {
    /// Starts the server of `options.dir`, or joins it where it already runs, and returns when it takes connections.
    ///
    /// The first start makes the folder (half a second), and fetches the server programs if there are none and
    /// `options.fetch` allows. Blocks: call it outside the async runtime, or with `spawn_blocking`.
    ///
    /// # Errors
    /// See [`LocalPostgresError`]; each names what a person can do. Nothing is left running.
    pub fn start(options: &LocalPostgresOptions) -> Result<Self, LocalPostgresError> {
        let dir = create_folder(&options.dir)?;
        let user = own_folder(&dir)?;
        let start_lock = lock_file(&dir, "start.lock")?;
        start_lock.lock().map_err(LocalPostgresError::io("lock", dir.join("start.lock")))?;
        // Waits while a guard stops the server.
        let use_lock = lock_file(&dir, "users.lock")?;
        use_lock.lock_shared().map_err(LocalPostgresError::io("lock", dir.join("users.lock")))?;

        let cluster = Cluster { dir: &dir, user: &user, durability: options.durability };
        let made_by = cluster.made_by()?;
        let binaries = choose_binaries(options, &user, &dir, made_by)?;
        let address = Address::of(&dir);
        address.create_folder(&user)?;
        let guard = if is_running(&cluster, &address)? {
            if let Some(port) = options.tcp_port.filter(|port| !cluster.listens_on(*port)) {
                return Err(LocalPostgresError::UpWithoutPort { dir, port });
            }
            None
        } else {
            if let Some(port) = options.tcp_port {
                // PostgreSQL would say so in its log only.
                TcpListener::bind((LOOPBACK, port)).map_err(|source| LocalPostgresError::Port { port, source })?;
            }
            if made_by.is_none() {
                cluster.init(&binaries, &start_lock)?;
            }
            Some(cluster.start(&binaries, &address, options.tcp_port, &start_lock)?)
        };
        let durability = options.durability;
        Ok(Self { dir, user, durability, address, binaries, use_lock: Some(use_lock), guard })
    }

    /// Like [`LocalPostgres::start`], but only for an existing server: creates no folder.
    ///
    /// # Errors
    /// [`LocalPostgresError::Absent`] where it was not, on a machine that could run it.
    pub fn find(options: &LocalPostgresOptions) -> Result<Self, LocalPostgresError> {
        let made = fs::metadata(options.dir.join("data"));
        if made.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            if binaries::find(options, &ServerUser::for_new_folder()?)?.is_empty() {
                return Err(LocalPostgresError::NoBinaries);
            }
            return Err(LocalPostgresError::Absent { dir: options.dir.clone() });
        }
        Self::start(options)
    }

    /// Address of the database `tijian`, for libpq and tokio-postgres alike. Holds no secret.
    pub fn url(&self) -> String {
        self.database_url(DATABASE)
    }

    /// Name of the database that [`LocalPostgres::url`] leads to.
    pub fn database(&self) -> &'static str {
        DATABASE
    }

    /// Address of another database of this server.
    pub fn database_url(&self, database: &str) -> String {
        self.address.url(database)
    }

    /// PostgreSQL's programs; `psql` is usually among them.
    pub fn bin_dir(&self) -> &Path {
        &self.binaries.bin_dir
    }

    /// Whether it was this value that started the server, not one that came before. A fact for messages: the server
    /// is stopped by whoever leaves last.
    pub fn is_owner(&self) -> bool {
        self.guard.is_some()
    }

    /// Lets this login in over the port, by its password, until the server ends. It has to be a plain name: small letters, digits,
    /// `_`.
    ///
    /// # Errors
    /// If the server cannot be told.
    pub fn admit(&self, login: &str) -> Result<(), LocalPostgresError> {
        let cluster = Cluster { dir: &self.dir, user: &self.user, durability: self.durability };
        cluster.admit(&self.binaries.bin_dir, login)
    }

    /// Ends this use. If nobody else uses the server, it is stopped (open connections are cut), and this waits until it
    /// is down; else it stays up for the others.
    ///
    /// # Errors
    /// If the server does not stop; its guard keeps trying.
    pub fn stop(mut self) -> Result<(), LocalPostgresError> {
        self.end_use()
    }

    fn end_use(&mut self) -> Result<(), LocalPostgresError> {
        let Some(use_lock) = self.use_lock.take() else { return Ok(()) };
        // Nobody comes in while we find out whether we are the last.
        let start_lock = lock_file(&self.dir, "start.lock")?;
        start_lock.lock().map_err(LocalPostgresError::io("lock", self.dir.join("start.lock")))?;
        match use_lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(source)) => {
                return Err(LocalPostgresError::io("lock", self.dir.join("users.lock"))(source));
            }
        }
        let cluster = Cluster { dir: &self.dir, user: &self.user, durability: self.durability };
        cluster.stop(&self.binaries.bin_dir)?;
        // The guard now finds nobody there and nothing to stop, tidies up and ends.
        drop(use_lock);
        if let Some(guard) = &mut self.guard {
            guard.wait().map_err(LocalPostgresError::io("wait for the server's guard in", &self.dir))?;
        }
        if self.durability == Durability::Disposable {
            // The guard has emptied it, but as another user it may not be allowed to remove it. Gone is fine, too.
            let _ = fs::remove_dir(&self.dir);
        }
        Ok(())
    }
}

impl Drop for LocalPostgres {
    fn drop(&mut self) {
        if let Err(error) = self.end_use() {
            tracing::warn!(%error, "the private PostgreSQL server is left for its guard to stop");
        }
    }
}

/// Makes the folder if need be; returns its one true name, so that every process finds the same socket.
fn create_folder(dir: &Path) -> Result<PathBuf, LocalPostgresError> {
    let unusable = |error: io::Error| {
        let is_file = error.kind() == io::ErrorKind::AlreadyExists;
        let source = if is_file { io::ErrorKind::NotADirectory.into() } else { error };
        LocalPostgresError::Folder { dir: dir.to_owned(), source }
    };
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).map_err(unusable)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
        Err(error) => return Err(unusable(error)),
        Ok(()) => {}
    }
    dir.canonicalize().map_err(unusable)
}

/// Settles whose folder it is, hands it to that user, and makes sure that the user can work in it.
fn own_folder(dir: &Path) -> Result<ServerUser, LocalPostgresError> {
    let user = ServerUser::for_folder(dir)?;
    if user.steps_down {
        std::os::unix::fs::lchown(dir, Some(user.uid), Some(user.gid))
            .map_err(LocalPostgresError::io("hand over folder", dir))?;
    }
    let mut touch = user.command("sh", Path::new("/"));
    touch.args(["-c", r#"umask 077; cd "$1" && : >>start.lock && : >>users.lock"#, "tijian-postgres"]).arg(dir);
    let output = touch.output().map_err(LocalPostgresError::io("run sh for", dir))?;
    if output.status.success() {
        Ok(user)
    } else {
        Err(LocalPostgresError::OutOfReach { path: dir.to_owned(), user: user.name })
    }
}

/// Locks belong to open files, so every use opens its own.
fn lock_file(dir: &Path, name: &str) -> Result<File, LocalPostgresError> {
    let path = dir.join(name);
    open_plain(&path).map_err(LocalPostgresError::io("open", path))
}

/// The newest server programs that fit the folder, fetched if there are none and that is allowed.
fn choose_binaries(
    options: &LocalPostgresOptions,
    user: &ServerUser,
    dir: &Path,
    made_by: Option<u32>,
) -> Result<Binaries, LocalPostgresError> {
    let mut found = binaries::find(options, user)?;
    if found.is_empty() && options.fetch == FetchPolicy::Fetch {
        let is_usable = || binaries::find(options, user).is_ok_and(|found| !found.is_empty());
        fetch::fetch(&options.binaries_dir, options.tell, is_usable)?;
        found = binaries::find(options, user)?;
    }
    match (binaries::choose(&found, made_by), made_by) {
        (Some(binaries), _) => Ok(binaries.clone()),
        (None, Some(made_by)) if !found.is_empty() => Err(LocalPostgresError::OtherVersion {
            dir: dir.to_owned(),
            made_by,
            found: found.iter().map(|binaries| binaries.version.major).collect(),
        }),
        (None, _) => Err(LocalPostgresError::NoBinaries),
    }
}

/// Whether a server is up in the folder; one that is on its way up or down is waited for.
///
/// Under the start lock and a use lock that is rare: the server has just recovered from a crash, or somebody else than
/// us has told it to stop.
#[allow(clippy::disallowed_methods, reason = "blocks on purpose: `start` is called outside the runtime")]
fn is_running(cluster: &Cluster<'_>, address: &Address) -> Result<bool, LocalPostgresError> {
    let begin = Instant::now();
    while address.accepts() {
        if cluster.says_ready() {
            return Ok(true);
        }
        if begin.elapsed() > PATIENCE {
            return Err(cluster.could_not_be("joined", "server.log"));
        }
        thread::sleep(POLL);
    }
    Ok(false)
}
