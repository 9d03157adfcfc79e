//! PostgreSQL over TLS: a real server that really speaks it, with certificates of every kind. Where its programs are built
//! without TLS (those that pip fetches are), the tests' own front speaks it before the same server; then the password is not
//! bound to the certificate, and PostgreSQL itself cannot say what was encrypted.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::simulator::{GeneratorOptions, SimulatorOptions};
use tijian::warehouse::Warehouse;
use tokio::task::block_in_place;

use crate::support::{
    Authority, Ended, Hospital, Issued, MOMENTS, Opening, TestDatabase, TlsFront, Validity, assert_snapshot, end,
    execute, fast_folder, server_options, tijian,
};

/// TLS asks for a password, so that channel binding has something to bind.
const ACCESS: &str = "local all all trust
hostssl all tls_nightly 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
";

const PASSWORD: &str = "marker-of-a-secret";

/// A private server that also listens on a TCP port.
struct TcpServer {
    server: LocalPostgres,
    dir: PathBuf,
    port: u16,
    speaks_tls: bool,
    front: Option<TlsFront>,
}

impl TcpServer {
    /// With a migrated, empty warehouse in the database `encrypted`, for the login `tls_nightly`.
    async fn start() -> TcpServer {
        let dir = fast_folder().join(format!("tijian-tests-tls-{}", std::process::id()));
        let options = server_options(dir.clone(), Durability::Disposable);
        let server = block_in_place(|| LocalPostgres::start(&options).unwrap());
        let database = TestDatabase::create_on(&server, "encrypted").await;
        let library = database.lines("select setting from pg_settings where name = 'ssl_library'").await;
        let speaks_tls = library != [""];
        drop(database);
        // (PostgreSQL 13 would keep an MD5 digest, of which no SCRAM can be made.)
        execute(&server, &format!("set password_encryption = 'scram-sha-256'; create role tls_nightly login password '{PASSWORD}' in role tijian_loader")).await;
        TcpServer { server, dir, port: free_port(), speaks_tls, front: None }
    }

    /// Restarts it with this certificate; with none, it speaks no TLS.
    async fn restart(&mut self, issued: Option<&Issued>) {
        self.front = None;
        match issued {
            Some(issued) if !self.speaks_tls => {
                let port = free_port();
                block_in_place(|| self.restart_server(port, None));
                let (address, behind) = (([127, 0, 0, 1], self.port).into(), format!("127.0.0.1:{port}"));
                self.front = Some(TlsFront::start(address, behind, Opening::SslRequest, issued).await);
            }
            issued => block_in_place(|| self.restart_server(self.port, issued)),
        }
    }

    fn restart_server(&self, port: u16, issued: Option<&Issued>) {
        let owner = std::fs::metadata(self.dir.join("data")).unwrap();
        let write = |name: &str, text: &str| {
            let path = self.dir.join("data").join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        };
        write("pg_hba.conf", ACCESS);
        let mut settings = format!("-c listen_addresses=127.0.0.1 -c port={port}");
        settings.push_str(&format!(" -c unix_socket_directories={}", self.dir.join("socket").display()));
        if let Some(issued) = issued {
            write("server.crt", &issued.certificate);
            write("server.key", &issued.key);
            settings.push_str(" -c ssl=on");
        }
        let mut command = Command::new(self.server.bin_dir().join("pg_ctl"));
        command.args(["restart", "-D", "data", "-m", "fast", "-w", "-l", "server.log", "-o", &settings]);
        command.current_dir(&self.dir).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if geteuid().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let log = || std::fs::read_to_string(self.dir.join("server.log")).unwrap_or_default();
        assert!(command.status().unwrap().success(), "{}", log());
    }

    fn url(&self, host: &str, options: &str) -> String {
        format!("postgresql://tls_nightly:{PASSWORD}@{host}:{}/encrypted?{options}", self.port)
    }

    fn owner_url(&self) -> String {
        format!("postgresql://tijian@127.0.0.1:{}/encrypted?sslmode=disable", self.port)
    }

