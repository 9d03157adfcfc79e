//! OpenLineage events: what a run reads and what it makes, for a catalogue of an organisation's data.
//!
//! Names of data sets, counts, and how the run ended. An event that cannot be sent is a warning: no run fails, or waits for
//! more than a few seconds, because of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::night::RunReport;
use crate::pipeline::Pipeline;
use crate::settings::LineageSettings;

/// How long an event may take: a night has two of them for each account.
const PATIENCE: Duration = Duration::from_secs(5);

const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const INPUT_STATISTICS: &str = "https://openlineage.io/spec/facets/1-0-0/InputStatisticsInputDatasetFacet.json#/$defs/InputStatisticsInputDatasetFacet";
const OUTPUT_STATISTICS: &str = "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet";

/// The program that made the events.
const PRODUCER: &str = concat!("urn:tijian:", env!("CARGO_PKG_VERSION"));

/// The receiver of lineage events.
pub struct Lineage {
    http: reqwest::Client,
    url: Url,
    namespace: String,
    api_key: Option<SecretString>,
}

/// A run that has been announced.
pub struct LineageRun(Uuid);

impl Lineage {
    /// `None`: the settings cannot be used, and the log says so.
    pub fn new(settings: LineageSettings) -> Option<Lineage> {
        let LineageSettings { url, namespace, api_key } = settings;
        let url = Url::parse(&format!("{}/api/v1/lineage", url.trim_end_matches('/'))).ok();
        // A redirect would carry the key to wherever it points.
        let http = reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none()).build().ok();
        let lineage = url.zip(http).map(|(url, http)| Lineage { http, url, namespace, api_key });
        if lineage.is_none() {
            tracing::warn!("no lineage events are sent: OPENLINEAGE_URL cannot be used");
        }
        lineage
    }

    /// Sends the event that an account's run has begun.
    pub async fn start(&self, pipeline: &Pipeline, at: DateTime<Utc>) -> LineageRun {
        let run = LineageRun(Uuid::new_v4());
        self.send(self.event("START", &run, pipeline, None, at)).await;
        run
    }

    /// Sends the event that it has ended.
    pub async fn end(&self, run: &LineageRun, pipeline: &Pipeline, report: &RunReport, at: DateTime<Utc>) {
        let kind = match report.exit_code().is_success() {
            true => "COMPLETE",
            false if report.is_stopped() => "ABORT",
            false => "FAIL",
        };
        self.send(self.event(kind, run, pipeline, Some(report), at)).await;
    }

    fn event(
        &self,
        kind: &str,
        run: &LineageRun,
        pipeline: &Pipeline,
        report: Option<&RunReport>,
        at: DateTime<Utc>,
    ) -> Value {
        // The origin only: the rest of a URL may be private.
        let platform = Url::parse(&pipeline.platform.base_url).map(|url| url.origin().ascii_serialization());
        let mut input = json!({
            "namespace": platform.unwrap_or_else(|_| self.namespace.clone()),
            "name": format!("reservation/sync/order/{}", pipeline.account),
        });
        let mut table = json!({ "namespace": self.namespace, "name": "warehouse.reservation_versions" });
        let mut outputs = Vec::new();
        // What is not committed has no figures.
        if let Some(report) = report.filter(|report| report.delivery.is_some()) {
            let statistics =
                |schema: &str, rows: u64| json!({ "_producer": PRODUCER, "_schemaURL": schema, "rowCount": rows });
            input["inputFacets"] = json!({ "inputStatistics": statistics(INPUT_STATISTICS, report.counts.received) });
            table["outputFacets"] = json!({ "outputStatistics": statistics(OUTPUT_STATISTICS, report.counts.opened) });
        }
        outputs.push(table);
        for path in report.iter().flat_map(|report| &report.exported) {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            outputs.push(json!({ "namespace": "file", "name": path.to_string_lossy() }));
        }
        json!({
            "eventType": kind,
            "eventTime": at.to_rfc3339(),
            "producer": PRODUCER,
            "schemaURL": SCHEMA,
            "run": { "runId": run.0.to_string() },
            "job": { "namespace": self.namespace, "name": format!("tijian.run.{}", pipeline.account) },
            "inputs": [input],
            "outputs": outputs,
        })
    }

    async fn send(&self, event: Value) {
        let mut request = self.http.post(self.url.clone()).json(&event);
        if let Some(key) = &self.api_key {
            request = request.bearer_auth(key.expose_secret());
        }
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        if let Err(error) = answer {
            // Without the URL, which may hold a password.
            tracing::warn!("a lineage event could not be sent: {}", error.without_url());
        }
    }
}
