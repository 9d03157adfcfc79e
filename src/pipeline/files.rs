//! Definition files on disk: finding them, reading their text, and what several of them may not share.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Pipeline;
use super::error::{DefinitionError, DefinitionErrors};
use crate::plain_files::open_plain;
use crate::wording::message;

/// Largest definition file. The shipped contract has 7 KiB.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Reads several pipeline files. Errors: every problem of all of them; two files for one account are one, too.
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Pipeline>, DefinitionErrors> {
    let mut pipelines: Vec<Pipeline> = Vec::new();
    let mut problems: Vec<DefinitionError> = Vec::new();
    for path in paths {
        match Pipeline::read(path) {
            Ok(mut pipeline) => {
                // Hundreds of accounts share a contract, which is larger than all else that is known of them.
                let is_same = |other: &&Pipeline| {
                    (&other.contract.text, &other.contract.ignore)
                        == (&pipeline.contract.text, &pipeline.contract.ignore)
                };
                if let Some(other) = pipelines.iter().find(is_same) {
                    pipeline.contract = Arc::clone(&other.contract);
                }
                if let Some(other) = pipelines.iter().find(|other| other.account == pipeline.account) {
                    problems.push(DefinitionError {
                        file: path.clone(),
                        line: None,
                        key: "account".to_owned(),
                        problem: message!("definition-account-taken", account = &pipeline.account, other = &other.file),
                    });
                }
                pipelines.push(pipeline);
            }
            Err(errors) => {
                // Pipelines share contracts: the same problem is reported once.
                let new: Vec<_> = errors.0.into_iter().filter(|error| !problems.contains(error)).collect();
                problems.extend(new);
            }
        }
    }
    if !problems.is_empty() {
        return Err(DefinitionErrors(problems));
    }
    // The shipped template, copied and filled in, has the access of its copy.
    refuse_shared_access(pipelines.iter().filter(|pipeline| pipeline.enabled))?;
    Ok(pipelines)
}

/// Refuses two pipelines that reach the platform with the same access: each would take what the other one is owed.
pub fn refuse_shared_access<'p>(pipelines: impl Iterator<Item = &'p Pipeline>) -> Result<(), DefinitionErrors> {
    let mut seen: Vec<&Pipeline> = Vec::new();
    let mut problems = Vec::new();
    for pipeline in pipelines {
        let is_same = |other: &&&Pipeline| {
            other.platform.base_url == pipeline.platform.base_url && other.platform.api_key == pipeline.platform.api_key
        };
        if let Some(other) = seen.iter().find(is_same) {
            problems.push(DefinitionError {
                file: pipeline.file.clone(),
                line: None,
                key: "platform.api_key".to_owned(),
                problem: message!(
                    "definition-access-shared",
                    variable = &pipeline.platform.api_key.env,
                    other = &other.file
                ),
            });
        }
        seen.push(pipeline);
    }
    if problems.is_empty() { Ok(()) } else { Err(DefinitionErrors(problems)) }
}

/// The pipeline files of a folder, sorted by name, those that say `enabled = false` among them.
pub fn find_default(dir: &Path) -> Result<Vec<PathBuf>, DefinitionErrors> {
    files_in(dir).map_err(|error| unlisted(dir, &error))
}

pub(super) fn unlisted(dir: &Path, error: &io::Error) -> DefinitionErrors {
    DefinitionErrors::of_file(dir, message!("definition-folder-unlisted", reason = error))
}

