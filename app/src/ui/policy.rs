//! How is a policy of augmentations put together: by a recipe, by hand, in which order, and for which of the two views?

use super::disclosure::Disclosure;
use super::experiment::Knobs;
use super::icons::Icon;
use super::paper::paper;
use crate::model::distances::policy::{ORDER, differing, order, shifted};
use crate::page::Page;
use augsphere_spec::{Card, Recipe, Section, Value};
use leptos::prelude::*;

/// Whether the cards of a section act one after the other.
pub fn has_order(section: &Section) -> bool {
    section.cards.iter().any(|card| card.knob("probability").is_some())
}

/// The recipes, the augmentations of the first view, and those of the second.
#[component]
pub fn Policy(section: Section) -> impl IntoView {
    let page = expect_context::<Page>();
    let follower = page.catalogue.with_untracked(|catalogue| {
        catalogue.sections.iter().find(|other| other.follows.as_ref() == Some(&section.name)).cloned()
    });
    let recipes = (!section.recipes.is_empty()).then(|| view! { <Recipes section=section.clone() /> });
    let second = follower.map(|follower| view! { <SecondView section=follower /> });
    view! {
        {recipes}
        <Layers section />
        {second}
    }
}

/// The menu of recipes; it shows the one that the controls follow to the letter.
#[component]
fn Recipes(section: Section) -> impl IntoView {
    let page = expect_context::<Page>();
    let name = StoredValue::new(section.name.clone());
    let chosen = Memo::new(move |_| -> Option<Recipe> {
        page.catalogue.with(|catalogue| page.draft.with(|draft| name.with_value(|name| catalogue.recipe(draft, name).cloned())))
    });
    let is = move |key: &str| chosen.with(|chosen| chosen.as_ref().is_some_and(|recipe| recipe.name == key));
    let option = |recipe: &Recipe| {
        let key = recipe.name.clone();
        view! { <option value=recipe.name.clone() prop:selected=move || is(&key)>{recipe.title.clone()}</option> }
    };
    // Sets that are named by letters are those of one paper's experiments.
    let (lettered, whole): (Vec<&Recipe>, Vec<&Recipe>) =
        section.recipes.iter().partition(|recipe| recipe.title.starts_with('('));
    let options = whole.into_iter().map(option).collect_view();
    let letters = (!lettered.is_empty()).then(
        || view! { <optgroup label="Huang et al., piece by piece">{lettered.into_iter().map(option).collect_view()}</optgroup> },
    );
    let recipes = StoredValue::new(section.recipes);
    let take = move |event: leptos::ev::Event| {
        let key = event_target_value(&event);
        let turned = recipes.with_value(|recipes| {
            let recipe = recipes.iter().find(|recipe| recipe.name == key)?;
            let apply = |draft: &_| {
                page.catalogue
                    .with_untracked(|catalogue| name.with_value(|name| catalogue.apply_recipe(draft, name, recipe).ok()))
            };
            page.draft.with_untracked(apply)
        });
        if let Some(turned) = turned {
            page.turn_to(&turned);
        }
    };
    let words =
        move || chosen.get().map(|recipe| view! { <p class="summary">{recipe.summary.clone()}" "{paper(&recipe.paper)}</p> });
    view! {
        <div class="recipe">
            <label for="recipe">"Recipe"</label>
            <select id="recipe" data-testid="recipe" on:change=take>
                <option value="" disabled=true prop:selected=move || chosen.with(Option::is_none)>"your own"</option>
                {options}
                {letters}
            </select>
        </div>
        {words}
    }
}

/// The augmentations of a view: those that are on in the order in which they act, then those that are off.
#[component]
fn Layers(section: Section) -> impl IntoView {
    let page = expect_context::<Page>();
    let name = StoredValue::new(section.name.clone());
    let sorted = Memo::new(move |_| name.with_value(|name| page.draft.with(|draft| order(draft, name))));
    let cards = StoredValue::new(section.cards);
    let rows = move || {
        let (on, off) = sorted.get();
        on.into_iter().chain(off).collect::<Vec<String>>()
    };
    let row = move |key: String| {
        let card = cards.with_value(|cards| cards.iter().find(|card| card.name == key).cloned());
        card.map(|card| {
            let shift = card.knob(ORDER).is_some().then(|| shifter(page, name, card.clone(), sorted));
            view! { <div class="layer-row"><LayerBox card section=name.get_value() />{shift}</div> }
        })
    };
    view! { <div class="layers"><For each=rows key=Clone::clone children=row /></div> }
}

