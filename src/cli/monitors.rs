//! Reports from `tijian run` to monitoring systems: a metrics file, an HTTP endpoint, systemd.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::clock::now;
use crate::files::{update_figures, write_figures};
use crate::night::RunReport;
use crate::pipeline::{Pipeline, Shard};
use crate::plain_files::read_plain_text;
use crate::telemetry::{Figures, Health, Instruments, beside_other_shards, serve};
use crate::warehouse::Warehouse;
use crate::wording::message;

/// Options of `tijian run` about who watches.
#[derive(clap::Args)]
pub(super) struct MonitorArgs {
    /// Write metrics for Prometheus to this file after every round (node_exporter's textfile collector: name it *.prom)
    #[arg(long, value_name = "FILE")]
    metrics_file: Option<PathBuf>,
    /// With --watch: answer /metrics and /healthz here, like 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", requires = "watch")]
    metrics_listen: Option<SocketAddr>,
}

/// Figures and health of the accounts, and where they are shown.
pub(super) struct Monitors {
    accounts: Vec<String>,
    shard: Option<Shard>,
    /// The pipelines of other shards, which write to the same file.
    elsewhere: Arc<[Arc<Pipeline>]>,
    figures: Arc<Figures>,
    instruments: Instruments,
    pub health: Arc<Health>,
    file: Option<PathBuf>,
    listen: Option<SocketAddr>,
}

impl Monitors {
    /// Reads the last values from the metrics file, if there is one.
    pub fn new(
        args: &MonitorArgs,
        shard: Option<Shard>,
        pipelines: &[Arc<Pipeline>],
        elsewhere: &Arc<[Arc<Pipeline>]>,
    ) -> Monitors {
        let accounts = accounts_of(pipelines);
        let figures = Figures::of(accounts.clone());
        if let Some(file) = &args.metrics_file {
            match read_plain_text(file) {
                Ok(text) => figures.continue_from(&text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!(file = %file.display(), "the metrics start again: {error}"),
            }
        }
        Monitors {
            accounts,
            shard,
            elsewhere: Arc::clone(elsewhere),
            figures: Arc::new(figures),
            instruments: Instruments::default(),
            health: Arc::default(),
            file: args.metrics_file.clone(),
            listen: args.metrics_listen,
        }
    }

    /// Opens the endpoint, if there is to be one.
    pub async fn listen(&self) -> Result<Option<JoinHandle<()>>, CliError> {
        let Some(address) = self.listen else { return Ok(None) };
        let failed = |source| CliError::Io {
            operation: message!("operation-listen-for-metrics", address = address.to_string()),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tracing::info!(%address, "answering /metrics and /healthz");
        Ok(Some(tokio::spawn(serve(listener, Arc::clone(&self.figures), Arc::clone(&self.health)))))
    }

    /// Shows the result of a round.
    pub async fn observe(&self, reports: &[RunReport], warehouse: &Warehouse) {
        for report in reports {
            self.figures.observe(report, now());
            if !report.is_stopped() {
                self.instruments.observe(report);
                self.health.observe(&report.account, report.exit_code());
            }
        }
        if self.file.is_none() && self.listen.is_none() {
            return;
        }
        match warehouse.backlogs().await {
            Ok(backlogs) => {
                let figures = backlogs.into_iter().map(|backlog| {
                    let (pending, quarantined) = (backlog.pending().count, backlog.quarantined.count);
                    (backlog.account, pending, quarantined)
                });
                self.figures.observe_backlogs(&figures.collect::<Vec<_>>());
            }
            Err(error) => tracing::warn!("the metrics of pending calls and quarantine were not updated: {error}"),
        }
        self.write().await;
    }

    /// Connects to the warehouse; where that fails, it shows that no account could even begin.
    pub async fn connect(&self, database: &Database, pipelines: &[Arc<Pipeline>]) -> Result<Warehouse, CliError> {
        // No shard makes a warehouse where the folders of any remember one.
        let all = pipelines.iter().chain(self.elsewhere.iter());
        let warehouse = database.connect(all.map(Arc::as_ref)).await;
        if let Err(error) = &warehouse {
            let code = error.guidance().exit_code;
            for account in &self.accounts {
                self.figures.observe_end(account, code, now());
                self.health.observe(account, code);
            }
            self.write().await;
        }
        warehouse
    }

    /// A file that cannot be written is no reason to fail: the reservations are in the warehouse.
    async fn write(&self) {
        let Some(file) = self.file.clone() else { return };
        let (text, shard, others) = (self.figures.text(), self.shard, accounts_of(&self.elsewhere));
        let write = tokio::task::spawn_blocking(move || {
            let written = match shard {
                None => write_figures(&file, &text),
                Some(shard) => {
                    update_figures(&file, |before| beside_other_shards(&text, before, &others, shard.count()))
                }
            };
            if let Err(error) = written {
                warn_of(&file, &error);
            }
        });
        // A panic has already been reported.
        let _ = write.await;
    }
}

fn accounts_of(pipelines: &[Arc<Pipeline>]) -> Vec<String> {
    pipelines.iter().map(|pipeline| pipeline.account.clone()).collect()
}

fn warn_of(file: &Path, error: &dyn std::error::Error) {
    let because = error.source().map(ToString::to_string);
    tracing::warn!(file = %file.display(), because, "{error}; --metrics-file was not updated");
}
