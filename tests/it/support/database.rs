//! A database per test, from a migrated template, on one private server for the whole run.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tijian::landing::free_bytes;
use tijian::local_postgres::{Durability, FetchPolicy, LocalPostgres, LocalPostgresOptions};
use tijian::settings::Settings;
use tijian::warehouse::{Grants, Warehouse};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

/// Up for as long as this process; its guard takes it down and removes its folder.
static SERVER: OnceLock<LocalPostgres> = OnceLock::new();

/// Made once; every test's database is a copy.
static TEMPLATE: OnceCell<()> = OnceCell::const_new();

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The server of this run. `PG_BIN_DIR` chooses another version of it.
pub fn server() -> &'static LocalPostgres {
    SERVER.get_or_init(|| {
        // Says so in one line when the server programs have to be fetched first.
        let _ =
            tracing_subscriber::fmt().with_env_filter("off,tijian::local_postgres=info").with_test_writer().try_init();
        let dir = fast_folder().join(format!("tijian-tests-{}", std::process::id()));
        LocalPostgres::start(&server_options(dir, Durability::Disposable))
            .expect("the tests need a PostgreSQL server; set PG_BIN_DIR or install postgresql")
    })
}

/// Room that a server of the tests may take in memory.
const MEMORY_BYTES_MIN: u64 = 2 << 30;

/// Where servers of the tests live. They run with the settings that are asked of a hospital's, `fsync` among them: in
/// memory, where there is room, that costs nothing.
pub fn fast_folder() -> &'static Path {
    let memory = Path::new("/dev/shm");
    let has_room = memory.is_dir() && free_bytes(memory).is_ok_and(|free| free > MEMORY_BYTES_MIN);
    if has_room { memory } else { Path::new("/tmp") }
}

/// A server in this folder, from the machine's programs.
pub fn server_options(dir: PathBuf, durability: Durability) -> LocalPostgresOptions {
    let settings = Settings::from_environment();
    LocalPostgresOptions {
        dir,
        binaries_dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres-binaries"),
        bin_dir: settings.pg_bin_dir(),
        search_path: settings.path(),
        fetch: FetchPolicy::Fetch,
        tell: |_| (),
        tcp_port: None,
        durability,
    }
}

/// A program of PostgreSQL's clients: the server's own, else that of `PATH`, which works with older servers, too.
pub fn client_program(server: &LocalPostgres, name: &str) -> PathBuf {
    let own = server.bin_dir().join(name);
    if own.exists() { own } else { name.into() }
}

/// The login of every warehouse in the tests: a member of `tijian_loader` and nothing else, as in a hospital. So every
/// test also shows that its statements need no right which that group does not have.
const LOADER: &str = "tijian_test_loader";

/// One test's own database.
pub struct TestDatabase {
    /// For the program: as the loader.
    pub url: String,
    /// For migrations: as the owner.
    pub owner_url: String,
    /// Logged in as the loader.
    pub warehouse: Warehouse,
    /// For the test itself: as the owner.
    pub client: Client,
    /// Of those on the server of this run.
    made: Option<Arc<MadeDatabase>>,
}

/// A database that goes when the last test that uses it has ended: it would take memory to the end of the run.
struct MadeDatabase(String);

impl Drop for MadeDatabase {
    fn drop(&mut self) {
        let (url, drop) = (server().url(), format!("drop database {} with (force)", self.0));
        // Nobody waits for it, and a run that is over takes the server down with all its databases.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { drop_database(&url, &drop).await.ok() })
        });
    }
}

async fn drop_database(url: &str, drop: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(drop).await
}

