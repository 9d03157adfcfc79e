//! `tijian check`: reads definitions and runs the examples beside them. Needs neither network nor database.

mod history;
mod validation;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::error::with_code;
use crate::cli::language::{language, say};
use crate::pipeline::example::{Case, Example, find_examples, read_examples};
use crate::pipeline::{Contract, DefinitionErrors, find_default, read_all};
use crate::wording::{Message, Spoken};

/// The folder of pipeline files if none is named.
const PIPELINES_DIR: &str = "pipelines";

const EXAMPLE: &str = "\
Examples:
  tijian check                             all of pipelines/*.toml, disabled ones too
  tijian check pipelines/our-hospital.toml

Exit status: 0 everything is right; 2 something is wrong, and every problem is printed.";

/// Check pipeline and contract files, and run their examples; needs no network and no database
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct CheckArgs {
    /// Pipeline files; without any, all of pipelines/*.toml
    #[arg(value_name = "PIPELINE.toml")]
    pub files: Vec<PathBuf>,
}

/// Prints one line per file to `out`, and below it what is wrong. Returns whether all is right; errors are `out`'s own.
pub fn execute(args: &CheckArgs, out: &mut dyn Write) -> io::Result<bool> {
    let files = if args.files.is_empty() { find_default(Path::new(PIPELINES_DIR)) } else { Ok(args.files.clone()) };
    let pipelines = match files.and_then(|files| read_all(&files)) {
        Ok(pipelines) => pipelines,
        Err(errors) => {
            print_errors(&errors, out)?;
            return Ok(false);
        }
    };
    if pipelines.is_empty() {
        writeln!(out, "✘ {}", say!("checked-none", folder = PIPELINES_DIR))?;
        return Ok(false);
    }
    let mut is_all_right = true;
    for pipeline in &pipelines {
        let (file, account) = (&pipeline.file, &pipeline.account);
        writeln!(out, "✔ {}", say!("checked-pipeline", file, account, is_enabled = pipeline.enabled))?;
        if let Some(warning) = pipeline.platform.warning() {
            writeln!(out, "! {}", say!("checked-warning", file, warning))?;
        }
    }
    let mut done: Vec<(PathBuf, &Contract)> = Vec::new();
    for pipeline in &pipelines {
        match find_examples(&pipeline.file) {
            Ok(files) => {
                for file in files {
                    let pair = (file, &*pipeline.contract);
                    // Pipelines of one folder share examples, and mostly the contract, too.
                    if !done.contains(&pair) {
                        is_all_right &= check_examples(&pair.0, pair.1, out)?;
                        done.push(pair);
                    }
                }
            }
            Err(errors) => {
                is_all_right = false;
                print_errors(&errors, out)?;
            }
        }
    }
    Ok(is_all_right)
}

/// Runs the examples of one file; returns whether all came out as expected.
fn check_examples(file: &Path, contract: &Contract, out: &mut dyn Write) -> io::Result<bool> {
    let examples = match read_examples(file) {
        Ok(examples) => examples,
        Err(errors) => {
            print_errors(&errors, out)?;
            return Ok(false);
        }
    };
    let results: Vec<(&Example, Vec<Message>)> =
        examples.iter().map(|example| (example, differences(example, contract))).collect();
    let failed: Vec<_> = results.iter().filter(|(_, differences)| !differences.is_empty()).collect();
    if failed.is_empty() {
        writeln!(out, "✔ {}", say!("checked-examples", file, count = examples.len()))?;
        return Ok(true);
    }
    writeln!(out, "✘ {}", say!("checked-examples-differ", file, differ = failed.len(), count = examples.len()))?;
    for (example, differences) in failed {
        writeln!(out, "    {}", example.name)?;
        for difference in differences {
            writeln!(out, "        {}", difference.text(language()))?;
        }
    }
    Ok(false)
}

fn differences(example: &Example, contract: &Contract) -> Vec<Message> {
    match &example.case {
        Case::Validation { record, expect } => validation::compare(record, expect, contract),
        Case::History { deliveries, expect } => history::compare(deliveries, expect, contract),
    }
}

fn print_errors(errors: &DefinitionErrors, out: &mut dyn Write) -> io::Result<()> {
    for error in &errors.0 {
        writeln!(out, "✘ {}", with_code(&error.message()).text(language()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn check(files: &[PathBuf]) -> (bool, String) {
        let mut out = Vec::new();
        let is_all_right = execute(&CheckArgs { files: files.to_vec() }, &mut out).unwrap();
        (is_all_right, String::from_utf8(out).unwrap())
    }

    /// A folder with the demo's pipeline, its contract, and these examples.
    fn folder(examples: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        for dir in ["contracts", "examples"] {
            fs::create_dir(folder.path().join(dir)).unwrap();
        }
        for file in ["demo.toml", "contracts/reservation.toml"] {
            fs::copy(Path::new("pipelines").join(file), folder.path().join(file)).unwrap();
        }
        fs::write(folder.path().join("examples/x.toml"), examples).unwrap();
        let pipeline = folder.path().join("demo.toml");
        (folder, pipeline)
    }

    #[test]
    fn the_shipped_definitions_and_examples_are_right() {
        let (is_all_right, text) = check(&[]);
        assert!(is_all_right, "{text}");
        let files: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("✔ pipelines/")?.split_once(':')).collect();
        let expected = ["demo.toml", "zheliban.toml", "examples/history.toml", "examples/validation.toml"];
        assert_eq!(files.iter().map(|(file, _)| *file).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn what_differs_from_an_example_is_told() {
        let base = "version = 1\n[base]\nrequestId = \"r\"\nserialNumber = \"A\"\nhospitalCode = \"h\"\n\
                    checkDate = \"2026-04-06\"\norderStatus = 1\n";
        let examples = r#"
[[example]]
name = "right"
given = {}
expect = "accepted"
[[example]]
name = "wrong verdict"
given = { married = 7, idcard = "1", cardType = 1 }
expect = "accepted"
[[example]]
name = "wrong history"
deliveries = [
    { timestamp = 2026-03-01T14:00:00Z, records = [{}] },
    { timestamp = 2026-03-02T14:00:00Z, records = [{ orderStatus = 5 }, { checkDate = "soon" }] },
]
expect.versions = [
    { serial_number = "A", version = 1, change = "booked", valid_from = 2026-03-01T14:00:00Z, valid_to = "infinity" },
]
expect.closed = 0
"#;
        let (folder, pipeline) = folder(&format!("{base}{examples}"));
        let (is_all_right, text) = check(&[pipeline]);
        assert!(!is_all_right);
        let expected = "\
✔ demo.toml: account demo, disabled
✘ examples/x.toml: 2 of 3 examples differ
    wrong verdict
        verdict: expected accepted, found rejected
        reasons: expected none, found married dictionary
        warnings: expected none, found idcard identity_form
    wrong history
        record 2 of delivery 2 is rejected: checkDate calendar_date
        expected A version 1 booked [2026-03-01T14:00:00Z, infinity)
        found    A version 1 booked [2026-03-01T14:00:00Z, 2026-03-02T14:00:00Z)
        found    A version 2 cancelled [2026-03-02T14:00:00Z, infinity)
        closed: expected 0, found 1
";
        assert_eq!(text.replace(&format!("{}/", folder.path().display()), ""), expected);
    }

    #[test]
    fn examples_go_by_what_the_pipeline_ignores() {
        let examples = r#"version = 1
[base]
requestId = "r"
serialNumber = "A"
hospitalCode = "h"
checkDate = "2026-04-06"
orderStatus = 1
[[example]]
name = "ignored"
deliveries = [
    { timestamp = 2026-03-01T14:00:00Z, records = [{ updateTime = 1 }, { updateTime = 2 }] },
    { timestamp = 2026-03-02T14:00:00Z, records = [{ updateTime = 3 }, { mobile = "1", updateTime = 4 }] },
    { timestamp = 2026-03-03T14:00:00Z, records = [{ mobile = "1", updateTime = 5 }] },
]
expect.versions = [
    { serial_number = "A", version = 1, change = "booked", valid_from = 2026-03-01T14:00:00Z, valid_to = 2026-03-02T14:00:00Z },
    { serial_number = "A", version = 2, change = "amended", valid_from = 2026-03-02T14:00:00Z, valid_to = "infinity" },
]
expect.unchanged = 3
"#;
        let (_folder, pipeline) = folder(examples);
        let text = fs::read_to_string(&pipeline).unwrap();
        assert!(!check(std::slice::from_ref(&pipeline)).0);
        fs::write(&pipeline, text.replace("[contract]\n", "[contract]\nignore = [\"updateTime\"]\n")).unwrap();
        let (is_all_right, text) = check(&[pipeline]);
        assert!(is_all_right, "{text}");
    }

    #[test]
    fn problems_of_definitions_and_of_example_files_fail_the_check() {
        let (folder, pipeline) = folder("version = 1");
        let place = format!("{}/", folder.path().display());
        let (is_all_right, text) = check(std::slice::from_ref(&pipeline));
        assert!(!is_all_right);
        assert!(
            text.starts_with("✔") && text.contains("✘ TJ-1201: ") && text.contains("x.toml:1: example: is missing"),
            "{text}"
        );

        let (is_all_right, text) = check(&[pipeline.clone(), pipeline]);
        assert!(!is_all_right);
        assert_eq!(
            text.replace(&place, ""),
            "✘ TJ-1201: demo.toml: account: \"demo\" is also the account of demo.toml\n"
        );
    }
}
