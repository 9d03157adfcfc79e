//! The folders of rebuilds, each with what one of them has built: which number is free, and which of them nobody needs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::failure::chain;
use crate::lake::{LakeError, LakeStore, StoredObject};

/// Where all that is built is.
pub(super) const BUILT: &str = "built";

/// In the folder of a rebuild until the pointer names it: keeps its number from the next one, and says that nobody has read it.
pub(super) const UNFINISHED: &str = "unfinished";

/// Of the folders before `own`: those after which another one was built before `oldest`, since whoever began to read them then has
/// ended; and those that are unfinished, since whoever is building there still comes too late.
pub(super) fn forgotten<'a>(objects: &'a [StoredObject], own: &str, oldest: DateTime<Utc>) -> BTreeSet<&'a str> {
    let mut made: BTreeMap<&str, (bool, DateTime<Utc>)> = BTreeMap::new();
    for object in objects {
        let Some(folder) = folder_of(&object.path).filter(|folder| *folder <= own) else { continue };
        let (is_finished, newest) = made.entry(folder).or_insert((true, object.modified_at));
        *is_finished &= object.path.rsplit('/').next() != Some(UNFINISHED);
        *newest = object.modified_at.max(*newest);
    }
    let mut forgotten = BTreeSet::new();
    let mut is_superseded = false;
    for (folder, (is_finished, made)) in made.into_iter().rev() {
        if folder != own && (is_superseded || !is_finished) {
            forgotten.insert(folder);
        }
        is_superseded |= is_finished && made < oldest;
    }
    forgotten
}

/// The highest number of a rebuild whose folder is there.
pub(super) fn highest_number(objects: &[StoredObject]) -> u64 {
    let numbers = objects.iter().filter_map(|object| {
        let (number, _) = object.path.strip_prefix(BUILT)?.strip_prefix('/')?.split_once('-')?;
        number.parse::<u64>().ok()
    });
    numbers.max().unwrap_or_default()
}

/// The rebuild's own folder, of a path in it.
pub(super) fn folder_of(path: &str) -> Option<&str> {
    let end = path.match_indices('/').nth(1).map(|(at, _)| at)?;
    path.get(..end)
}

/// What cannot be removed now is removed by a later rebuild.
pub(super) async fn remove(store: &LakeStore, folder: &str, is_meant: impl Fn(&StoredObject) -> bool) {
    let removed = async {
        for object in store.list(folder).await?.iter().filter(|object| is_meant(object)) {
            store.delete(&object.path).await?;
        }
        Ok::<_, LakeError>(())
    };
    if let Err(error) = removed.await {
        tracing::warn!("{}", chain(&error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_rebuild_is_known_by_its_folder() {
        assert_eq!(folder_of("built/0000000003-ab/history"), Some("built/0000000003-ab"));
        assert_eq!(folder_of("built/0000000003-ab/history/part-0.parquet"), Some("built/0000000003-ab"));
        assert_eq!(folder_of("built/3"), None);
    }

    #[test]
    fn what_was_superseded_long_ago_is_forgotten() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let object = |path: &str, second| StoredObject { path: path.to_owned(), bytes: 1, modified_at: at(second) };
        let objects = [
            object("built/1-a/history/part-0", 10),
            object("built/2-b/history/part-0", 20),
            object("built/2-b/daily_volumes/part-0", 30),
            object("built/3-c/history/part-0", 40),
        ];
        let forgotten_before = |own, oldest| forgotten(&objects, own, at(oldest)).into_iter().collect::<Vec<_>>();
        let forgotten = |oldest| forgotten_before("built/3-c", oldest);
        assert_eq!(forgotten(30), [""; 0]);
        assert_eq!(forgotten(31), ["built/1-a"]);
        assert_eq!(forgotten(40), ["built/1-a"]);
        assert_eq!(forgotten(41), ["built/1-a", "built/2-b"]);
        assert_eq!(forgotten_before("built/2-b", 41), ["built/1-a"], "what was begun later is left alone");
    }

    #[test]
    fn what_a_dead_rebuild_has_left_is_forgotten_and_supersedes_nothing() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let object = |path: &str, second| StoredObject { path: path.to_owned(), bytes: 1, modified_at: at(second) };
        let objects = [
            object("built/1-a/history/part-0", 10),
            object("built/2-b/history/part-0", 20),
            object("built/2-b/unfinished", 15),
            object("built/3-c/history/part-0", 40),
            object("built/4-d/unfinished", 50),
        ];
        let forgotten = |own, oldest| forgotten(&objects, own, at(oldest)).into_iter().collect::<Vec<_>>();
        assert_eq!(forgotten("built/3-c", 30), ["built/2-b"]);
        assert_eq!(forgotten("built/3-c", 41), ["built/1-a", "built/2-b"]);
        // The dead one is the newest.
        assert_eq!(forgotten("built/5-e", 0), ["built/2-b", "built/4-d"]);
        assert_eq!(forgotten("built/5-e", 40), ["built/2-b", "built/4-d"]);
    }

    #[test]
    fn a_rebuild_has_a_number_above_all_that_are_there() {
        let object = |path: &str| StoredObject { path: path.to_owned(), bytes: 1, modified_at: DateTime::UNIX_EPOCH };
        let numbers = |paths: &[&str]| highest_number(&paths.iter().map(|path| object(path)).collect::<Vec<_>>());
        assert_eq!(numbers(&[]), 0);
        assert_eq!(numbers(&["built/0000000009-ab/history/part-0", "built/0000000012-aa/unfinished"]), 12);
        assert_eq!(numbers(&["built/x-1/history/part-0", "built/7", "states/0000000099-ab.parquet"]), 0);
    }
}
