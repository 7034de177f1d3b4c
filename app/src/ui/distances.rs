//! What do the augmentations do to the distances between images? Answered while somebody looks.

mod compared;
mod controls;
mod heat;
mod markup;
mod pair;
mod sigma;
mod strips;
mod theorem;

use super::disclosure::Disclosure;
use crate::model::DistanceMsg;
use crate::model::distances::{Answer, Shared};
use crate::page::Page;
use leptos::prelude::*;

/// What all parts look at. Copies refer to the same.
#[derive(Clone, Copy)]
struct Scope {
    page: Page,
    /// The newest answer.
    answer: Memo<Option<Shared<Answer>>>,
    /// Names of all classes.
    names: Memo<Vec<String>>,
    /// The pair of images that is looked at.
    pair: Memo<Option<(usize, usize)>>,
}

impl Scope {
    fn new(page: Page) -> Self {
        let answer = Memo::new(move |_| page.distances.with(|distances| distances.answer.clone()));
        let names = Memo::new(move |_| {
            page.state.with(|state| state.run.as_ref().map(|run| run.data.classes.names.clone()).unwrap_or_default())
        });
        let pair = Memo::new(move |_| {
            let answer = answer.get()?;
            let chosen = page
                .distances
                .with(|distances| distances.controls.pair)
                .filter(|(one, other)| (*one).max(*other) < answer.count());
            chosen.or_else(|| crate::model::distances::pairs::striking(&answer))
        });
        Self { page, answer, names, pair }
    }

    /// The name of a class.
    fn name(self, class: usize) -> String {
        self.names.with(|names| names.get(class).cloned()).unwrap_or_default()
    }

    /// An image of the answer, as people count: `dog 3`.
    fn image(self, answer: &Answer, image: usize) -> String {
        let class = answer.data.classes.get(image).copied().unwrap_or_default();
        let before = answer.data.classes[..image.min(answer.count())].iter().filter(|&&other| other == class).count();
        format!("{} {}", self.name(class), before + 1)
    }

    /// A view of the answer in words: `dog 3, view 2: crop 62 %`.
    fn view(self, answer: &Answer, image: usize, view: usize) -> String {
        let image_words = self.image(answer, image);
        match answer.view(image, view).1 {
            _ if view == 0 => format!("{image_words}, the image itself"),
            "" => format!("{image_words}, view {view}"),
            words => format!("{image_words}, view {view}: {words}"),
        }
    }
}

/// All controls and pictures of augmented distances; they ask only while it is open.
#[component]
pub fn DistanceCard() -> impl IntoView {
    let page = expect_context::<Page>();
    let open = Memo::new(move |_| page.distances.with(|distances| distances.controls.open));
    view! {
        <Disclosure
            title="What the augmentations do to distances" brief="augmented distances" class="card distances" testid="distances"
            on_toggle=Callback::new(move |open| page.set_distances(DistanceMsg::Open(open)))
        >
            <Show when=move || open.get()>{move || inside(page)}</Show>
        </Disclosure>
    }
}

fn inside(page: Page) -> AnyView {
    let scope = Scope::new(page);
    // Made once, when there is something to show; what they show changes with every answer.
    let ready = Memo::new(move |_| scope.answer.with(Option::is_some));
    let parts = move || {
        ready.get().then(|| {
            view! {
                {strips::part(scope)}
                {heat::part(scope)}
                {pair::part(scope)}
                {sigma::part(scope)}
                {theorem::part(scope)}
            }
        })
    };
    view! {
        <p class="question">
            "Augmentations do not only change images, they bring different images closer: two images are as far apart as the "
            "nearest two of their views (the "<em>"augmented distance"</em>"). An encoder that keeps the views of each image "
            "together can only group images whose views come near each other. No encoder is involved in what you see here, "
            "only the images and the augmentations. Turn them under Augmentations and watch."
        </p>
        {controls::part(scope)}
        {compared::part(scope)}
        {parts}
    }
    .into_any()
}
