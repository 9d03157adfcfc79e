//! What can be seen of a stopped run from outside, and which step it was at.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use tijian::simulator::{Endpoint, LogEntry};

use super::moment::Step;
use super::victim::{APPLICATION, Victim};
use crate::support::{Hospital, has_acted};

/// Seen while the process stands still. What it has sent to the server may still take effect.
#[derive(Debug)]
pub struct Glimpse {
    has_asked_for_delivery: bool,
    /// Of the landing folder.
    has_landed: bool,
    is_reading: bool,
    /// Of the load's connection: it has written its delivery's row.
    has_claimed: bool,
    is_copying: bool,
    is_committing: bool,
    has_temporary_file: bool,
}

/// What was there before the run.
pub struct Before {
    pub calls: usize,
    pub landed: usize,
    pub runs: usize,
}

impl Before {
    pub async fn of(hospital: &Hospital) -> Before {
        Before {
            calls: hospital.simulator.log().len(),
            landed: landed(hospital),
            runs: count(hospital, "etl.runs").await,
        }
    }
}

impl Glimpse {
    pub async fn of(hospital: &Hospital, victim: &Victim, before: &Before) -> Glimpse {
        let backends = format!(
            "select concat_ws(' ',
                exists (
                    select from pg_locks as held where held.pid = backend.pid and held.granted
                        and held.relation = 'etl.deliveries'::regclass and held.mode = 'RowExclusiveLock'
                ),
                -- (PostgreSQL 13 tells no progress of a COPY.)
                backend.state = 'active' and backend.query like '%copy warehouse.reservation_versions%',
                backend.wait_event is not distinct from 'SyncRep'
                    or (backend.state = 'active' and backend.query ilike 'commit%'))
            from pg_stat_activity as backend
            where backend.datname = current_database() and backend.application_name = '{APPLICATION}'"
        );
        let backends = hospital.database.lines(&backends).await;
        let has = |column: usize| backends.iter().any(|backend| backend.split(' ').nth(column) == Some("t"));
        Glimpse {
            has_asked_for_delivery: calls(hospital, before.calls, Endpoint::Order).next().is_some(),
            has_landed: landed(hospital) > before.landed,
            is_reading: victim.reading().is_some_and(|reading| reading.position < reading.size),
            has_claimed: has(0),
            is_copying: has(1),
            is_committing: has(2),
            has_temporary_file: has_temporary_file(hospital),
        }
    }

    /// Whether the run is at this step, of those that nothing holds.
    pub async fn is_at(&self, step: Step, hospital: &Hospital) -> bool {
        match step {
            Step::Decoding => self.has_claimed && self.is_reading && !self.is_copying,
            Step::Exporting => {
                let is_written = self.has_landed && self.has_temporary_file;
                is_written && !are_marts_stale(hospital).await && !is_file_unrecorded(hospital).await
            }
            held => panic!("{held:?} is held"),
        }
    }

    /// The step, now that the process and its connections are gone. `night_calls`: calls before this night.
    pub async fn step(&self, hospital: &Hospital, before: &Before, night_calls: usize) -> Step {
        if count(hospital, "etl.runs").await == before.runs {
            return Step::Starting;
        }
        let pending = "select key from etl.outbox where state = 'pending'";
        let pending = hospital.database.lines(pending).await;
        if !self.has_asked_for_delivery {
            return Step::BeforePull;
        }
        let committed =
            "select delivery_id::text from etl.deliveries where run_id = (select max(run_id) from etl.runs)";
        if hospital.database.lines(committed).await.is_empty() {
            return match self {
                Glimpse { has_landed: false, .. } => Step::Pulling,
                Glimpse { has_claimed: false, .. } => Step::Landed,
                Glimpse { is_copying: true, .. } => Step::Copying,
                Glimpse { is_reading: true, .. } => Step::Decoding,
                _ => Step::BeforeCommit,
            };
        }
        if self.is_committing {
            return Step::Committing;
        }
        if !pending.is_empty() {
            let acted: Vec<String> = calls(hospital, night_calls, Endpoint::Callback)
                .filter(has_acted)
                .filter_map(|call| call.key)
                .collect();
            return match acted.is_empty() {
                true => Step::Committed,
                false if pending.iter().any(|key| acted.contains(key)) => Step::ActedUnmarked,
                false => Step::Acknowledging,
            };
        }
        // The history's files may be half written then.
        if are_marts_stale(hospital).await {
            return Step::Refreshing;
        }
        // The files of other targets may be half written then.
        if is_file_unrecorded(hospital).await {
            return Step::ExportUnrecorded;
        }
        if self.has_temporary_file || is_anything_owed(hospital).await { Step::Exporting } else { Step::Finishing }
    }
}

