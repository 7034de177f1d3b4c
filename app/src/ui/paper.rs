//! Where does something come from?

use leptos::prelude::*;

/// The paper, with a link where there is a number to link to.
pub fn paper(paper: &str) -> AnyView {
    if paper.is_empty() {
        return ().into_any();
    }
    let number = paper.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '(' | ')')).find(|word| {
        word.split_once('.').is_some_and(|(year, rest)| {
            year.len() == 4 && rest.len() >= 4 && word.chars().all(|c| c.is_ascii_digit() || c == '.')
        })
    });
    match number {
        Some(number) => {
            let address = format!("https://arxiv.org/abs/{number}");
            view! { <a class="paper" href=address target="_blank" rel="noreferrer">{paper.to_owned()}</a> }.into_any()
        }
        None => view! { <span class="paper">{paper.to_owned()}</span> }.into_any(),
    }
}
