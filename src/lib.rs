//! Every night, `tijian` (体检, health check) loads the reservations that a hospital's health-check centre receives on the Zheliban
//! platform into a PostgreSQL warehouse. Nothing is lost or stored twice, every change is kept, and the platform is told "received"
//! only after PostgreSQL has committed.
//!
//! This page is for developers. If you run tijian, read `README.md` (中文: `README.zh-CN.md`), and then `docs/`.
//!
//! # Flow
//!
//! The path of one delivery of one account. [`night`] calls the other modules; each of them does one step and knows none of the
//! others.
//!
//! ```text
//!                    platform (HTTP, AES)                                 PostgreSQL
//!                        │ token, order                                       ▲
//!                        ▼                                                    │ one transaction
//!        recover ──► land ──► decode ──► validate ──► transform ──► load ─────┘
//!                      │                     │ rejections ────────► quarantine   (same transaction)
//!                      │                     └ accepted states ───► versions, outbox
//!                      ▼                                                │ CommitReceipt
//!              landing/<account>/                  journal: copied ─────┤
//!              *.delivery, *.journal, sealed       acknowledge ──► platform (callback)
//!                                                       ▼
//!                                       refresh marts, export: Parquet, CSV, xlsx
//! ```
//!
//! - **land**: the answer's body is sealed into a file, fsynced and renamed before anything is loaded from it.
//! - **decode** to **transform**: a stream of records; bad data is a value, never an `Err` and never only a log line.
//! - **load**: one transaction per delivery; [`warehouse::DeliveryLoad::commit`] gives the [`warehouse::CommitReceipt`].
//! - **acknowledge**: sends the callbacks that this delivery owes, for a few minutes after its pull; then pulls again. A callback names
//!   a reservation and no state, so old ones are never sent. [`platform::Platform::acknowledge`] takes a receipt.
//! - **export**: updates marts and files according to the ledger. A failing export undoes nothing.
//!
//! # Layout
//!
//! **The naming rule: a module named by a noun owns something outside the program and does I/O; one named by a verb is pure.** The
//! exceptions are `night` and `upkeep`, which call the others; `failure`, how these end; and `reservation`, `rows` and `guidance`, the
//! types that all modules share, which are pure, too. A test checks every module.
//!
//! | module | owns |
//! |---|---|
//! | [`cli`] | clap, logs, progress, standard output; one file per command. Nothing else knows them |
//! | [`night`] | conducts a run: order, overlap, steps, report |
//! | [`upkeep`] | conducts tasks outside the nights: doctor, replay, erasure, a new site key, reconciling |
//! | [`failure`] | errors that end a run or a task |
//! | [`platform`] | the remote API: client, token, envelope, cipher |
//! | [`landing`] | files of deliveries and of the journal |
//! | [`validate`](mod@validate) | contract rules, dictionaries, identity documents; lists of arrivals, and the platform's own |
//! | [`transform`] | fingerprint, `person_id`, history plan, verdicts on arrivals |
//! | [`mod@reconcile`] | the platform's own list compared with the history |
//! | [`seal`] | sealing of stored data: keys per purpose, formats |
//! | [`warehouse`] | PostgreSQL, in folders that are those of `sql/`; the only place where SQL is run, through one door |
//! | [`files`] | files that are never half written: Parquet, CSV and workbooks with manifest, the report page |
//! | [`lake`] | objects in a folder or an S3 bucket that engines read: immutable Parquet files and the pointer that names them |
//! | [`spreadsheet`] | workbooks and CSV that other programs have written, row by row |
//! | [`local_postgres`] | the private PostgreSQL server: finding or fetching its programs, starting, stopping |
//! | [`engine`] | another engine (Spark) as a child process, and the SQL that it is given |
//! | [`telemetry`] | what monitors get: figures, traces and metrics over OTLP, lineage events, health, systemd |
//! | [`simulator`] | the platform as a local server, faults included; for demo, tests and a hospital's rehearsal |
//! | [`reservation`], [`rows`] | the record that flows, typed, and its plans; rows on their way into a file |
//! | [`guidance`] | what to do about an error: exit status and remedy |
//! | [`wording`] | messages for people, by name, with their texts in English and Chinese |
//! | [`pipeline`] | the user's definitions: pipelines, contracts, examples (TOML, unknown keys refused) |
//! | [`settings`], [`clock`] | the environment, and the time; their only readers |
//! | [`plain_files`], [`certificates`] | opening what must be a plain file; CA files, whom TLS trusts, and what is wrong with a certificate |
//! | [`warehouse_id`] | the id of a warehouse, and the file in which folders record it |
//!
//! Direction: `cli → upkeep → night → failure → {platform, landing, validate, transform, reconcile, warehouse, files} →` the
//! rest. Siblings never name each other, with one exception that *is* the guarantee: acknowledging takes a
//! [`warehouse::CommitReceipt`]. The table in `tests/it/tidy/layers.rs` checks the code for this. Pure modules are plain
//! functions; CPU work leaves the runtime.
//!
//! The other folders, how to find a thing, recipes and the glossary: `docs/development.md`. The reasons: `docs/decisions/`.
//!
//! # Ten invariants
//!
//! All of them, with what ensures and what proves each: `docs/invariants.md`, generated from the tests.
//! 1. A batch is acknowledged only after its commit: a receipt is made after COMMIT has returned.
//! 2. A callback confirms only what this run has pulled and committed, and soon.
//! 3. A run that is stopped anywhere is completed by the next, with the same history.
//! 4. A database restored from a backup is brought up to date: the landing folder is the log.
//! 5. What is delivered again opens nothing; each change opens one version, in the order of delivery.
//! 6. Versions count 1, 2, 3, with neither gap nor overlap, and one is current.
//! 7. A refused record is kept with every reason, is not acknowledged, and does not hold up others.
//! 8. Money is exact, and all finance deltas of an account add up to its snapshot.
//! 9. No name and no document number can be read where it is not needed: in stored files, marts, logs, errors, reports.
//! 10. A file is complete or does not exist.
//!
//! # What we do not have, on purpose
//!
//! - Source and sink plugin traits, a registry, a DAG engine: there is one chain, and it is readable in one screen.
//! - An ORM, an SQL template language, a second description of the schema: the migrations are the schema.
//! - Closing of absent rows: the platform hands over a queue of changes, not a snapshot. Only `orderStatus = 5` cancels.
//! - Mocks of PostgreSQL, which is real in every test; down-migrations: restore a backup instead.
//! - `utils`, `common`, `helpers`, `misc`: find the owner first.

// The lib without its unit tests is held to `.clippy.toml`; the tests make files and folders as they need them.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make their own files"))]

pub mod certificates;
#[allow(clippy::print_stderr, reason = "the command line speaks to a person on standard error")]
pub mod cli;
pub mod clock;
pub mod engine;
pub mod failure;
pub mod files;
pub mod guidance;
pub mod lake;
pub mod landing;
pub mod local_postgres;
pub mod night;
pub mod pipeline;
pub mod plain_files;
pub mod platform;
pub mod reconcile;
pub mod reservation;
pub mod rows;
pub mod seal;
pub mod settings;
pub mod simulator;
pub mod spreadsheet;
pub mod telemetry;
pub mod transform;
pub mod upkeep;
pub mod validate;
pub mod warehouse;
pub mod warehouse_id;
pub mod wording;
