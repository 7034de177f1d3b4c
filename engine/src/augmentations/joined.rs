//! Neighbouring steps of a policy that share a launch.
//!
//! Colour steps in a row become one list of colour operations an image, a crop and the flips around it one window. Every
//! other step has a launch of its own. No kind of step joins the same group twice: an image has one window, and its
//! colours have one contrast, which wants a mean.

use super::device::{Affine, Prepared};
use super::packed::Colours;
use super::{Augmentation, Launch, Params, Window, device};
use burn::tensor::{Device, Tensor};

/// One step of a policy for a batch: its index in the list of all augmentations, and its parameters for each image.
pub(super) struct Turn<'a> {
    pub(super) kind: u64,
    pub(super) augmentation: &'a dyn Augmentation,
    pub(super) params: Vec<Params>,
}

/// What has been joined and not been launched yet.
enum Waiting {
    Nothing,
    Colours(Vec<Colours>),
    Windows(Vec<Window>),
}

/// A launch whose numbers are on the device, or a step that brings its own.
enum Stage<'a> {
    Joined(Box<Prepared>),
    Own(Turn<'a>),
}

/// All turns of a policy for a batch. Their numbers are on the device before the first launch: between launches each transfer would
/// cost a submission.
pub(super) struct Plan<'a>(Vec<Stage<'a>>);

impl<'a> Plan<'a> {
    /// Joins the turns to as few launches as can be, for images of `side` pixels on a device.
    pub(super) fn new(turns: impl Iterator<Item = Turn<'a>>, side: usize, device: &Device) -> Self {
        let mut stages = Vec::new();
        let mut waiting = Waiting::Nothing;
        let mut kinds: Vec<u64> = Vec::new();
        for turn in turns.filter(|turn| turn.params.iter().any(|params| *params != Params::Nothing)) {
            let launches = turn.params.iter().map(|params| turn.augmentation.launch(params, side));
            let kind = turn.augmentation.launch(&Params::Nothing, side);
            let joins = !kinds.contains(&turn.kind)
                && matches!(
                    (&waiting, kind),
                    (Waiting::Colours(_), Launch::Colours(_)) | (Waiting::Windows(_), Launch::Window(_))
                );
            if !joins {
                stages.extend(std::mem::replace(&mut waiting, Waiting::Nothing).stage(device));
                kinds.clear();
                waiting = match kind {
                    Launch::Own => Waiting::Nothing,
                    Launch::Colours(_) => Waiting::Colours(vec![Colours::NONE; turn.params.len()]),
                    Launch::Window(_) => Waiting::Windows(vec![Window::whole(side); turn.params.len()]),
                };
            }
            kinds.push(turn.kind);
            match &mut waiting {
                Waiting::Nothing => {}
                Waiting::Colours(all) => all.iter_mut().zip(launches).for_each(|(colours, launch)| append(colours, launch)),
                Waiting::Windows(all) => all.iter_mut().zip(launches).for_each(|(window, launch)| narrow(window, launch, side)),
            }
            if matches!(waiting, Waiting::Nothing) {
                stages.push(Stage::Own(turn));
            }
        }
        stages.extend(waiting.stage(device));
        Self(stages)
    }

    /// The images (`[B, side, side, 3]`) after all turns, each channel scaled at the end.
    pub(super) fn run(mut self, images: Tensor<4>, affine: Affine) -> Tensor<4> {
        let last = self.0.pop();
        let images = self.0.into_iter().fold(images, |images, stage| match stage {
            Stage::Joined(prepared) => prepared.launch(images),
            Stage::Own(turn) => turn.augmentation.apply_batch(&turn.params, images),
        });
        match last {
            Some(Stage::Joined(prepared)) => prepared.launch_scaled(images, affine),
            Some(Stage::Own(turn)) => device::normalise(turn.augmentation.apply_batch(&turn.params, images), affine),
            None => device::normalise(images, affine),
        }
    }
}

impl Waiting {
    /// What was joined, on the device.
    fn stage<'a>(self, device: &Device) -> Option<Stage<'a>> {
        Some(Stage::Joined(Box::new(match self {
            Self::Nothing => return None,
            Self::Colours(colours) => Prepared::colours(colours.into_iter(), device),
            Self::Windows(windows) => {
                let cubic = windows.iter().any(|window| window.cubic);
                Prepared::windows(windows.into_iter(), cubic, device)
            }
        })))
    }
}

/// Puts colour operations behind those that are there.
fn append(colours: &mut Colours, launch: Launch) {
    let Launch::Colours(operations) = launch else { return };
    let free = colours.0.iter_mut().filter(|place| place.amount == 0.0);
    for (place, operation) in free.zip(operations.into_iter().filter(|operation| operation.amount != 0.0)) {
        *place = operation;
    }
}

/// The window of a window. One of the two is the whole image.
fn narrow(window: &mut Window, launch: Launch, side: usize) {
    let Launch::Window(next) = launch else { return };
    let (mirrored, cubic) = (window.mirrored != next.mirrored, window.cubic || next.cubic);
    if window.shows_all(side) {
        let left = if window.mirrored { (side as u32).saturating_sub(next.left.saturating_add(next.width)) } else { next.left };
        *window = Window { left, ..next };
    }
    *window = Window { mirrored, cubic, ..*window };
}
