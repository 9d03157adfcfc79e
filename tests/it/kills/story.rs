//! A hospital whose runs are killed, night after night, beside one with the same nights whose runs are not.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::simulator::{Endpoint, Fault, Outcome};
use tokio::task::{JoinHandle, block_in_place};
use tokio_postgres::Client;

use super::glimpse::{Before, Glimpse, has_temporary_file};
use super::moment::{Hold, Moment, Step};
use super::victim::{APPLICATION, Victim};
use crate::support::{
    CommitTime, FinalState, Hospital, TestDatabase, assert_only_committed_states_were_acknowledged, connect,
    eventful_hospital, record, server_options, server_place, tell_night,
};

/// More than one chunk of the decoder.
const BULK: usize = 2_500;

/// More callbacks than are under way at once.
const CALLBACKS: u32 = 64;

/// Longest wait for something to be seen; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A PostgreSQL server that remembers when transactions committed.
pub struct Server {
    postgres: LocalPostgres,
    databases: std::cell::Cell<u32>,
    _place: TempDir,
}

impl Server {
    pub async fn start() -> Server {
        let place = server_place();
        let options = server_options(place.path().join("postgres"), Durability::Durable);
        let start = || block_in_place(|| LocalPostgres::start(&options).unwrap());
        let postgres = start();
        configure(&postgres, "alter system set track_commit_timestamp = on").await;
        block_in_place(|| postgres.stop().unwrap());
        Server { postgres: start(), databases: std::cell::Cell::new(0), _place: place }
    }

    async fn database(&self) -> TestDatabase {
        self.databases.set(self.databases.get() + 1);
        TestDatabase::create_on(&self.postgres, &format!("kills_{}", self.databases.get())).await
    }
}

async fn configure(postgres: &LocalPostgres, statement: &str) {
    connect(&postgres.url()).await.batch_execute(statement).await.unwrap();
}

/// From when the time to a random kill is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Start,
    /// It has asked for the delivery.
    Pull,
}

/// Nights of two hospitals that are told the same.
pub struct Story<'server> {
    server: &'server Server,
    hospital: Hospital,
    /// Taken while its night's run is under way.
    undisturbed: Option<Hospital>,
    undisturbed_run: Option<JoinHandle<Hospital>>,
    nights: usize,
    /// Calls to the platform before this night.
    night_calls: usize,
    /// How long the last run to the end took.
    usual_run: Duration,
}

