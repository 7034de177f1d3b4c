//! Neighbouring steps of a policy that share a launch.
//!
//! Colour steps in a row become one list of colour operations an image, a crop and the flips around it one window. Every
//! other step has a launch of its own. No kind of step joins the same group twice: an image has one window, and its
//! colours have one contrast, which wants a mean.

use super::device::{self, Colours, Window};
use super::{Augmentation, Launch, NOTHING, Params};
use burn::tensor::Tensor;

/// One step of a policy for a batch: its index in the list of all augmentations, and a draw an image.
pub(super) struct Turn<'a> {
    pub(super) kind: u64,
    pub(super) augmentation: &'a dyn Augmentation,
    pub(super) draws: Vec<Params>,
}

/// What has been joined and not been launched yet.
enum Waiting {
    Nothing,
    Colours(Vec<Colours>),
    Windows(Vec<Window>),
}

impl Waiting {
    fn launch(self, images: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Nothing => images,
            Self::Colours(colours) => device::recolour(images, colours.into_iter()),
            Self::Windows(windows) => {
                let cubic = windows.iter().any(|window| window[5] != 0.0);
                device::resample(images, windows.into_iter(), cubic)
            }
        }
    }
}

/// The images (`[B, side, side, 3]`) after all turns, in as few launches as can be.
pub(super) fn run<'a>(mut images: Tensor<4>, turns: impl Iterator<Item = Turn<'a>>) -> Tensor<4> {
    let side = images.dims()[1];
    let mut waiting = Waiting::Nothing;
    let mut kinds: Vec<u64> = Vec::new();
    for turn in turns.filter(|turn| turn.draws.iter().any(|draw| *draw != NOTHING)) {
        let launches = turn.draws.iter().map(|draw| turn.augmentation.launch(draw, side));
        let kind = turn.augmentation.launch(&NOTHING, side);
        let joins = !kinds.contains(&turn.kind)
            && matches!((&waiting, kind), (Waiting::Colours(_), Launch::Colours(_)) | (Waiting::Windows(_), Launch::Window(_)));
        if !joins {
            images = std::mem::replace(&mut waiting, Waiting::Nothing).launch(images);
            kinds.clear();
            waiting = match kind {
                Launch::Own => Waiting::Nothing,
                Launch::Colours(_) => Waiting::Colours(vec![[0.0; 16]; turn.draws.len()]),
                Launch::Window(_) => Waiting::Windows(vec![whole(side); turn.draws.len()]),
            };
        }
        kinds.push(turn.kind);
        match &mut waiting {
            Waiting::Nothing => images = turn.augmentation.apply_batch(&turn.draws, images),
            Waiting::Colours(all) => all.iter_mut().zip(launches).for_each(|(colours, launch)| append(colours, launch)),
            Waiting::Windows(all) => all.iter_mut().zip(launches).for_each(|(window, launch)| narrow(window, launch, side)),
        }
    }
    waiting.launch(images)
}

fn whole(side: usize) -> Window {
    [0.0, 0.0, side as f32, side as f32, 0.0, 0.0, 0.0, 0.0]
}

/// Puts colour operations behind those that are there.
fn append(colours: &mut Colours, launch: Launch) {
    let Launch::Colours(operations) = launch else { return };
    let free = colours.chunks_exact_mut(2).filter(|operation| operation[1] == 0.0);
    for (slot, operation) in free.zip(operations.chunks_exact(2).filter(|operation| operation[1] != 0.0)) {
        slot.copy_from_slice(operation);
    }
}

/// The window of a window. One of the two is the whole image.
fn narrow(window: &mut Window, launch: Launch, side: usize) {
    let Launch::Window(next) = launch else { return };
    if window[..4] == whole(side)[..4] {
        let left = if window[4] == 0.0 { next[1] } else { side as f32 - next[1] - next[3] };
        window[..4].copy_from_slice(&[next[0], left, next[2], next[3]]);
    }
    window[4] = if window[4] == next[4] { 0.0 } else { 1.0 };
    window[5] = window[5].max(next[5]);
}
