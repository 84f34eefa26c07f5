//! What is measured, one module a scenario. Each starts the servers it needs and stops them.

mod build;
mod footprint;
mod growth;
mod invitations;
mod list;
mod lookups;
mod pages;
mod processes;
mod sign_ins;

use crate::failure::Result;
use crate::plan::Plan;
use crate::report::Findings;

/// A scenario.
pub(crate) struct Scenario {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// Its title in the report.
    pub(crate) title: &'static str,
    /// Measures it.
    pub(crate) run: fn(&Plan) -> Result<Findings>,
    /// Whether it runs only when it is asked for.
    pub(crate) is_extra: bool,
}

const fn scenario(
    name: &'static str,
    title: &'static str,
    run: fn(&Plan) -> Result<Findings>,
) -> Scenario {
    let is_extra = false;
    Scenario {
        name,
        title,
        run,
        is_extra,
    }
}

/// All scenarios, in the order of the report.
pub(crate) static ALL: [Scenario; 9] = [
    scenario("lookups", "Look-ups", lookups::run),
    scenario("list", "The whole list", list::run),
    scenario("pages", "Pages", pages::run),
    scenario("invitations", "Invitations", invitations::run),
    scenario("sign_ins", "Sign-ins", sign_ins::run),
    scenario("footprint", "Footprint", footprint::run),
    scenario("processes", "Two processes", processes::run),
    scenario("growth", "Growth", growth::run),
    Scenario {
        is_extra: true,
        ..scenario("build", "Build", build::run)
    },
];
