//! Rebuild: the whole history, by another engine, from what the lake holds. Its readers see all of it at once, after every check,
//! or nothing.

mod folders;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::TryStreamExt;

use crate::clock::now;
use crate::engine::{CHECKS, Ended, EngineError, EngineProcess, Part, RebuildScript, Sign, worker_name};
use crate::failure::{RebuildError, RunError, Stopped};
use crate::lake::{Built, Decoded, LakeError, LakeFile, LakeStore, Pointer, RowsWanted, StoredObject};
use crate::upkeep::rebuild::folders::{BUILT, UNFINISHED, folder_of, forgotten, highest_number, remove};
use crate::wording::Message;

/// How often we try again to move the pointer where somebody else has moved it in between.
const MOVES_MAX: usize = 10;

/// From which states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebuildSource {
    /// Those that the nights have published.
    Published,
    /// Those that were decoded once more from landed files.
    Decoded,
}

/// What to rebuild with.
#[derive(Debug, Clone, Copy)]
pub struct RebuildRequest<'a> {
    pub source: RebuildSource,
    /// The engine's command, as a shell has it.
    pub engine: &'a str,
    /// The program that the engine runs beside its own: a tijian.
    pub worker: &'a Path,
    /// Names of the variables that the engine is not to have.
    pub secrets: &'a [String],
    /// How long the engine may show no sign of work.
    pub patience: Duration,
    /// For the engine's script and its log.
    pub dir: &'a Path,
    /// How long what was built before stays.
    pub keep: TimeDelta,
    /// For the names of what is built.
    pub random: u64,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildReport {
    /// From the states up to this publication.
    pub publication: u64,
    /// The lake's last one by now.
    pub newest: u64,
    pub states: u64,
    pub versions: u64,
    pub daily_volumes: u64,
    pub journal_totals: u64,
}

/// Told what is being built; `Err` stops the engine.
pub type OnRebuild<'a> = dyn Fn(Option<Part>) -> Result<(), Stopped> + Send + Sync + 'a;

/// Rebuilds, checks, and then moves the pointer to what was built.
pub async fn rebuild(
    store: &LakeStore,
    request: RebuildRequest<'_>,
    on_part: &OnRebuild<'_>,
) -> Result<RebuildReport, RunError> {
    let worker = worker_name(request.worker)?;
    let read = store.read_pointer().await?.map(|found| found.pointer);
    let states = read.as_ref().and_then(|read| States::of(read, request.source));
    let lake = || store.address("");
    let (Some(read), Some(states)) = (read, states) else {
        return Err(match request.source {
            RebuildSource::Published => RebuildError::NothingPublished { lake: lake() },
            RebuildSource::Decoded => RebuildError::NothingDecoded { lake: lake() },
        }
        .into());
    };
    let number = highest_number(&store.list(BUILT).await?).max(read.built.as_ref().map_or(0, |built| built.number)) + 1;
    let work = Work { store, request, read, states, folder: format!("{BUILT}/{number:010}-{:016x}", request.random) };
    let built = match work.build(worker, on_part).await {
        Ok((report, as_of)) => work.publish(number, as_of).await.map(|moved| (report, moved)),
        Err(error) => Err(error),
    };
    let (report, moved) = match built {
        Ok(built) => built,
        Err(error) => {
            // Where nobody can say whether the pointer names it, a later rebuild removes it.
            if matches!(work.is_named().await, Ok(false)) {
                remove(store, &work.folder, |_| true).await;
            }
            return Err(error);
        }
    };
    work.tidy_up(&moved).await;
    Ok(RebuildReport { newest: moved.newest, ..report })
}

/// The last delivery of each account.
type AsOf = BTreeMap<String, i64>;

/// The files that are read; none is no lake to rebuild.
struct States {
    states: Vec<LakeFile>,
    deliveries: Vec<LakeFile>,
    decoding_id: Option<String>,
}

impl States {
    fn of(pointer: &Pointer, source: RebuildSource) -> Option<States> {
        let (states, deliveries, decoding_id) = match source {
            RebuildSource::Published => (&pointer.states, &pointer.deliveries, None),
            RebuildSource::Decoded => {
                let Decoded { states, deliveries, decoding_id } = pointer.decoded.as_ref()?;
                (states, deliveries, Some(decoding_id.clone()))
            }
        };
        let is_something = !states.is_empty() && !deliveries.is_empty();
        is_something.then(|| States { states: states.clone(), deliveries: deliveries.clone(), decoding_id })
    }
}

/// The pointer was moved to what is built.
struct Moved {
    /// The lake's last publication.
    newest: u64,
    built: Built,
    /// What it named before.
    before: Option<Built>,
}

/// One rebuild.
struct Work<'a> {
    store: &'a LakeStore,
    request: RebuildRequest<'a>,
    /// The pointer from which it is made.
    read: Pointer,
    states: States,
    folder: String,
}

