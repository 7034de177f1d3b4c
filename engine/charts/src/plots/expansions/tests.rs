use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::super::{Linked, defaults};
use super::*;
use augsphere_spec::{Answer, AskId, Part, Payload};

const SIZES: [(f64, f64); 4] = [(280.0, 154.0), (300.0, 500.0), (600.0, 330.0), (1200.0, 660.0)];

/// Twice the loss and four times the variance; first order is right at a sixteenth and twice too large at the full strength.
fn values() -> Vec<f32> {
    let row = |share: f32, loss: f32, off: f32| {
        let (variance, off_variance) = (0.5 * loss * loss, 0.5 * (loss * off) * (loss * off));
        [share, loss, loss * off, 2.0 * loss, 2.0 * loss * off, variance, off_variance, 4.0 * variance, 4.0 * off_variance]
    };
    [row(0.0625, 1e-4, 1.0), row(0.25, 1.6e-3, 1.1), row(1.0, 1e-2, 2.0)].concat()
}

fn parts(values: Vec<f32>) -> Result<Vec<Part>, String> {
    Ok(vec![Part::matrix("expansions", 9, values), Part::number("images", 24.0), Part::number("views", 6.0)])
}

fn with<T>(parts: Result<Vec<Part>, String>, look: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let answer = Answer { id: AskId(0), run: None, step: 0, parts };
    let (linked, knobs) = (Linked::default(), defaults(&Expansions));
    look(&Inputs { answer: Some(&answer), ..Inputs::nothing(&linked, &knobs) })
}

/// A factor is the same distance everywhere on axes of powers: two views lie as far above the mean view at every strength, dashed lines
/// begin where lines do, and end as far above them.
#[test]
fn known_values_stand_in_their_places() {
    for size in SIZES {
        let scene = with(parts(values()), |inputs| Expansions.scene(inputs, size));
        assert_inside(&scene);
        assert_eq!(discs(&scene).len(), 2 * 2 * 3);
        let curves =
            |ink: Ink| lines(&scene, ink).into_iter().filter(|line| line.len() == 3).map(<[_]>::to_vec).collect::<Vec<_>>();
        let (mean, two) = (curves(Ink::Accent), curves(Ink::Second));
        assert_eq!((mean.len(), two.len()), (4, 4));
        let above: Vec<f64> = mean[0].iter().zip(&two[0]).map(|(mean, two)| mean.1 - two.1).collect();
        assert!(above[0] > 1.0 && above.iter().all(|one| (one - above[0]).abs() < 1e-3), "{above:?}");
        assert!((mean[1][0].1 - mean[0][0].1).abs() < 1e-3 && (mean[0][2].1 - mean[1][2].1 - above[0]).abs() < 1e-3);
        let words = words(&scene);
        let named = |name: &str| words.iter().filter(|word| **word == name).count();
        let names = if roomy(areas(size)[0]) { ["mean view", "two views", "(8)", "(9)"] } else { ["mean", "two", "(8)", "(9)"] };
        assert_eq!(names.map(named), [2; 4], "{words:?}");
    }
}

#[test]
fn nothing_one_point_and_numbers_that_are_none() {
    for size in SIZES {
        let none = with(parts(Vec::new()), |inputs| (Expansions.scene(inputs, size), Expansions.summary(inputs)));
        assert_inside(&none.0);
        assert!(!none.0.shapes.is_empty() && none.1 == "No strength of the augmentations was measured.", "{}", none.1);
        let one = with(parts(values()[..9].to_vec()), |inputs| (Expansions.scene(inputs, size), Expansions.summary(inputs)));
        assert_inside(&one.0);
        assert_eq!(discs(&one.0).len(), 4);
        assert!(one.1.ends_with("at 6%."), "{}", one.1);
        let mut hurt = values();
        (hurt[1], hurt[3], hurt[9], hurt[19]) = (f32::NAN, 0.0, f32::NAN, f32::INFINITY);
        let hurt = with(parts(hurt), |inputs| (Expansions.scene(inputs, size), Expansions.summary(inputs)));
        assert_inside(&hurt.0);
        assert!(hurt.1.ends_with('.'));
        let zero = with(parts(vec![0.0; 18]), |inputs| Expansions.scene(inputs, size));
        assert_inside(&zero);
    }
    let wrong = Ok(vec![Part::new("expansions", Payload::Words(Vec::new()))]);
    assert!(with(wrong, |inputs| Expansions.summary(inputs)).ends_with('.'));
    assert_eq!(with(Err("It has no network.".into()), |inputs| Expansions.summary(inputs)), "It has no network.");
}

#[test]
fn it_is_told_and_written_as_it_is_shown() {
    let (summary, table) = with(parts(values()), |inputs| (Expansions.summary(inputs), Expansions.table(inputs)));
    assert_eq!(
        summary,
        "At 100% of the strength a view lies 0.010 from the mean of its image's views and 0.020 from another view, squared: 2.00 times as \
         far, and one draw's variance is 4.00 times as large. The first order is 1.00 times what is measured at 6%, 2.00 times what is \
         measured at 100%."
    );
    let csv = table.csv();
    let rows: Vec<Vec<f32>> =
        csv.lines().skip(1).map(|row| row.split(',').map(|cell| cell.parse().expect("a number")).collect()).collect();
    assert_eq!(rows.concat(), values());
}
