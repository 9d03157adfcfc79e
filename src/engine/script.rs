//! The SQL that the engine is given: the files of `sql/lake/`, one after the other, with the places of this lake in their gaps.

/// A statement of `sql/lake/`.
macro_rules! lake_sql {
    ($file:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/lake/", $file, ".sql"))
    };
}

/// A check by its file name, and its text.
macro_rules! check {
    ($name:literal) => {
        ($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/lake/checks/", $name, ".sql")))
    };
}

/// What is built, each a folder of its own, in the order in which it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Only a sign that the engine works.
    Begun,
    Outcomes,
    History,
    DailyVolumes,
    JournalTotals,
    Checks,
}

impl Part {
    pub const ALL: [Part; 6] =
        [Part::Begun, Part::Outcomes, Part::History, Part::DailyVolumes, Part::JournalTotals, Part::Checks];

    /// Its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Part::Begun => "begun",
            Part::Outcomes => "outcomes",
            Part::History => "history",
            Part::DailyVolumes => "daily_volumes",
            Part::JournalTotals => "journal_totals",
            Part::Checks => "checks",
        }
    }
}

/// The statements in their order; what they write is read back, so that what is checked is what others will read.
const STATEMENTS: [&str; 16] = [
    lake_sql!("configure_session"),
    lake_sql!("create_published_states"),
    lake_sql!("create_states"),
    lake_sql!("create_deliveries"),
    lake_sql!("write_begun"),
    lake_sql!("create_outcomes"),
    lake_sql!("write_outcomes"),
    lake_sql!("create_kept_outcomes"),
    lake_sql!("write_history"),
    lake_sql!("create_history"),
    lake_sql!("write_daily_volumes"),
    lake_sql!("create_daily_volumes"),
    lake_sql!("create_movements"),
    lake_sql!("write_journal_totals"),
    lake_sql!("create_journal_totals"),
    lake_sql!("write_checks"),
];

const COUNT_CHECK: &str = lake_sql!("count_check");

/// What must be true of what was built. A test holds this list against the folder.
pub const CHECKS: [(&str, &str); 7] = [
    check!("deliveries_have_their_states"),
    check!("every_state_came_back"),
    check!("deliveries_opened_what_they_say"),
    check!("history_has_every_version"),
    check!("versions_count_from_one_and_follow_each_other"),
    check!("volumes_count_the_current_versions"),
    check!("journal_totals_are_the_active_fees"),
];

/// Where everything is. Paths are below `lake`.
#[derive(Debug, Clone)]
pub struct RebuildScript<'a> {
    /// `file:///…` or `s3://bucket/…`, the folder of one warehouse.
    pub lake: &'a str,
    pub states: &'a [String],
    pub deliveries: &'a [String],
    /// The folder for what is built.
    pub built: &'a str,
    /// The worker's name.
    pub worker: &'a str,
}

impl RebuildScript<'_> {
    /// The whole script.
    pub fn text(&self) -> String {
        let lake = engine_address(self.lake);
        let checks: Vec<String> = CHECKS
            .iter()
            .map(|(name, text)| fill(code(COUNT_CHECK), &[("name", name), ("check", code(text).trim_end_matches(';'))]))
            .collect();
        let values = [
            ("states", literal(&pattern(&lake, self.states))),
            ("deliveries", literal(&pattern(&lake, self.deliveries))),
            ("built", literal(&format!("{lake}/{}", self.built))),
            ("worker", self.worker.to_owned()),
            ("checks", checks.join("\nunion all\n")),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        STATEMENTS.iter().map(|text| format!("{};\n\n", fill(code(text), &values).trim_end_matches(';'))).collect()
    }
}

/// A file without the comments at its head.
fn code(text: &str) -> &str {
    let mut code = text;
    while let Some((_, rest)) = code.split_once('\n').filter(|(line, _)| line.starts_with("--")) {
        code = rest;
    }
    code.trim()
}

/// Puts values into the gaps, `${name}`. A value is not looked into.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut pieces = text.split("${");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap_or((piece, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map(|(_, value)| *value).expect("a test holds that each gap has a value"));
        filled.push_str(rest);
    }
    filled
}

