//! `harness test`: a cluster, its load, its faults, and the verdict.

use super::Failed;
use crate::cli::test::TestArguments;
use crate::cluster::run::{self, Sight};
use crate::interrupt::Interrupt;
use crate::outcome::Exit;
use crate::process::Launch;

pub fn test(arguments: &TestArguments) -> Result<Exit, Failed> {
    let interrupt = Interrupt::catch()?;
    crate::family::adopt_orphans();
    let settings = arguments
        .settings(arguments.seed.unwrap_or(1))
        .map_err(|_| Failed::BlessInCi)?;
    let launch = Launch {
        program: arguments.bin.clone().unwrap_or_default(),
        args: arguments.node_args.clone(),
        env: Vec::new(),
    };
    let mut count = 0;
    let end = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                run::run(settings, launch, &interrupt, &mut |sight| {
                    match sight {
                        Sight::Event(crate::cluster::history::Event {
                            time,
                            what:
                                crate::cluster::history::What::Completed {
                                    operation,
                                    outcome: crate::cluster::history::Outcome::Shown(shown),
                                },
                        }) => super::screen::write(&format!(
                            "{time:?} {operation} SHOWN {:?} of {}: {:?}\n",
                            shown.values.count_ones(..),
                            shown.values.len(),
                            shown.values.zeroes().collect::<Vec<_>>()
                        ))?,
                        Sight::Event(event) => super::screen::write(&format!("{event:?}\n"))?,
                        Sight::Carried(carried) => {
                            count += 1;
                            if carried.settled > carried.due + std::time::Duration::from_millis(5) {
                                super::screen::write(&format!("LATE {carried:?}\n"))?;
                            }
                        }
                        Sight::Log(node, log) => {
                            super::screen::write(&format!(
                                "{node}: {}\n",
                                String::from_utf8_lossy(log)
                            ))?;
                        }
                        Sight::Time(_) => {}
                    }
                    Ok(())
                })
            })
            .join()
    });
    super::screen::write(&format!("{end:?} {count}\n"))?;
    Ok(Exit::Passed)
}
