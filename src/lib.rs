//! `tijian` (体检, health check): the reservations that a hospital's health-check centre receives on the Zheliban
//! platform, taken over every night into a PostgreSQL warehouse that can be trusted. Nothing lost, nothing twice, every
//! change kept, and the platform told "received" only after PostgreSQL has said "committed".
//!
//! This page is for who changes the code. Who runs it reads `README.md` (中文: `README.zh-CN.md`), and then `docs/`.
//!
//! # Flow
//!
//! One delivery of one account. [`night`] conducts; every other module does one step and knows none of the others.
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
//! - **recover**: the landing folder is the log from which the warehouse can always be made again. What it knows and the database
//!   does not, since a backup was restored, is done again first, in order.
//! - **land**: the answer's body is sealed into a file, fsynced and renamed before anything is loaded from it. Meanwhile
//!   the envelope is read from the pieces as they arrive: that the answer is whole, and what it says of itself.
//! - **decode**: seal → Base64 → AES → JSON, from that file, as a stream of records, in chunks while the loader takes them in.
//! - **validate** ([`validate`]): the contract's rules. Bad data is a value, never an `Err` and never only a log line.
//! - **transform** ([`transform`]): accepted states against current versions → versions to open and to close.
//! - **load** ([`warehouse`]): one transaction per delivery. [`warehouse::Load::commit`] returns the
//!   [`warehouse::CommitReceipt`].
//! - **acknowledge**: what this delivery owes, several callbacks at a time, for a few minutes after its pull; then it is pulled
//!   again. A callback names a reservation and no state, so nothing old is ever sent. [`platform::Platform::acknowledge`] takes a
//!   receipt, and only the warehouse can make one.
//! - **arrive**: what stands in the inbox of arrivals is judged against the history as it is now ([`transform`]), kept and
//!   owed in one transaction, and sent by [`platform::Platform::report_arrival`], which takes a receipt, too. `tijian arrive` does
//!   the same between the nights, and takes back, by hand, what the platform has not confirmed.
//! - **reconcile**: what no callback can tell is found by the platform's own list: [`validate`](mod@validate) reads its rows,
//!   [`mod@reconcile`] compares them with the history as it is now. Nothing is changed.
//! - **export** ([`files`]): the marts are refreshed, for the check dates that the delivery touched, in a transaction of
//!   their own; meanwhile each target gets what it lacks, by the ledger. A failing export undoes nothing.
//!
//! # Layout
//!
//! **The naming law: nouns own an outside system and do I/O; verbs are pure.** It places any line of code.
//!
//! | module | owns |
//! |---|---|
//! | [`cli`] | clap, logs, progress, standard output, exit status; one file per command. Nothing else knows them |
//! | [`night`] | the conductor: order, overlap, steps, the report |
//! | [`upkeep`] | what is done beside the nights: doctor, replay, erasure, a new site key, reconciling |
//! | [`failure`] | what ends a run or an upkeep |
//! | [`clock`] | the only place that asks for the time |
//! | [`reservation`] | the record that flows, typed; plans and rows that pass between modules |
//! | [`pipeline`] | what the user declared: pipelines, contracts, examples (TOML, unknown keys refused) |
//! | [`settings`] | the environment and the secrets in it; its only reader |
//! | [`plain_files`] | opening what must be a plain file; folders onto the disk |
//! | [`certificates`] | CA files that somebody names, and what is wrong with a server's certificate |
//! | [`guidance`] | what to do about a failure: retry, fix, bug |
//! | [`warehouse_id`] | which warehouse it is, and how a folder remembers it |
//! | [`platform`] | the remote API: client, token, envelope, cipher |
//! | [`landing`] | files of deliveries and of the journal |
//! | [`seal`] | sealing of what lies at rest: keys per purpose, formats (pure but for its random salts) |
//! | [`validate`](mod@validate) | contract rules, dictionaries, identity documents; lists of arrivals, and the platform's own (pure) |
//! | [`mod@reconcile`] | the platform's own list against the history (pure) |
//! | [`transform`] | fingerprint, `person_id`, history plan, verdicts on arrivals (pure) |
//! | [`warehouse`] | connections, migrations, COPY, ledger, outbox, audit; the only place where SQL is run |
//! | [`files`] | files that appear whole or not at all: Parquet, CSV and workbooks with manifest, the report page |
//! | [`spreadsheet`] | workbooks and CSV that other programs have written, row by row |
//! | [`local_postgres`] | the private PostgreSQL server: finding or fetching its programs, starting, stopping |
//! | [`telemetry`] | what monitors are told: figures for Prometheus, traces and metrics over OTLP, lineage events, health, systemd |
//! | [`simulator`] | the platform as a local server, faults included; for demo, tests and a hospital's rehearsal |
//!
//! Outside of `src/`: `sql/` has one statement per file, in folders that are those of [`warehouse`] (`migrations/` forward only; `roles/` who
//! may see what; each query of `checks/` must return no row); `pipelines/` the contract, the template and runnable examples; `tests/it/` one
//! integration program over real HTTP and a real PostgreSQL; `tests/model/` the protocol as a model, checked in every world that it
//! can come to (`docs/protocol.md`); `tests/readers/` another one that also needs Python and
//! LibreOffice, for `cargo test --locked --test readers` only; `tests/fuzz/` the fuzz targets, a crate of its own, whose bodies
//! `tests/it/fuzz.rs` replays; `tests/bench/` what measures, and never fails on a time; `deploy/` every way to schedule the nights, as files that
//! `tests/package/try.sh` installs and runs; `docs/` the pages for who runs it and who reads what it gives, in
//! English and Chinese: the runbook has one page per exit status.
//!
//! Direction: `cli → {upkeep → night} → failure → {platform, landing, validate, transform, warehouse, files} → {seal, pipeline, reservation,
//! settings, certificates, plain_files}`. Siblings never import each other, with one exception that *is* the guarantee: acknowledging takes
//! [`warehouse::CommitReceipt`]. (The simulator shares the platform's cipher, and nothing else. [`seal`] is for those who
//! keep something at rest, [`spreadsheet`] also for who reads finance's workbooks back.) `async` is in
//! `platform`, `landing`, `warehouse`, `run`, `cli`, `telemetry` and the simulator; pure stages are plain functions, and CPU work
//! leaves the runtime.
//!
//! # Invariants, and what proves each
//!
//! | invariant | held by | proved by |
//! |---|---|---|
//! | a batch is acknowledged only after its commit | [`warehouse::CommitReceipt`]: made after COMMIT returned | `crash::batch_is_acknowledged_only_after_commit`; `kills::a_run_killed_…`: the platform's log against the times of the commits |
//! | a run that is stopped anywhere is completed by the next, with the same history | landing before parsing, one transaction, outbox in it, exports by the ledger | `crash::a_run_stopped_after_any_step_is_completed_by_the_next`, `kills::a_run_killed_at_any_moment_is_completed_by_the_next_as_if_it_had_not_been` |
//! | a callback confirms only what this run has pulled and committed, and soon | [`warehouse::OwedCalls`] takes the load's receipt; no try begins after `acknowledge_within` | `acknowledging::changes_of_the_day_are_not_confirmed_by_callbacks_that_yesterday_owed`, `…_a_callback_goes_out_within_the_limit_or_after_another_pull`, `…_a_run_that_has_lost_its_lock_falls_silent` |
//! | a lost callback is settled by the next pull, and harms nothing | what a pull does not hold again, the platform has marked | `crash::a_callback_that_acted_and_answered_502_is_settled_by_the_next_pull` |
//! | a database that is taken back is made what it was | the journal: an entry in the transaction of what it tells of, copied to the landing folder before anything goes out that rests on it | `restore::a_backup_of_any_moment_is_made_good_by_the_next_run` |
//! | what is unconfirmed is remembered until it is confirmed | `etl.unconfirmed_reservations` | `acknowledging::what_is_unconfirmed_is_remembered_however_many_pulls_lie_between` |
//! | an older acknowledgement never confirms a newer state | a load supersedes what older deliveries still owe | `crash::acknowledgements_that_stay_pending_are_superseded_by_the_next_delivery_of_the_same` |
//! | all states of a reservation are acknowledged together, also where a delivery deals them out to several batches | a batch that shares a reservation with another is acknowledged reservation by reservation (`sql/load/*_insert_batch_acknowledgements.sql`) | `night::states_of_one_reservation_in_two_batches_are_acknowledged_together_or_not_at_all`, `platform_storms` |
//! | a run survives every fault of every call, and says nothing that it must not | retries only where repeating is safe; errors name endpoint, status and code | `platform::a_run_survives_every_fault_of_the_token_call`, `…_order_call`, `…_callback` |
//! | an arrival is taken once, and never lost, doubled or called confirmed when it was not | decided, or withdrawn, under the account's lock; `warehouse.arrivals` and the outbox in one transaction, each with a unique key; the same time in every call | `arrivals::trouble::no_fault_of_the_arrival_call_loses_or_doubles_an_arrival`, `…reporting_that_is_stopped_after_any_step_is_completed_by_the_next`, `…of_two_at_once_each_arrival_is_told_once`, `sql/checks/17` |
//! | a refused record is kept, not acknowledged, and holds nobody else back | quarantine in the load's transaction; single callbacks for the others | `night::one_bad_record_is_held_and_the_others_are_acknowledged_singly`, `night::a_refused_change_of_a_good_reservation_is_not_acknowledged`, `sql/checks/08` |
//! | what is delivered again opens nothing | the fingerprint: canonical, versioned, without `requestId` | `night::a_redelivery_opens_nothing_and_is_acknowledged_again`, `transform::fingerprint::tests`, `sql/checks/04` |
//! | nor do several states of one reservation that come again together | [`transform::HistoryPlanner`]: the longest repetition of what the last, unconfirmed delivery brought | `night::several_states_that_come_again_every_night_open_nothing`, `night::states_that_return_after_their_acknowledgement_are_versions_again` |
//! | versions count 1, 2, 3; neither gap nor overlap; one is current | [`transform::plan_history`]; primary key, partial unique index, and a check of the changed keys before the commit (`sql/load/*_check_changed_keys.sql`) | `transform::history::tests` (scenario table, random sequences), `sql/checks/01` to `03` |
//! | delivery order is truth, whatever the clock says | a version starts at least one microsecond after the one before it | `night::a_clock_that_goes_back_keeps_the_order_of_delivery` |
//! | `received = accepted + rejected`, `accepted = opened + unchanged` | counted while decoding and while loading, compared before the commit; CHECK constraints of `etl.deliveries` | `sql/checks/06`, `07` |
//! | one run per account at a time | a session-level advisory lock, on the connection that does the work | `night::a_second_run_of_a_held_account_ends_at_once` |
//! | nothing is made where nobody asked for it | the private server by a flag or a variable only; who reads connects to what is there | `belonging::a_forgotten_database_url_makes_nothing_and_is_told_in_one_line_with_both_ways`, `belonging::commands_that_work_with_what_is_there_make_and_migrate_nothing` |
//! | a folder is of one warehouse, and another one in its place is refused before the pull | the id in `etl.warehouse`, and a file in each landing and export folder; `tijian adopt` alone changes it | `belonging::another_empty_database_is_refused_before_the_pull_and_stays_empty`, `belonging::another_warehouse_is_refused_by_everything_that_pulls_exports_or_removes_until_it_is_adopted` |
//! | one warehouse, one site key at a time | a digest of the key in `etl.site_keys` | `night::another_site_key_is_refused_before_anything_is_pulled` |
//! | a new site key brings everything under it once, wherever it is stopped | files by their key id, each replaced whole; the database in one transaction; a lock that keeps every run away | `rotation::everything_comes_under_the_new_key_once_and_nothing_else_changes`, `rotation::a_rotation_stopped_after_any_step_is_completed_by_the_next`, `rotation::a_rotation_killed_between_files_and_database_is_completed_by_the_next` |
//! | money is exact | decimals from JSON text to `numeric(12,2)` to files, never a binary float | `validate::fee::tests`, `export::finance::tests::manifest_totals_are_the_sums_of_the_file` |
//! | values arrive as they were delivered; null is not empty | typed columns, unknown fields in `extra` | `night::delivered_values_arrive_unchanged` |
//! | whatever JSON can carry is kept as delivered, in the warehouse and in every file, or refused with a reason | the contract's essential rules; fields that know what can be held | `properties::any_value_is_kept_as_delivered_or_refused_with_a_reason`, with PostgreSQL as the judge |
//! | the volumes that analysts see are those of the history, and only touched dates are made anew | dates marked in the load's transaction, struck off in the refresh's | `marts::volumes_stay_equal_to_a_full_recomputation_night_after_night`, `marts::only_the_touched_dates_are_made_anew`, `sql/checks/11` |
//! | each group may do exactly what it needs, and nobody else anything: analysts and finance read their schema, the front desk adds to its inbox, the loader adds to the history and ends versions | grants in `sql/roles/`, set by `tijian migrate`; what PostgreSQL gives everybody is taken back | `roles::refusals::each_group_has_exactly_these_rights_and_nobody_else_has_any` (a snapshot to read), `…analysts_and_finance_read_their_schema_and_nothing_else`, `…the_loader_cannot_change_the_schema_rewrite_the_history_or_pass_its_rights_on`; every warehouse of the tests logs in as a member of `tijian_loader` only |
//! | marts and finance schema show nobody, whatever is asked | views without those columns, made with their owner's rights; statistics are closed with the tables | `roles::personal_data::reading_everything_that_may_be_read_shows_no_person` |
//! | a login that may not change the schema runs the night on a current one, and nothing on another | the history of migrations is read first; nothing is tried where it is current | `roles::setup::what_the_readme_says_sets_up_roles_logins_and_nights`, `roles::setup::a_login_that_cannot_work_here_is_told_what_to_do_and_pulls_nothing` |
//! | files appear whole or not at all, and owe nothing to luck | temporary name, fsync, rename, fsync of the folder; the ledger remembers what is owed | `export::atomic::tests`, `crash::a_failed_export_undoes_nothing_and_is_made_by_the_next_run` |
//! | all finance deltas of an account add up to its snapshot: in total, by month, by hospital, by way of payment; each movement is booked once | entries are derived from the versions, which are only ever added; handoffs cover the deliveries without gap or overlap | `exports::handoff::the_deltas_add_up_to_the_snapshot_and_hold_every_movement_once`, `sql/checks/13` to `15` |
//! | a handoff is the same bytes for good, and never takes another file's place | numbered in one statement under the account's lock; its files are published only where there is none of other content | `exports::handoff::a_second_target_gets_all_handoffs_and_everything_again_is_the_same_bytes`, `exports::handoff::a_handoff_never_overwrites_another_file`, `exports::handoff::a_run_killed_between_handoff_and_file_is_completed_by_the_next` |
//! | a finance file that was touched is found out, its manifest forged or not | `tijian finance verify`: digest, totals and rows, against the manifest and the warehouse | `exports::verify::an_edited_amount_is_found_even_where_the_manifest_was_made_to_fit`, `exports::verify::no_damage_makes_it_panic_or_pass` |
//! | other people's programs see in our files what we put there | types that they know, cells that are typed or guarded | the target `readers`: every value of the Parquet files in four programs, every cell of the finance files in LibreOffice |
//! | no export names a person unless the pipeline asks for it | the query leaves the values on the server, the dataset the columns out | `exports::history::names_are_in_the_files_only_where_the_pipeline_asks_for_them` |
//! | the report page's figures are those of the history, of one state, and of nobody | one read-only transaction over the marts; rows without a person's column | `report::the_figures_of_the_page_are_those_of_the_history`, `report::nobody_stands_in_the_page` |
//! | the page asks nobody for anything, and data in it stays data | scripts inside, a policy that allows these and no request; JSON without `<` | `export::report::tests::the_policy_allows_the_two_scripts_as_they_stand_and_nothing_else`, `…data_cannot_leave_its_element`; in a real Chromium: `tests/readers/report.rs` |
//! | an erased person stands nowhere, and all counts stay true | one transaction per account; a random successor of `person_id` and of the fingerprints | `privacy::an_erased_person_stands_nowhere_and_all_counts_stay_true`, `privacy::spellings` |
//! | memory and disk do not grow with what a platform makes up: names, states of one reservation, an endless body; and nothing but a plain file is read | [`reservation::UnknownFields`], [`transform::HistoryPlanner`] with a second reading, a reserve of the landing disk, [`plain_files`] | `bounds`, `landing::tests`, `transform::repetition::tests` |
//! | a refused record that passes later comes in where it would have been, once, and never over a newer state | its place in its delivery (`etl.rejections.last_position`); one transaction as a delivery of its own; the account's lock | `quarantine::several_refused_states_become_versions_in_the_order_of_delivery`, `quarantine::a_record_older_than_what_the_history_has_taken_since_is_superseded_and_never_applied`, `quarantine::a_state_whose_acknowledgement_fails_comes_again_with_the_others_and_opens_nothing`, `quarantine::a_retry_stopped_after_any_step_is_completed_by_the_next_or_by_a_night` |
//! | the landed deliveries give the history again, row for row | the same decoder, contract, planner and statements (`sql/replay/` are those of `sql/load/` on other tables); what a night asked of outbox and clock, the ledger knows; what a retry has loaded is judged where it was delivered | `replay::without_a_change_of_the_contract_a_replay_is_identical_row_for_row`, `replay::retries`, `warehouse::statements::tests` |
//! | a replay takes what was committed, whole and as it was, brings nobody back who was erased, and changes nothing before it is swapped in | the ledger's list; the seal, bytes, records and time of each file; erasures repeated in their place; one transaction | `replay::files`, `replay::an_erased_identity_does_not_come_back` |
//! | a swap changes no entry that finance has, and takes no acknowledgement back | entries that were handed over are stored; corrections go into the next handoff (`sql/checks/14`, `15`); no swap while a callback is pending | `replay::swap` |
//! | who looks at a quarantined record is on record before it is shown | one insert, which the login cannot take back | `privacy::a_quarantined_record_is_listed_without_its_values_and_shown_on_record`, `roles::refusals` |
//! | what is past its days goes, and nothing else does: nothing while clocks differ, never the newest deliveries or a refused record that still comes | names and times, compared with the pipeline's `keep_days`; machine, database and platform, compared with each other | `privacy::what_is_past_its_days_goes_and_what_is_not_stays`, `clocks::a_machine_three_years_ahead_removes_nothing_and_says_so`, `clocks::the_newest_deliveries_and_a_refused_record_that_still_comes_stay_whatever_their_age` |
//! | no version begins at a time that was still to come when it was received | a timestamp more than five minutes after its receipt counts as absent | `clocks::a_timestamp_in_the_future_counts_as_absent_and_is_told` |
//! | no default of server, database, role or address ends a night or weakens a commit, and nothing is written where a commit may be lost | every session sets it for itself (`sql/session/`); a look at the server before every lock and migration | `server_settings` |
//! | who is not trusted is told nothing: the server's chain, name and dates are checked on every encrypted connection, and what leaves the machine is encrypted unless the URL says `disable` | one way to set TLS up; `DATABASE_URL` comes down to "plain" or "checked", never to a fallback | `tls::postgres::a_trusted_server_is_spoken_to_and_every_other_one_is_refused_with_a_clear_line`, `tls::platform::a_ca_file_is_what_makes_the_platform_trusted_and_only_by_its_name_and_in_time`, `warehouse::connection_string::tests`, `tidy::safety::certificate_checks_cannot_be_turned_off` |
//! | looking whether all is well changes nothing, and one trouble hides no other | no lock, no migration; every check by itself | `doctor::all_is_well_before_the_first_night_and_after_a_good_one_and_nothing_is_changed_by_looking`, `doctor::many_troubles_are_all_told_each_with_what_to_do_and_without_a_value` |
//! | no explanation holds a delivered value, no `Debug` a secret | [`reservation::Problem`] is built from names and limits; secrets are wrapped | `validate::tests::explanations_never_hold_a_delivered_value`, `settings::tests::debug_output_holds_no_value` |
//! | many accounts do not hinder each other: one that fails or breaks down stops nobody | a thread, a connection and a lock for each, within a limit | `many_accounts::one_failing_account_of_twelve_stops_nobody_and_each_has_its_line`, `many_accounts::accounts_side_by_side_have_the_histories_that_each_has_alone` |
//! | a watch goes on whatever a round comes to, and says how it is | rounds that end in reports, never in an error; health from their exit codes and from steps | `watch::temporary_failures_do_not_end_a_watch_and_health_and_figures_show_them`, `watch::a_watch_takes_every_night_over_and_tells_systemd_how_it_is` |
//! | nothing panics on input | slices are checked, `unwrap` is linted | `tidy::nothing_that_ships_panics_on_input`, `validate::tests::arbitrary_bytes_never_panic`, `fuzz::seeds_and_their_mutations_keep_every_promise`, `platform::envelope::tests::damage_is_an_error_and_never_a_panic` |
//! | every module stays in its layer, verbs stay pure, SQL stays in the warehouse | the table of layers in `tests/it/tidy.rs` | `tidy::modules_name_only_what_their_layer_allows`, `tidy::verbs_are_pure`, `tidy::sql_stands_in_warehouse_only` |
//! | a landed file opens as it was landed, under its own name, or is refused | AES-256-GCM in STREAM's segments, a key per file, account and name authenticated | `landing::tests::a_changed_byte_in_any_region_is_told_with_the_files_name`, `…a_file_cut_at_any_border_is_told`, `…two_files_in_each_others_place_do_not_open`; `seal::tests` |
//! | no name and no number can be read in the landing folder or in the quarantine; what was in plain text is sealed before anything else | sealed where it is written; records are bound to account and digest | `sealing::nobody_can_be_read_in_the_landing_folder_or_in_the_quarantine`, `sealing::what_an_earlier_version_left_in_plain_text_is_sealed_before_anything_else`, `sql/checks/16` |
//! | the cipher is Java's | AES/ECB/PKCS5Padding by the `aes` and `ecb` crates | `platform::cipher_jdk_tests`, with texts that the JDK encrypted |
//! | the private server outlives no process that uses it, and lets nobody else in | a guard process and file locks; a socket in a folder of mode 0700 | `local_postgres::server_stops_when_its_last_user_is_killed`, `local_postgres::nobody_else_may_enter_the_folder` |
//!
//! `acknowledging::`, `arrivals::`, `belonging::`, `clocks::`, `crash::`, `doctor::`, `exports::`, `fuzz::`, `kills::`, `marts::`, `night::`, `privacy::`, `properties::`, `quarantine::`, `replay::`, `report::`, `restore::`, `roles::`, `rotation::`, `sealing::`, `server_settings::`, `tidy::`, `tls::`, `watch::`, `many_accounts::`, `local_postgres::` and `platform::a_run_…` are in `tests/it/`; the others are unit tests
//! beside the code. Every warehouse test ends with all of `sql/checks/`, which `tijian audit` runs, too. The lints of `Cargo.toml` and
//! `.clippy.toml` hold what a compiler can hold: no `unsafe`, the environment in [`settings`] only, the clock in [`night`]
//! only, files through [`landing`] and [`files`].
//!
//! # What we do not have, on purpose
//!
//! - Source and sink plugin traits, a registry, a DAG engine: there is one chain, and it is readable in one screen.
//! - An ORM, an SQL template language, a second description of the schema: SQL stands in `.sql` files, the migrations are
//!   the schema.
//! - Closing of absent rows: the platform hands over a queue of changes, not a snapshot. Only `orderStatus = 5` cancels.
//! - Mocks of PostgreSQL: tests fake the *platform*, over real HTTP; PostgreSQL is always real.
//! - Down-migrations: forward only; a backup goes back.
//! - `utils`, `common`, `helpers`, `misc`: what has no owner has no place yet.
//!
//! # Glossary
//!
//! One word per concept, in Rust, SQL, TOML, logs and prose.
//!
//! | word | is |
//! |---|---|
//! | account (账号) | one hospital's access to the platform; part of every key |
//! | pipeline (管道) | the file that declares an account: platform, contract, landing, exports |
//! | contract (数据契约) | what a reservation must look like: fields, lengths, dictionaries, severities |
//! | dictionary (字典) | the codes that a field may hold, with Chinese and English labels |
//! | delivery (交付) | one answer of `sync/order` |
//! | batch (批次) | the reservations of one `requestId` in a delivery |
//! | record (记录) | a reservation as delivered |
//! | rejection (隔离记录) | a record that the contract refused, with every reason; together they are the quarantine (隔离区) |
//! | version (版本) | one state of a reservation, valid from … to (SCD2); the current one ends at `infinity` |
//! | receipt (提交凭据) | the proof that a delivery is committed |
//! | arrival (到检) | somebody has come for a reservation; through the inbox (收件箱) into `warehouse.arrivals` |
//! | journal (日志) | what was committed and decided, entry by entry, in the database and copied to the landing folder |
//! | outbox (待办回调) | acknowledgements and arrivals owed to the platform, written in the transaction of what they tell of |
//! | handoff (交接批次) | what finance is handed after a delivery that moved money: numbered, never changed; its file is the delta |
//! | entry (分录) | one movement of money in the finance journal: posting (入账), adjustment (调整), reversal (冲销) |
//! | replay (重放) | the landed deliveries loaded again, into a shadow (影子历史); a swap (切换) puts it in the live history's place |
//! | ledger (台账) | schema `etl`: runs, deliveries, batches, rejections, outbox, exports |

// The lib without its unit tests is held to `.clippy.toml`; the tests make files and folders as they need them.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make their own files"))]

pub mod certificates;
#[allow(clippy::print_stderr, reason = "the command line speaks to a person on standard error")]
pub mod cli;
pub mod clock;
pub mod failure;
pub mod files;
pub mod guidance;
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
