//! The augmentations that `--policy` names: a recipe of the catalogue, or a file of solo-learn's.

mod solo_learn;
mod yaml;

use crate::failure::Failure;
use crate::text;
use augsphere_spec::{Catalogue, Recipe};
use std::path::Path;

/// The recipe called `source`, or the one that the YAML file of this name holds.
///
/// # Errors
/// No such recipe or file; what the file says that has no counterpart here, each with its location.
pub fn read(catalogue: &Catalogue, source: &str) -> Result<Recipe, Failure> {
    let recipes = catalogue.section("augment").map_or(&[][..], |section| &section.recipes);
    if let Some(recipe) = recipes.iter().find(|recipe| recipe.name == source) {
        return Ok(recipe.clone());
    }
    let path = text::home(Path::new(source));
    if !text::readable(&path) && !text::ends_in(&path, &["yaml", "yml"]) {
        let names: Vec<&str> = recipes.iter().map(|recipe| recipe.name.as_str()).collect();
        return Err(Failure::Usage(format!(
            "{source} is neither a recipe nor a .yaml file of augmentations; the recipes are {}",
            names.join(", ")
        )));
    }
    let tree = yaml::tree(&text::read(&path)?)
        .map_err(|error| Failure::Usage(format!("{source} could not be read as YAML: {error}")))?;
    solo_learn::recipe(catalogue, source, &tree)
}
