//! One template: its source, its declared variables, its compiled form, its hash.

use super::variable::{Source, Variable};
use crate::world::Institution;
use minijinja::value::Object;
use minijinja::{Environment, UndefinedBehavior};
use model::{Fields, MessageClass, Subtype, TemplateId, Zone};
use proof::Hash;
use std::fmt;
use std::sync::Arc;

/// A text with declared variables (`templates/<id>.toml`).
pub struct Template {
    /// Its name.
    pub id: TemplateId,
    /// The class of what it says.
    pub class: MessageClass,
    /// The subtype of what it says.
    pub subtype: Option<Subtype>,
    /// The language it is written in, e.g. `zh-CN`.
    pub language: String,
    /// As it was written.
    pub source: String,
    /// The variables it may use.
    pub variables: Vec<Variable>,
    /// More parts than this and the message is not sent.
    pub parts_max: usize,
    /// SHA-256 over id, class, language, source and declarations: what an approval and a ledger entry name.
    pub hash: Hash,
    jinja: Environment<'static>,
}

/// What is wrong with a template, or with the values that were to fill it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The source is longer than any message needs.
    #[error("expected a text of at most {SOURCE_OCTETS_MAX} octets with its tags, found {found}")]
    TooLong {
        /// Octets of the source.
        found: usize,
    },
    /// The source is not Jinja.
    #[error("not a template: {0}")]
    Syntax(String),
    /// It uses a name that it does not declare.
    #[error("undeclared variable {name:?}; declared are {declared}")]
    Undeclared {
        /// The name.
        name: String,
        /// What is declared, as a list.
        declared: String,
    },
    /// It declares a name that it does not use.
    #[error("variable {0:?} is declared but not used")]
    Unused(String),
    /// A value is missing or does not fit.
    #[error("variable {name:?}: expected {expected}")]
    Value {
        /// Which variable.
        name: String,
        /// What it needs.
        expected: String,
    },
}

/// What a template file says, before it is compiled.
#[derive(Debug)]
pub struct TemplateParts {
    /// See [`Template`].
    pub id: TemplateId,
    /// See [`Template`].
    pub class: MessageClass,
    /// See [`Template`].
    pub subtype: Option<Subtype>,
    /// See [`Template`].
    pub language: String,
    /// See [`Template`].
    pub source: String,
    /// See [`Template`].
    pub variables: Vec<Variable>,
    /// See [`Template`].
    pub parts_max: usize,
}

/// The one name under which a template's environment knows it.
const NAME: &str = "message";

/// The longest source: carriers take 500 characters at most, and the parser uses its caller's stack for every
/// operator of a chain.
pub const SOURCE_OCTETS_MAX: usize = 2_000;
/// The most steps rendering may take: a text with a few variables takes some dozens, a loop that never ends more.
const RENDER_STEPS_MAX: u64 = 10_000;

impl Template {
    /// Compiles a template and checks every name in it.
    ///
    /// # Errors
    /// All mistakes at once: syntax, undeclared names, unused declarations.
    pub fn compile(parts: TemplateParts) -> Result<Self, Vec<TemplateError>> {
        let found = parts.source.len();
        if found > SOURCE_OCTETS_MAX {
            return Err(vec![TemplateError::TooLong { found }]);
        }
        let mut jinja = Environment::new();
        jinja.set_fuel(Some(RENDER_STEPS_MAX));
        jinja.set_undefined_behavior(UndefinedBehavior::Strict);
        jinja
            .add_template_owned(NAME, parts.source.clone())
            .map_err(|e| vec![TemplateError::Syntax(e.to_string())])?;
        let used = jinja.get_template(NAME).map(|t| t.undeclared_variables(false)).unwrap_or_default();
        let declared: Vec<&str> = parts.variables.iter().map(|v| &*v.name).collect();
        let mut mistakes: Vec<TemplateError> = used
            .iter()
            .filter(|name| !declared.contains(&name.as_str()))
            .map(|name| TemplateError::Undeclared { name: name.clone(), declared: declared.join(", ") })
            .collect();
        mistakes.extend(
            declared
                .iter()
                .filter(|name| !used.contains(**name))
                .map(|name| TemplateError::Unused((*name).to_owned())),
        );
        if !mistakes.is_empty() {
            mistakes.sort_by_key(ToString::to_string);
            return Err(mistakes);
        }
        let hash = hash_of(&parts);
        let TemplateParts { id, class, subtype, language, source, variables, parts_max } = parts;
        Ok(Self { id, class, subtype, language, source, variables, parts_max, hash, jinja })
    }

    /// The text for one customer.
    pub(super) fn render(
        &self,
        institution: &Institution,
        customer: &Fields,
        event: Option<&Fields>,
        zone: Zone,
    ) -> Result<String, TemplateError> {
        let mut values = Vec::with_capacity(self.variables.len());
        for variable in &self.variables {
            let text = variable
                .text(institution, customer, event, zone)
                .map_err(|expected| TemplateError::Value { name: variable.name.to_string(), expected })?;
            values.push((Arc::clone(&variable.name), minijinja::Value::from(text)));
        }
        self.fill(values)
    }

    /// Reads the values that an account handed in under the names of the variables, as what each is declared to be.
    pub(super) fn read_values(
        &self,
        values: &Fields,
        institution: &Institution,
        zone: Zone,
    ) -> Result<Fields, TemplateError> {
        let mut event = Fields::new();
        for variable in &self.variables {
            let Source::Event(field) = &variable.from else { continue };
            let given = values.get(&variable.name).or_else(|| values.get(field));
            let Some(given) = given else {
                let expected = "a value, found none".to_owned();
                return Err(TemplateError::Value { name: variable.name.to_string(), expected });
            };
            event.insert(Arc::clone(field), variable.kind.read(given, institution.currency, zone));
        }
        Ok(event)
    }

    /// The longest text it can become, for counting parts before anything is sent.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`] when the template cannot be rendered with texts in all its variables.
    pub fn worst_case(&self) -> Result<String, TemplateError> {
        let longest = |variable: &Variable| {
            let filler = variable.kind.widest_character().to_string();
            let text = filler.repeat(variable.kind.longest());
            (Arc::clone(&variable.name), minijinja::Value::from(text))
        };
        self.fill(self.variables.iter().map(longest).collect())
    }

    fn fill(&self, values: Vec<(Arc<str>, minijinja::Value)>) -> Result<String, TemplateError> {
        let context = minijinja::Value::from_object(Filled(values));
        self.jinja
            .get_template(NAME)
            .and_then(|template| template.render(context))
            .map_err(|e| TemplateError::Syntax(e.to_string()))
    }
}

/// The variables of one message, as the renderer looks them up: a handful, so a list is faster than a map.
struct Filled(Vec<(Arc<str>, minijinja::Value)>);

impl Object for Filled {
    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        let name = key.as_str()?;
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone())
    }
}

impl fmt::Debug for Filled {
    /// Only the count: values of customers do not belong in logs, and the renderer's errors print their context.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} values>", self.0.len())
    }
}

fn hash_of(parts: &TemplateParts) -> Hash {
    let declarations: Vec<String> =
        parts.variables.iter().map(|v| format!("{}:{:?}:{:?}", v.name, v.kind, v.from)).collect();
    let fields: [&str; 6] = [
        parts.id.as_str(),
        parts.class.name(),
        parts.subtype.as_ref().map_or("", Subtype::as_str),
        &parts.language,
        &parts.source,
        &declarations.join(";"),
    ];
    proof::hash_fields("hongyan/template/v1", fields.into_iter().map(str::as_bytes))
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({})", self.id)
    }
}
