//! EDGE. Does something with each of many items, several at once; what comes of them is told in
//! the order of the items, however long each took. What is done is not known here.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, SendError, Sender};
use std::thread;

/// Something to tell.
#[derive(Debug)]
pub enum Event<'a, O> {
    /// An item was begun: the one at this position.
    Begun(usize),
    /// An item is done; those before it may not be.
    Done(usize, &'a O),
    /// What came of an item, in the order of the items.
    InOrder(O),
}

/// How to go about it.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many items are worked on at once, at least one.
    pub jobs: usize,
    /// Whether to tell when an item is begun, too.
    pub tells_begun: bool,
}

/// Does `work` with each item; where it gives nothing, the thread takes no further item. `tell`
/// hears of one thing at a time, in the thread where it happened: to wake another one for each
/// would cost more than most of them.
pub fn run<I: Send, O: Send>(
    items: Vec<I>,
    plan: Plan,
    work: impl Fn(I) -> Option<O> + Sync,
    tell: impl FnMut(Event<'_, O>) + Send,
) {
    let queue = Queue::new(items);
    let teller = Mutex::new(Teller {
        tell,
        waiting: BTreeMap::new(),
        next: 0,
    });
    let worker = || take_turns(&queue, plan, &work, &teller);
    thread::scope(|scope| {
        for begun in 0..plan.jobs.min(queue.items.len()) {
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

/// A thread that does one job after the other, whoever it is for.
pub struct Lane<'a, J, O> {
    work: &'a (dyn Fn(J) -> O + Sync),
    jobs: Sender<(J, Sender<O>)>,
    alone: Mutex<()>,
}

impl<J, O> Lane<'_, J, O> {
    /// What comes of a job, when its turn has come; `None` after a panic.
    pub fn wait_for(&self, job: J) -> Option<O> {
        let (sender, output) = mpsc::channel();
        match self.jobs.send((job, sender)) {
            Ok(()) => output.recv().ok(),
            // The system had no more threads.
            Err(SendError((job, _))) => {
                let _alone = self.alone.lock().ok()?;
                Some((self.work)(job))
            }
        }
    }
}

/// Does something while there is a lane for those of its jobs that need much memory. So not all of
/// them have it at once; and a thread keeps for itself some of what it gives back: the next job gets
/// that.
pub fn with_lane<J: Send, O: Send, T>(
    work: impl Fn(J) -> O + Sync,
    all: impl FnOnce(&Lane<'_, J, O>) -> T,
) -> T {
    let (jobs, queue) = mpsc::channel::<(J, Sender<O>)>();
    let work = &work;
    thread::scope(|scope| {
        let serve = move || {
            for (job, output) in queue {
                // Whoever wanted it may be gone.
                let _ = output.send(work(job));
            }
        };
        let _ = thread::Builder::new().spawn_scoped(scope, serve);
        // The thread ends when the lane is gone.
        all(&Lane {
            work,
            jobs,
            alone: Mutex::new(()),
        })
    })
}

/// The items that nobody has taken yet.
struct Queue<I> {
    items: Vec<Mutex<Option<I>>>,
    next: AtomicUsize,
}

impl<I> Queue<I> {
    fn new(items: Vec<I>) -> Self {
        let items = items.into_iter().map(|item| Mutex::new(Some(item)));
        Self {
            items: items.collect(),
            next: AtomicUsize::new(0),
        }
    }

    fn take(&self) -> Option<(usize, I)> {
        let position = self.next.fetch_add(1, Ordering::Relaxed);
        let item = self.items.get(position)?.lock().ok()?.take()?;
        Some((position, item))
    }
}

/// Tells what the workers say.
struct Teller<O, T> {
    tell: T,
    /// What is done, but must not be told in order yet.
    waiting: BTreeMap<usize, O>,
    next: usize,
}

impl<O, T: FnMut(Event<'_, O>)> Teller<O, T> {
    fn begun(&mut self, position: usize) {
        (self.tell)(Event::Begun(position));
    }

    fn done(&mut self, position: usize, output: O) {
        (self.tell)(Event::Done(position, &output));
        self.waiting.insert(position, output);
        while let Some(output) = self.waiting.remove(&self.next) {
            (self.tell)(Event::InOrder(output));
            self.next += 1;
        }
    }

    /// Where a worker stopped there is a gap; what was done is still told.
    fn finish(mut self) {
        for output in self.waiting.into_values() {
            (self.tell)(Event::InOrder(output));
        }
    }
}

fn take_turns<I, O>(
    queue: &Queue<I>,
    plan: Plan,
    work: impl Fn(I) -> Option<O>,
    teller: &Mutex<Teller<O, impl FnMut(Event<'_, O>)>>,
) {
    // Nobody else can use a lock that a panic has left: then there is nothing more to do.
    while let Some((position, item)) = queue.take() {
        if plan.tells_begun {
            let Ok(mut teller) = teller.lock() else {
                return;
            };
            teller.begun(position);
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
    use super::*;

    fn run_all(items: Vec<usize>, work: impl Fn(usize) -> Option<usize> + Sync) -> Vec<String> {
        let plan = Plan {
            jobs: 4,
            tells_begun: false,
        };
        let mut told = Vec::new();
        run(items, plan, work, |event| {
            if let Event::InOrder(output) = event {
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
    fn a_lane_does_one_job_at_a_time_and_gives_each_its_own() {
        let (at_once, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |item: usize| {
            most.fetch_max(1 + at_once.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            thread::yield_now();
            at_once.fetch_sub(1, Ordering::SeqCst);
            item * 10
        };
        let told = with_lane(work, |lane| {
            let waits = |item| {
                assert_eq!(lane.wait_for(item), Some(item * 10));
                Some(item)
            };
            run_all((0..100).collect(), waits).len()
        });
        assert_eq!((told, most.into_inner()), (100, 1));
    }

    #[test]
    fn a_worker_that_gives_nothing_stops() {
        assert_eq!(run_all((0..100).collect(), |_| None).len(), 0);
        let told = run_all((0..8).collect(), |item| (item != 0).then_some(item));
        assert_eq!(told, ["1", "2", "3", "4", "5", "6", "7"]);
    }
}