/// The engine knows S3 by another name.
fn engine_address(url: &str) -> String {
    let url = url.trim_end_matches('/');
    url.strip_prefix("s3://").map_or_else(|| url.to_owned(), |rest| format!("s3a://{rest}"))
}

/// Exactly these files, as one pattern of the engine: a list of them would be a statement for each.
fn pattern(lake: &str, files: &[String]) -> String {
    let folder = files.first().and_then(|file| file.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let within = |file: &String| file.strip_prefix(folder).and_then(|name| name.strip_prefix('/')).map(plain);
    let lake = plain(lake);
    match files.iter().map(within).collect::<Option<Vec<_>>>() {
        Some(names) => format!("{lake}/{}/{{{}}}", plain(folder), names.join(",")),
        None => format!("{lake}/{{{}}}", files.iter().map(|file| plain(file)).collect::<Vec<_>>().join(",")),
    }
}

/// Signs that mean something in a pattern, as themselves.
fn plain(text: &str) -> String {
    escape(text, r"*?[]{},\^")
}

/// Within the quotes of the engine's SQL.
fn literal(text: &str) -> String {
    escape(text, r"'\")
}

fn escape(text: &str, signs: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        if signs.contains(sign) {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(lake: &str) -> String {
        let states = ["states/01-a.parquet".to_owned(), "states/02-b.parquet".to_owned()];
        let deliveries = ["deliveries/01-c.parquet".to_owned()];
        RebuildScript { lake, states: &states, deliveries: &deliveries, built: "built/01-d", worker: "tijian" }.text()
    }

    #[test]
    fn every_statement_and_every_check_of_the_folder_is_given() {
        let files = |folder: &str| {
            let folder = format!("{}/sql/lake{folder}", env!("CARGO_MANIFEST_DIR"));
            let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            files.filter(|file| file.is_file()).collect::<Vec<_>>()
        };
        let statements: Vec<&str> = STATEMENTS.into_iter().chain([COUNT_CHECK]).collect();
        assert_eq!(files("").len(), statements.len());
        for file in files("") {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("-- Purpose: "), "{}", file.display());
            assert!(statements.contains(&text.as_str()), "{}", file.display());
        }
        let mut names: Vec<String> =
            files("/checks").iter().map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        let mut given = CHECKS.map(|(name, _)| name);
        given.sort_unstable();
        assert_eq!(names, given);
        let script = script("file:///lake/w");
        for (name, text) in CHECKS {
            assert!(script.contains(&format!("select '{name}' as name")), "{name}");
            assert!(script.contains(code(text)), "{name}");
        }
    }

    #[test]
    fn places_stand_in_every_gap_and_each_part_is_written_once() {
        let script = script("file:///lake/w/");
        assert!(!script.contains("${") && !script.contains("--"), "{script}");
        assert!(script.contains("path 'file:///lake/w/states/{01-a.parquet,02-b.parquet}'"), "{script}");
        assert!(script.contains("path 'file:///lake/w/deliveries/{01-c.parquet}'"), "{script}");
        assert!(script.contains("using './tijian worker history'"), "{script}");
        let mut from = 0;
        for part in Part::ALL {
            let write = format!("insert overwrite directory 'file:///lake/w/built/01-d/{}'", part.name());
            assert_eq!(script.matches(&write).count(), 1, "{write}");
            let at = script.find(&write).unwrap();
            assert!(at > from, "{write} comes after those before it");
            from = at;
        }
        assert!(script.ends_with(";\n\n") && !script.contains(";;"), "{script}");
    }

    #[test]
    fn buckets_and_odd_folders_are_written_as_the_engine_reads_them() {
        assert!(script("s3://bucket/p/w").contains("'s3a://bucket/p/w/built/01-d/history'"));
        let odd = script(r"file:///it's [a] ${lake}");
        assert!(odd.contains(r"'file:///it\'s \\[a\\] $\\{lake\\}/states/{01-a.parquet,02-b.parquet}'"), "{odd}");
        assert!(odd.contains(r"'file:///it\'s [a] ${lake}/built/01-d/history'"), "{odd}");
        let files = ["a/1.parquet".to_owned(), "b/2.parquet".to_owned()];
        assert_eq!(pattern("s3a://x", &files), "s3a://x/{a/1.parquet,b/2.parquet}");
    }
}