impl<'server> Story<'server> {
    pub async fn begin(server: &'server Server, seed: u64) -> Story<'server> {
        let mut hospital = eventful_hospital(server.database().await, seed).await;
        // A held callback may wait for long.
        hospital.redefine(|text| text.replace("timeout_seconds = 2", "timeout_seconds = 60"));
        Story {
            server,
            hospital,
            undisturbed: Some(eventful_hospital(TestDatabase::create().await, seed).await),
            undisturbed_run: None,
            nights: 0,
            night_calls: 0,
            usual_run: Duration::from_secs(1),
        }
    }

    pub fn nights(&self) -> usize {
        self.nights
    }

    pub fn usual_run(&self) -> Duration {
        self.usual_run
    }

    /// The next night begins, for both; the undisturbed run is under way.
    pub fn next_night(&mut self, has_bulk: bool) {
        let undisturbed = self.undisturbed.take().expect("the night before is complete");
        for hospital in [&self.hospital, &undisturbed] {
            tell_night(hospital, self.nights);
            if has_bulk {
                let bulk = (0..BULK).map(|number| record(&bulk_serial_number(self.nights, number), ""));
                hospital.simulator.insert_records(bulk.collect());
            }
        }
        self.nights += 1;
        self.night_calls = self.hospital.simulator.log().len();
        self.undisturbed_run = Some(tokio::task::spawn_blocking(move || {
            // One refused record is always there.
            undisturbed.night(&["--quiet"]).expect(3);
            undisturbed
        }));
    }

    /// Kills the runs of a moment, each held at its step. Fails where a kill hits another one.
    pub async fn kill_at(&self, moment: Moment) -> Vec<Step> {
        let mut hits = Vec::new();
        for (hold, expected) in moment.kills() {
            let at = format!("{moment:?}, {hold:?}");
            let before = Before::of(&self.hospital).await;
            let mut holder = self.hold(hold).await;
            let mut victim = Victim::start(&self.hospital);
            let glimpse = self.wait_for((hold, expected), &mut victim, &before, &mut holder, &at).await;
            victim.kill();
            self.release(hold, holder).await;
            let hit = self.settle(&glimpse, &before).await;
            assert_eq!(hit, expected, "{at}: {glimpse:?}");
            hits.push(hit);
        }
        hits
    }

    /// Kills a run at a random moment. `None`: it had ended before.
    pub async fn kill_after(&self, since: Since, delay: Duration) -> Option<Step> {
        let before = Before::of(&self.hospital).await;
        let mut victim = Victim::start(&self.hospital);
        let has_pulled =
            || self.hospital.simulator.log()[before.calls..].iter().any(|call| call.endpoint == Endpoint::Order);
        while since == Since::Pull && !has_pulled() && !victim.has_ended() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(delay).await;
        if !victim.stop() {
            return None;
        }
        let glimpse = Glimpse::of(&self.hospital, &victim, &before).await;
        victim.kill();
        Some(self.settle(&glimpse, &before).await)
    }

    /// Waits for the killed run's connections to end: what was sent takes effect, and the account's lock is free.
    async fn settle(&self, glimpse: &Glimpse, before: &Before) -> Step {
        let alive = format!("select pid::text from pg_stat_activity where application_name = '{APPLICATION}'");
        let begin = Instant::now();
        while !self.hospital.database.lines(&alive).await.is_empty() {
            assert!(begin.elapsed() < PATIENCE, "the server keeps the connections of a killed run");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        glimpse.step(&self.hospital, before, self.night_calls).await
    }

    /// Begins to hold the run that is to come.
    async fn hold(&self, hold: Hold) -> Option<Client> {
        let simulator = &self.hospital.simulator;
        match hold {
            Hold::Table(table) => return Some(self.lock(table).await),
            Hold::Row => {
                let holder = connect(&self.hospital.database.owner_url).await;
                let row = format!(
                    "begin;
                    insert into warehouse.reservation_versions (account, serial_number, version, valid_from, valid_to, change,
                        hospital_code, check_date, order_status, fingerprint, delivery_id, request_id)
                    values ('demo', '{}', 1, now(), 'infinity', 'booked', 'h', '2026-02-01', '1', sha256('x'), 1, 'r')",
                    bulk_serial_number(self.nights - 1, BULK / 6)
                );
                holder.batch_execute(&row).await.unwrap();
                return Some(holder);
            }
            // Every COMMIT of the run would wait: the one that is meant comes behind this lock.
            Hold::Standby => return Some(self.lock("etl.stale_check_dates").await),
            Hold::SlowBody | Hold::TableSincePull(_) => simulator.arm(Endpoint::Order, Fault::Slow, 1),
            Hold::Callbacks { answered, has_effect } => {
                simulator.arm(Endpoint::Callback, Fault::Slow, answered);
                let silence = if has_effect { Fault::EffectThenHang } else { Fault::Hang };
                simulator.arm(Endpoint::Callback, silence, CALLBACKS);
            }
            Hold::Nothing => {}
        }
        None
    }

    /// Lets everything go, after the kill.
    async fn release(&self, hold: Hold, holder: Option<Client>) {
        self.hospital.simulator.disarm();
        if hold == Hold::Standby {
            self.expect_standby("").await;
        }
        if let Some(holder) = holder {
            holder.batch_execute("rollback").await.unwrap();
        }
    }

    async fn lock(&self, table: &str) -> Client {
        let holder = connect(&self.hospital.database.owner_url).await;
        holder.batch_execute(&format!("begin; lock table {table} in share row exclusive mode")).await.unwrap();
        holder
    }

    /// From here on every COMMIT waits.
    async fn lose_the_standby(&self) {
        self.expect_standby("nobody").await;
        let other = connect(&format!("{}&application_name=other", self.hospital.database.owner_url)).await;
        let commits = tokio::spawn(async move {
            let commit = "create table if not exists public.waits (); drop table public.waits";
            while other.batch_execute(commit).await.is_ok() {}
        });
        let end = "select pg_terminate_backend(pid)::text from pg_stat_activity
            where datname = current_database() and application_name = 'other' and wait_event = 'SyncRep'";
        // The server has heard of it when one waits.
        while self.hospital.database.lines(end).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        commits.await.unwrap();
    }

    async fn expect_standby(&self, name: &str) {
        configure(&self.server.postgres, &format!("alter system set synchronous_standby_names = '{name}'")).await;
        configure(&self.server.postgres, "select pg_reload_conf()").await;
    }

    /// Returns when the run is where the hold has it, stopped.
    async fn wait_for(
        &self,
        (hold, expected): (Hold, Step),
        victim: &mut Victim,
        before: &Before,
        holder: &mut Option<Client>,
        at: &str,
    ) -> Glimpse {
        let begin = Instant::now();
        let mut late_holder = None;
        loop {
            assert!(!victim.has_ended(), "{at}: the run has ended\n{}", victim.words());
            assert!(begin.elapsed() < PATIENCE, "{at}: not seen\n{}", victim.words());
            if let Hold::TableSincePull(table) = hold
                && late_holder.is_none()
                && has_temporary_file(&self.hospital)
            {
                late_holder = Some(self.lock(table).await);
            }
            if hold == Hold::Standby && holder.is_some() && self.is_waiting("wait_event_type = 'Lock'").await {
                self.lose_the_standby().await;
                if let Some(holder) = holder.take() {
                    holder.batch_execute("rollback").await.unwrap();
                }
            }
            if self.is_held(hold, before).await && victim.stop() {
                let glimpse = Glimpse::of(&self.hospital, victim, before).await;
                if hold != Hold::Nothing || glimpse.is_at(expected, &self.hospital).await {
                    return glimpse;
                }
                victim.go_on();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn is_pulling(&self) -> bool {
        self.hospital.files().iter().any(|file| file.ends_with(".partial"))
    }

    async fn is_waiting(&self, condition: &str) -> bool {
        let waiting = format!(
            "select pid::text from pg_stat_activity where datname = current_database()
                and application_name = '{APPLICATION}' and {condition}"
        );
        !self.hospital.database.lines(&waiting).await.is_empty()
    }

    /// Whether the run has come to where it cannot go on by itself.
    async fn is_held(&self, hold: Hold, before: &Before) -> bool {
        match hold {
            Hold::Table(_) | Hold::TableSincePull(_) | Hold::Row => self.is_waiting("wait_event_type = 'Lock'").await,
            Hold::Standby => self.is_waiting("wait_event = 'SyncRep'").await,
            Hold::SlowBody => self.is_pulling(),
            Hold::Nothing => true,
            Hold::Callbacks { .. } => {
                let log = self.hospital.simulator.log();
                let silence = [Fault::Hang, Fault::EffectThenHang];
                log[before.calls..].iter().any(|call| {
                    silence
                        .iter()
                        .any(|fault| [Outcome::Failed(*fault), Outcome::AnsweredWith(*fault)].contains(&call.outcome))
                })
            }
        }
    }

    /// A run to the end, and what must be true then.
    pub async fn complete(&mut self, at: &str) {
        let begin = Instant::now();
        let hospital = &self.hospital;
        block_in_place(|| hospital.night(&["--quiet"]).expect(3));
        self.usual_run = begin.elapsed();
        let undisturbed = self.undisturbed_run.take().expect("a night is told first").await.unwrap();
        assert!(!has_temporary_file(hospital), "{at}: {:?}", hospital.files());
        let owed = "select 'outbox ' || key from etl.outbox where state = 'pending'
            union all select 'mart ' || check_date from etl.stale_check_dates";
        assert_eq!(hospital.database.lines(owed).await, [] as [&str; 0], "{at}");
        assert_eq!(hospital.simulator.unacknowledged(), undisturbed.simulator.unacknowledged(), "{at}");
        let digest = "select md5(string_agg(concat_ws(' ', serial_number, version, valid_from, valid_to, change,
                encode(fingerprint, 'hex')), ' ' order by serial_number, version))
            from warehouse.reservation_versions";
        if hospital.database.lines(digest).await != undisturbed.database.lines(digest).await {
            FinalState::of(hospital).await.assert_is(&FinalState::of(&undisturbed).await, at);
            panic!("{at}: the histories differ");
        }
        self.undisturbed = Some(undisturbed);
    }

    /// What must be true of all nights together.
    pub async fn end(self) {
        let undisturbed = self.undisturbed.expect("the last night is complete");
        undisturbed.database.assert_sound().await;
        self.hospital.database.assert_sound().await;
        block_in_place(|| self.hospital.command(&["audit"]).expect(0));
        let at = format!("after {} nights", self.nights);
        FinalState::of(&self.hospital).await.assert_is(&FinalState::of(&undisturbed).await, &at);
        assert_only_committed_states_were_acknowledged(&self.hospital, CommitTime::Tracked).await;
    }
}

fn bulk_serial_number(night: usize, number: usize) -> String {
    format!("BULK-{night}-{number:05}")
}
