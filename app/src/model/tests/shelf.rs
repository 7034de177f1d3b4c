//! Kept runs: when they are written, how they come back, and who may write them.

mod back;
mod failing;
mod gone;
mod people;
mod writing;

use super::store::{Store, Tab};
use super::*;
use crate::model::changes::same;
use crate::model::names::catalogue;
use crate::model::notices::Scope;
use crate::model::shelf::sphere::Sphere;
use crate::model::shelf::store::{Place, Refusal, StoreCommand, Stored, Why};
use crate::model::{ShelfMsg, Standing};
use augsphere_spec::{Change, DeviceChoice, DeviceReport, Phase, Record};

/// A tab in which a run was trained and paused.
fn paused(steps: u64) -> World {
    let mut world = World::trained(steps);
    world.does(Msg::Pause);
    world.settle();
    world
}

/// The id of the run on the page.
fn id(world: &World) -> String {
    world.model.current().unwrap().to_owned()
}

/// The page of the same tab, opened again at its own address.
fn reload(world: World) -> World {
    let address = world.address.clone();
    reload_at(world, &address)
}

fn reload_at(world: World, address: &str) -> World {
    let mut world = world.reload(address);
    world.settle();
    world
}

/// Another tab of the same browser.
fn tab(store: &Store, address: &str) -> World {
    let mut store = store.clone();
    let tab = store.tab();
    let mut world = World::open_in(store, tab, address);
    world.settle();
    world
}

fn shelve(world: &mut World, msg: ShelfMsg) {
    world.does(Msg::Shelf(msg));
    world.settle();
}

/// What the newest notice about kept runs says.
fn said(world: &World) -> String {
    let notices: Vec<String> = world
        .model
        .notices
        .iter()
        .filter(|notice| matches!(notice.scope, Scope::Shelf | Scope::Back))
        .map(|notice| notice.fault.what.clone())
        .collect();
    notices.last().cloned().unwrap_or_default()
}

/// How often something was written.
fn writes(world: &World) -> usize {
    world.log.iter().filter(|effect| matches!(effect, Effect::Store(StoreCommand::Put(_)))).count()
}

fn scalar(name: &str, value: f32) -> augsphere_spec::Scalar {
    augsphere_spec::Scalar { name: name.into(), value }
}