    /// `tijian status` over this connection.
    fn status(&self, url: &str, code: i32) -> Ended {
        let mut command = tijian(&self.dir);
        command.env("DATABASE_URL", url).arg("status").current_dir("/tmp");
        let ended = end(command).expect(code);
        assert!(!ended.stderr.contains(PASSWORD), "{}", ended.stderr);
        ended
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Invariant: Nothing is sent to an untrusted server: chain, name and dates are checked on every encrypted connection,
/// or the server has exactly the certificate that the pipeline names; and connections to other machines are encrypted
/// unless the URL says `disable` or the pipeline `allow_http`.
/// Held by: one way to set TLS up; `DATABASE_URL` means "plain" or "checked", never a fallback.
#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_server_is_spoken_to_and_every_other_one_is_refused_with_a_clear_line() {
    let authority = Authority::new("Hospital CA");
    let folder = tempfile::tempdir().unwrap();
    let ours = authority.write(folder.path(), "ca.pem").display().to_string();
    let strange = Authority::new("Somebody else's CA").write(folder.path(), "strange.pem").display().to_string();
    let mut server = TcpServer::start().await;
    server.restart(Some(&authority.issue("localhost", Validity::Now))).await;

    // Every mode that asks for TLS; and whole nights.
    for mode in ["require", "verify-ca", "verify-full"] {
        server.status(&server.url("localhost", &format!("sslmode={mode}&sslrootcert={ours}")), 0);
    }
    let binding = if server.speaks_tls { "require" } else { "prefer" };
    let options = format!("sslmode=verify-full&sslrootcert={ours}&channel_binding={binding}");
    nights(&server, &server.url("localhost", &options)).await;

    let trusting = server.url("localhost", &format!("sslmode=verify-full&sslrootcert={ours}"));
    let mut said = String::new();
    let mut refuse = |server: &TcpServer, what: &str, url: &str, code| {
        said.push_str(&format!("# {what}\n{}", server.status(url, code).stderr));
    };
    refuse(&server, "no CA is named", &server.url("localhost", "sslmode=verify-full"), 1);
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = server.url("localhost", &format!("sslmode={mode}&sslrootcert={strange}"));
        refuse(&server, &format!("another CA is named, {mode}"), &url, 1);
        let url = server.url("127.0.0.1", &format!("sslmode={mode}&sslrootcert={ours}"));
        refuse(&server, &format!("the certificate is for another name, {mode}"), &url, 1);
    }
    refuse(&server, "an unknown mode", &server.url("localhost", "sslmode=verify-nothing"), 2);
    refuse(
        &server,
        "a CA file that is absent",
        &server.url("localhost", "sslmode=verify-full&sslrootcert=/absent/ca.pem"),
        2,
    );
    server.restart(Some(&authority.issue("localhost", Validity::Over))).await;
    refuse(&server, "the certificate has expired", &trusting, 1);
    server.restart(Some(&authority.issue("localhost", Validity::Ahead))).await;
    refuse(&server, "the certificate is not valid yet", &trusting, 1);
    server.restart(Some(&authority.as_server())).await;
    refuse(&server, "the server has the CA's own certificate", &trusting, 1);
    server.restart(None).await;
    for mode in ["require", "verify-full"] {
        let url = server.url("localhost", &format!("sslmode={mode}&sslrootcert={ours}"));
        refuse(&server, &format!("the server speaks no TLS, {mode}"), &url, 1);
    }
    assert_snapshot("tls-refused", &said, &MOMENTS);

    // On this machine, nothing has to be encrypted.
    for options in ["", "sslmode=prefer", "sslmode=disable"] {
        server.status(&server.url("127.0.0.1", options), 0);
    }
}

/// Two nights through the connection; all of it encrypted.
async fn nights(server: &TcpServer, url: &str) {
    let warehouse = Warehouse::connect(url).await.unwrap();
    let mut database = TestDatabase::open_as_owner(server.owner_url()).await;
    (database.url, database.warehouse) = (url.to_owned(), warehouse);
    let generator = GeneratorOptions { reservations: 30, ..Default::default() };
    let hospital = Hospital::of(database, "demo", SimulatorOptions { generator, ..Default::default() }).await;
    hospital.run_well().await;
    let encrypted = "select distinct connection.ssl::text
        from pg_stat_ssl as connection
        join pg_stat_activity as activity on activity.pid = connection.pid
        where activity.application_name = 'tijian'";
    assert_eq!(hospital.database.lines(encrypted).await, [server.speaks_tls.to_string()]);
    hospital.simulator.advance_night();
    hospital.night(&[]).expect(0);
    hospital.database.assert_sound().await;
}
