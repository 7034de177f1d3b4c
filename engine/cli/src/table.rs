//! Tables for a terminal: columns as wide as their widest cell, two spaces apart.

/// Rows of cells under a row of titles.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these titles.
    pub fn new(titles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { rows: vec![titles.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines; columns of numbers are flush right.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |row: &'_ [String], column: usize| row.get(column).cloned().unwrap_or_default();
        let width = |column: usize| self.rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let number = |text: &str| text.is_empty() || text == "-" || text.trim_end_matches(" s").parse::<f64>().is_ok();
        let right: Vec<bool> =
            (0..columns).map(|column| self.rows.iter().skip(1).all(|row| number(&cell(row, column)))).collect();
        let line = |row: &Vec<String>| {
            let cells = (0..columns).map(|column| {
                let (text, width) = (cell(row, column), widths[column]);
                if right[column] { format!("{text:>width$}") } else { format!("{text:<width$}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_numbers_flush_right() {
        let mut table = Table::new(["run", "steps", "what"]);
        table.row(["a".into(), "100".into(), "first".into()]);
        table.row(["longer".into(), "7".into(), String::new()]);
        assert_eq!(table.lines(), ["run     steps  what", "a         100  first", "longer      7"]);
    }
}
