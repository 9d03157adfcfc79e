//! Traces and metrics over OTLP, where the standard `OTEL_*` variables ask for them; without them, none of it exists.
//!
//! A span for each run and each stage, with counts; never a message, a path or a value. The libraries read the details
//! (endpoint, headers, intervals) from the variables themselves. A collector that does not answer ends no run.

use opentelemetry::metrics::{Counter, Gauge, Histogram};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::night::{RunReport, STAGE_TARGET};
use crate::settings::Settings;
use crate::telemetry::figures::COUNTERS;

/// The exporters, and the problems of setting them up.
#[derive(Default)]
pub struct Otlp {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    problems: Vec<String>,
}

impl Otlp {
    /// Begins what the variables ask for. Outside of an async runtime, as [`Otlp::end`].
    pub fn start(settings: &Settings) -> Otlp {
        let mut otlp = Otlp::default();
        if settings.is_otlp_wanted("TRACES") {
            let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).build();
            otlp.traces = otlp.keep("traces", exporter).map(|exporter| {
                SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource(settings)).build()
            });
        }
        if settings.is_otlp_wanted("METRICS") {
            let exporter = MetricExporter::builder().with_http().with_protocol(Protocol::HttpBinary).build();
            otlp.metrics = otlp.keep("metrics", exporter).map(|exporter| {
                SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource(settings)).build()
            });
            if let Some(provider) = &otlp.metrics {
                global::set_meter_provider(provider.clone());
            }
        }
        otlp
    }

    fn keep<T>(&mut self, signal: &str, built: Result<T, ExporterBuildError>) -> Option<T> {
        // The error could quote a variable, and headers hold tokens.
        built.map_err(|_| self.problems.push(format!("no {signal} are sent: the OTEL_* variables cannot be used"))).ok()
    }

    /// The layer that exports our spans; `None` if nobody asked for traces.
    pub fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(&self) -> Option<impl Layer<S> + use<S>> {
        let tracer = self.traces.as_ref()?.tracer("tijian");
        // Spans only, and of them these: an event is a log line, and stays in the log.
        let is_shown = filter_fn(|metadata| {
            metadata.is_span() && (metadata.target() == STAGE_TARGET || metadata.target() == "tijian::night")
        });
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        Some(layer.with_filter(is_shown.with_max_level_hint(LevelFilter::INFO)))
    }

    /// Tells of what could not be set up, once there is a log.
    pub fn report(&self) {
        for problem in &self.problems {
            tracing::warn!("{problem}");
        }
    }

    /// Sends what has not been sent yet.
    pub fn end(self) {
        let ended = [self.traces.map(|provider| provider.shutdown()), self.metrics.map(|provider| provider.shutdown())];
        if ended.into_iter().flatten().any(|outcome| outcome.is_err()) {
            tracing::warn!("not all traces and metrics could be sent to the collector");
        }
    }
}

fn resource(settings: &Settings) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = Resource::builder().with_attribute(version);
    if settings.is_otel_service_named() { builder.build() } else { builder.with_service_name("tijian").build() }
}

/// The same figures as for Prometheus. Without a collector they go nowhere.
pub struct Instruments {
    counters: Vec<Counter<u64>>,
    stage_seconds: Histogram<f64>,
    exit_code: Gauge<u64>,
}

impl Default for Instruments {
    fn default() -> Instruments {
        let meter = global::meter("tijian");
        let counters = COUNTERS.map(|(name, help, _)| {
            let name = name.trim_end_matches("_total").replace('_', ".");
            meter.u64_counter(name).with_description(help).build()
        });
        Instruments {
            counters: counters.into(),
            stage_seconds: meter.f64_histogram("tijian.stage.duration").with_unit("s").build(),
            exit_code: meter.u64_gauge("tijian.run.exit_code").build(),
        }
    }
}

impl Instruments {
    /// Adds a run's spans and metrics.
    pub fn observe(&self, report: &RunReport) {
        let account = KeyValue::new("account", report.account.clone());
        for ((.., added), counter) in COUNTERS.iter().zip(&self.counters) {
            counter.add(added(report), std::slice::from_ref(&account));
        }
        for (stage, seconds) in &report.seconds {
            self.stage_seconds.record(*seconds, &[account.clone(), KeyValue::new("stage", *stage)]);
        }
        self.exit_code.record(u64::from(report.exit_code().status()), &[account]);
    }
}
