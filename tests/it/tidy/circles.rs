//! No circle among the files of a conductor's room: who reads one knows what is below it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::assert_none;
use super::source::{Source, sources};

const ROOMS: [&str; 2] = ["night", "upkeep"];

/// The files that each file names. A file names its submodules, too: it conducts them, and they do not name it.
fn graph(sources: &[Source]) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: BTreeMap<Vec<String>, &Source> = sources.iter().map(|source| (source.module_path(), source)).collect();
    // The longest module on the way; what it only hands on is its submodule's.
    let owner = |path: &[String]| {
        let length = (1..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
        let source = modules[&path[..length]];
        let is_it = |handed: &Vec<String>| handed.last() == path.get(length);
        let handed = source.reexports().into_iter().find(is_it);
        let submodule = handed.and_then(|path| modules.get(&path[..path.len() - 1]).copied());
        Some(submodule.unwrap_or(source).path.as_str())
    };
    let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, source) in &modules {
        let named = source.crate_paths().into_iter().filter_map(|(_, path)| owner(&path));
        graph.entry(&source.path).or_default().extend(named.filter(|file| *file != source.path));
        if let Some(parent) = modules.get(&path[..path.len().saturating_sub(1)]) {
            graph.entry(&parent.path).or_default().insert(&source.path);
        }
    }
    graph
}

/// The shortest way from a file back to itself.
fn circle(graph: &BTreeMap<&str, BTreeSet<&str>>, start: &str) -> Option<String> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for &next in graph.get(way[way.len() - 1]).into_iter().flatten() {
            let longer: Vec<&str> = way.iter().copied().chain([next]).collect();
            if next == start {
                return Some(longer.join(" → "));
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

#[test]
fn no_circle_among_the_files_of_a_room() {
    let sources: Vec<Source> =
        sources().into_iter().filter(|source| ROOMS.contains(&source.module()) && !source.tokens.is_empty()).collect();
    let graph = graph(&sources);
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > sources.len(), "the files of a room name each other");
    assert_none(
        graph.keys().filter_map(|file| circle(&graph, file)).collect(),
        "move what both need to a file of its own, below both; the room's mod.rs conducts, and nobody names what it owns",
    );
}
