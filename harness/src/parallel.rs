//! EDGE. Does something with each of many items, several at once; what comes of them is told in
//! the order of the items, however long each took. What is done is not known here.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{LazyLock, Mutex};
use std::thread;

use rayon_core::{ThreadPool, ThreadPoolBuilder};

/// Checkers take memory on each core: on more than these they would take too much.
const CHECKING_MAX: usize = 8;

/// How many cores there are.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Does what a checker has to do for each number below this one.
pub fn for_each(count: usize, work: &(dyn Fn(usize) + Sync)) {
    let jobs = cores().min(CHECKING_MAX);
    let numbers = (0..count).collect();
    let work = |number| {
        work(number);
        Some(())
    };
    run(numbers, jobs, work, |_| {});
}

/// Something to tell.
#[derive(Debug)]
pub enum WorkEvent<'a, I, O> {
    Begun(&'a I),
    /// An item is done; those before it may not be.
    Done(&'a O),
    /// What came of an item, in the order of the items.
    InOrder(O),
}

/// Does `work` with each item, so many `jobs` at once, at least one; where it gives nothing, the thread takes
/// no further item. `tell` hears of one thing at a time, in the thread where it happened: to wake another one
/// for each would cost more than most of them.
pub fn run<I: Send, O: Send>(
    items: Vec<I>,
    jobs: usize,
    work: impl Fn(I) -> Option<O> + Sync,
    tell: impl FnMut(WorkEvent<'_, I, O>) + Send,
) {
    let workers = jobs.min(items.len());
    let queue = Mutex::new(items.into_iter().enumerate());
    let teller = Mutex::new(Teller {
        tell,
        waiting: BTreeMap::new(),
        next: 0,
    });
    let worker = || take_turns(&queue, &work, &teller);
    thread::scope(|scope| {
        for begun in 0..workers {
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                // The system has no more threads: those that there are do the work.
                if begun == 0 {
                    worker();
                }
                break;
            }
        }
    });
    if let Ok(teller) = teller.into_inner() {
        teller.finish();
    }
}

/// A thread that does what takes much memory, one thing after the other, whoever it is for. A lock alone would
/// not do: each thread keeps for itself some of the memory that it gives back.
pub struct OneThread(LazyLock<Option<ThreadPool>>);

impl OneThread {
    /// It starts when it is first needed.
    pub const fn lazy() -> Self {
        Self(LazyLock::new(|| {
            ThreadPoolBuilder::new().num_threads(1).build().ok()
        }))
    }

    /// Does something, when its turn has come; in place where the system has no more threads.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self.0.as_ref() {
            Some(thread) => thread.install(work),
            None => work(),
        }
    }
}

/// Tells what the workers say.
struct Teller<O, T> {
    tell: T,
    /// What is done, but must not be told in order yet.
    waiting: BTreeMap<usize, O>,
    next: usize,
}

impl<O, T> Teller<O, T> {
    fn done<I>(&mut self, position: usize, output: O)
    where
        T: FnMut(WorkEvent<'_, I, O>),
    {
        (self.tell)(WorkEvent::Done(&output));
        self.waiting.insert(position, output);
        while let Some(output) = self.waiting.remove(&self.next) {
            (self.tell)(WorkEvent::InOrder(output));
            self.next += 1;
        }
    }

    /// Where a worker stopped there is a gap; what was done is still told.
    fn finish<I>(mut self)
    where
        T: FnMut(WorkEvent<'_, I, O>),
    {
        for output in self.waiting.into_values() {
            (self.tell)(WorkEvent::InOrder(output));
        }
    }
}

fn take_turns<I, O>(
    queue: &Mutex<impl Iterator<Item = (usize, I)>>,
    work: impl Fn(I) -> Option<O>,
    teller: &Mutex<Teller<O, impl FnMut(WorkEvent<'_, I, O>)>>,
) {
    // Nobody else can use a lock that a panic has left: then there is nothing more to do.
    let take = || queue.lock().ok()?.next();
    while let Some((position, item)) = take() {
        match teller.lock() {
            Ok(mut teller) => (teller.tell)(WorkEvent::Begun(&item)),
            Err(_) => return,
        }
        let Some(output) = work(item) else {
            return;
        };
        let Ok(mut teller) = teller.lock() else {
            return;
        };
        teller.done(position, output);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn run_all(items: Vec<usize>, work: impl Fn(usize) -> Option<usize> + Sync) -> Vec<String> {
        let mut told = Vec::new();
        run(items, 4, work, |event| {
            if let WorkEvent::InOrder(output) = event {
                told.push(output.to_string());
            }
        });
        told
    }

    #[test]
    fn what_comes_is_in_order_though_the_first_takes_longest() {
        let others = AtomicUsize::new(0);
        let told = run_all((0..100).collect(), |item| {
            while item == 0 && others.load(Ordering::SeqCst) < 99 {
                thread::yield_now();
            }
            others.fetch_add(1, Ordering::SeqCst);
            Some(item)
        });
        let all: Vec<_> = (0..100).map(|item| item.to_string()).collect();
        assert_eq!(told, all);
    }

    #[test]
    fn one_thread_does_one_thing_at_a_time_and_gives_each_its_own() {
        let (one, at_once) = (OneThread::lazy(), AtomicUsize::new(0));
        let alone = |item| {
            let others = at_once.fetch_add(1, Ordering::SeqCst);
            thread::yield_now();
            at_once.fetch_sub(1, Ordering::SeqCst);
            (others == 0).then_some(item)
        };
        let told = run_all((0..100).collect(), |item| {
            one.run(|| alone(item)).filter(|it| *it == item)
        });
        assert_eq!(told.len(), 100);
    }

    #[test]
    fn a_worker_that_gives_nothing_stops() {
        assert_eq!(run_all((0..100).collect(), |_| None).len(), 0);
        let told = run_all((0..8).collect(), |item| (item != 0).then_some(item));
        assert_eq!(told, ["1", "2", "3", "4", "5", "6", "7"]);
    }
}
