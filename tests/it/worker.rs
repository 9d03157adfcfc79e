//! `tijian worker history`: states through a pipe become the history that the nights made of them, in PostgreSQL, and nothing
//! that cannot be read passes for a state.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use secrecy::ExposeSecret;
use tijian::landing::Landing;
use tijian::pipeline::Contract;
use tijian::platform::cipher::Cipher;
use tijian::platform::{EnvelopeReader, Plaintext};
use tijian::reservation::IncomingState;
use tijian::seal::LandingKey;
use tijian::simulator::{Endpoint, Fault};
use tijian::transform::PersonKey;
use tijian::validate::{Outcome, validate};

use crate::support::{
    Ended, Hospital, TestDatabase, assert_snapshot, end_after_input, eventful_hospital, record, tell_night, tijian,
};

/// The command as an engine starts it: without any environment.
fn worker(arguments: &[&str]) -> Command {
    let mut command = tijian(Path::new("/"));
    command.env_clear().args(["worker", "history"]).args(arguments);
    command
}

const LINE: &str = "h1\tA-1\t2\t1\t1767636000000000\t00ff\t1\t2026-02-03\t\\N\n";

/// That line with one cell set otherwise.
fn with(cell: usize, value: &str) -> String {
    let mut cells: Vec<&str> = LINE.trim_end().split('\t').collect();
    cells[cell] = value;
    format!("{}\n", cells.join("\t"))
}

#[test]
fn states_go_in_and_versions_come_out_line_by_line() {
    let states = "h1\t体检\\1 '\t1\t1\t1767636000000000\tAA\t1\t2026-02-03\t\\N\n\
        h1\t体检\\1 '\t1\t2\t1767636000000000\taa\t1\t2026-02-03\t\\N\n\
        h1\t体检\\1 '\t2\t7\t1767722400000000\tbb\t5\t2026-02-03\t1\n\
        h1\t体检\\2\t2\t1\t1767722400000000\taabb\t5\t2026-02-03\t\\N\n\
        h10\tA\t1\t1\t0\t00\t2\t2026-02-03\t\\N\n";
    let ended = end_after_input(worker(&[]), states).expect(0);
    assert_eq!(ended.stderr, "");
    let versions = "h1\t体检\\1 '\t1\t1\t1\t1767636000000000\t1767722400000000\tbooked\n\
        h1\t体检\\1 '\t1\t2\t\\N\t\\N\t\\N\t\\N\n\
        h1\t体检\\1 '\t2\t7\t2\t1767722400000000\t\\N\tcancelled\n\
        h1\t体检\\2\t2\t1\t1\t1767722400000000\t\\N\tcancelled\n\
        h10\tA\t1\t1\t1\t0\t\\N\tbooked\n";
    assert_eq!(ended.stdout, versions);
    assert_eq!(end_after_input(worker(&[]), "").expect(0).stdout, "");
}

/// Every way in which a line can be wrong, after a good one. The values that are wrong hold `secret`, if they are texts.
fn wrong_inputs() -> Vec<Vec<u8>> {
    let long = with(1, &"secret".repeat(11_000));
    let texts = [
        "secret\n".to_owned(),
        format!("{}\tsecret\n", LINE.trim_end()),
        "\n".to_owned(),
        LINE.trim_end().to_owned(),
        "secret".to_owned(),
        long.clone(),
        long.trim_end().to_owned(),
        LINE.replace('\n', "\r\n"),
        with(0, ""),
        with(0, "\\N"),
        with(0, "h0"),
        with(1, ""),
        with(1, "\\N"),
        with(1, "A-0"),
        with(1, "secret\r"),
        with(2, "secret"),
        with(2, "\\N"),
        with(2, "+3"),
        with(2, "03"),
        with(2, "-3"),
        with(2, "9223372036854775808"),
        with(2, "1"),
        with(3, "secret"),
        with(3, ""),
        with(3, "1"),
        with(4, "secret"),
        with(4, "253402300800000000"),
        with(4, "-1"),
        with(5, "secret"),
        with(5, ""),
        with(5, "\\N"),
        with(5, "abc"),
        with(5, &"ab".repeat(33)),
        with(6, "\\N"),
        with(7, "2026-02-30"),
        with(7, "2026-2-3"),
        with(7, "+2026-02-03"),
        with(7, "\\N"),
        with(8, "secret"),
        with(8, ""),
        with(8, "3").replacen("\t2\t", "\t3\t", 1),
        format!("{}{}", with(3, "2"), with(8, "1").replacen("\t1\t", "\t3\t", 1)),
        format!(
            "{0}{1}",
            with(8, "1").replace("\t2\t1\t", "\t3\t1\t"),
            with(8, "1").replace("\t2\t1\t1767", "\t3\t2\t1768")
        ),
    ];
    let bytes = [0, 1, 6].map(|cell| {
        let line = with(cell, "secret?");
        line.bytes().map(|byte| if byte == b'?' { 0xff } else { byte }).collect::<Vec<u8>>()
    });
    texts.into_iter().map(String::into_bytes).chain(bytes).collect()
}