impl TestDatabase {
    /// A migrated, empty warehouse.
    pub async fn create() -> TestDatabase {
        TEMPLATE
            .get_or_init(|| async {
                execute(server(), "create database tijian_template").await;
                migrate(&server().database_url("tijian_template")).await;
                create_login(server(), LOADER, "tijian_loader").await;
            })
            .await;
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        execute(server(), &copy_database("tijian_template", &name).await).await;
        let database = TestDatabase::open(server().database_url(&name), LOADER).await;
        // A copy would be the same warehouse.
        database.client.batch_execute("update etl.warehouse set warehouse_id = gen_random_uuid()").await.unwrap();
        TestDatabase { made: Some(Arc::new(MadeDatabase(name))), ..database }
    }

    /// An empty database, as before the first run of all.
    pub async fn create_empty() -> TestDatabase {
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        execute(server(), &format!("create database {name}")).await;
        let database = TestDatabase::open_as_owner(server().database_url(&name)).await;
        TestDatabase { made: Some(Arc::new(MadeDatabase(name))), ..database }
    }

    /// A database that is there, its warehouse for its owner: who else would migrate it?
    pub async fn open_as_owner(url: String) -> TestDatabase {
        let warehouse = Warehouse::connect(&url).await.unwrap();
        TestDatabase { warehouse, client: connect(&url).await, owner_url: url.clone(), url, made: None }
    }

    /// A migrated, empty warehouse on a server of its own.
    pub async fn create_on(server: &LocalPostgres, name: &str) -> TestDatabase {
        execute(server, &format!("create database {name}")).await;
        migrate(&server.database_url(name)).await;
        create_login(server, LOADER, "tijian_loader").await;
        TestDatabase::open(server.database_url(name), LOADER).await
    }

    /// A database that is there, its warehouse for this login.
    pub async fn open(owner_url: String, login: &str) -> TestDatabase {
        let url = url_of(&owner_url, login);
        let warehouse = Warehouse::connect(&url).await.unwrap();
        TestDatabase { warehouse, client: connect(&owner_url).await, url, owner_url, made: None }
    }

    /// The same database for another hospital, with connections of its own.
    pub async fn share(&self) -> TestDatabase {
        let database = TestDatabase::open(self.owner_url.clone(), LOADER).await;
        TestDatabase { made: self.made.clone(), ..database }
    }

    /// A copy of the database as it is, by its name. Whoever is connected is disconnected.
    pub async fn back_up(&mut self) -> String {
        let name = format!("backup_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        self.copy(&self.name(), &name).await;
        name
    }

    /// Takes the database back to a copy of it.
    pub async fn restore(&mut self, backup: &str) {
        let name = self.name();
        execute(server(), &format!("drop database {name} with (force)")).await;
        self.copy(backup, &name).await;
    }

    async fn copy(&mut self, from: &str, to: &str) {
        terminate(&connect(&server().url()).await, &format!("datname = '{from}'")).await;
        execute(server(), &copy_database(from, to).await).await;
        self.warehouse = Warehouse::connect(&self.url).await.unwrap();
        self.reconnect().await;
    }

    /// The socket of its server.
    pub fn socket(&self) -> PathBuf {
        let (_, behind) = self.url.split_once("?host=").unwrap();
        Path::new(behind.split('&').next().unwrap()).join(".s.PGSQL.5432")
    }

    /// The same database for the same login, through somebody who listens there.
    pub fn url_through(&self, place: impl std::fmt::Display) -> String {
        let (_, login) = self.url.split_once("&user=").unwrap();
        format!("postgresql://{login}@{place}/{}", self.name())
    }

    pub fn name(&self) -> String {
        let before_options = self.owner_url.split('?').next().unwrap();
        before_options.rsplit('/').next().unwrap().to_owned()
    }

    /// A new connection for the test itself, after the server was down. The warehouse stays as it is.
    pub async fn reconnect(&mut self) {
        self.client = connect(&self.owner_url).await;
    }

    /// Rows of a query, each as one line of its columns' texts.
    pub async fn lines(&self, sql: &str) -> Vec<String> {
        lines(&self.client, sql).await
    }

    /// The history, row for row, without what differs between two runs of the same deliveries.
    pub async fn history(&self) -> Vec<String> {
        self.lines(
            "select versions::text from (
                select account, serial_number, version, valid_from, valid_to, change, person_id, erhc_no, name,
                    card_type, idcard, birthdate, sex_code, is_pregnant, married, mobile, hospital_code, hospital_name,
                    check_date, hospital_package_id, hospital_package_name, add_combination_id, add_combination_name,
                    examination_fee, order_status, pay_type, data_sources, extra, fingerprint
                from warehouse.reservation_versions
            ) as versions
            order by account, serial_number, version",
        )
        .await
    }

