//! The values that a knob can hold.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The value of one knob. Integers are kept apart from floats so that `train = 2000` stays a count.
///
/// In text it is what it holds (`2000`, `0.5`, `true`, `"small"`); in messages it says which of the four it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A switch.
    Bool(bool),
    /// A count, seed or size.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A name or a path.
    Text(String),
}

/// The same in text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// The same in messages.
#[derive(Serialize, Deserialize)]
enum Packed {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = to.is_human_readable();
        match self.clone() {
            Self::Bool(value) if text => Written::Bool(value).serialize(to),
            Self::Int(value) if text => Written::Int(value).serialize(to),
            Self::Float(value) if text => Written::Float(value).serialize(to),
            Self::Text(value) if text => Written::Text(value).serialize(to),
            Self::Bool(value) => Packed::Bool(value).serialize(to),
            Self::Int(value) => Packed::Int(value).serialize(to),
            Self::Float(value) => Packed::Float(value).serialize(to),
            Self::Text(value) => Packed::Text(value).serialize(to),
        }
    }
}

impl<'a> Deserialize<'a> for Value {
    fn deserialize<D: Deserializer<'a>>(from: D) -> Result<Self, D::Error> {
        Ok(if from.is_human_readable() {
            match Written::deserialize(from)? {
                Written::Bool(value) => Self::Bool(value),
                Written::Int(value) => Self::Int(value),
                Written::Float(value) => Self::Float(value),
                Written::Text(value) => Self::Text(value),
            }
        } else {
            match Packed::deserialize(from)? {
                Packed::Bool(value) => Self::Bool(value),
                Packed::Int(value) => Self::Int(value),
                Packed::Float(value) => Self::Float(value),
                Packed::Text(value) => Self::Text(value),
            }
        })
    }
}

impl Value {
    /// The value as a real number; integers widen, everything else is `None`.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Bool(_) | Self::Text(_) => None,
        }
    }

    /// The value as a whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(*value as i64),
            _ => None,
        }
    }

    /// The value as a switch.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// Reads what a person typed (`2000`, `0.5`, `true`, `resnet18`), never failing: text is the last resort.
    pub fn parse(typed: &str) -> Self {
        let typed = typed.trim();
        if let Ok(value) = typed.parse::<bool>() {
            Self::Bool(value)
        } else if let Ok(value) = typed.parse::<i64>() {
            Self::Int(value)
        } else if let Ok(value) = typed.parse::<f64>() {
            Self::Float(value)
        } else {
            Self::Text(typed.trim_matches('"').to_owned())
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}

impl From<Value> for serde_json::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(value) => value.into(),
            Value::Int(value) => value.into(),
            // JSON has no such numbers and would say nothing at all; as text they are named where a number is wanted.
            Value::Float(value) if !value.is_finite() => value.to_string().into(),
            Value::Float(value) => value.into(),
            Value::Text(value) => value.into(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
