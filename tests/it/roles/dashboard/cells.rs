//! Every cell of every view, told from the history in another way: nothing of few people is in one, nor between two.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use crate::roles::log_in;
use crate::support::{Dice, Hospital, lines, record};

/// Two hospitals with crowds and one with a few people, over three months that are past: packages, channels and ages that few
/// have; packages of which nearly everybody pays, or nearly nobody; some who come, some who do not. The second night cancels,
/// and brings more. Some have no document number. By the `seed`, always the same.
pub(super) async fn with_few_among_many(seed: u64) -> Hospital {
    let hospital = Hospital::new().await;
    let mut dice = Dice::new(seed);
    let mut below = |end| dice.below(end);
    // Small numbers are many, large ones are few.
    let mut nights = [Vec::new(), Vec::new()];
    for number in 0..420 {
        let place = ["1", "1", "1", "1", "2", "2", "2", "2", "2", "3"][below(10) as usize];
        let package = below(6).min(below(6));
        let channel = below(4).min(below(4)).min(below(4));
        let fee = match package {
            0 if below(12) > 0 => 0,
            1 if below(15) == 0 => 0,
            2 => [0, 300][below(2) as usize],
            _ => 100 + number,
        };
        let changes = format!(
            r#""hospitalCode":"3301000{place}","hospitalPackageId":"P{package}","dataSources":"{channel}",
            "checkDate":"2020-0{}-{:02}","birthdate":"{}-01-01","orderStatus":{}"#,
            1 + below(3),
            1 + below(28),
            1930 + 10 * below(9).min(below(9)),
            if below(9) == 0 { 5 } else { 1 },
        );
        let person = below(380) as usize;
        let made = record(
            &format!("S-{number:04}"),
            &format!(r#""idcard":"MADE-UP-{person:04}","examinationFee":{fee}.00,{changes}"#),
        );
        // What is received first and not cancelled may be cancelled by the second night.
        if number % 3 == 0 && made.contains(r#""orderStatus":1"#) {
            nights[1].push(made.replace(r#""orderStatus":1"#, r#""orderStatus":5"#));
        }
        nights[usize::from(number > 300)].push(made);
    }
    for records in nights {
        hospital.simulator.insert_records(records);
        hospital.run_well().await;
    }
    let changes = "update warehouse.reservation_versions set person_id = null where serial_number like '%7_';
        insert into warehouse.arrivals (account, serial_number, arrived_at, source)
        select account, serial_number, check_date + time '08:00' at time zone 'Asia/Shanghai', 'command'
        from warehouse.reservation_versions
        where valid_to = 'infinity' and extract(day from check_date) < 25 and serial_number not like '%3'";
    hospital.database.client.batch_execute(changes).await.unwrap();
    hospital
}

/// A view of the dashboard, and its cells told from the history in another way.
struct View {
    name: &'static str,
    /// Its columns that say which cell a row is: the period and the hospital first.
    keys: &'static str,
    cell: &'static str,
    /// Rows with `account`, `person_id`, `fee`, and `arrived`.
    rows: &'static str,
    /// The column whose figure also tells of those who paid, or came, and of those who did not.
    part: &'static str,
}

const STANDING: &str =
    "select *, examination_fee as fee, arrived_at is not null as arrived from mart.reservations_current
    where not is_cancelled";

const VIEWS: [View; 7] = [
    View {
        name: "volumes_by_month",
        keys: "check_month, hospital_code",
        cell: "date_trunc('month', check_date::timestamp)::date, hospital_code",
        rows: STANDING,
        part: "fee",
    },
    View {
        name: "packages_by_month",
        keys: "check_month, hospital_code, hospital_package_id",
        cell: "date_trunc('month', check_date::timestamp)::date, hospital_code, hospital_package_id",
        rows: STANDING,
        part: "fee",
    },
    View {
        name: "channels_by_month",
        keys: "check_month, hospital_code, data_sources",
        cell: "date_trunc('month', check_date::timestamp)::date, hospital_code, data_sources",
        rows: STANDING,
        part: "fee",
    },
    View {
        name: "demographics",
        keys: "check_month, hospital_code, age_band, sex_code",
        cell: "date_trunc('month', check_date::timestamp)::date, hospital_code, mart.age_band(age_years), sex_code",
        rows: STANDING,
        part: "",
    },
    View {
        name: "arrival_rates_by_month",
        keys: "check_month, hospital_code, arrivals_reported",
        cell: "date_trunc('month', check_date::timestamp)::date, hospital_code,
            exists (
                select from mart.reservations_current as others
                where (others.account, others.hospital_code, others.check_date) = (rows.account, rows.hospital_code, rows.check_date)
                    and others.arrived_at is not null
            )",
        rows: STANDING,
        part: "arrival",
    },
    View {
        name: "bookings_by_week",
        keys: "booked_week, hospital_code, is_backlog",
        cell: "date_trunc('week', valid_from at time zone 'Asia/Shanghai')::date, hospital_code, is_backlog",
        rows: "select versions.*, 0::numeric as fee, false as arrived,
                delivery_id in (select delivery_id from warehouse.backlog_deliveries) as is_backlog
            from warehouse.reservation_versions as versions
            where version = 1",
        part: "",
    },
    View {
        name: "cancellations_by_month",
        keys: "cancelled_month, hospital_code",
        cell: "date_trunc('month', valid_from at time zone 'Asia/Shanghai')::date, hospital_code",
        rows: "select versions.*, coalesce(before.examination_fee, versions.examination_fee) as fee, false as arrived
            from warehouse.reservation_versions as versions
            left join warehouse.reservation_versions as before
                on before.serial_number = versions.serial_number and before.version = versions.version - 1
            where versions.change = 'cancelled'
                and not (versions.version = 1
                    and versions.delivery_id in (select delivery_id from warehouse.backlog_deliveries))",
        part: "fee",
    },
];

/// What is known of a cell, or of several together.
#[derive(Default, Clone)]
struct Known {
    reservations: usize,
    people: BTreeSet<String>,
    fee: i64,
    /// Reservations with a fee (or an arrival), whose they are, and whose the others are.
    parts: usize,
    with: BTreeSet<String>,
    without: BTreeSet<String>,
}

impl Known {
    fn add(&mut self, other: &Known) {
        self.reservations += other.reservations;
        self.people.extend(other.people.iter().cloned());
        self.fee += other.fee;
        self.parts += other.parts;
        self.with.extend(other.with.iter().cloned());
        self.without.extend(other.without.iter().cloned());
    }

    fn is_of_few(&self) -> bool {
        self.people.len() < 5
    }

    /// Whether those of whom the part tells are few: who paid, or, where nobody did, who did not; who came, or who did not.
    /// Whoever has no document number is nobody.
    fn parts_are_of_few(&self, part: &str) -> bool {
        let tells_of_others = if part == "arrival" { self.parts < self.reservations } else { self.parts == 0 };
        self.parts > 0 && self.with.len() < 5 || self.reservations > 0 && tells_of_others && self.without.len() < 5
    }
}

impl View {
    fn key(&self) -> String {
        self.keys.split(", ").map(|key| format!("coalesce({key}::text, '-')")).collect::<Vec<_>>().join(", ")
    }

    async fn known(&self, owner: &Client) -> BTreeMap<String, Known> {
        let part = if self.part == "arrival" { "arrived" } else { "fee > 0" };
        let rows = format!(
            "select concat_ws('|', {}) || ': ' || concat_ws(' ', coalesce(person_id::text, '-'), (coalesce(fee, 0) * 100)::bigint, {part})
            from ({}) as rows cross join lateral (select {}) as cell ({})",
            self.key().replace("coalesce(", "coalesce(cell."),
            self.rows,
            self.cell,
            self.keys
        );
        let mut cells: BTreeMap<String, Known> = BTreeMap::new();
        for row in lines(owner, &rows).await {
            let (cell, row) = row.split_once(": ").unwrap();
            let [person, fee, in_part] = row.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let somebody: BTreeSet<_> = (person != "-").then(|| person.to_owned()).into_iter().collect();
            let is_in = in_part == "t";
            cells.entry(cell.to_owned()).or_default().add(&Known {
                reservations: 1,
                people: somebody.clone(),
                fee: fee.parse().unwrap(),
                parts: usize::from(is_in),
                with: if is_in { somebody.clone() } else { BTreeSet::new() },
                without: if is_in { BTreeSet::new() } else { somebody },
            });
        }
        cells
    }

    /// What a reader sees: the figures of all, and those of a part, null where they are hidden.
    async fn shown(&self, client: &Client) -> BTreeMap<String, (Option<String>, Option<String>)> {
        let counted = match self.name {
            "arrival_rates_by_month" => "booked",
            "cancellations_by_month" => "cancellations",
            _ => "reservations",
        };
        let (part, flag) = match self.part {
            "fee" => ("(fee_total * 100)::bigint::text", "is_fee_suppressed"),
            "arrival" => ("concat_ws(' ', arrived, no_shows, arrival_rate)", "is_arrival_suppressed"),
            _ => ("''", "is_suppressed"),
        };
        let rows = format!(
            "select concat_ws('|', {key}), case when not is_suppressed then {counted} || ' ' || people end,
                case when not {flag} then {part} end,
                is_suppressed and num_nonnulls({counted}, people) > 0
                    or {flag} and coalesce(nullif({part}, ''), '-') <> '-'
                    or is_suppressed and not {flag}
            from dashboard.{}",
            self.name,
            key = self.key(),
        );
        let mut cells = BTreeMap::new();
        for row in client.query(&rows, &[]).await.unwrap() {
            let cell: String = row.get(0);
            assert!(!row.get::<_, bool>(3), "{} {cell}: what is hidden has no figure", self.name);
            assert!(cells.insert(cell, (row.get(1), row.get(2))).is_none());
        }
        cells
    }
}

/// Invariant: Dashboards show no figure of fewer people than the hospital allows, and no total that reveals one.
/// Held by: one view that hides small cells, and the smallest one beside them; a group that reads nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn cells_of_few_people_show_no_figure_and_the_others_show_the_right_one() {
    for seed in [1, 2] {
        let hospital = with_few_among_many(seed).await;
        let client = log_in(&hospital.database, Some("tijian_dashboard")).await;
        let mut hides = [0; 2];
        for view in &VIEWS {
            let known = view.known(&hospital.database.client).await;
            let shown = view.shown(&client).await;
            let name = view.name;
            assert!(shown.keys().eq(known.keys()), "{name}: every cell is there, hidden or not");
            // Of a period and a hospital: what is hidden, and whether something is shown beside it.
            let mut hidden: BTreeMap<&str, [(Known, bool); 2]> = BTreeMap::new();
            for (cell, (figures, part)) in &shown {
                let known = &known[cell];
                let (at, _) = cell.match_indices('|').nth(1).unwrap_or((cell.len(), ""));
                let beside = hidden.entry(&cell[..at]).or_default();
                match figures {
                    Some(figures) => {
                        assert_eq!(figures, &format!("{} {}", known.reservations, known.people.len()), "{name} {cell}");
                        assert!(!known.is_of_few(), "{name} {cell}");
                        beside[0].1 = true;
                    }
                    None => beside[0].0.add(known),
                }
                match part {
                    Some(part) => {
                        let right = match view.part {
                            "fee" => known.fee.to_string(),
                            "arrival" if cell.ends_with("true") => {
                                let rate = known.parts as f64 / known.reservations as f64;
                                format!("{} {} {rate:.4}", known.parts, known.reservations - known.parts)
                            }
                            _ => String::new(),
                        };
                        assert_eq!(part, &right, "{name} {cell}");
                        assert!(view.part.is_empty() || !known.parts_are_of_few(view.part), "{name} {cell}");
                        beside[1].1 = true;
                    }
                    None => {
                        beside[1].0.add(known);
                        hides[1] += usize::from(figures.is_some());
                    }
                }
            }
            // The total of a hospital's month is in another view: less what is shown, it is what is hidden, together.
            for (beside, [of_all, of_part]) in &hidden {
                let (left, is_shown) = of_all;
                assert!(!is_shown || left.reservations == 0 || !left.is_of_few(), "{name} {beside}");
                let (left, is_shown) = of_part;
                assert!(view.part.is_empty() || !is_shown || !left.parts_are_of_few(view.part), "{name} {beside}");
                hides[0] += usize::from(of_all.0.reservations > 0 && of_all.1);
            }
            assert!(shown.values().any(|(figures, _)| figures.is_some()), "{name} shows something");
        }
        assert!(hides.iter().all(|hides| *hides > 3), "{hides:?}");
    }
}

/// Two sums over different periods of the same date would tell the days by which they differ.
#[tokio::test(flavor = "multi_thread")]
async fn no_date_is_counted_by_two_kinds_of_period_and_no_sum_is_over_several_hospitals() {
    let hospital = Hospital::new().await;
    let columns = "select relname || ': ' || string_agg(attname, ' ' order by attnum)
        from pg_class inner join pg_attribute on attrelid = pg_class.oid and attnum > 0
        where relnamespace = 'dashboard'::regnamespace and relname <> 'privacy'
        group by relname";
    let views = lines(&hospital.database.client, columns).await;
    assert_eq!(views.len(), VIEWS.len());
    for view in views {
        let (name, columns) = view.split_once(": ").unwrap();
        let columns: Vec<_> = columns.split(' ').collect();
        let periods: Vec<_> =
            columns.iter().filter(|column| column.ends_with("_month") || column.ends_with("_week")).collect();
        assert!(matches!(periods[..], [&"check_month" | &"booked_week" | &"cancelled_month"]), "{name}: {periods:?}");
        assert!(columns.contains(&"account") && columns.contains(&"hospital_code"), "{name}");
    }
}
