//! One template: its source, its declared variables, its compiled form, its hash.

use super::address::Addresses;
use super::filter;
use super::variable::{Source, Variable};
use super::wording::{Wording, choose};
use crate::world::{Basis, Institution};
use minijinja::value::Object;
use minijinja::{Environment, UndefinedBehavior};
use model::{Channel, Fields, MessageClass, Subtype, TemplateId, Zone};
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
    /// The main text, as it was written, with its snippets in it.
    pub source: String,
    /// The variables it may use.
    pub variables: Vec<Variable>,
    /// More parts than this and the message is not sent.
    pub parts_max: usize,
    /// Lints that it is excused from, each with the reason.
    pub allowed: Vec<Allowed>,
    /// What messages of it are chosen by; the configuration's hash covers it, this one's own does not.
    pub basis: Basis,
    /// SHA-256 over id, class, language, texts and declarations: what an approval and a ledger entry name.
    pub hash: Hash,
    /// Every text; the main one first.
    wordings: Vec<Wording>,
    /// Which variables each text uses.
    uses: Vec<Vec<usize>>,
    jinja: Environment<'static>,
}

/// A lint that a template is excused from (`[[allow]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The lint's id.
    pub lint: String,
    /// Why somebody thinks that it is wrong here.
    pub reason: String,
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
        /// Which of the texts uses it; 0 is the main one.
        text: usize,
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
    /// The texts beside the main one.
    pub texts: Vec<Wording>,
    /// See [`Template`].
    pub allowed: Vec<Allowed>,
}