fn calls(hospital: &Hospital, since: usize, endpoint: Endpoint) -> impl Iterator<Item = LogEntry> {
    hospital.simulator.log().into_iter().skip(since).filter(move |call| call.endpoint == endpoint)
}

/// Whole deliveries in the landing folder.
fn landed(hospital: &Hospital) -> usize {
    hospital.files().iter().filter(|file| file.ends_with(".delivery")).count()
}

/// Anything that is written under another name first.
pub fn has_temporary_file(hospital: &Hospital) -> bool {
    hospital.all_files().iter().any(|file| file.ends_with(".partial") || file.contains("/.tijian-"))
}

async fn count(hospital: &Hospital, table: &str) -> usize {
    hospital.database.lines(&format!("select count(*)::text from {table}")).await[0].parse().unwrap()
}

async fn are_marts_stale(hospital: &Hospital) -> bool {
    !hospital.database.lines("select check_date::text from etl.stale_check_dates").await.is_empty()
}

/// Whether a month or a handoff has changed since its file was made; the snapshot goes with them.
async fn is_anything_owed(hospital: &Hospital) -> bool {
    let owed = "select part::text from (
            select target, to_char(check_month, 'YYYY-MM') as part, delivery_id
            from etl.touched_months cross join (values ('history'), ('daily_volumes')) as targets (target)
            union all
            select 'finance', 'delta-' || to_char(handoff_number, 'FM000000'), last_delivery_id from finance.handoffs
            union all
            select 'finance', 'current', max(delivery_id) from etl.deliveries where opened > 0
        ) as parts
        where not exists (
            select from etl.exports as made
            where made.target like parts.target || '%' and made.part = parts.part and made.delivery_id >= parts.delivery_id
        )";
    !hospital.database.lines(owed).await.is_empty()
}

/// Whether a file is not the one that the ledger has at its place.
async fn is_file_unrecorded(hospital: &Hospital) -> bool {
    let recorded = hospital.database.lines("select path || ' ' || sha256 from etl.exports").await;
    let is_data = |file: &&String| file.ends_with(".parquet") || file.ends_with(".csv");
    hospital.files().iter().filter(is_data).any(|file| {
        let path = hospital.dir.path().join(file);
        // An older snapshot's row is taken over by the newer one's; it was recorded in its night.
        let is_older =
            |line: &String| file.contains("_finance_") && !file.contains("_delta_") && !is_newest(&path, line);
        let line = format!("{} {}", path.display(), hex::encode(Sha256::digest(fs::read(&path).unwrap())));
        !recorded.contains(&line) && !recorded.iter().any(is_older)
    })
}

/// Whether the snapshot at `path` is of a later delivery than the one that a line of the ledger tells of.
fn is_newest(path: &Path, line: &str) -> bool {
    let number = |text: &str| {
        let stem = text.split(".csv").next()?.rsplit_once('_')?;
        (stem.0.contains("_finance_") && !stem.0.contains("_delta_")).then(|| stem.1.parse::<i64>().ok())?
    };
    match (number(&path.to_string_lossy()), number(line)) {
        (Some(file), Some(recorded)) => file > recorded,
        _ => true,
    }
}
