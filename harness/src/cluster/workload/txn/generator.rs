//! The load, as Elle makes it: each transaction reads and writes at random some of the keys in use, and each
//! value of a key is written once.

use fastrand::Rng;

use super::TxnRequest;
use crate::cluster::settings::Settings;
use crate::cluster::workload::key_pool::KeyPool;
use crate::txn::atom::Atom;
use crate::txn::{Access, MicroOperation, ObjectKind, Observed};

/// Where transactions come from.
#[derive(Debug)]
pub struct TxnGenerator {
    objects: ObjectKind,
    keys: KeyPool,
    length_max: usize,
}

impl TxnGenerator {
    /// No transaction was made yet.
    pub fn new(settings: &Settings, objects: ObjectKind) -> Self {
        Self {
            objects,
            keys: KeyPool::new(settings.keys),
            length_max: settings.txn_length_max.get(),
        }
    }

    /// The next transaction: 1 to the most operations, half of which write.
    pub fn next(&mut self, random: &mut Rng) -> TxnRequest {
        let length = random.usize(1..=self.length_max);
        let operations = (0..length).map(|_| self.operation(random)).collect();
        TxnRequest {
            operations,
            objects: self.objects,
        }
    }

    fn operation(&mut self, random: &mut Rng) -> MicroOperation {
        if random.bool() {
            return MicroOperation {
                key: atom(self.keys.read(random)),
                access: Access::Read(Observed::Nothing),
            };
        }
        let (key, value) = self.keys.write(random);
        MicroOperation {
            key: atom(key),
            access: Access::Write(atom(value)),
        }
    }
}

/// Keys and values are counted, so that they fit.
fn atom(number: usize) -> Atom {
    Atom::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn transactions_are_maelstroms() {
        let mut generator = TxnGenerator::new(&Settings::default(), ObjectKind::List);
        let mut random = Rng::with_seed(1);
        let requests: Vec<_> = (0..4_000).map(|_| generator.next(&mut random)).collect();
        let lengths: BTreeSet<_> = requests.iter().map(|it| it.operations.len()).collect();
        assert_eq!(lengths, BTreeSet::from([1, 2, 3, 4]));
        let mut written: BTreeMap<Atom, Vec<Atom>> = BTreeMap::new();
        let mut reads = 0;
        for operation in requests.iter().flat_map(|it| it.operations.iter()) {
            match &operation.access {
                Access::Read(_) => reads += 1,
                Access::Write(value) => {
                    let values = written.entry(operation.key.clone()).or_default();
                    values.push(value.clone());
                }
            }
        }
        let writes: usize = written.values().map(Vec::len).sum();
        assert!((4_700..5_300).contains(&reads) && (4_700..5_300).contains(&writes));
        for values in written.values() {
            let expected: Vec<_> = (1..=values.len()).map(atom).collect();
            assert!(*values == expected && values.len() <= 16);
        }
    }
}
