//! One hospital: its pipeline, its platform, its database, its folders.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine;
use tempfile::TempDir;
use tijian::failure::Stopped;
use tijian::night::{RunContext, RunReport, Selection, Step, Task, run_task};
use tijian::pipeline::Pipeline;
use tijian::pipeline::contract::SHIPPED;
use tijian::settings::Settings;
use tijian::simulator::{Credentials, Endpoint, GeneratorOptions, LogEntry, Outcome, Simulator, SimulatorOptions};
use tijian::warehouse::Warehouse;

use crate::support::TestDatabase;

/// Everything a night needs, for one test.
pub struct Hospital {
    pub database: TestDatabase,
    pub simulator: Simulator,
    pub pipeline: Pipeline,
    pub settings: Settings,
    pub dir: TempDir,
    pub pipeline_file: PathBuf,
}

impl Hospital {
    /// An account with no reservation yet.
    pub async fn new() -> Hospital {
        Hospital::with_reservations(GeneratorOptions::default()).await
    }

    /// An account with generated reservations.
    pub async fn with_reservations(generator: GeneratorOptions) -> Hospital {
        Hospital::of(TestDatabase::create().await, "demo", SimulatorOptions { generator, ..Default::default() }).await
    }

    /// An account in a given warehouse.
    pub async fn of(database: TestDatabase, account: &str, options: SimulatorOptions) -> Hospital {
        let credentials = options.credentials.clone();
        let simulator = Simulator::start(options).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let pipeline_file = write_pipeline(dir.path(), account, &simulator.url());
        let pipeline = Pipeline::read(&pipeline_file).unwrap();
        let settings = environment(&credentials, &database.url);
        Hospital { database, simulator, pipeline, settings, dir, pipeline_file }
    }

    /// One night, undisturbed.
    pub async fn run(&self) -> RunReport {
        self.run_with(&|_| Ok(())).await
    }

    /// One night that is stopped after the `nth` step named `name` (counted from 1).
    pub async fn run_until(&self, name: &str, nth: usize) -> RunReport {
        let seen = Mutex::new(0);
        self.run_with(&|step| {
            if step.name() == name {
                let mut seen = seen.lock().unwrap();
                *seen += 1;
                if *seen == nth {
                    return Err(Stopped);
                }
            }
            Ok(())
        })
        .await
    }

    /// One night, watched.
    pub async fn run_with(&self, on_step: &(dyn Fn(Step) -> Result<(), Stopped> + Send + Sync)) -> RunReport {
        self.run_task_with(Task::Night, on_step).await
    }

    /// Everything in quarantine tried again, watched.
    pub async fn retry_with(&self, on_step: &(dyn Fn(Step) -> Result<(), Stopped> + Send + Sync)) -> RunReport {
        let open = self.database.warehouse.open_rejections(&Default::default(), 1000).await.unwrap();
        let rejection_ids = open.iter().map(|rejection| rejection.rejection_id).collect();
        let selection = Selection { rejection_ids, operator: "tester".to_owned() };
        self.run_task_with(Task::Retry(&selection), on_step).await
    }

    /// A task, watched.
    pub async fn run_task_with(
        &self,
        task: Task<'_>,
        on_step: &(dyn Fn(Step) -> Result<(), Stopped> + Send + Sync),
    ) -> RunReport {
        self.run_task_as(&self.database.warehouse, task, on_step).await
    }

    /// A task, watched, by whoever is logged in to this warehouse.
    pub async fn run_task_as(
        &self,
        warehouse: &Warehouse,
        task: Task<'_>,
        on_step: &(dyn Fn(Step) -> Result<(), Stopped> + Send + Sync),
    ) -> RunReport {
        let site_key = self.settings.site_key().unwrap();
        let accounts = [self.pipeline.account.clone()];
        let context =
            RunContext { warehouse, settings: &self.settings, site_key: &site_key, accounts: &accounts, on_step };
        run_task(&self.pipeline, &context, task).await
    }

    /// One night that must go well to its end.
    pub async fn run_well(&self) -> RunReport {
        let report = self.run().await;
        if let Some(error) = &report.error {
            panic!("{}", error.chain());
        }
        report
    }

    /// Changes the pipeline file and reads it again.
    pub fn redefine(&mut self, change: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(&self.pipeline_file).unwrap();
        std::fs::write(&self.pipeline_file, change(text)).unwrap();
        self.pipeline = Pipeline::read(&self.pipeline_file).unwrap();
    }

    /// Makes failing quick, and keeps the exports.
    pub fn hurry_with_exports(&mut self, attempts_max: u32) {
        self.redefine(|text| text.replace("attempts_max = 2", &format!("attempts_max = {attempts_max}")));
    }

    /// Changes the contract, in a file of the hospital's own.
    pub fn redefine_contract(&mut self, change: impl FnOnce(String) -> String) {
        let own = self.dir.path().join("contract.toml");
        let text = std::fs::read_to_string(&own).unwrap_or_else(|_| SHIPPED.to_owned());
        std::fs::write(&own, change(text)).unwrap();
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/contracts/reservation.toml");
        self.redefine(|text| text.replace(shipped, "contract.toml"));
    }

