//! The changes that the hospital has not acknowledged, oldest first, and what each delivery held.
//!
//! Pure: knows neither what a change says nor how it travels. A change leaves the queue only by being acknowledged, under
//! the chosen reading of the callbacks, or by the correction of a defective record.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::callbacks::{Callbacks, Marks};
use super::generator::StateKey;

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A state of a generated reservation.
    Generated(StateKey),
    /// The record at this position of the inserted ones.
    Inserted(u32),
}

/// The reservation that a change belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Generated(u32),
    /// An inserted record: the position of the first one with the same serial number.
    Inserted(u32),
}

/// Place of a change in the order of all changes. Only grows.
type Sequence = u32;

#[derive(Debug, Default)]
pub struct Queue {
    callbacks: Callbacks,
    pending: BTreeMap<Sequence, (Subject, Origin)>,
    /// The same changes by reservation: acknowledging one by one stays quick in a long queue.
    by_subject: BTreeSet<(Subject, Sequence)>,
    next: Sequence,
    batches: HashMap<String, Batch>,
    pulls: usize,
    /// Mark of the furthest delivery that reached the client.
    delivered: Sequence,
}

/// What was delivered under one requestId: of the changes before the mark, every `of`-th, beginning with number `share`.
///
/// This is enough to know what a batch held: acknowledged changes never return, so whatever is in the queue now and lies
/// before the mark was in the queue when the batch was pulled.
#[derive(Debug, Clone)]
struct Batch {
    /// The first sequence that was not yet there when it was pulled.
    mark: Sequence,
    share: u32,
    of: u32,
    /// The reservations whose changes it held; empty if a batch callback marks only those changes.
    reservations: Vec<Subject>,
}

impl Batch {
    fn holds(&self, sequence: Sequence) -> bool {
        sequence < self.mark && sequence % self.of == self.share
    }
}

/// The changes that a callback has marked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Marked {
    pub origins: Vec<Origin>,
    /// How many of them no delivery had brought to its end: nobody will ever see them.
    pub unseen: usize,
}

/// Adds up what a callback has marked for several reservations.
impl FromIterator<Marked> for Marked {
    fn from_iter<I: IntoIterator<Item = Marked>>(all: I) -> Marked {
        all.into_iter().fold(Marked::default(), |mut sum, marked| {
            sum.origins.extend(marked.origins);
            sum.unseen += marked.unseen;
            sum
        })
    }
}

/// A change in a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    pub origin: Origin,
    /// Which of the delivery's requestIds it has.
    pub share: u32,
}

impl Queue {
    pub fn new(callbacks: Callbacks) -> Queue {
        Queue { callbacks, ..Queue::default() }
    }

