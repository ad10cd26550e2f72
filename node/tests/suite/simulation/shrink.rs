//! Makes a failing plan as small as it can be while it fails: fewer nodes, values and faults, and
//! less of everything else.

use std::time::Duration;

use harness::net::network::Distribution;

use super::plan::{Plan, Shape, Step};

/// The smallest plan that is found by taking one thing away at a time, as long as it `fails`.
pub fn shrink(mut plan: Plan, fails: impl Fn(&Plan) -> bool) -> Plan {
    loop {
        let found = smaller(&plan).find(&fails);
        match found {
            Some(smaller) => plan = smaller,
            None => return plan,
        }
    }
}

/// All plans with one thing less, the greatest things first.
fn smaller(plan: &Plan) -> impl Iterator<Item = Plan> {
    let nodes = (0..plan.nodes).filter(|_| plan.nodes > 1);
    let without_node = nodes.map(|node| remove_node(plan, node));
    let without_step = (0..plan.steps.len()).map(|step| {
        let mut plan = plan.clone();
        plan.steps.remove(step);
        plan
    });
    let without_link = (0..plan.steps.len()).flat_map(|step| remove_links(plan, step));
    without_node
        .chain(without_step)
        .chain(calmer(plan))
        .chain(without_link)
        .chain(first_faults(plan))
}

/// The rest move up.
fn remove_node(plan: &Plan, gone: usize) -> Plan {
    let moved = |node: &usize| (*node != gone).then(|| node - usize::from(*node > gone));
    let step = |step: &Step| match step {
        Step::Broadcast {
            node,
            value,
            decimal,
        } => Some(Step::Broadcast {
            node: moved(node)?,
            value: *value,
            decimal: *decimal,
        }),
        Step::Cut(links) => {
            let links = links.iter();
            let links = links.filter_map(|(from, to)| Some((moved(from)?, moved(to)?)));
            Some(Step::Cut(links.collect()))
        }
        Step::Mend => Some(Step::Mend),
        Step::Crash(node) => Some(Step::Crash(moved(node)?)),
        Step::Restart(node) => Some(Step::Restart(moved(node)?)),
    };
    let steps = plan.steps.iter();
    Plan {
        nodes: plan.nodes - 1,
        steps: steps
            .filter_map(|(time, it)| Some((*time, step(it)?)))
            .collect(),
        ..plan.clone()
    }
}

/// Less of what has no steps of its own; only what is there can be taken away.
fn calmer(plan: &Plan) -> impl Iterator<Item = Plan> {
    let changes: [fn(&mut Plan) -> bool; 6] = [
        |plan| std::mem::replace(&mut plan.loss, 0.0) > 0.0,
        |plan| std::mem::replace(&mut plan.duplicate, 0.0) > 0.0,
        |plan| std::mem::replace(&mut plan.shape, Shape::Line) != Shape::Line,
        |plan| !std::mem::take(&mut plan.flush_interval).is_zero(),
        |plan| !std::mem::take(&mut plan.latency).is_zero(),
        |plan| {
            let constant = Distribution::Constant;
            std::mem::replace(&mut plan.distribution, constant) != constant
        },
    ];
    changes.into_iter().filter_map(|change| {
        let mut plan = plan.clone();
        change(&mut plan).then_some(plan)
    })
}

/// A fault at the very start instead of later: then it matters less what comes when.
fn first_faults(plan: &Plan) -> impl Iterator<Item = Plan> {
    let steps = plan.steps.iter().enumerate();
    let later = steps.filter(|(_, (time, step))| {
        !time.is_zero() && matches!(step, Step::Cut(_) | Step::Crash(_))
    });
    later.map(|(index, _)| {
        let mut plan = plan.clone();
        let (_, step) = plan.steps.remove(index);
        plan.steps.insert(0, (Duration::ZERO, step));
        plan
    })
}

/// A cut of fewer links: one less each time, or an eighth if there are many.
fn remove_links(plan: &Plan, step: usize) -> Vec<Plan> {
    let Some((time, Step::Cut(links))) = plan.steps.get(step) else {
        return Vec::new();
    };
    let size = if links.len() > 40 { links.len() / 8 } else { 1 };
    let starts = (0..links.len()).step_by(size);
    let fewer = starts.map(|start| {
        let mut links = links.clone();
        links.drain(start..links.len().min(start + size));
        let mut plan = plan.clone();
        plan.steps[step] = (*time, Step::Cut(links));
        plan
    });
    fewer.collect()
}

#[test]
fn what_does_not_matter_is_taken_away() {
    let plan = (0..1000)
        .map(Plan::new)
        .find(|plan| plan.nodes > 9 && plan.loss > 0.0);
    let mut plan = plan.unwrap();
    plan.steps.push((Duration::from_secs(9), Step::Crash(7)));
    let crashes = |plan: &Plan| {
        plan.steps
            .iter()
            .any(|(_, step)| matches!(step, Step::Crash(_)))
    };
    let shrunk = shrink(plan, |plan| crashes(plan) && plan.nodes >= 3);
    assert_eq!((shrunk.nodes, shrunk.values(), shrunk.faults()), (3, 0, 1));
    assert_eq!(
        (shrunk.shape, shrunk.latency),
        (Shape::Line, Duration::ZERO)
    );
}
