//! The names of the services.

use serde::{Deserialize, Serialize};

/// How much of a name is compared, in characters.
const LENGTH_MAX: usize = 60;

/// A service that Maelstrom offers nodes under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    LinKv,
    SeqKv,
    /// An eventually consistent one, in which the last write wins.
    LwwKv,
    /// A linearizable source of timestamps.
    LinTso,
}

impl ServiceKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LinKv, Self::SeqKv, Self::LwwKv, Self::LinTso];

    /// Its name, as messages have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LinKv => "lin-kv",
            Self::SeqKv => "seq-kv",
            Self::LwwKv => "lww-kv",
            Self::LinTso => "lin-tso",
        }
    }

    /// The types of requests that it knows.
    pub fn requests(self) -> &'static [&'static str] {
        match self {
            Self::LinKv | Self::SeqKv | Self::LwwKv => &["read", "write", "cas"],
            Self::LinTso => &["ts"],
        }
    }

    /// The service that somebody means who writes its name like this, as in `seq_kv` or `SeqKV`.
    pub fn resembling(name: &str) -> Option<Self> {
        let letters = |name: &str| -> String {
            let letters = name
                .chars()
                .take(LENGTH_MAX)
                .filter(char::is_ascii_alphanumeric);
            letters.map(|letter| letter.to_ascii_lowercase()).collect()
        };
        let meant = letters(name);
        Self::ALL
            .into_iter()
            .find(|kind| letters(kind.name()) == meant)
    }

    /// The service of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
