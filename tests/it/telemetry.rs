//! What monitors are sent over HTTP, by a collector that keeps everything.

use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::Uri;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use prost::Message;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions};

use crate::support::{Ended, Hospital, assert_discreet, end, marked_record};

type Posts = Arc<Mutex<Vec<(String, Bytes)>>>;

/// Keeps what is posted to it.
struct Collector {
    url: String,
    posts: Posts,
}

impl Collector {
    async fn start() -> Collector {
        let posts = Posts::default();
        let keep = async |State(posts): State<Posts>, uri: Uri, body: Bytes| {
            posts.lock().unwrap().push((uri.path().to_owned(), body));
        };
        let router = Router::new().fallback(keep).with_state(Arc::clone(&posts));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Collector { url, posts }
    }

    fn bodies(&self, path: &str) -> Vec<Bytes> {
        self.posts.lock().unwrap().iter().filter(|(found, _)| found == path).map(|(_, body)| body.clone()).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let requests =
            self.bodies("/v1/traces").into_iter().map(|body| ExportTraceServiceRequest::decode(body).unwrap());
        let resources = requests.flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

fn run(mut command: Command, hospital: &Hospital) -> Ended {
    command.arg("run").arg(&hospital.pipeline_file);
    end(command)
}

fn value(attributes: &[KeyValue], key: &str) -> Option<Value> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    found.value.clone().and_then(|AnyValue { value, .. }| value)
}

async fn hospital() -> Hospital {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    hospital.simulator.insert_records(vec![marked_record("BAD-1", r#""orderStatus":9"#)]);
    hospital
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_traced_by_a_span_for_each_stage_with_counts_and_nobody_in_it() {
    let hospital = hospital().await;
    let collector = Collector::start().await;
    let mut command = hospital.tijian();
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url);
    run(command, &hospital).expect(3);

    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["recover", "drain_arrivals", "pull", "load", "acknowledge", "arrivals", "export", "run"]);
    let (run, load, acknowledge) = (&spans[7], &spans[3], &spans[4]);
    assert_eq!(value(&run.attributes, "account"), Some(Value::StringValue("demo".to_owned())));
    assert!(spans[..7].iter().all(|span| span.parent_span_id == run.span_id && span.trace_id == run.trace_id));
    for (name, count) in [("received", 21), ("accepted", 20), ("rejected", 1), ("opened", 20), ("closed", 0)] {
        assert_eq!(value(&load.attributes, name), Some(Value::IntValue(count)), "{name}");
    }
    assert_eq!(value(&acknowledge.attributes, "acknowledged"), Some(Value::IntValue(20)));
    let resource = ExportTraceServiceRequest::decode(collector.bodies("/v1/traces")[0].clone()).unwrap();
    let resource = resource.resource_spans[0].resource.clone().unwrap();
    assert_eq!(value(&resource.attributes, "service.name"), Some(Value::StringValue("tijian".to_owned())));

    let metrics = ExportMetricsServiceRequest::decode(collector.bodies("/v1/metrics")[0].clone()).unwrap();
    let text = format!("{metrics:?}");
    for name in ["tijian.records.received", "tijian.versions.opened", "tijian.stage.duration", "tijian.run.exit_code"] {
        assert!(text.contains(&format!("name: \"{name}\"")), "{name}: {text}");
    }
    assert!(text.contains("AsInt(21)"), "{text}");
    assert_discreet(&format!("{spans:?} {text}"), "what a collector gets");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_fails_is_marked_and_says_no_more_than_that() {
    let hospital = hospital().await;
    hospital.simulator.arm(Endpoint::Order, Fault::ExpiredToken, 1);
    let collector = Collector::start().await;
    let mut command = hospital.tijian();
    command.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{}/v1/traces", collector.url));
    run(command, &hospital).expect(1);
    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["recover", "drain_arrivals", "pull", "arrivals", "export", "run"]);
    assert_eq!(spans[2].status.as_ref().unwrap().code, StatusCode::Error as i32);
    assert!(spans.iter().all(|span| span.events.is_empty()), "{spans:?}");
    assert!(collector.bodies("/v1/metrics").is_empty(), "only traces were asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_or_not_wanted_changes_no_run() {
    let hospital = hospital().await;
    let collector = Collector::start().await;
    let mut command = hospital.tijian();
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url).env("OTEL_SDK_DISABLED", "true");
    run(command, &hospital).expect(3);
    assert!(collector.posts.lock().unwrap().is_empty());

    let mut command = hospital.tijian();
    // Nobody listens on port 1.
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    let ended = run(command, &hospital).expect(3);
    assert!(ended.stderr.contains("not all traces and metrics could be sent"), "{}", ended.stderr);
}

/// What the specification requires of every event, and what it means here.
fn assert_is_event(event: &serde_json::Value, kind: &str) {
    assert_eq!(event["eventType"], kind, "{event}");
    let time = event["eventTime"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
    for uri in ["producer", "schemaURL"] {
        assert!(reqwest::Url::parse(event[uri].as_str().unwrap()).is_ok(), "{event}");
    }
    let id = event["run"]["runId"].as_str().unwrap();
    assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
    assert_eq!(event["job"], serde_json::json!({ "namespace": "hospital", "name": "tijian.run.demo" }));
    for sets in ["inputs", "outputs"] {
        let sets = event[sets].as_array().unwrap();
        assert!(sets.iter().all(|set| set["namespace"].is_string() && set["name"].is_string()), "{event}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_told_what_a_run_reads_and_makes_and_how_it_ends() {
    let hospital = hospital().await;
    let collector = Collector::start().await;
    let run_again = || {
        let mut command = hospital.tijian();
        command.env("OPENLINEAGE_URL", &collector.url).env("OPENLINEAGE_NAMESPACE", "hospital");
        let ended = run(command, &hospital);
        let bodies = std::mem::take(&mut *collector.posts.lock().unwrap());
        let events: Vec<serde_json::Value> = bodies
            .iter()
            .map(|(path, body)| {
                assert_eq!(path, "/api/v1/lineage");
                serde_json::from_slice(body).unwrap()
            })
            .collect();
        (ended, events)
    };
    let (ended, events) = run_again();
    ended.expect(3);
    let [start, complete] = &events[..] else { panic!("{events:?}") };
    assert_is_event(start, "START");
    assert_is_event(complete, "COMPLETE");
    assert_eq!(start["run"], complete["run"]);
    assert_eq!(complete["inputs"][0]["namespace"], hospital.simulator.url());
    assert_eq!(complete["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"], 21);
    let outputs = complete["outputs"].as_array().unwrap();
    assert_eq!(outputs[0]["name"], "warehouse.reservation_versions");
    assert_eq!(outputs[0]["outputFacets"]["outputStatistics"]["rowCount"], 20);
    assert!(outputs.len() > 2, "{outputs:?}");
    for file in &outputs[1..] {
        assert!(std::path::Path::new(file["name"].as_str().unwrap()).is_file(), "{file}");
    }
    assert_discreet(&format!("{events:?}"), "what a catalogue gets");

    hospital.simulator.arm(Endpoint::Order, Fault::ExpiredToken, 1);
    let (ended, events) = run_again();
    ended.expect(1);
    let [start, fail] = &events[..] else { panic!("{events:?}") };
    assert_is_event(start, "START");
    assert_is_event(fail, "FAIL");
    assert!(fail["inputs"][0]["inputFacets"].is_null(), "nothing was committed: {fail}");
    assert_discreet(&format!("{events:?}"), "what a catalogue gets");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_out_of_reach_fails_no_run() {
    let hospital = hospital().await;
    let mut command = hospital.tijian();
    // Nobody listens on port 1.
    command.env("OPENLINEAGE_URL", "http://somebody:their-password@127.0.0.1:1");
    let ended = run(command, &hospital).expect(3);
    assert!(ended.stderr.contains("a lineage event could not be sent"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("their-password"), "{}", ended.stderr);
    assert_eq!(hospital.database.versions().await.len(), 20);
}
