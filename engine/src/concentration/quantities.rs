//! The numbers of a [`Diagnostic`] in the order of the argument, and where each comes from.

use super::diagnostic::{Diagnostic, Features, Quantity, Transforms};
use augsphere_spec::Interval;

/// Every number; `sigma` as it was measured.
pub(super) fn listed(found: &Diagnostic, of: &Features, sigma: Interval) -> Vec<Quantity> {
    let given = &found.given;
    let complete = of.complete;
    // What is said of a number that is a bound, where it is one.
    let unless_complete = move |words: &str| if complete { String::new() } else { format!("; {words}") };
    let certain = if sigma.exact() { "exact for these views" } else { "the certain lower end of its interval" };
    let few = unless_complete("too low: views that were not drawn may lie farther apart");
    let Transforms { discrete, continuous } = of.transforms;
    let quantity = |symbol, value, whence: String| Quantity { symbol, value, whence };
    let mut all = vec![
        quantity("r", given.radius, format!("{}, scaled to length 1", of.name)),
        quantity("delta", given.delta, "chosen, in the unit of pixel distances".into()),
        quantity(
            "sigma",
            given.sigma,
            format!(
                "largest clique of each class at delta, {certain}{}",
                unless_complete("too low, for sampled distances are too large")
            ),
        ),
        quantity("epsilon", given.epsilon, "chosen".into()),
        quantity(
            "R_epsilon",
            given.spread,
            format!("share of {} images with two views farther apart than epsilon{few}", of.views.len()),
        ),
        quantity("min p", given.rarest, "share of the rarest of these classes in the training data".into()),
        quantity(
            "L",
            given.lipschitz,
            format!("steepest of pairs of these views{}", unless_complete("a lower bound of the Lipschitz constant")),
        ),
        quantity(
            "rho_max",
            found.rho_max,
            format!(
                "2 (1 - sigma) + R_epsilon / min p + sigma (L delta + 2 epsilon) / r{}",
                unless_complete("too low where L and R_epsilon are")
            ),
        ),
        quantity("Delta_mu", found.deficit, "1 - the squared length of the shortest class centre, from these views".into()),
        quantity(
            "threshold",
            found.threshold,
            format!(
                "1 - rho_max - sqrt(2 rho_max) - Delta_mu / 2{}",
                unless_complete("an upper bound: too high where rho_max is too low")
            ),
        ),
    ];
    let product = found.product;
    all.extend(
        product.map(|product| quantity("max mu.mu", product, "largest product of two class centres, from these views".into())),
    );
    all.push(quantity("bound", found.bound, "(1 - sigma) + R_epsilon; says something only if the condition holds".into()));
    all.extend(found.error.map(|error| {
        let count = of.held_out_labels.len();
        let chance = (error * (1.0 - error) / count.max(1) as f64).sqrt();
        let words = format!(
            "measured: {count} held-out images, not changed, nearer to another class's centre; standard error {:.1} points",
            100.0 * chance
        );
        quantity("error", error, words)
    }));
    let whole = if complete { "all views" } else { "drawn views" };
    all.push(quantity("L_align", found.alignment, format!("mean squared distance of two {whole} of an image")));
    all.push(quantity(
        "eta",
        found.eta,
        format!(
            "eta(epsilon) of Theorem 2, as if views were made by {discrete} fixed transforms and others with {continuous} random \
             numbers{}",
            unless_complete("too low, from lower bounds of its constants L and M")
        ),
    ));
    all.push(quantity(
        "eta sqrt(L_align)",
        found.spread_bound,
        format!("what Theorem 2 bounds R_epsilon by; R_epsilon as measured is {:.3}", given.spread),
    ));
    all
}
