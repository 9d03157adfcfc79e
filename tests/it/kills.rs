//! Killed with SIGKILL: the built program, against a real PostgreSQL and a platform over real HTTP, at every named step and
//! at random moments, night after night. After each kill it runs again to the end, and nothing may tell that it was killed.
//!
//! The program has no hooks for this. A step is held from outside (a lock that another connection holds, an answer that does
//! not come) or found by stopping the process, looking, and letting it go on; which step a kill hit is told by what it
//! left behind. Alone, with another number of kills and another seed, and with the counts printed:
//!
//! ```sh
//! TIJIAN_KILLS=200 TIJIAN_KILL_SEED=7 cargo test --locked --test it kills -- --nocapture
//! ```

mod glimpse;
mod moment;
mod story;
mod victim;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::{Dice, Hospital, connect, number_from_environment, wait_until};
use tijian::simulator::GeneratorOptions;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use moment::{Moment, Step};
use story::{Server, Since, Story};
use victim::{APPLICATION, Victim};

/// Kills in CI: every named step, and some at random moments.
const KILLS: usize = 25;

/// Nights of one story: a story's end is compared whole, and its files pile up.
const NIGHTS_PER_STORY: usize = 40;

/// Of the kills at random moments, one in so many is followed by a kill of the run that was to make it good.
const ONE_IN_IS_KILLED_AGAIN: u64 = 4;

/// Invariant: A batch is acknowledged only after its commit.
///
/// Invariant: A run that is stopped anywhere is completed by the next, with the same history.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_at_any_moment_is_completed_by_the_next_as_if_it_had_not_been() {
    let kills = number_from_environment("TIJIAN_KILLS", KILLS);
    let seed = number_from_environment("TIJIAN_KILL_SEED", 1) as u64;
    let mut dice = Dice::new(seed);
    let server = Server::start().await;
    let mut hits: BTreeMap<Step, usize> = BTreeMap::new();
    let mut done = 0;

    // Every named step, each in a night of its own.
    // The two stories are of the two readings of a callback.
    let mut bulk = Story::begin(&server, seed + 1).await;
    let mut story = Story::begin(&server, seed).await;
    for moment in Moment::IN_BULK.into_iter().chain(Moment::ALL) {
        let has_bulk = Moment::IN_BULK.contains(&moment);
        let story = if has_bulk { &mut bulk } else { &mut story };
        story.next_night(has_bulk);
        for hit in story.kill_at(moment).await {
            *hits.entry(hit).or_default() += 1;
            done += 1;
        }
        story.complete(&format!("seed {seed}, killed when {moment:?}")).await;
    }
    bulk.end().await;
    for step in Step::NAMED {
        assert!(hits.contains_key(&step), "no kill hit {step:?}: {hits:?}");
    }

    // And whatever moment comes.
    while done < kills {
        if story.nights() >= NIGHTS_PER_STORY {
            story.end().await;
            story = Story::begin(&server, seed + done as u64).await;
        }
        story.next_night(false);
        loop {
            // Half of a run is spent before anything is pulled, most of it by starting: not half of the kills.
            let since = if dice.below(4) == 0 { Since::Start } else { Since::Pull };
            let delay = Duration::from_micros(dice.below(story.usual_run().as_micros() as u64 * 2 / 3));
            let Some(hit) = story.kill_after(since, delay).await else { break };
            *hits.entry(hit).or_default() += 1;
            done += 1;
            if dice.below(ONE_IN_IS_KILLED_AGAIN) > 0 || done == kills {
                break;
            }
        }
        story.complete(&format!("seed {seed}, kill {done} at random")).await;
    }
    story.end().await;
    report(seed, done, &hits);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_that_waited_for_a_lock_soon_lets_go_of_its_account() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 5, ..Default::default() }).await;
    let holder = connect(&hospital.database.owner_url).await;
    holder.batch_execute("begin; lock table etl.touched_months in share row exclusive mode").await.unwrap();
    let victim = Victim::start(&hospital);
    let waiting = format!(
        "select pid::text from pg_stat_activity where datname = current_database() and application_name = '{APPLICATION}'"
    );
    let lines = |sql: String| block_in_place(|| Handle::current().block_on(hospital.database.lines(&sql)));
    wait_until("the run waits", || !lines(format!("{waiting} and wait_event_type = 'Lock'")).is_empty());
    victim.kill();
    // PostgreSQL 13 does not look for its client while a statement waits: there, it finds out when the lock is free.
    let is_looked_for = "select name from pg_settings where name = 'client_connection_check_interval'";
    if lines(is_looked_for.to_owned()).is_empty() {
        holder.batch_execute("rollback").await.unwrap();
    }
    // Else, the lock that its statement waits for is held all the while.
    wait_until("the server finds out", || lines(waiting.clone()).is_empty());
    holder.batch_execute("rollback").await.unwrap();
    block_in_place(|| hospital.night(&["--quiet"]).expect(0));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

#[allow(clippy::print_stderr, reason = "read by whoever runs it alone")]
fn report(seed: u64, kills: usize, hits: &BTreeMap<Step, usize>) {
    eprintln!("{kills} kills with seed {seed}:");
    for (step, times) in hits {
        eprintln!("{times:>6}  {step:?}");
    }
}
