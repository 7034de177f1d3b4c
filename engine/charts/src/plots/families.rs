//! How alike the gradients of methods are, and the formulas of their families with live numbers in them.

mod formulas;
mod triangle;

use super::runs::number;
use super::{Inputs, Plot, Table};
use crate::scene::Scene;
use augsphere_spec::Payload;
use formulas::Row;

#[cfg(test)]
mod tests;

/// The cosines between the gradients of methods on one batch, and what the formulas of their families are made of there.
pub struct Families;

/// Cosines from here on are called the same direction.
const SAME: f64 = 0.995;

/// The methods, and the cosine between each two of them, row by row.
struct Compared<'a> {
    names: &'a [String],
    cosines: &'a [f32],
}

impl<'a> Compared<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let Some(Payload::Words(names)) = inputs.part("methods") else { return None };
        let (columns, cosines) = inputs.matrix("cosines")?;
        (columns > 0 && names.len() == columns && cosines.len() == columns * columns).then_some(Self { names, cosines })
    }

    /// How many methods.
    fn count(&self) -> usize {
        self.names.len()
    }

    fn cosine(&self, one: usize, other: usize) -> f64 {
        self.cosines.get(one * self.count() + other).map_or(f64::NAN, |value| f64::from(*value))
    }

    /// The method that trains, then the others from the one that agrees with it most to the one that does least.
    fn agreeing(&self) -> Vec<usize> {
        let mut others: Vec<usize> = (1..self.count()).filter(|&other| self.cosine(0, other).is_finite()).collect();
        others.sort_by(|&a, &b| self.cosine(0, b).total_cmp(&self.cosine(0, a)));
        others
    }

    /// Pairs of methods that ask for the same, at most so many, and how many there are.
    fn alike(&self, most: usize) -> (Vec<String>, usize) {
        let all = (0..self.count()).flat_map(|one| (one + 1..self.count()).map(move |other| (one, other)));
        let same: Vec<(usize, usize)> = all.filter(|&(one, other)| self.cosine(one, other) >= SAME).collect();
        let words = |&(one, other): &(usize, usize)| format!("{} and {}", self.names[one], self.names[other]);
        (same.iter().take(most).map(words).collect(), same.len())
    }
}

impl Plot for Families {
    fn name(&self) -> &'static str {
        "families"
    }

    fn title(&self) -> &'static str {
        "Gradients of the methods"
    }

    fn sentence(&self) -> &'static str {
        "Whether methods would move the same embeddings the same way: 1 is the same direction, 0 nothing in common; below, the formula of each \
         family with the numbers of this batch in it."
    }

    fn source(&self) -> &'static str {
        "Tao et al., 2022, arXiv 2112.05141, section 3 and table 1"
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        1.0
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(compared) = Compared::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let rows = formulas::rows(inputs);
        // As many formulas as leave cells that can be told apart.
        let wanted = formulas::heights(size.0, &rows);
        let side = |formulas: f64| triangle::side(compared.count(), (size.0, size.1 - formulas));
        let fits = |formulas: &f64| side(*formulas) >= triangle::CELL * compared.count() as f64;
        let formulas = wanted.into_iter().find(fits).unwrap_or(0.0);
        let side = side(formulas);
        triangle::draw(&mut scene, &compared, side);
        if formulas > 0.0 {
            let upper = side + triangle::EDGE + 8.0;
            formulas::draw(&mut scene, &rows, [0.0, upper, size.0, size.1 - upper]);
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(compared) = Compared::of(inputs) else { return inputs.why_empty() };
        let names = compared.names;
        let agreeing = compared.agreeing();
        let of = |other: usize| format!("{} ({})", names[other], number(compared.cosine(0, other), false));
        let mut said = match agreeing.as_slice() {
            [] => format!("No other method is compared with {}.", names[0]),
            [only] => format!(
                "On these embeddings {} and {} have a cosine of {}.",
                names[0],
                names[*only],
                number(compared.cosine(0, *only), false)
            ),
            [most, .., least] => {
                format!("On these embeddings {} agrees most with {} and least with {}.", names[0], of(*most), of(*least))
            }
        };
        let (alike, all) = compared.alike(2);
        if !alike.is_empty() {
            let more = if all > alike.len() { format!(" and {} more pairs", all - alike.len()) } else { String::new() };
            said += &format!(" {}{more} would move them in the same direction.", alike.join(", "));
        }
        let own = formulas::rows(inputs).into_iter().find(|row| row.own);
        said + &own
            .map_or_else(String::new, |row| format!(" The formula of its family, {}, is here {}.", row.formula, row.lengths()))
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["of", "with", "cosine", "pull", "lambda", "push", "angle"]);
        let Some(compared) = Compared::of(inputs) else { return table };
        let none = f64::NAN;
        let mut add = |of: &str, with: &str, numbers: [f64; 5]| {
            table.rows.push([of, with].into_iter().map(Into::into).chain(numbers.into_iter().map(Into::into)).collect());
        };
        for (one, name) in compared.names.iter().enumerate() {
            for (other, with) in compared.names.iter().enumerate().take(one + 1) {
                add(name, with, [compared.cosine(one, other), none, none, none, none]);
            }
        }
        for Row { name, formula, pull, balance, push, angle, cosine, .. } in formulas::rows(inputs) {
            add(&name, formula, [cosine, pull, balance, push, angle]);
        }
        table
    }
}
