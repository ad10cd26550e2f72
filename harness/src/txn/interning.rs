//! Objects and their versions as small numbers. Each value that anybody wrote or read is a version of its
//! object; before all of them an object has its initial version, in which it does not exist.

use std::collections::HashMap;

use super::atom::Atom;
use super::effort::{Effort, TimeIsOver};
use super::{Access, Ended, MicroOperation, Transaction};

/// The number of an object.
pub type ObjectId = u32;
/// The number of a version, of whichever object.
pub type VersionId = u32;
/// The number of a transaction.
pub type TxnId = u32;

/// Who wrote a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Writer {
    /// The transaction that may have written it.
    pub live: Option<TxnId>,
    /// The transaction that was to write it, and was aborted.
    pub aborted: Option<TxnId>,
    /// Whether its transaction wrote the object again.
    pub is_intermediate: bool,
    /// Another transaction that may have written the same value: nothing can be told from it.
    pub rival: Option<TxnId>,
}

/// A version of an object.
#[derive(Debug, Clone, Copy)]
pub struct VersionEntry<'a> {
    pub key: ObjectId,
    /// The value; `None`: the initial version.
    pub value: Option<&'a Atom>,
    pub writer: Writer,
}

/// All objects and versions of a history.
#[derive(Debug, Default)]
pub struct Interned<'a> {
    keys: HashMap<&'a Atom, ObjectId>,
    /// By key: its name, and its initial version.
    names: Vec<(&'a Atom, VersionId)>,
    versions: HashMap<(ObjectId, &'a Atom), VersionId>,
    entries: Vec<VersionEntry<'a>>,
}

/// Places of tables of at most 2^32 entries.
pub fn place(number: u32) -> usize {
    number as usize
}

/// A place as a number; a history of more does not fit into memory.
pub fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl<'a> Interned<'a> {
    /// The objects and versions that these transactions write; what is only read comes later.
    pub fn new(transactions: &[Transaction<'a>], effort: &Effort<'_>) -> Result<Self, TimeIsOver> {
        let mut interned = Self::default();
        for (txn, transaction) in transactions.iter().enumerate() {
            effort.spend(transaction.operations.len())?;
            let mut last = HashMap::new();
            for operation in transaction.operations {
                interned.write(number(txn), transaction.ended, operation, &mut last);
            }
            interned.also_asked(number(txn), transaction);
        }
        Ok(interned)
    }

    fn write(
        &mut self,
        txn: TxnId,
        ended: Ended,
        operation: &'a MicroOperation,
        last: &mut HashMap<ObjectId, VersionId>,
    ) {
        let key = self.key(&operation.key);
        let Access::Write(value) = &operation.access else {
            return;
        };
        let version = self.version(key, value);
        if let Some(before) = last.insert(key, version).and_then(|it| self.writer(it)) {
            before.is_intermediate = true;
        }
        let Some(writer) = self.writer(version) else {
            return;
        };
        writer.is_intermediate = false;
        if ended == Ended::Aborted {
            writer.aborted.get_or_insert(txn);
        } else if writer.live.is_some_and(|other| other != txn) {
            writer.rival = Some(txn);
        } else {
            writer.live = Some(txn);
        }
    }

    /// Where a reply says something else than the request, what was asked may have been written, too.
    fn also_asked(&mut self, txn: TxnId, transaction: &Transaction<'a>) {
        for operation in transaction.asked.unwrap_or_default() {
            if let Access::Write(value) = &operation.access {
                let key = self.key(&operation.key);
                let version = self.version(key, value);
                if let Some(writer) = self.writer(version) {
                    writer.live.get_or_insert(txn);
                }
            }
        }
    }

    /// The number of an object.
    pub fn key(&mut self, name: &'a Atom) -> ObjectId {
        if let Some(key) = self.keys.get(name) {
            return *key;
        }
        let key = number(self.names.len());
        let initial = self.add(key, None);
        self.keys.insert(name, key);
        self.names.push((name, initial));
        key
    }

    /// The number of a version.
    pub fn version(&mut self, key: ObjectId, value: &'a Atom) -> VersionId {
        if let Some(version) = self.versions.get(&(key, value)) {
            return *version;
        }
        let version = self.add(key, Some(value));
        self.versions.insert((key, value), version);
        version
    }

    fn add(&mut self, key: ObjectId, value: Option<&'a Atom>) -> VersionId {
        let version = number(self.entries.len());
        let writer = Writer::default();
        self.entries.push(VersionEntry { key, value, writer });
        version
    }

    fn writer(&mut self, version: VersionId) -> Option<&mut Writer> {
        let entry = self.entries.get_mut(place(version))?;
        Some(&mut entry.writer)
    }

    /// The version with this value, if there is one.
    pub fn find(&self, key: &Atom, value: &Atom) -> Option<VersionId> {
        let key = *self.keys.get(key)?;
        self.versions.get(&(key, value)).copied()
    }

    /// The version of an object before anybody wrote it.
    pub fn initial(&self, key: ObjectId) -> VersionId {
        self.names
            .get(place(key))
            .map_or(0, |(_, initial)| *initial)
    }

    /// The name of an object.
    pub fn name(&self, key: ObjectId) -> Option<&'a Atom> {
        self.names.get(place(key)).map(|(name, _)| *name)
    }

    pub fn entry(&self, version: VersionId) -> Option<VersionEntry<'a>> {
        self.entries.get(place(version)).copied()
    }

    /// How many objects there are.
    pub fn keys(&self) -> usize {
        self.names.len()
    }

    /// How many versions there are, initial ones included.
    pub fn versions(&self) -> usize {
        self.entries.len()
    }
}
