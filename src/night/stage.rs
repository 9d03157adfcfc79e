//! A span for each stage of a run, for those who trace: its name, how it went, its counts. Nobody else sees it.

use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::failure::RunError;
use crate::warehouse::LoadCounts;

/// The target of the spans, so that the log can leave them out.
pub const STAGE_TARGET: &str = "tijian::stage";

/// Runs a stage in its span.
pub(super) async fn in_stage<T>(
    name: &'static str,
    stage: impl Future<Output = Result<T, RunError>>,
) -> Result<T, RunError> {
    let span = tracing::info_span!(
        target: STAGE_TARGET,
        "stage",
        otel.name = name,
        otel.status_code = Empty,
        received = Empty,
        accepted = Empty,
        rejected = Empty,
        unchanged = Empty,
        opened = Empty,
        closed = Empty,
        acknowledged = Empty,
        bytes = Empty,
    );
    async {
        let outcome = stage.await;
        if outcome.is_err() {
            Span::current().record("otel.status_code", "ERROR");
        }
        outcome
    }
    .instrument(span)
    .await
}

/// Inside a stage: a count of it.
pub(super) fn record(name: &'static str, count: u64) {
    // Signed: OpenTelemetry knows no other integers, and would be given a text.
    Span::current().record(name, i64::try_from(count).unwrap_or(i64::MAX));
}

/// Inside the load: what it has come to.
pub(super) fn record_counts(counts: &LoadCounts) {
    record("received", counts.received);
    record("accepted", counts.accepted);
    record("rejected", counts.rejected);
    record("unchanged", counts.unchanged);
    record("opened", counts.opened);
    record("closed", counts.closed);
}