/// The name under which a template's environment knows its main text.
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
        let hash = hash_of(&parts);
        let TemplateParts { id, class, subtype, language, source, variables, parts_max, texts, allowed } =
            parts;
        let main = Wording { channel: None, language: None, variant: None, source: source.clone() };
        let wordings: Vec<Wording> = std::iter::once(main).chain(texts).collect();
        let mut jinja = Environment::new();
        jinja.set_fuel(Some(RENDER_STEPS_MAX));
        jinja.set_undefined_behavior(UndefinedBehavior::Strict);
        filter::add_to(&mut jinja);
        let uses = uses(&mut jinja, &wordings, &variables)?;
        Ok(Self {
            id,
            class,
            subtype,
            language,
            source,
            variables,
            parts_max,
            allowed,
            basis: Basis::default(),
            hash,
            wordings,
            uses,
            jinja,
        })
    }

    /// Every text; the main one first.
    pub fn wordings(&self) -> &[Wording] {
        &self.wordings
    }

    /// Which text a customer gets on a channel: its place in [`Self::wordings`].
    pub(super) fn choose(&self, channel: Channel, language: &str, key: u64) -> usize {
        if self.wordings.len() == 1 {
            return 0;
        }
        choose(&self.wordings, &self.language, &self.id, channel, language, key)
    }

    /// One of its texts for one customer.
    pub(super) fn render(
        &self,
        wording: usize,
        institution: &Institution,
        customer: &Fields,
        event: Option<&Fields>,
        zone: Zone,
        addresses: Option<&Addresses<'_>>,
    ) -> Result<String, TemplateError> {
        self.filled(wording, |variable| variable.value(institution, customer, event, zone, addresses))
    }

    /// The targets that one of its texts leads to, by their names.
    pub fn targets(&self, wording: usize) -> impl Iterator<Item = &str> {
        let used = self.used(wording).iter().filter_map(|at| self.variables.get(*at));
        used.filter_map(|variable| match &variable.from {
            Source::Target(id) => Some(&**id),
            _ => None,
        })
    }

    /// The declared variables that one of its texts uses, by their places.
    fn used(&self, wording: usize) -> &[usize] {
        self.uses.get(wording).map_or(&[], Vec::as_slice)
    }

    /// Reads the values that an account handed in under the names of the variables, as what each is declared to be.
    pub(super) fn read_values(
        &self,
        wording: usize,
        values: &Fields,
        institution: &Institution,
        zone: Zone,
    ) -> Result<Fields, TemplateError> {
        let mut event = Fields::new();
        for variable in self.used(wording).iter().filter_map(|at| self.variables.get(*at)) {
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

    /// The longest that one of its texts can become, for counting parts before anything is sent.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`] when the text cannot be rendered with values in all its variables.
    pub fn worst_case(&self, wording: usize) -> Result<String, TemplateError> {
        self.filled(wording, |variable| Ok(variable.kind.longest_value()))
    }

    /// One of its texts with a typical value in every variable, as its file gives it or as its type looks.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`] as for [`Self::worst_case`].
    pub fn sample(&self, wording: usize) -> Result<String, TemplateError> {
        self.filled(wording, |variable| Ok(variable.sample_value(None)))
    }

    /// The same of an institution, whose name is known.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`] as for [`Self::worst_case`].
    pub fn sample_for(&self, wording: usize, institution: &str) -> Result<String, TemplateError> {
        self.filled(wording, |variable| Ok(variable.sample_value(Some(institution))))
    }

    /// What another source becomes with typical values in this template's variables: for rewrites, before they are made.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`] when it is no template or uses other names.
    pub fn sample_of(&self, source: &str, institution: &str) -> Result<String, TemplateError> {
        let mut jinja = Environment::new();
        jinja.set_fuel(Some(RENDER_STEPS_MAX));
        jinja.set_undefined_behavior(UndefinedBehavior::Strict);
        filter::add_to(&mut jinja);
        let values =
            self.variables.iter().map(|v| (Arc::clone(&v.name), v.sample_value(Some(institution)))).collect();
        let context = minijinja::Value::from_object(Filled(values));
        jinja.render_str(source, context).map_err(|e| TemplateError::Syntax(e.to_string()))
    }

    /// One of its texts with values of the caller's making.
    pub(super) fn filled(
        &self,
        wording: usize,
        value: impl Fn(&Variable) -> Result<minijinja::Value, String>,
    ) -> Result<String, TemplateError> {
        let used = self.used(wording);
        let mut values = Vec::with_capacity(used.len());
        for variable in used.iter().filter_map(|at| self.variables.get(*at)) {
            let value = value(variable)
                .map_err(|expected| TemplateError::Value { name: variable.name.to_string(), expected })?;
            values.push((Arc::clone(&variable.name), value));
        }
        self.fill(wording, values)
    }

    fn fill(
        &self,
        wording: usize,
        values: Vec<(Arc<str>, minijinja::Value)>,
    ) -> Result<String, TemplateError> {
        let context = minijinja::Value::from_object(Filled(values));
        let template = match wording {
            0 => self.jinja.get_template(NAME),
            other => self.jinja.get_template(&format!("{NAME}-{other}")),
        };
        template
            .and_then(|template| template.render(context))
            .map_err(|e| TemplateError::Syntax(e.to_string()))
    }
}

/// Compiles every text and finds which declared variables it uses.
fn uses(
    jinja: &mut Environment<'static>,
    wordings: &[Wording],
    variables: &[Variable],
) -> Result<Vec<Vec<usize>>, Vec<TemplateError>> {
    let declared: Vec<&str> = variables.iter().map(|v| &*v.name).collect();
    let mut mistakes = Vec::new();
    let mut uses = Vec::with_capacity(wordings.len());
    for (at, wording) in wordings.iter().enumerate() {
        let found = wording.source.len();
        if found > SOURCE_OCTETS_MAX {
            mistakes.push(TemplateError::TooLong { found });
            continue;
        }
        let name = if at == 0 { NAME.to_owned() } else { format!("{NAME}-{at}") };
        if let Err(error) = jinja.add_template_owned(name.clone(), wording.source.clone()) {
            mistakes.push(TemplateError::Syntax(error.to_string()));
            continue;
        }
        let names = jinja.get_template(&name).map(|t| t.undeclared_variables(false)).unwrap_or_default();
        let strangers = names.iter().filter(|name| !declared.contains(&name.as_str()));
        mistakes.extend(strangers.map(|name| TemplateError::Undeclared {
            name: name.clone(),
            declared: declared.join(", "),
            text: at,
        }));
        uses.push((0..declared.len()).filter(|place| names.contains(declared[*place])).collect());
    }
    // Of texts that could not all be read nothing can be said to be unused.
    if uses.len() == wordings.len() {
        let unused =
            (0..declared.len()).filter(|place| !uses.iter().any(|of: &Vec<usize>| of.contains(place)));
        mistakes.extend(unused.map(|place| TemplateError::Unused(declared[place].to_owned())));
    }
    mistakes.sort_by_key(ToString::to_string);
    if mistakes.is_empty() { Ok(uses) } else { Err(mistakes) }
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

/// The first version is that of a template of one text; others are hashed with what they have beside it, so that what was
/// approved before stays approved.
fn hash_of(parts: &TemplateParts) -> Hash {
    let declarations: Vec<String> =
        parts.variables.iter().map(|v| format!("{}:{:?}:{:?}", v.name, v.kind, v.from)).collect();
    let declarations = declarations.join(";");
    let mut fields: Vec<&str> = vec![
        parts.id.as_str(),
        parts.class.name(),
        parts.subtype.as_ref().map_or("", Subtype::as_str),
        &parts.language,
        &parts.source,
        &declarations,
    ];
    if parts.texts.is_empty() && parts.allowed.is_empty() {
        return proof::hash_fields("hongyan/template/v1", fields.into_iter().map(str::as_bytes));
    }
    let names: Vec<String> = parts.texts.iter().map(Wording::name).collect();
    let count = names.len().to_string();
    fields.push(&count);
    for (name, wording) in names.iter().zip(&parts.texts) {
        fields.extend([name, wording.source.as_str()]);
    }
    for allowed in &parts.allowed {
        fields.extend([allowed.lint.as_str(), &allowed.reason]);
    }
    proof::hash_fields("hongyan/template/v2", fields.into_iter().map(str::as_bytes))
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({})", self.id)
    }
}