/// The buttons that let an augmentation act earlier or later; nothing while it is off.
fn shifter(page: Page, section: StoredValue<String>, card: Card, sorted: Memo<(Vec<String>, Vec<String>)>) -> AnyView {
    let key = StoredValue::new(card.name.clone());
    let place = Memo::new(move |_| sorted.with(|(on, _)| key.with_value(|key| on.iter().position(|name| name == key))));
    let last = Memo::new(move |_| sorted.with(|(on, _)| on.len()));
    let shift = move |by: isize| {
        let places = section
            .with_value(|section| key.with_value(|key| page.draft.with_untracked(|draft| shifted(draft, section, key, by))));
        for (name, place) in places {
            let path = section.with_value(|section| format!("{section}.{name}.{ORDER}"));
            page.turn(&path, Value::Int(place));
        }
    };
    let button = |by: isize, class: &'static str, label: String| {
        let end = move || place.get() == Some(if by < 0 { 0 } else { last.get().saturating_sub(1) });
        view! {
            <button type="button" class=class aria-label=label.clone() title=label prop:disabled=end on:click=move |_| shift(by)>{Icon::Unfold.view()}</button>
        }
    };
    let title = card.title.to_lowercase();
    let (earlier, later) = (format!("Apply {title} earlier"), format!("Apply {title} later"));
    view! {
        <span class="shift" class:none=move || place.get().is_none()>
            {button(-1, "up", earlier)} {button(1, "down", later)}
        </span>
    }
    .into_any()
}

/// The second view, which is like the first until something is turned here.
#[component]
fn SecondView(section: Section) -> impl IntoView {
    let page = expect_context::<Page>();
    let leader = StoredValue::new(section.follows.clone().unwrap_or_default());
    let name = StoredValue::new(section.name.clone());
    let differences = Memo::new(move |_| {
        page.catalogue.with(|catalogue| {
            page.draft.with(|draft| name.with_value(|name| leader.with_value(|leader| differing(catalogue, draft, name, leader))))
        })
    });
    let said = move || match differences.get() {
        none if none.is_empty() => "as the first view".to_owned(),
        titles => format!("differs in: {}", titles.join(", ")),
    };
    let alike = move |_| {
        let wanted = page.draft.with_untracked(|draft| {
            let mut wanted = draft.clone();
            let choices = leader.with_value(|leader| draft.choices(leader).to_vec());
            wanted.sections.insert(name.get_value(), choices);
            wanted
        });
        page.turn_to(&wanted);
    };
    // Its many controls are made when somebody wants them.
    let seen = RwSignal::new(false);
    let section = StoredValue::new(section);
    view! {
        <Disclosure
            title="Second view" brief=Signal::derive(said) brief_testid="second-brief" class="second-view" testid="second"
            on_toggle=Callback::new(move |open: bool| if open { seen.set(true) })
        >
            <p class="question">{section.with_value(|section| section.help.clone())}</p>
            <Show when=move || !differences.with(Vec::is_empty)>
                <button type="button" class="small" data-testid="second-alike" on:click=alike>{Icon::Undo.view()}"Like the first view again"</button>
            </Show>
            <Show when=move || seen.get()><Layers section=section.get_value() /></Show>
        </Disclosure>
    }
}

/// One augmentation: a switch, its name, and its knobs on demand.
#[component]
pub fn LayerBox(card: Card, section: String) -> impl IntoView {
    let page = expect_context::<Page>();
    let path = StoredValue::new(format!("{section}.{}.probability", card.name));
    let usual = card.knob("probability").and_then(|knob| knob.default.as_float()).filter(|&share| share > 0.0).unwrap_or(0.5);
    let has_switch = card.knob("probability").is_some();
    let share = Memo::new(move |_| {
        path.with_value(|path| page.draft.with(|draft| draft.get(path).and_then(|value| value.as_float()))).unwrap_or(1.0)
    });
    let toggle = move |event: leptos::ev::Event| {
        let value = if event_target_checked(&event) { usual } else { 0.0 };
        path.with_value(|path| page.turn(path, Value::Float(value)));
    };
    let said = move || match share.get() {
        0.0 => "off".to_owned(),
        _ if !has_switch => String::new(),
        1.0 => "always".to_owned(),
        share => format!("{:.0} %", 100.0 * share),
    };
    let testid = format!("{section}-{}", card.name);
    view! {
        <div class="layer" class:off=move || share.get() == 0.0>
            {has_switch.then(|| view! {
                <input class="switch" type="checkbox" role="switch" data-testid=testid aria-label=card.title.clone() prop:checked=move || { share.get() > 0.0 } on:change=toggle />
            })}
            <Disclosure title=card.title.clone() brief=Signal::derive(said)>
                <p class="summary">{card.summary.clone()}" "{paper(&card.paper)}</p>
                <Knobs section=section.clone() prefix=format!("{section}.{}", card.name) card=card.clone() />
            </Disclosure>
        </div>
    }
}