    /// As if a program of another version of the encoding had stored every fingerprint but those of erased persons.
    pub async fn outdate_fingerprints(&self) {
        let outdate = "update warehouse.reservation_versions set fingerprint = '\\x01'::bytea || sha256(fingerprint)
            where get_byte(fingerprint, 0) <> 0";
        assert_ne!(self.client.execute(outdate, &[]).await.unwrap(), 0);
    }

    /// `serial_number version change check_date from..to`, the essence of the history.
    pub async fn versions(&self) -> Vec<String> {
        self.lines(
            "select serial_number || ' ' || version || ' ' || change || ' ' || check_date || ' '
                || case when valid_to = 'infinity' then 'current' else 'ended' end
            from warehouse.reservation_versions
            order by account, serial_number, version",
        )
        .await
    }

    /// `kind state count` of the outbox.
    pub async fn outbox(&self) -> Vec<String> {
        self.lines("select kind || ' ' || state || ' ' || count(*) from etl.outbox group by kind, state order by 1")
            .await
    }

    /// All of `sql/checks`: every warehouse test ends with this.
    pub async fn assert_sound(&self) {
        for check in self.warehouse.audit().await.unwrap() {
            assert_eq!(check.violations, 0, "sql/checks/{}.sql", check.name);
        }
    }
}

/// Ends the connections of `pg_stat_activity` that are `whose`, waits until they are gone, and returns how many they were.
pub async fn terminate(client: &Client, whose: &str) -> usize {
    // In one condition, the server might end those first that are not meant.
    let end = format!(
        "with meant as materialized (select pid from pg_stat_activity where {whose})
        select pid::text from meant where pg_terminate_backend(pid)"
    );
    let ended = lines(client, &end).await;
    let left = format!("select pid::text from pg_stat_activity where pid = any('{{{}}}')", ended.join(","));
    while !lines(client, &left).await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    ended.len()
}

/// The statement that copies a database, file by file: before PostgreSQL 15 that was the only way, and nothing to ask for.
async fn copy_database(from: &str, to: &str) -> String {
    let client = connect(&server().url()).await;
    let version = lines(&client, "select current_setting('server_version_num')").await.remove(0);
    let strategy = if version.parse::<u32>().unwrap() < 150_000 { "" } else { "strategy file_copy" };
    format!("create database {to} template {from} {strategy}")
}

/// Rows of a query, each as one line of its single text column.
pub async fn lines(client: &Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// The same database for another login.
pub fn url_of(owner_url: &str, login: &str) -> String {
    let url = owner_url.replace("&user=tijian", &format!("&user={login}"));
    assert_ne!(url, owner_url);
    url
}

/// A login that is in one group only; it may be there already.
pub async fn create_login(server: &LocalPostgres, login: &str, group: &str) {
    execute(
        server,
        &format!(
            "do $$ begin
                create role {login} login in role {group};
            exception when duplicate_object then null;
            end $$"
        ),
    )
    .await;
}

/// What the owner does before the first night.
async fn migrate(owner_url: &str) {
    let owner = Warehouse::connect(owner_url).await.unwrap();
    owner.migrate().await.unwrap();
    assert_eq!(owner.set_grants().await.unwrap(), Grants::Set { missing: Vec::new() });
}

/// A connection of a test's own.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// As the server's administrator.
pub async fn execute(server: &LocalPostgres, sql: &str) {
    connect(&server.url()).await.batch_execute(sql).await.unwrap();
}
