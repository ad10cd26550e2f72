//! Contradictions in a stored run, in sentences that follow `line 17: it contradicts the rest: `.

use std::fmt;

use super::{Contradiction, Incomplete};

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLater => f.write_str("its time is not after the time of the line before"),
            Self::LongerThanRun => f.write_str("it lasted longer than the run"),
            Self::PhaseOrder => f.write_str("this part of the run can't begin here"),
            Self::OtherPhase => f.write_str("it belongs to another part of the run"),
            Self::StillOpen(operation) => {
                write!(f, "operation {operation} has no end in the part before")
            }
            Self::IndexOrder(index) => write!(f, "index {index} is not the next number"),
            Self::NoSuchNode(node) => write!(f, "the settings name no node {node}"),
            Self::OtherNode => f.write_str("there is no such process, or it asks another node"),
            Self::ProcessBusy(process) => {
                write!(f, "process {process} still waits for an earlier answer")
            }
            Self::ValueOrder(value) => write!(f, "value {value} is not the next number"),
            Self::NotOpen => f.write_str("its process has no request without an end"),
            Self::OtherRequest(operation) => {
                write!(f, "operation {operation} is another request")
            }
            Self::ShownTooEarly(value) => {
                write!(f, "it shows {value} before anybody gave it")
            }
            Self::FaultAgain(number) => write!(f, "fault #{number} began before"),
            Self::FaultNotLasting(number) => {
                write!(f, "fault #{number} never began, or ended before")
            }
            Self::NotRestarted => f.write_str("the node was not restarted"),
            Self::SentLater => f.write_str("it was sent after it arrived"),
            Self::TooManyCopies(id) => write!(f, "message {id} came before"),
            Self::NotAsked => f.write_str("history.jsonl has no such request at that time"),
            Self::OtherMessage => f.write_str("its own message contradicts it"),
            Self::NotDropped(number) => {
                write!(f, "fault #{number} could not drop it then")
            }
        }
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the end of the run is missing"),
            Self::Message(id) => write!(f, "message {id} is missing"),
            Self::Request(operation) => {
                write!(f, "the request of operation {operation} is missing")
            }
            Self::Answer(operation) => {
                write!(f, "the answer to operation {operation} is missing")
            }
        }
    }
}
