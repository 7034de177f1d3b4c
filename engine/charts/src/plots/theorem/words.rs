//! The quantities of the theorem as people read them.

/// A quantity of the theorem: three significant digits or so, whatever its size.
pub fn quantity(value: f64) -> String {
    let size = value.abs();
    let text = match () {
        () if !value.is_finite() => return "\u{2013}".into(),
        () if size >= 100_000.0 => format!("{value:.1e}"),
        () if size >= 100.0 => format!("{value:.0}"),
        () if size >= 10.0 => format!("{value:.1}"),
        () => format!("{value:.3}"),
    };
    text.replace('-', "\u{2212}")
}

/// A text with the names of Greek letters as letters: `rho_max` as `\u{3c1}_max`.
pub fn greek(text: &str) -> String {
    const LETTERS: [(&str, &str); 8] = [
        ("epsilon", "\u{3b5}"),
        ("eta", "\u{3b7}"),
        ("delta", "\u{3b4}"),
        ("Delta", "\u{394}"),
        ("sigma", "\u{3c3}"),
        ("rho", "\u{3c1}"),
        ("mu", "\u{3bc}"),
        ("sqrt", "\u{221a}"),
    ];
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(|letter: char| !letter.is_alphabetic()) {
        let word = piece.trim_end_matches(|letter: char| !letter.is_alphabetic());
        let letter = LETTERS.iter().find(|(name, _)| *name == word).map_or(word, |(_, letter)| letter);
        out.push_str(letter);
        out.push_str(&piece[word.len()..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greek_letters_are_letters() {
        assert_eq!(greek("2 (1 - sigma) + R_epsilon / min p"), "2 (1 - \u{3c3}) + R_\u{3b5} / min p");
        assert_eq!(greek("rho_max, mu.mu, Delta_mu"), "\u{3c1}_max, \u{3bc}.\u{3bc}, \u{394}_\u{3bc}");
        assert_eq!(greek("eta sqrt(L_align)"), "\u{3b7} \u{221a}(L_align)");
        assert_eq!(greek("must remain"), "must remain");
    }

    #[test]
    fn quantities_of_any_size_are_short() {
        let text = [0.02, -0.53, 41.25, 1234.6, 2.5e7, f64::NAN].map(quantity);
        assert_eq!(text, ["0.020", "\u{2212}0.530", "41.2", "1235", "2.5e7", "\u{2013}"]);
    }
}
