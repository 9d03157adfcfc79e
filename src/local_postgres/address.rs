//! Where the server listens: the socket's folder, and the URL that leads there.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sha2::{Digest, Sha256};

use super::server_user::ServerUser;
use super::{LocalPostgresError, SUPERUSER};

/// PostgreSQL names the socket after its port, although nothing listens on TCP.
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// `sun_path` of unix(7) has 108 bytes, the closing NUL among them.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// For folders whose own path will not do. Not `$TMPDIR`: processes with different environments must meet here.
const SHORT_FOLDERS: &str = "/tmp";

/// Characters that are not percent-encoded in the URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// The folder of the socket. Nobody but the server's user gets in.
#[derive(Debug)]
pub(super) struct Address {
    pub socket_dir: PathBuf,
}

impl Address {
    /// The address of the server of `dir` (absolute, without symbolic links); the same in every process.
    pub fn of(dir: &Path) -> Self {
        let own = dir.join("socket");
        let bytes = own.as_os_str().as_bytes();
        if bytes.len() + 1 + SOCKET_NAME.len() <= SOCKET_PATH_BYTES_MAX && bytes.iter().all(|byte| is_plain(*byte)) {
            return Self { socket_dir: own };
        }
        let digest = hex::encode(Sha256::digest(dir.as_os_str().as_bytes()));
        Self { socket_dir: Path::new(SHORT_FOLDERS).join(format!("tijian-{}", &digest[..16])) }
    }

    /// Makes the folder. Refuses one that somebody else has put there before us.
    pub fn create_folder(&self, user: &ServerUser) -> Result<(), LocalPostgresError> {
        let path = &self.socket_dir;
        let create = LocalPostgresError::io("create folder", path);
        user.command("mkdir", Path::new("/")).args(["-p", "-m", "0700"]).arg(path).output().map_err(create)?;
        let found = fs::symlink_metadata(path).map_err(LocalPostgresError::io("look at folder", path))?;
        if found.is_dir() && found.uid() == user.uid && found.mode() & 0o077 == 0 {
            Ok(())
        } else {
            Err(LocalPostgresError::NotOurs { path: path.clone() })
        }
    }

    /// Whether a server takes connections here. A socket left behind by a killed one does not.
    pub fn accepts(&self) -> bool {
        UnixStream::connect(self.socket_dir.join(SOCKET_NAME)).is_ok()
    }

    /// The URL in a form that both libpq and tokio-postgres read. With the port, because `PGPORT` would replace a missing one.
    pub fn url(&self, database: &str) -> String {
        let host = percent_encode(self.socket_dir.as_os_str().as_bytes(), ENCODED);
        let database = percent_encode(database.as_bytes(), ENCODED);
        format!("postgresql:///{database}?host={host}&port=5432&user={SUPERUSER}")
    }
}

/// The socket's folder passes through a shell (`pg_ctl -o`), a list in PostgreSQL's settings and a list in libpq's
/// `host`: quotes, commas, spaces and the like would need escaping in three ways.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-+@=:".contains(&byte) || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn short_plain_folder_holds_its_own_socket() {
        assert_eq!(Address::of(Path::new("/srv/体检/postgres")).socket_dir, Path::new("/srv/体检/postgres/socket"));
    }

    #[test]
    fn longest_possible_path_is_used_and_one_byte_more_is_not() {
        let fits = format!("/{}", "a".repeat(SOCKET_PATH_BYTES_MAX - "//socket/".len() - SOCKET_NAME.len()));
        let fits = Path::new(&fits);
        let socket = fits.join("socket").join(SOCKET_NAME);
        assert_eq!(socket.as_os_str().len(), SOCKET_PATH_BYTES_MAX);
        assert_eq!(Address::of(fits).socket_dir, fits.join("socket"));

        let too_long = PathBuf::from(format!("{}a", fits.display()));
        assert!(Address::of(&too_long).socket_dir.starts_with("/tmp"));
    }

    #[test]
    fn folder_that_needs_quoting_gets_a_short_one_of_its_own() {
        let [comma, space] = ["/srv/a,b", "/srv/a b"].map(|dir| Address::of(Path::new(dir)).socket_dir);
        assert!(comma.starts_with("/tmp") && space.starts_with("/tmp"));
        assert_ne!(comma, space);
        assert_eq!(comma, Address::of(Path::new("/srv/a,b")).socket_dir);
    }

    #[test]
    fn folder_that_somebody_else_could_enter_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let address = Address { socket_dir: parent.path().join("socket") };
        let me = fs::metadata(parent.path()).unwrap();
        let user = ServerUser { uid: me.uid(), gid: me.gid(), name: String::new(), steps_down: false };
        address.create_folder(&user).expect("a new folder is ours");
        address.create_folder(&user).expect("ours from an earlier start");

        let stranger = ServerUser { uid: me.uid() + 1, ..user };
        assert!(matches!(address.create_folder(&stranger), Err(LocalPostgresError::NotOurs { .. })));

        let user = ServerUser { uid: me.uid(), ..stranger };
        fs::set_permissions(&address.socket_dir, PermissionsExt::from_mode(0o770)).unwrap();
        assert!(matches!(address.create_folder(&user), Err(LocalPostgresError::NotOurs { .. })));

        fs::remove_dir(&address.socket_dir).unwrap();
        std::os::unix::fs::symlink(parent.path(), &address.socket_dir).unwrap();
        assert!(matches!(address.create_folder(&user), Err(LocalPostgresError::NotOurs { .. })));
    }

    #[test]
    fn url_is_read_by_tokio_postgres_as_it_was_meant() {
        let address = Address { socket_dir: PathBuf::from("/srv/体检+50%&x=y") };
        let config: tokio_postgres::Config = address.url("a/b ?").parse().expect("a valid URL");
        assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Unix(address.socket_dir)]);
        assert_eq!(config.get_dbname(), Some("a/b ?"));
        assert_eq!(config.get_user(), Some("tijian"));
        assert_eq!(config.get_ports(), [5432]);
    }
}
