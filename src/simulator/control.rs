//! The control routes under `/simulator/`: plain JSON, no token, for rehearsals from outside the process.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Json;
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use super::fault::Arming;
use super::log::{Counts, LogEntry};
use super::server::{self, Server};

/// Inserted records arrive in one body; 64 MiB hold about 100,000 of them.
const RECORDS_BODY_BYTES_MAX: usize = 64 << 20;

#[derive(Serialize)]
struct Inserted {
    inserted: usize,
}

#[derive(Serialize)]
struct Prepared {
    prepared: usize,
}

pub fn router() -> Router<Arc<Server>> {
    Router::new()
        .route("/simulator/night", post(advance_night))
        .route("/simulator/answer", post(prepare_answer))
        .route("/simulator/faults", post(arm_fault))
        .route("/simulator/records", post(insert_records).layer(DefaultBodyLimit::max(RECORDS_BODY_BYTES_MAX)))
        .route("/simulator/log", get(read_log))
        .route("/simulator/state", get(read_state))
}

async fn advance_night(State(server): State<Arc<Server>>) -> Json<Counts> {
    let mut account = server.account();
    account.advance_night();
    Json(account.counts())
}

async fn prepare_answer(State(server): State<Arc<Server>>) -> Result<Json<Prepared>, StatusCode> {
    let prepared = tokio::task::spawn_blocking(move || server::prepare_answer(&server)).await;
    Ok(Json(Prepared { prepared: prepared.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)? }))
}

async fn arm_fault(State(server): State<Arc<Server>>, body: Bytes) -> Result<Json<Arming>, (StatusCode, String)> {
    let arming: Arming =
        serde_json::from_slice(&body).map_err(|error| (StatusCode::BAD_REQUEST, format!("{error}\n")))?;
    server.account().faults.arm(arming);
    Ok(Json(arming))
}

/// Records keep their text as it is written, numbers and spaces included.
async fn insert_records(
    State(server): State<Arc<Server>>,
    body: Bytes,
) -> Result<Json<Inserted>, (StatusCode, &'static str)> {
    let records: Vec<Box<RawValue>> = serde_json::from_slice(&body)
        .map_err(|_| (StatusCode::BAD_REQUEST, "the body is not a JSON array of records\n"))?;
    let inserted = records.len();
    server.account().insert_records(records.iter().map(|record| record.get().to_owned()).collect());
    Ok(Json(Inserted { inserted }))
}

async fn read_log(State(server): State<Arc<Server>>) -> Json<Vec<LogEntry>> {
    Json(server.account().log())
}

async fn read_state(State(server): State<Arc<Server>>) -> Json<Counts> {
    Json(server.account().counts())
}
