//! EDGE: standard input as chunks of bytes, each with the time it arrived.
//!
//! A thread does the reading, so that what comes in while the node is busy
//! has the time at which it came and not that at which the node looked. Lines
//! are made elsewhere.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many bytes are read at once, at most.
const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// How many bytes wait to be taken, about; then the reader pauses. It is bytes that count, not
/// chunks: many small messages must not keep the time of arrival of the next from being noted.
const QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// What was read at once.
#[derive(Debug)]
pub struct Chunk {
    pub arrived: Duration,
    pub bytes: Vec<u8>,
}

/// What there is to do next.
#[derive(Debug)]
pub enum Event {
    Arrived(Chunk),
    /// Nothing was read by now, which is at or after the deadline.
    Due(Duration),
    /// Nothing more will be read: this was the end, or an error.
    Ended(io::Result<()>),
}

/// What is being read, and the clock that goes with it.
#[derive(Debug)]
pub struct Input {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    start: Instant,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    chunks: VecDeque<Chunk>,
    /// How many bytes they have together.
    bytes: usize,
    end: Option<io::Result<()>>,
}

impl Input {
    /// Starts the clock, and a thread that reads `source` to its end.
    ///
    /// It fails if there can't be a thread.
    pub fn start(source: impl Read + Send + 'static) -> io::Result<Self> {
        let (queue, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared {
            start: Instant::now(),
            queue,
            changed,
        });
        let reader = Arc::clone(&shared);
        thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || reader.read_all(source))?;
        Ok(Self { shared })
    }

    /// The time since the start.
    pub fn now(&self) -> Duration {
        self.shared.start.elapsed()
    }

    /// Whether there is nothing to take just now.
    pub fn pauses(&self) -> bool {
        let queue = self.shared.lock();
        queue.chunks.is_empty()
    }

    /// Waits for the next chunk, until `deadline` at the latest.
    ///
    /// Arrivals are stamped and queued under the lock that is held here: when
    /// this says that a deadline has passed, nothing is on its way to the
    /// queue that came before.
    pub fn next(&self, deadline: Option<Duration>) -> Event {
        let mut queue = self.shared.lock();
        loop {
            if let Some(chunk) = queue.chunks.pop_front() {
                queue.bytes -= chunk.bytes.len();
                self.shared.changed.notify_all();
                return Event::Arrived(chunk);
            }
            if let Some(end) = queue.end.take() {
                return Event::Ended(end);
            }
            let now = self.now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Event::Due(now);
            }
            queue = self
                .shared
                .wait(queue, deadline.map(|deadline| deadline.saturating_sub(now)));
        }
    }
}

impl Shared {
    fn read_all(&self, mut source: impl Read) {
        let mut buffer = vec![0; CHUNK_BYTES_MAX];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return self.end(Ok(())),
                Ok(count) => self.push(buffer.get(..count).unwrap_or_default().to_vec()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.end(Err(error)),
            }
        }
    }

    fn push(&self, bytes: Vec<u8>) {
        let mut queue = self.lock();
        queue.bytes += bytes.len();
        queue.chunks.push_back(Chunk {
            arrived: self.start.elapsed(),
            bytes,
        });
        self.changed.notify_all();
        while queue.bytes >= QUEUE_BYTES_MAX {
            queue = self.wait(queue, None);
        }
    }

    fn end(&self, end: io::Result<()>) {
        self.lock().end = Some(end);
        self.changed.notify_all();
    }

    /// A lock is never poisoned: nothing panics while it is held.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(
        &self,
        queue: MutexGuard<'a, Queue>,
        timeout: Option<Duration>,
    ) -> MutexGuard<'a, Queue> {
        match timeout {
            Some(timeout) => {
                let woken = self.changed.wait_timeout(queue, timeout);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never has anything, and never ends.
    struct Silence;

    impl Read for Silence {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            loop {
                thread::park();
            }
        }
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }

    #[test]
    fn the_reader_pauses_when_nobody_takes_what_it_reads() {
        let input = Input::start(io::repeat(b'x')).unwrap();
        for _ in 0..100 {
            while input.shared.lock().bytes < QUEUE_BYTES_MAX {
                thread::yield_now();
            }
            assert!(matches!(input.next(None), Event::Arrived(_)));
            assert!(input.shared.lock().bytes <= QUEUE_BYTES_MAX + CHUNK_BYTES_MAX);
        }
    }

    /// Gives one byte at a time.
    struct Trickle(usize);

    impl Read for Trickle {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let left = self.0.min(1);
            self.0 -= left;
            into[..left].fill(b'x');
            Ok(left)
        }
    }

    #[test]
    fn many_small_reads_are_all_stamped_while_nobody_takes_them() {
        let input = Input::start(Trickle(1000)).unwrap();
        while input.shared.lock().end.is_none() {
            thread::yield_now();
        }
        assert_eq!(input.shared.lock().chunks.len(), 1000);
    }

    #[test]
    fn everything_arrives_in_order_then_the_end() {
        let sent: Vec<u8> = (0..=255).cycle().take(40 * CHUNK_BYTES_MAX + 1).collect();
        let input = Input::start(io::Cursor::new(sent.clone())).unwrap();
        let (mut received, mut last) = (Vec::new(), Duration::ZERO);
        while let Event::Arrived(chunk) = input.next(None) {
            assert!(last <= chunk.arrived && chunk.arrived <= input.now());
            last = chunk.arrived;
            received.extend(chunk.bytes);
        }
        assert!(received == sent);
    }

    #[test]
    fn a_deadline_ends_the_wait_and_never_too_soon() {
        let input = Input::start(Silence).unwrap();
        for deadline in [Duration::ZERO, Duration::from_millis(20)] {
            let Event::Due(now) = input.next(Some(deadline)) else {
                panic!("nothing arrives");
            };
            assert!(now >= deadline);
        }
    }

    #[test]
    fn what_has_arrived_comes_before_what_is_due() {
        let input = Input::start(&b"x"[..]).unwrap();
        while input.shared.lock().end.is_none() {
            thread::yield_now();
        }
        assert!(matches!(
            input.next(Some(Duration::ZERO)),
            Event::Arrived(_)
        ));
        assert!(matches!(
            input.next(Some(Duration::ZERO)),
            Event::Ended(Ok(()))
        ));
    }

    #[test]
    fn an_error_ends_it() {
        let input = Input::start(Broken).unwrap();
        assert!(matches!(input.next(None), Event::Ended(Err(_))));
    }
}
