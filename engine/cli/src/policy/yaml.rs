//! YAML as Python's readers take it: merge keys are merged, and `yes` is a switch.

use serde_json::{Map, Number, Value as Json};
use serde_yaml_ng::Value;

/// The tree of values that a YAML text holds.
///
/// # Errors
/// The first mistake of syntax, with its line; tags, which only the program that wrote them understands.
pub fn tree(text: &str) -> Result<Json, String> {
    let mut value: Value = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    value.apply_merge().map_err(|error| format!("a merge key (<<) does not name tables: {error}"))?;
    json(value)
}

fn json(value: Value) -> Result<Json, String> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => value.into(),
        Value::String(value) => value.into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64().and_then(Number::from_f64)) {
            (Some(whole), _) => whole.into(),
            (None, Some(real)) => Json::Number(real),
            (None, None) => number.to_string().into(),
        },
        Value::Sequence(values) => values.into_iter().map(json).collect::<Result<_, _>>()?,
        Value::Mapping(entries) => {
            let mut table = Map::new();
            for (key, value) in entries {
                let key = match json(key)? {
                    Json::String(key) => key,
                    other => other.to_string(),
                };
                table.insert(key, json(value)?);
            }
            Json::Object(table)
        }
        Value::Tagged(tagged) => return Err(format!("the tag {} means nothing here: write the value itself", tagged.tag)),
    })
}

/// Whether Python takes a value of YAML 1.1 for true, if that is beyond doubt: `yes` and `off` are switches there, and so are
/// numbers; of a text in quotes one cannot see here whether it was meant as one.
pub fn truth(value: &Json) -> Option<bool> {
    match value {
        Json::Null => Some(false),
        Json::Bool(value) => Some(*value),
        Json::Number(number) => Some(number.as_f64() != Some(0.0)),
        Json::String(text) => match text.as_str() {
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Some(true),
            "no" | "No" | "NO" | "off" | "Off" | "OFF" | "" => Some(false),
            _ => None,
        },
        Json::Array(values) => values.is_empty().then_some(false),
        Json::Object(table) => table.is_empty().then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_keys_are_merged_and_what_is_said_stays() {
        let text = "base: &base {a: 1, b: 2}\nmore: &more {c: 3}\nmine:\n  <<: [*base, *more]\n  b: 5\n";
        let tree = tree(text).expect("YAML");
        assert_eq!(tree["mine"], serde_json::json!({"a": 1, "b": 5, "c": 3}));
        assert!(super::tree("mine: {<<: 3}").expect_err("no table").contains("<<"));
    }

    #[test]
    fn switches_are_those_of_the_older_yaml() {
        for (text, expected) in [
            ("True", Some(true)),
            ("yes", Some(true)),
            ("On", Some(true)),
            ("\"True\"", Some(true)),
            ("1", Some(true)),
            ("0.5", Some(true)),
            ("False", Some(false)),
            ("no", Some(false)),
            ("OFF", Some(false)),
            ("0", Some(false)),
            ("0.0", Some(false)),
            ("~", Some(false)),
            ("{}", Some(false)),
            // In quotes Python takes it for true; whoever wrote it hardly meant that.
            ("\"False\"", None),
            ("maybe", None),
        ] {
            assert_eq!(truth(&tree(text).expect("YAML")), expected, "{text}");
        }
    }

    #[test]
    fn tags_are_refused() {
        assert!(tree("mean: !tuple [1, 2]").expect_err("a tag").contains("!tuple"));
    }
}
