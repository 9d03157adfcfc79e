//! The HTTP endpoint of a watch: `/metrics` for Prometheus, `/healthz` for a supervisor that restarts what is unhealthy.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::TEXT_FORMAT;
use tokio::net::TcpListener;

use crate::telemetry::{Figures, Health};

type Shared = State<(Arc<Figures>, Arc<Health>)>;

/// Answers until the task is ended. It shows counts and account names to whoever can reach the address.
pub async fn serve(listener: TcpListener, figures: Arc<Figures>, health: Arc<Health>) {
    let router =
        Router::new().route("/metrics", get(metrics)).route("/healthz", get(healthz)).with_state((figures, health));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!("the endpoint of --metrics-listen ended: {error}");
    }
}

async fn metrics(State((figures, _)): Shared) -> Response {
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], figures.text()).into_response()
}

async fn healthz(State((_, health)): Shared) -> Response {
    let problems = health.problems();
    if problems.is_empty() {
        return "ok\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, problems.join("\n") + "\n").into_response()
}