    /// Makes failing quick: one second of silence, no exports.
    pub fn hurry(&mut self, attempts_max: u32) {
        self.redefine(|text| {
            let (text, _) = text.split_once("[[export]]").unwrap();
            text.replace("timeout_seconds = 2", "timeout_seconds = 1")
                .replace("attempts_max = 2", &format!("attempts_max = {attempts_max}"))
        });
    }

    /// Calls of that kind so far.
    pub fn calls(&self, endpoint: Endpoint) -> usize {
        self.simulator.log().iter().filter(|entry| entry.endpoint == endpoint).count()
    }

    /// Whatever an operator gets to see of this run and of all before: it must hold no personal data and no secret.
    pub async fn words(&self, report: &RunReport) -> String {
        let mut words = vec![serde_json::to_string(report).unwrap()];
        for query in [
            "select failure from etl.runs where failure is not null order by run_id",
            "select last_error from etl.outbox where last_error is not null order by outbox_id",
            "select reasons::text from etl.rejections order by rejection_id",
        ] {
            words.extend(self.database.lines(query).await);
        }
        words.join("\n")
    }

    /// Confirmed callbacks in the platform's log, `requestId` or `serialNumber`, in their order.
    pub fn confirmed(&self) -> Vec<LogEntry> {
        let log = self.simulator.log().into_iter();
        log.filter(|entry| entry.key.is_some() && !entry.serial_numbers.is_empty())
            .filter(|entry| matches!(entry.outcome, Outcome::Answered | Outcome::AnsweredWith(_)))
            .collect()
    }

    /// Every file below the hospital's folder that is more than a mark of its warehouse, by its path in there.
    pub fn files(&self) -> Vec<String> {
        let is_read_by_pattern = |file: &String| !file.ends_with("/.warehouse") && !file.contains("/_snapshots/");
        self.all_files().into_iter().filter(is_read_by_pattern).collect()
    }

    /// Every file below the hospital's folder, by its path in there.
    pub fn all_files(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(self.dir.path(), self.dir.path(), &mut files);
        files.sort();
        files
    }
}

/// A valid reservation as JSON text, with some fields set otherwise: `record("A-1", r#""orderStatus":5"#)`.
pub fn record(serial_number: &str, changes: &str) -> String {
    let base = serde_json::json!({
        "requestId": "$request", "serialNumber": serial_number, "erhcNo": "E-1", "name": "张三", "cardType": 1,
        "idcard": "11010519491231002X", "birthdate": "1949-12-31", "sexCode": 2, "isPregnant": false, "married": 1,
        "mobile": "13900000000", "hospitalCode": "100637", "hospitalName": "体检中心", "checkDate": "2026-02-03",
        "hospitalPackageId": "RM16", "hospitalPackageName": "体检E套餐", "addCombinationId": "A1,A2",
        "addCombinationName": "甲,乙", "orderStatus": 1, "payType": 0, "dataSources": "益往健康",
    });
    let mut fields = base.as_object().unwrap().clone();
    let changes: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&format!("{{{changes}}}")).expect("changes are members of a JSON object");
    fields.extend(changes);
    let text = serde_json::to_string(&fields).unwrap();
    // The fee is written as the platform writes it: a number with two decimals.
    if fields.contains_key("examinationFee") {
        text
    } else {
        format!("{},\"examinationFee\":2881.00}}", &text[..text.len() - 1])
    }
}

fn write_pipeline(dir: &Path, account: &str, base_url: &str) -> PathBuf {
    let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/contracts/reservation.toml");
    let dir_text = dir.display();
    let text = format!(
        r#"version = 1
account = "{account}"

[platform]
base_url = "{base_url}"
api_key = {{ env = "ZHELIBAN_API_KEY" }}
secret = {{ env = "ZHELIBAN_SECRET" }}
aes_key = {{ env = "ZHELIBAN_AES_KEY" }}
timeout_seconds = 2
attempts_max = 2

[contract]
file = "{contract}"
on_reject = "hold"

[landing]
dir = "{dir_text}/landing"

[[export]]
kind = "history"
format = "parquet"
dir = "{dir_text}/history"

[[export]]
kind = "finance"
format = "csv"
profile = "machine"
snapshot = "nightly"
dir = "{dir_text}/finance"
"#
    );
    let file = dir.join(format!("{account}.toml"));
    std::fs::write(&file, text).unwrap();
    file
}

fn environment(credentials: &Credentials, database_url: &str) -> Settings {
    let site_key = base64::engine::general_purpose::STANDARD.encode([7; 32]);
    Settings::from_environment().with(&[
        ("ZHELIBAN_API_KEY", &credentials.api_key),
        ("ZHELIBAN_SECRET", &credentials.secret),
        ("ZHELIBAN_AES_KEY", &credentials.aes_key),
        ("TIJIAN_SITE_KEY", &site_key),
        ("DATABASE_URL", database_url),
    ])
}

fn walk(root: &Path, dir: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}