#[test]
fn what_cannot_be_read_is_refused_by_its_line_and_its_column_and_never_by_its_value() {
    for language in ["en", "zh"] {
        let mut said = String::new();
        for wrong in wrong_inputs() {
            let mut child = worker(&["--lang", language])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let _ = child.stdin.take().unwrap().write_all(&[LINE.as_bytes(), &wrong].concat());
            let ended = Ended::from(child.wait_with_output().unwrap()).expect(1);
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
            let shown: String = String::from_utf8_lossy(&wrong).chars().take(90).collect();
            let shown = shown.replace('\t', "|").replace('\r', "<CR>").replace('\n', "<LF>").replace('\u{fffd}', "?");
            assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
            said.push_str(&format!("{shown}\n    {}", ended.stderr));
        }
        match language {
            "en" => assert_snapshot("worker-lines", &said, &[]),
            _ => assert_snapshot("worker-lines-zh", &said, &[]),
        }
    }
}

fn start() -> Child {
    worker(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = start();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    // Until nobody reads any more.
    let broken = (1..10_000_000_u64).find_map(|number| {
        let line = with(1, &format!("A-{number:09}"));
        input.write_all(line.as_bytes()).err()
    });
    assert_eq!(broken.map(|error| error.kind()), Some(std::io::ErrorKind::BrokenPipe));
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Most memory that a process has had so far, in KiB.
fn peak_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Invariant: Memory and disk do not grow with anything a platform sends (names, states of one reservation, an
/// endless body), and only regular files are read.
#[test]
fn memory_does_not_grow_with_the_states_of_a_reservation_nor_with_reservations() {
    let of_one = |number: u64| ("A".to_owned(), number);
    let of_many = |number: u64| (format!("A-{number:09}"), 1);
    for key in [&of_one as &dyn Fn(u64) -> (String, u64), &of_many] {
        let mut child = start();
        let mut input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || output.lines().count());
        let mut peaks = Vec::new();
        for number in 1..=400_000 {
            let (serial_number, delivery_id) = key(number);
            let content = number % 2;
            let line = format!("h1\t{serial_number}\t{delivery_id}\t1\t{number}\t0{content}\t1\t2026-02-03\t\\N\n");
            input.write_all(line.as_bytes()).unwrap();
            if number % 200_000 == 0 {
                peaks.push(peak_kib(&child));
            }
        }
        drop(input);
        assert!(child.wait().unwrap().success());
        assert_eq!(reader.join().unwrap(), 400_000);
        // Of one reservation, the contents of a hundred thousand versions are held by the first half.
        assert!(peaks[1] < peaks[0] + 2_048, "{peaks:?} KiB");
        assert!(peaks[1] < 64 * 1024, "{peaks:?} KiB");
    }
}

/// What an engine finds in a lake: the records of a landed delivery, each with its place.
fn landed_records(hospital: &Hospital, file: &str) -> Vec<(i64, Vec<u8>)> {
    let site_key = hospital.settings.site_key().unwrap();
    let (dir, account) = (&hospital.pipeline.landing.dir, &hospital.pipeline.account);
    let landing = Landing::find(dir, account, LandingKey::derive(site_key.expose())).unwrap().unwrap();
    let landed = landing.deliveries().unwrap().into_iter().find(|landed| landed.name() == file).unwrap();
    let key = hospital.settings.secret(&hospital.pipeline.platform.aes_key).unwrap();
    let cipher = Cipher::new(key.expose_secret()).unwrap();
    let mut body = landed.open().unwrap();
    let mut reader = EnvelopeReader::new(Plaintext::new(&mut body, cipher), &hospital.pipeline.platform.result_path);
    let mut records = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        records.push((records.len() as i64 + 1, record.bytes.to_vec()));
    }
    records
}

/// A night's state as a line, but for the last cell.
struct State {
    serial_number: String,
    delivery_id: i64,
    position: i64,
    rest: String,
}

fn states(
    hospital: &Hospital,
    delivery_id: i64,
    effective_at: &str,
    records: Vec<(i64, Vec<u8>)>,
    contract: &Contract,
) -> Vec<State> {
    let person_key = PersonKey::derive(hospital.settings.site_key().unwrap().expose());
    let accepted = records.into_iter().filter_map(|(position, record)| match validate(&record, contract) {
        Outcome::Accepted { reservation, .. } => Some((position, reservation)),
        Outcome::Rejected(_) => None,
    });
    let state = |(position, reservation)| {
        let IncomingState { reservation, content, .. } = IncomingState::new(reservation, &person_key, &contract.ignore);
        let (content, status, date) = (hex::encode(&content[1..]), reservation.order_status, reservation.check_date);
        let rest = format!("{effective_at}\t{content}\t{status}\t{date}");
        State { serial_number: reservation.serial_number.to_string(), delivery_id, position, rest }
    };
    accepted.map(state).collect()
}

/// Invariant: Several states of one reservation that are delivered again together open nothing either.
#[tokio::test(flavor = "multi_thread")]
async fn the_states_of_all_nights_make_the_history_that_the_nights_made() {
    let mut hospital = eventful_hospital(TestDatabase::create().await, 7).await;
    hospital.hurry_with_exports(1);
    let mut contracts: BTreeMap<i64, Contract> = BTreeMap::new();
    let mut retried: Vec<(i64, i64)> = Vec::new();
    for night in 0..9 {
        tell_night(&hospital, night);
        if night == 1 {
            let refused = |name: &str| format!(r#""name":"{}""#, name.repeat(30));
            hospital.simulator.insert_records(vec![
                record("HELD-1", ""),
                record("HELD-1", r#""checkDate":"2026-02-05""#),
                record("HELD-1", &refused("长")),
                record("HELD-1", &refused("名")),
            ]);
        }
        if night == 5 {
            // What was refused is accepted from now on.
            hospital.redefine_contract(|text| text.replace("max_characters = 20\n", "max_characters = 60\n"));
            let open = "select last_delivery_id || ' ' || last_position from etl.rejections where resolved_at is null";
            let open: BTreeSet<String> = hospital.database.lines(open).await.into_iter().collect();
            let report = hospital.retry_with(&|_| Ok(())).await;
            assert!(report.error.is_none());
            let loaded = "select last_delivery_id || ' ' || last_position from etl.rejections
                where resolution = 'loaded' order by last_delivery_id, last_position";
            let loaded = hospital.database.lines(loaded).await.into_iter().filter(|place| open.contains(place));
            retried = loaded
                .map(|place| {
                    let (delivery_id, position) = place.split_once(' ').unwrap();
                    (delivery_id.parse().unwrap(), position.parse().unwrap())
                })
                .collect();
            assert_eq!(retried.len(), 2);
        }
        if [2, 3, 6].contains(&night) {
            hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 10_000);
        }
        let report = hospital.run().await;
        assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
        hospital.simulator.disarm();
        for delivery_id in hospital.database.lines("select delivery_id::text from etl.deliveries").await {
            contracts.entry(delivery_id.parse().unwrap()).or_insert_with(|| (*hospital.pipeline.contract).clone());
        }
    }
    let database = &hospital.database;
    let deliveries = "select delivery_id || ' ' || is_retry || ' '
            || (extract(epoch from effective_at) * 1000000)::bigint || ' ' || landing_file
        from etl.deliveries order by delivery_id";
    let deliveries = database.lines(deliveries).await;
    let split = |line: &String| -> (i64, bool, String, String) {
        let cells: Vec<&str> = line.splitn(4, ' ').collect();
        (cells[0].parse().unwrap(), cells[1] == "true", cells[2].to_owned(), cells[3].to_owned())
    };
    let deliveries: BTreeMap<i64, (bool, String, String)> = deliveries
        .iter()
        .map(split)
        .map(|(delivery_id, is_retry, effective_at, file)| (delivery_id, (is_retry, effective_at, file)))
        .collect();
    let mut all = Vec::new();
    for (delivery_id, (is_retry, effective_at, file)) in &deliveries {
        if !is_retry {
            let records = landed_records(&hospital, file);
            all.extend(states(&hospital, *delivery_id, effective_at, records, &contracts[delivery_id]));
            continue;
        }
        for (of_delivery, position) in &retried {
            // At the time of the delivery that it came in.
            let (_, effective_at, file) = &deliveries[of_delivery];
            let mut records = landed_records(&hospital, file);
            records.retain(|(at, _)| at == position);
            all.extend(states(&hospital, *delivery_id, effective_at, records, &contracts[delivery_id]));
        }
    }
    // What the ledger knows of deliveries that may come again.
    let unconfirmed = "select known.serial_number || ' ' || delivery.delivery_id || ' ' || (
            select max(before.delivery_id) from etl.deliveries as before
            where before.delivery_id < known.noted_by and not before.is_retry)
        from etl.unconfirmed_reservations as known
        inner join etl.deliveries as delivery
            on known.noted_by <= delivery.delivery_id
            and coalesce(known.confirmed_by >= delivery.delivery_id, true)
            and not delivery.is_retry";
    let unconfirmed: BTreeMap<String, String> = database
        .lines(unconfirmed)
        .await
        .into_iter()
        .map(|line| line.rsplit_once(' ').map(|(of, pull)| (of.to_owned(), pull.to_owned())).unwrap())
        .collect();
    all.sort_by(|left, right| {
        let key = |state: &State| (state.serial_number.clone(), state.delivery_id, state.position);
        key(left).cmp(&key(right))
    });
    let account = &hospital.pipeline.account;
    let mut named = 0;
    let mut input = String::new();
    for State { serial_number, delivery_id, position, rest } in &all {
        let pull = unconfirmed.get(&format!("{serial_number} {delivery_id}"));
        named += usize::from(pull.is_some());
        let pull = pull.map_or("\\N", String::as_str);
        input.push_str(&format!("{account}\t{serial_number}\t{delivery_id}\t{position}\t{rest}\t{pull}\n"));
    }
    assert!(named > 10, "{named} states of {} came again", all.len());
    let output = end_after_input(worker(&[]), &input).expect(0).stdout;
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<String>>();
    let lines: Vec<Vec<String>> = output.lines().map(cells).collect();
    assert_eq!(lines.len(), all.len());
    for (line, state) in lines.iter().zip(&all) {
        assert_eq!(
            line[1..4],
            [state.serial_number.clone(), state.delivery_id.to_string(), state.position.to_string()]
        );
    }
    let made = |line: &&Vec<String>| line[4] != "\\N";
    let mut versions: Vec<String> =
        lines.iter().filter(made).map(|line| [&line[0..3], &line[4..]].concat().join(" ")).collect();
    let expected = "select account || ' ' || serial_number || ' ' || delivery_id || ' ' || version || ' '
            || (extract(epoch from valid_from) * 1000000)::bigint || ' '
            || case when valid_to = 'infinity' then '\\N' else (extract(epoch from valid_to) * 1000000)::bigint::text end
            || ' ' || change
        from warehouse.reservation_versions";
    let mut expected = database.lines(expected).await;
    versions.sort();
    expected.sort();
    assert_eq!(versions, expected);
    // And so do the sums of each delivery.
    for (delivery_id, counts) in database
        .lines("select delivery_id || '=' || opened || ' ' || unchanged from etl.deliveries")
        .await
        .iter()
        .map(|line| line.split_once('=').unwrap())
    {
        let of_it = || lines.iter().filter(|line| line[2] == delivery_id);
        let opened = of_it().filter(made).count();
        assert_eq!(format!("{opened} {}", of_it().count() - opened), counts, "delivery {delivery_id}");
    }
    hospital.database.assert_sound().await;
}