impl Work<'_> {
    fn part(&self, part: Part) -> String {
        format!("{}/{}", self.folder, part.name())
    }

    fn mark(&self) -> String {
        format!("{}/{UNFINISHED}", self.folder)
    }

    /// Lets the engine work, and looks at what it has made.
    async fn build(&self, worker: &str, on_part: &OnRebuild<'_>) -> Result<(RebuildReport, AsOf), RunError> {
        on_part(None)?;
        let paths = |files: &[LakeFile]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
        let script = RebuildScript {
            lake: &self.store.address(""),
            states: &paths(&self.states.states),
            deliveries: &paths(&self.states.deliveries),
            built: &self.folder,
            worker,
        };
        let RebuildRequest { engine, worker, secrets, dir, .. } = self.request;
        self.store.put(&self.mark(), Bytes::new()).await?;
        let engine = EngineProcess::start(engine, worker, secrets, &script.text(), dir)?;
        let look = async || {
            let seen = self.seen().await;
            match on_part(seen) {
                Err(Stopped) => Sign::Stop,
                Ok(()) if seen.is_some() => Sign::AtWork,
                Ok(()) => Sign::None,
            }
        };
        match engine.end(self.request.patience, look).await {
            Ok(Ended::Done) => {}
            Ok(Ended::OnRequest) => return Err(Stopped.into()),
            Err(error @ EngineError::Failed { .. }) => return Err(self.reason(error.into()).await),
            Err(error) => return Err(error.into()),
        }
        match self.check().await {
            Err(error) => Err(self.reason(error).await),
            checked => checked,
        }
    }

    /// The last part that the engine has begun to write. What it has before it has a core, a folder, does not count.
    async fn seen(&self) -> Option<Part> {
        // A store that does not answer now is asked again; the engine would say more.
        let objects = self.store.list(&self.folder).await.unwrap_or_default();
        let is_in = |part: &Part| {
            let folder = format!("{}/", self.part(*part));
            objects.iter().any(|object| {
                let name = object.path.rsplit('/').next().unwrap_or_default();
                object.path.starts_with(&folder) && name.starts_with("part-")
            })
        };
        Part::ALL.into_iter().rev().find(is_in)
    }

    /// Every check of ours, by the engine; and that what it looked at is what we have published, by the files themselves.
    async fn check(&self) -> Result<(RebuildReport, AsOf), RunError> {
        let found = self.violations().await?;
        let contradicted = CHECKS.iter().filter(|(name, _)| found.get(*name) != Some(&0));
        let checks: Vec<Message> = contradicted.map(|(name, _)| Message::of("lake-check", name, Vec::new())).collect();
        if !checks.is_empty() {
            return Err(RebuildError::Contradicted { checks }.into());
        }
        let states = self.states.states.iter().map(|file| file.rows).sum();
        self.require(Part::Outcomes, states).await?;
        let (opened, as_of) = self.deliveries().await?;
        let report = RebuildReport {
            publication: self.read.number,
            newest: self.read.number,
            states,
            // By another contract, the ledger's counts are not theirs.
            versions: match opened {
                Some(opened) => self.require(Part::History, opened).await?,
                None => self.count(Part::History).await?,
            },
            daily_volumes: self.count(Part::DailyVolumes).await?,
            journal_totals: self.count(Part::JournalTotals).await?,
        };
        Ok((report, as_of))
    }

    async fn violations(&self) -> Result<BTreeMap<String, i64>, RunError> {
        let files = self.store.parquet_files(&self.part(Part::Checks)).await?;
        let files = files.into_iter().map(|file| file.path).collect();
        let mut batches = self.store.read_rows(self.wanted(files, &["name", "violations"]));
        let mut found = BTreeMap::new();
        while let Some(rows) = batches.try_next().await? {
            for row in 0..rows.len() {
                let name = rows.cell(row, 0).text().unwrap_or_default().to_owned();
                found.insert(name, rows.cell(row, 1).integer().unwrap_or(i64::MAX));
            }
        }
        Ok(found)
    }

    /// How many versions the published deliveries have opened, by the ledger, if it says; and the last of them, by account.
    async fn deliveries(&self) -> Result<(Option<u64>, AsOf), RunError> {
        let files = self.states.deliveries.iter().map(|file| file.path.clone()).collect();
        let mut batches = self.store.read_rows(self.wanted(files, &["account", "delivery_id", "opened"]));
        let (mut opened, mut as_of) = (Some(0), AsOf::new());
        while let Some(rows) = batches.try_next().await? {
            for row in 0..rows.len() {
                let account = rows.cell(row, 0).text().unwrap_or_default();
                let delivery_id = rows.cell(row, 1).integer().unwrap_or_default();
                match as_of.get_mut(account) {
                    Some(last) => *last = delivery_id.max(*last),
                    None => drop(as_of.insert(account.to_owned(), delivery_id)),
                }
                let of_delivery = rows.cell(row, 2).integer().map(|opened| u64::try_from(opened).unwrap_or_default());
                opened = opened.zip(of_delivery).map(|(opened, of_delivery)| opened + of_delivery);
            }
        }
        Ok((opened, as_of))
    }

    fn wanted(&self, files: Vec<String>, columns: &'static [&'static str]) -> RowsWanted {
        RowsWanted { files, columns, accounts: None, dir: self.request.dir.to_owned() }
    }

    async fn count(&self, part: Part) -> Result<u64, LakeError> {
        let files = self.store.parquet_files(&self.part(part)).await?;
        self.store.count_rows(&files).await
    }

    async fn require(&self, part: Part, expected: u64) -> Result<u64, RunError> {
        let found = self.count(part).await?;
        if found == expected {
            Ok(found)
        } else {
            Err(RebuildError::Incomplete { part: part.name(), expected, found }.into())
        }
    }

    /// Whether something that was read is not to be read any more, or somebody has removed what is built here. What was merged into a
    /// larger file is only replaced.
    async fn is_withdrawn_in(&self, pointer: &Pointer) -> Result<bool, LakeError> {
        let replaced = pointer.replaced.iter().map(|replaced| replaced.path.as_str());
        let there: BTreeSet<&str> = pointer.paths().chain(replaced).collect();
        let is_marked = self.store.list(&self.folder).await?.iter().any(|object| object.path == self.mark());
        Ok(!is_marked || !self.read.paths().all(|path| there.contains(path)))
    }

    /// Why the engine or a check fails: with what was read, what is built here was withdrawn, too; and another rebuild may have removed it.
    async fn reason(&self, error: RunError) -> RunError {
        let Ok(Some(found)) = self.store.read_pointer().await else { return error };
        if let Err(overtaken) = self.require_newest(&found.pointer) {
            return overtaken.into();
        }
        match self.is_withdrawn_in(&found.pointer).await {
            Ok(true) => RebuildError::Replaced.into(),
            _ => error,
        }
    }

    /// Whether readers of the pointer see what is built here.
    async fn is_named(&self) -> Result<bool, LakeError> {
        let found = self.store.read_pointer().await?;
        let built = found.and_then(|found| found.pointer.built);
        Ok(built.is_some_and(|built| folder_of(&built.history) == Some(self.folder.as_str())))
    }

    /// Moves the pointer. What was published in the meantime stays to be built by the next rebuild; but if something that was read was
    /// withdrawn, what was built of it must not be seen.
    async fn publish(&self, number: u64, as_of: AsOf) -> Result<Moved, RunError> {
        let built = Built {
            number,
            publication: self.read.number,
            decoding_id: self.states.decoding_id.clone(),
            as_of,
            history: self.part(Part::History),
            daily_volumes: self.part(Part::DailyVolumes),
            journal_totals: self.part(Part::JournalTotals),
        };
        let mut moves = 0;
        loop {
            let found = self.store.read_pointer().await?.ok_or(RebuildError::Replaced)?;
            let before = found.pointer.built.clone();
            self.require_newest(&found.pointer)?;
            if self.is_withdrawn_in(&found.pointer).await? {
                return Err(RebuildError::Replaced.into());
            }
            let pointer = Pointer { built: Some(built.clone()), ..found.pointer };
            let moved = Moved { newest: pointer.number, built: built.clone(), before };
            match self.store.move_pointer(&pointer, Some(&found.tag)).await {
                Ok(_) => return Ok(moved),
                Err(LakeError::Moved { .. }) if moves < MOVES_MAX => moves += 1,
                // It may be moved all the same.
                Err(error) => match self.is_named().await {
                    Ok(true) => return Ok(moved),
                    _ => return Err(error.into()),
                },
            }
        }
    }

    /// Another rebuild that has read more, or has begun later, wins: it may have removed what is built here.
    fn require_newest(&self, pointer: &Pointer) -> Result<(), RebuildError> {
        let is_newer = |built: &&Built| {
            built.publication > self.read.number || folder_of(&built.history) > Some(self.folder.as_str())
        };
        match pointer.built.as_ref().filter(is_newer) {
            Some(Built { publication, .. }) => Err(RebuildError::Overtaken { publication: *publication }),
            None => Ok(()),
        }
    }

    /// Removes what nobody reads: what this rebuild needed only itself, and what others have left. What was built before this stays, and
    /// so does what was begun later.
    async fn tidy_up(&self, moved: &Moved) {
        remove(self.store, &self.folder, |object| !moved.built.holds(&object.path)).await;
        let before = moved.before.as_ref().and_then(|built| folder_of(&built.history));
        let objects = self.store.list(BUILT).await.unwrap_or_default();
        let forgotten = forgotten(&objects, &self.folder, now() - self.request.keep);
        let is_forgotten = |object: &StoredObject| match folder_of(&object.path) {
            // Its rebuild was killed after the pointer had moved.
            Some(folder) if Some(folder) == before => object.path.ends_with(UNFINISHED),
            folder => folder.is_some_and(|folder| forgotten.contains(folder)),
        };
        remove(self.store, BUILT, is_forgotten).await;
    }
}