    pub fn push(&mut self, subject: Subject, origin: Origin) {
        self.pending.insert(self.next, (subject, origin));
        self.by_subject.insert((subject, self.next));
        self.next += 1;
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// The number of pulls so far.
    pub fn batches(&self) -> usize {
        self.pulls
    }

    /// Everything not acknowledged, in time order, dealt out to new requestIds.
    pub fn pull(&mut self, request_ids: &[String]) -> Vec<Delivered> {
        let of = (request_ids.len() as u32).max(1);
        for (request_id, share) in request_ids.iter().zip(0..) {
            let mut batch = Batch { mark: self.next, share, of, reservations: Vec::new() };
            if self.callbacks.batch == Marks::Reservation {
                let held = self.pending.iter().filter(|(sequence, _)| batch.holds(**sequence));
                let subjects: BTreeSet<Subject> = held.map(|(_, (subject, _))| *subject).collect();
                batch.reservations = subjects.into_iter().collect();
            }
            self.batches.insert(request_id.clone(), batch);
        }
        self.pulls += 1;
        let delivered = |(sequence, (_, origin)): (&Sequence, &(Subject, Origin))| Delivered {
            origin: *origin,
            share: sequence % of,
        };
        self.pending.iter().map(delivered).collect()
    }

    /// Notes that the last byte of this delivery has been handed over.
    pub fn mark_delivered(&mut self, request_id: &str) {
        let mark = self.batches.get(request_id).map(|batch| batch.mark);
        self.delivered = self.delivered.max(mark.unwrap_or_default());
    }

    /// Marks a batch. `None`: there was no such delivery.
    pub fn acknowledge_batch(&mut self, request_id: &str) -> Option<Marked> {
        let batch = self.batches.get(request_id)?.clone();
        Some(match self.callbacks.batch {
            Marks::Delivered => {
                let later = self.pending.split_off(&batch.mark);
                let before = std::mem::replace(&mut self.pending, later);
                let (marked, others): (Vec<_>, Vec<_>) =
                    before.into_iter().partition(|(sequence, _)| batch.holds(*sequence));
                self.pending.extend(others);
                self.by_subject.retain(|(_, sequence)| !batch.holds(*sequence));
                self.marked(marked.into_iter().map(|(sequence, (_, origin))| (sequence, origin)).collect())
            }
            Marks::Reservation => {
                let taken = batch.reservations.iter().flat_map(|subject| self.take(*subject, |_, _| true)).collect();
                self.marked(taken)
            }
        })
    }

    /// Marks one reservation, in whatever batches it was.
    pub fn acknowledge_subject(&mut self, subject: Subject) -> Marked {
        let (callbacks, delivered) = (self.callbacks, self.delivered);
        let taken = self.take(subject, |sequence, _| callbacks.single == Marks::Reservation || sequence < delivered);
        self.marked(taken)
    }

    fn marked(&self, taken: Vec<(Sequence, Origin)>) -> Marked {
        let unseen = taken.iter().filter(|(sequence, _)| *sequence >= self.delivered).count();
        Marked { origins: taken.into_iter().map(|(_, origin)| origin).collect(), unseen }
    }

    /// Removes a change that a correction replaces.
    pub fn withdraw(&mut self, subject: Subject, origin: Origin) {
        self.take(subject, |_, pending| pending == origin);
    }

    fn take(&mut self, subject: Subject, is_taken: impl Fn(Sequence, Origin) -> bool) -> Vec<(Sequence, Origin)> {
        let own: Vec<Sequence> =
            self.by_subject.range((subject, 0)..=(subject, Sequence::MAX)).map(|(_, sequence)| *sequence).collect();
        let mut taken = Vec::new();
        for sequence in own {
            if let Some((_, origin)) = self.pending.get(&sequence)
                && is_taken(sequence, *origin)
            {
                taken.push((sequence, *origin));
                self.pending.remove(&sequence);
                self.by_subject.remove(&(subject, sequence));
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(callbacks: Callbacks, numbers: &[u32]) -> Queue {
        let mut queue = Queue::new(callbacks);
        numbers.iter().for_each(|number| push(&mut queue, *number));
        queue
    }

    fn push(queue: &mut Queue, number: u32) {
        queue.push(Subject::Inserted(number), Origin::Inserted(number));
    }

    fn origins(numbers: &[u32]) -> Vec<Origin> {
        numbers.iter().copied().map(Origin::Inserted).collect()
    }

    fn marked(numbers: &[u32], unseen: usize) -> Marked {
        Marked { origins: origins(numbers), unseen }
    }

    /// A pull whose answer arrives.
    fn pull(queue: &mut Queue, request_id: &str) -> Vec<Origin> {
        let delivered = queue.pull(&[request_id.to_owned()]);
        queue.mark_delivered(request_id);
        delivered.into_iter().map(|delivered| delivered.origin).collect()
    }

    #[test]
    fn a_batch_acknowledges_what_it_delivered_and_nothing_later() {
        let mut queue = queue(Callbacks::STRICT, &[1, 2]);
        assert_eq!(pull(&mut queue, "first"), origins(&[1, 2]));
        push(&mut queue, 3);
        push(&mut queue, 1);
        assert_eq!(queue.acknowledge_batch("first"), Some(marked(&[1, 2], 0)));
        assert_eq!(queue.acknowledge_batch("first"), Some(marked(&[], 0)));
        assert_eq!(queue.acknowledge_batch("second"), None);
        assert_eq!(pull(&mut queue, "second"), origins(&[3, 1]));
    }

    #[test]
    fn an_older_batch_still_acknowledges_its_own_after_a_newer_pull() {
        let mut queue = queue(Callbacks::STRICT, &[1]);
        pull(&mut queue, "first");
        push(&mut queue, 2);
        pull(&mut queue, "second");
        assert_eq!(queue.acknowledge_batch("first"), Some(marked(&[1], 0)));
        assert_eq!(queue.acknowledge_batch("second"), Some(marked(&[2], 0)));
    }

    #[test]
    fn a_single_callback_marks_the_reservation_whatever_its_state() {
        let mut queue = queue(Callbacks::STRICT, &[1, 2, 1]);
        pull(&mut queue, "first");
        push(&mut queue, 1);
        assert_eq!(queue.acknowledge_subject(Subject::Inserted(1)), marked(&[1, 1, 1], 1));
        // What changes afterwards is delivered by the next pull.
        push(&mut queue, 1);
        assert_eq!(pull(&mut queue, "second"), origins(&[2, 1]));
    }

    #[test]
    fn in_the_kinder_reading_it_marks_what_was_delivered_of_the_reservation() {
        let mut queue = queue(Callbacks::KIND, &[1, 2, 1]);
        assert_eq!(queue.acknowledge_subject(Subject::Inserted(1)), marked(&[], 0));
        // A pull whose answer does not arrive delivers nothing.
        queue.pull(&["first".to_owned()]);
        assert_eq!(queue.acknowledge_subject(Subject::Inserted(1)), marked(&[], 0));
        queue.mark_delivered("first");
        push(&mut queue, 1);
        assert_eq!(queue.acknowledge_subject(Subject::Inserted(1)), marked(&[1, 1], 0));
        assert_eq!(pull(&mut queue, "second"), origins(&[2, 1]));
    }

    #[test]
    fn in_the_strictest_reading_a_batch_marks_its_reservations_whatever_their_state() {
        let mut queue = queue(Callbacks::STRICTEST, &[1, 2]);
        pull(&mut queue, "first");
        push(&mut queue, 1);
        push(&mut queue, 3);
        assert_eq!(queue.acknowledge_batch("first"), Some(marked(&[1, 1, 2], 1)));
        // The same callback once more, its answer having been lost: what has changed in the meantime is marked as well.
        push(&mut queue, 2);
        assert_eq!(queue.acknowledge_batch("first"), Some(marked(&[2], 1)));
        push(&mut queue, 1);
        assert_eq!(pull(&mut queue, "second"), origins(&[3, 1]));
    }

    #[test]
    fn several_batches_of_one_delivery_acknowledge_their_own() {
        let mut queue = queue(Callbacks::STRICT, &[1, 2, 3, 1, 4]);
        let request_ids = ["a".to_owned(), "b".to_owned()];
        let shares: Vec<u32> = queue.pull(&request_ids).iter().map(|delivered| delivered.share).collect();
        queue.mark_delivered("a");
        assert_eq!(shares, [0, 1, 0, 1, 0]);
        push(&mut queue, 5);
        assert_eq!(queue.acknowledge_batch("b"), Some(marked(&[2, 1], 0)));
        assert_eq!(queue.batches(), 1);
        // What is left keeps its place in the new delivery's batches.
        assert_eq!(pull(&mut queue, "c"), origins(&[1, 3, 4, 5]));
        assert_eq!(queue.acknowledge_batch("a"), Some(marked(&[1, 3, 4], 0)));
        assert_eq!(queue.acknowledge_batch("c"), Some(marked(&[5], 0)));
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_withdrawn_change_is_gone_and_its_neighbours_stay() {
        let mut queue = queue(Callbacks::STRICT, &[1, 2]);
        queue.withdraw(Subject::Inserted(1), Origin::Inserted(1));
        assert_eq!(pull(&mut queue, "first"), origins(&[2]));
        assert_eq!(queue.len(), 1);
    }
}