/// The `*.toml` files of a folder, sorted; hidden ones are left out.
pub(super) fn files_in(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "toml") && !is_hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a definition file.
pub(super) fn read_text(path: &Path) -> Result<String, DefinitionErrors> {
    let mut text = String::new();
    let read = open_plain(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text));
    let problem = match read {
        Ok(bytes) if bytes as u64 <= FILE_BYTES_MAX => return Ok(text),
        Ok(_) => message!("definition-file-large", mebibytes = FILE_BYTES_MAX >> 20),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => message!("definition-file-encoding"),
        Err(_) if fs::metadata(path).is_ok_and(|found| !found.is_file()) => message!("definition-no-plain-file"),
        Err(error) => message!("definition-file-unread", reason = &error),
    };
    Err(DefinitionErrors::of_file(path, problem))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::pipeline::Contract;
    use crate::wording::{Language, Spoken};

    /// Writes `name` into a fresh folder that also holds the shipped contract.
    pub(in crate::pipeline) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("contracts")).unwrap();
        fs::copy("pipelines/contracts/reservation.toml", folder.path().join("contracts/reservation.toml")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    /// The least that a pipeline file can say.
    pub(in crate::pipeline) const SMALL: &str = r#"
version = 1
account = "small"
[platform]
base_url = "https://platform.invalid/health/"
api_key = { env = "KEY" }
secret = { env = "SECRET" }
aes_key = { env = "AES" }
[contract]
file = "contracts/reservation.toml"
"#;

    #[test]
    fn problems_of_several_files_come_together_and_a_shared_contract_only_once() {
        let folder = folder(&[("a.toml", SMALL), ("b.toml", SMALL), ("c.toml", "version = 1\naccount = \"c\"")]);
        let paths = ["a.toml", "b.toml", "c.toml", "d.toml"].map(|name| folder.path().join(name));
        let errors = read_all(&paths).unwrap_err().0;
        let told: Vec<_> = errors.iter().map(|error| (error.file.file_name().unwrap(), error.key.as_str())).collect();
        let expected = [("b.toml", "account"), ("c.toml", "platform"), ("c.toml", "contract"), ("d.toml", "")];
        assert_eq!(told, expected.map(|(file, key)| (file.as_ref(), key)));

        fs::write(folder.path().join("contracts/reservation.toml"), "version = 1\n[rules]\n[fields]\nx = 1").unwrap();
        let contract = folder.path().join("contracts/reservation.toml");
        let twice = read_all(&paths[..2]).unwrap_err().0;
        let once = Contract::read(&contract).unwrap_err().0;
        assert_eq!(twice, once);
    }

    #[test]
    fn pipelines_of_one_contract_have_it_once_in_memory() {
        let of = |account: &str, more: &str| SMALL.replace("small", account) + more;
        let other = of("c", "ignore = [\"updateTime\"]\n");
        let folder = folder(&[("a.toml", &of("a", "")), ("b.toml", &of("b", "")), ("c.toml", &other)]);
        // Each has its own access.
        for name in ["a", "b", "c"] {
            let path = folder.path().join(format!("{name}.toml"));
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("\"KEY\"", &format!("\"KEY_{name}\""))).unwrap();
        }
        let read = read_all(&["a.toml", "b.toml", "c.toml"].map(|name| folder.path().join(name))).unwrap();
        assert!(Arc::ptr_eq(&read[0].contract, &read[1].contract));
        assert!(read[0].contract.ignore.is_empty() && read[2].contract.ignore.contains("updateTime"));
    }

    #[test]
    fn files_in_other_encodings_are_named_as_such() {
        let folder = folder(&[]);
        let path = folder.path().join("x.toml");
        fs::write(&path, b"# \xcc\xe5\xbc\xec").unwrap();
        let errors = Pipeline::read(&path).unwrap_err().to_string();
        assert!(errors.ends_with("is not UTF-8 text: save it in that encoding"), "{errors}");
    }

    #[test]
    fn a_file_without_end_is_refused() {
        let endless = folder(&[("x.toml", &SMALL.replace("contracts/reservation.toml", "/dev/zero"))]);
        let errors = Pipeline::read(&endless.path().join("x.toml")).unwrap_err().to_string();
        assert!(errors.contains("contract.file: /dev/zero: cannot be read: it is not a regular file"), "{errors}");
        let large = folder(&[("x.toml", &"#".repeat(5 << 20))]);
        let errors = Pipeline::read(&large.path().join("x.toml")).unwrap_err().to_string();
        assert!(errors.ends_with("is larger than 4 MiB, too large for a definition file"), "{errors}");
    }

    #[test]
    fn nothing_that_a_file_holds_moves_a_terminal() {
        let folder = folder(&[("x.toml", &format!("{SMALL}\"\\u001b[31m\\n体\" = 1\n"))]);
        let errors = Pipeline::read(&folder.path().join("x.toml")).unwrap_err().to_string();
        assert!(errors.contains("contract.\\u{1b}[31m\\n体: unknown key"), "{errors}");
        let folder = self::folder(&[("x.toml", &SMALL.replace("\"small\"", "\"small\\u0000\""))]);
        let errors = Pipeline::read(&folder.path().join("x.toml")).unwrap_err().to_string();
        assert!(errors.ends_with("account: must not hold a control character"), "{errors}");
    }

    #[test]
    fn problems_are_told_a_line_each_in_either_language() {
        let folder = folder(&[("x.toml", "version = 2\naccount = 7\ncolour = []\n[platform]\n[contract]\n")]);
        let errors = Pipeline::read(&folder.path().join("x.toml")).unwrap_err();
        let message = errors.message();
        assert_eq!(message.code(), Some("TJ-1201"));
        for language in [Language::English, Language::Chinese] {
            let each: Vec<String> = errors.0.iter().map(|error| error.message().text(language)).collect();
            assert_eq!(message.text(language), each.join("\n"));
        }
        assert_eq!(message.text(Language::English), errors.to_string());
        let place = folder.path().join("x.toml");
        let second = errors.0[1].message().text(Language::Chinese);
        assert_eq!(second, format!("{}:2: account：应为非空文本，实际为 7", place.display()));
    }

    #[test]
    fn a_byte_order_mark_is_no_problem() {
        let folder = folder(&[("x.toml", &format!("\u{feff}{SMALL}"))]);
        assert!(Pipeline::read(&folder.path().join("x.toml")).is_ok());
    }
}
