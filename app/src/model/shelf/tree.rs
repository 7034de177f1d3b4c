//! The order in which kept runs stand on the shelf: branches under the run that they went on from.

use super::{Entry, Shelf};

/// A run on the shelf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leaf<'a> {
    /// The run.
    pub entry: &'a Entry,
    /// How many runs it stands under.
    pub depth: usize,
    /// The run that it is compared with in words: the one that it branched off, else the one begun before it.
    pub beside: Option<&'a Entry>,
}

impl Shelf {
    /// The kept runs that are looked for, in the order in which they stand: the newest first, branches under their parents, the earlier ones
    /// first.
    pub fn leaves(&self) -> Vec<Leaf<'_>> {
        let shown: Vec<&Entry> =
            self.entries.iter().filter(|entry| self.deleted.as_deref() != Some(entry.header.id.as_str())).collect();
        let mut leaves = Vec::new();
        for (place, &entry) in shown.iter().enumerate() {
            if parent(&shown, entry).is_none() {
                let before = shown[place + 1..].iter().find(|other| other.known()).copied();
                grow(&shown, Leaf { entry, depth: 0, beside: before }, &mut leaves);
            }
        }
        // A header by hand may name a descendant as parent: such a run stands at the end.
        let lost = shown.iter().filter(|entry| leaves.iter().all(|leaf| leaf.entry.header.id != entry.header.id));
        let lost: Vec<Leaf<'_>> = lost.map(|&entry| Leaf { entry, depth: 0, beside: None }).collect();
        leaves.extend(lost);
        leaves.retain(|leaf| leaf.entry.says(&self.filter));
        leaves
    }

    /// How many runs are kept.
    pub fn count(&self) -> usize {
        self.entries.len() - usize::from(self.deleted.as_ref().is_some_and(|id| self.entry(id).is_some()))
    }
}

fn parent<'a>(shown: &[&'a Entry], entry: &Entry) -> Option<&'a Entry> {
    let parent = entry.header.parent.as_ref()?;
    shown.iter().find(|other| other.header.id == parent.run && other.header.id != entry.header.id).copied()
}

fn grow<'a>(shown: &[&'a Entry], leaf: Leaf<'a>, leaves: &mut Vec<Leaf<'a>>) {
    if leaves.iter().any(|known| known.entry.header.id == leaf.entry.header.id) {
        return;
    }
    leaves.push(leaf);
    let of = |entry: &&&Entry| parent(shown, entry).is_some_and(|parent| parent.header.id == leaf.entry.header.id);
    // The list has the newest first.
    for &branch in shown.iter().rev().filter(of) {
        grow(shown, Leaf { entry: branch, depth: leaf.depth + 1, beside: Some(leaf.entry) }, leaves);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_spec::{Parent, RUN_FORMAT, RunHeader};

    fn entry(id: &str, created: u64, parent: Option<&str>) -> Entry {
        let parent =
            parent.map(|run| Parent { run: run.into(), name: run.into(), step: 5, changed: Vec::new(), encoder_only: false });
        let header =
            RunHeader { format: RUN_FORMAT, id: id.into(), name: format!("Run {id}"), created, parent, ..RunHeader::default() };
        Entry { header, ..Entry::default() }
    }

    fn shelf(entries: Vec<Entry>) -> Shelf {
        let mut shelf = Shelf::new(false, 0.0, 0);
        entries.into_iter().for_each(|entry| shelf.put(entry));
        shelf
    }

    fn shown(shelf: &Shelf) -> Vec<(String, usize, Option<String>)> {
        let leaf = |leaf: &Leaf<'_>| (leaf.entry.header.id.clone(), leaf.depth, leaf.beside.map(|entry| entry.header.id.clone()));
        shelf.leaves().iter().map(leaf).collect()
    }

    #[test]
    fn branches_stand_under_their_parents() {
        let mut shelf = shelf(vec![
            entry("a", 10, None),
            entry("b", 20, None),
            entry("a1", 30, Some("a")),
            entry("a2", 40, Some("a")),
            entry("a1x", 50, Some("a1")),
            entry("orphan", 60, Some("gone")),
        ]);
        let some = |id: &str| Some(id.to_owned());
        let expected = [
            ("orphan", 0, some("a1x")),
            ("b", 0, some("a")),
            ("a", 0, None),
            ("a1", 1, some("a")),
            ("a1x", 2, some("a1")),
            ("a2", 1, some("a")),
        ];
        assert_eq!(shown(&shelf), expected.map(|(id, depth, beside)| (id.to_owned(), depth, beside)));
        shelf.filter = "A1".into();
        assert_eq!(shown(&shelf).iter().map(|leaf| leaf.0.as_str()).collect::<Vec<_>>(), ["a1", "a1x"]);
        shelf.filter.clear();
        shelf.deleted = Some("a".into());
        assert_eq!((shelf.count(), shelf.leaves().len()), (5, 5));
        assert_eq!(shelf.leaves().iter().find(|leaf| leaf.entry.header.id == "a1").unwrap().depth, 0, "its parent is not shown");
    }

    #[test]
    fn a_circle_of_parents_hides_nothing() {
        let shelf = shelf(vec![entry("a", 1, Some("b")), entry("b", 2, Some("a")), entry("c", 3, Some("c"))]);
        assert_eq!(shelf.leaves().len(), 3);
    }

    #[test]
    fn the_newest_stands_first_and_names_are_told_apart() {
        let mut shelf = shelf(vec![entry("b", 2, None), entry("c", 3, None), entry("a", 1, None)]);
        assert_eq!(shelf.entries.iter().map(|entry| entry.header.id.as_str()).collect::<Vec<_>>(), ["c", "b", "a"]);
        assert_eq!((shelf.free_name("Run a"), shelf.free_name("Run d")), ("Run a (2)".into(), "Run d".into()));
        let (one, other) = (shelf.fresh_id("mo_co", 0.0), shelf.fresh_id("mo_co", 0.0));
        assert!(one != other && one.starts_with("mo-co-0-"), "{one}");
        assert!(one.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'), "{one}");
    }
}
