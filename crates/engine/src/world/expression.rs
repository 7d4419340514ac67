//! Conditions of journeys and segments, in CEL over `event` and `customer`.
//!
//! A missing field, an unknown root and a clash of types are three different errors; none of them is silently
//! `false`. Fields are looked up lazily in the customer's own map: nothing is copied for an evaluation.

use crate::state::Customer;
use cel::common::ast::Expr;
use cel::common::traits::{Container, Indexer};
use cel::common::types::{CelBool, CelDouble, CelInt, CelString, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::parser::{Expression, PrattParser};
use cel::{Context, Env, ExecutionError};
use model::{Fields, Value};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// The standard library of CEL, built once: it holds no state.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// The roots a condition may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `customer` and `tag`: broadcasts and segments.
    Customer,
    /// `event` too: what events set off.
    Event,
    /// `got` too: the event that was waited for.
    Got,
}

/// What a condition is about: everything its names may stand for.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What the institution's systems know of the customer.
    pub customer: &'a Fields,
    /// What journeys have noted about them.
    pub tags: &'a Fields,
    /// What set the journey off.
    pub event: Option<&'a Fields>,
    /// What was waited for.
    pub got: Option<&'a Fields>,
}

impl<'a> Facts<'a> {
    /// What is known of a customer by themselves.
    pub fn of(customer: &'a Customer) -> Self {
        Self { customer: &customer.profile.attributes, tags: &customer.tags, event: None, got: None }
    }
}

/// A compiled condition.
pub struct Condition {
    source: String,
    program: Expression,
    /// Which of the roots it names.
    roots: Vec<&'static str>,
}

/// Why a source is no condition, or why a condition has no answer for this customer (it then counts as not met,
/// visibly).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    message: String,
    offset: Option<usize>,
}

impl ConditionError {
    /// What was expected and what was found, without any value of a customer.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where in the source, in bytes from its start; only for errors of compiling.
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }

    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: None }
    }

    fn at(offset: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: Some(offset) }
    }
}

impl Condition {
    /// Compiles CEL.
    ///
    /// # Errors
    /// The first thing that is wrong, and where: the syntax, a name that is none of the scope's roots, a function
    /// that does not exist, a source that is too long or nested too deep, a loop.
    pub fn compile(source: &str, scope: Scope) -> Result<Self, ConditionError> {
        if source.len() > CONDITION_OCTETS_MAX {
            let found = source.len();
            return Err(ConditionError::new(format!(
                "expected at most {CONDITION_OCTETS_MAX} octets, found {found}"
            )));
        }
        let parser = PrattParser::new()
            .max_recursion_depth(CONDITION_DEPTH_MAX)
            .max_expression_node_count(CONDITION_NODES_MAX);
        let program = parser.parse(source).map_err(|errors| first_error(source, &errors))?;
        let roots: &[&'static str] = match scope {
            Scope::Customer => &["customer", "tag"],
            Scope::Event => &["customer", "tag", "event"],
            Scope::Got => &["customer", "tag", "event", "got"],
        };
        check_shape(&program).map_err(ConditionError::new)?;
        let references = program.references();
        let named = references.variables();
        let mut strangers: Vec<&str> = named.iter().copied().filter(|name| !roots.contains(name)).collect();
        let roots_named = roots.iter().copied().filter(|root| named.contains(root)).collect();
        strangers.sort_unstable();
        if let Some(stranger) = strangers.first() {
            let message = format!("expected a name that begins with {}, found {stranger}", roots.join(", "));
            return Err(ConditionError::at(place_of_word(source, stranger), message));
        }
        let is_operator = |name: &str| !name.starts_with(|c: char| c.is_ascii_alphabetic());
        let mut unknown: Vec<&str> = references
            .functions()
            .into_iter()
            .filter(|name| !is_operator(name) && !FUNCTIONS.contains(name))
            .collect();
        unknown.sort_unstable();
        if let Some(function) = unknown.first() {
            let message = format!("expected one of the functions {}, found {function}", FUNCTIONS.join(", "));
            return Err(ConditionError::at(place_of_word(source, function), message));
        }
        Ok(Self { source: source.to_owned(), roots: roots_named, program })
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it asks anything of the customer or of what befell them: without, it holds for everybody or for nobody.
    pub fn looks_at_person(&self) -> bool {
        !self.roots.is_empty()
    }

    /// The fields it looks at, as it writes them (`customer.age`), each with its value if there is one; in the order of their names.
    pub fn values<'a>(&self, facts: &Facts<'a>) -> Vec<(String, Option<&'a Value>)> {
        let mut names: Vec<(&str, &str)> = Vec::new();
        let mut open: Vec<&Expression> = vec![&self.program];
        while let Some(node) = open.pop() {
            match &node.expr {
                Expr::Call(call) => open.extend(call.target.as_deref().into_iter().chain(&call.args)),
                Expr::List(list) => open.extend(&list.elements),
                Expr::Select(select) => match &select.operand.expr {
                    Expr::Ident(root) => names.push((root, &select.field)),
                    _ => open.push(&select.operand),
                },
                _ => {}
            }
        }
        names.sort_unstable();
        names.dedup();
        let of = |root: &str| match root {
            "customer" => Some(facts.customer),
            "tag" => Some(facts.tags),
            "event" => facts.event,
            "got" => facts.got,
            _ => None,
        };
        let value = |root: &str, field: &str| of(root).and_then(|fields| fields.get(field));
        names.into_iter().map(|(root, field)| (format!("{root}.{field}"), value(root, field))).collect()
    }

    /// Whether these meet it.
    pub fn met(&self, facts: Facts<'_>) -> Result<bool, ConditionError> {
        let mut context = Context::with_env(Arc::clone(&ENV));
        context.add_variable_as_val("customer", Box::new(FieldsVal(facts.customer)));
        let others = [("tag", Some(facts.tags)), ("event", facts.event), ("got", facts.got)];
        for (name, fields) in others {
            if let Some(fields) = fields.filter(|_| self.roots.contains(&name)) {
                context.add_variable_as_val(name, Box::new(FieldsVal(fields)));
            }
        }
        match cel::Value::resolve(&self.program, &context) {
            Ok(cel::Value::Bool(met)) => Ok(met),
            Ok(other) => {
                Err(ConditionError::new(format!("expected true or false, found {}", other.type_of())))
            }
            Err(error) => Err(ConditionError::new(without_values(&error))),
        }
    }
}

/// Refuses what would cost more than a look at a few fields: loops, and nesting that evaluation would follow with its
/// caller's stack. Walks with a list of its own, so that it cannot run out of stack itself.
fn check_shape(program: &Expression) -> Result<(), String> {
    let mut open: Vec<(&Expression, usize)> = vec![(program, 1)];
    while let Some((node, depth)) = open.pop() {
        if depth > EVALUATION_DEPTH_MAX {
            return Err(format!("expected at most {EVALUATION_DEPTH_MAX} operators in a chain, found more"));
        }
        let mut add = |node| open.push((node, depth + 1));
        match &node.expr {
            Expr::Call(call) => {
                call.target.as_deref().into_iter().chain(&call.args).for_each(&mut add);
            }
            Expr::List(list) => list.elements.iter().for_each(&mut add),
            Expr::Select(select) => add(&select.operand),
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
            Expr::Comprehension(_) => return Err("expected a condition without a loop, found one".to_owned()),
            Expr::Map(_) | Expr::Struct(_) => {
                return Err("expected a condition without {}, found one".to_owned());
            }
        }
    }
    Ok(())
}

/// The parser's first complaint, with its place turned from line and character into bytes.
fn first_error(source: &str, errors: &cel::ParseErrors) -> ConditionError {
    let Some(error) = errors.errors.iter().min_by_key(|error| error.pos) else {
        return ConditionError::new("expected a condition");
    };
    let (line, column) = error.pos;
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let line_start = line
        .checked_sub(2)
        .map_or(0, |nth| source.match_indices('\n').nth(nth).map_or(source.len(), |(at, _)| at + 1));
    let rest = source.get(line_start..).unwrap_or_default();
    let within = rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at);
    ConditionError::at(line_start + within, format!("{line}:{column}: {}", error.msg))
}

/// Where a name stands as a whole word, or the start.
fn place_of_word(source: &str, word: &str) -> usize {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
    let stands = |at: &usize| {
        let before = source.get(..*at).and_then(|head| head.chars().next_back());
        let after = source.get(at + word.len()..).and_then(|tail| tail.chars().next());
        !is_part(before) && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    let mut places = source.match_indices(word).map(|(at, _)| at);
    places.clone().find(stands).or_else(|| places.next()).unwrap_or(0)
}

/// The longest source of a condition: the parser's work grows with it.
pub(super) const CONDITION_OCTETS_MAX: usize = 2_000;

/// How deep a condition may be nested: parsing and evaluating use the stack of their caller for every level.
const CONDITION_DEPTH_MAX: u16 = 16;

/// How many operators may be evaluated one inside the other. A build without optimisation uses some 30 KB of stack
/// for each, and a thread has 2 MB.
const EVALUATION_DEPTH_MAX: usize = 24;

/// How many names, values and operators a condition may have.
const CONDITION_NODES_MAX: usize = 500;

/// The functions a condition may call.
const FUNCTIONS: [&str; 9] =
    ["contains", "startsWith", "endsWith", "size", "string", "int", "double", "min", "max"];

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({})", self.source)
    }
}

/// The error's words without the values of a customer, which must not reach a log.
fn without_values(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("no field {name}"),
        ExecutionError::NoSuchOverload(_)
        | ExecutionError::UndeclaredReference(_)
        | ExecutionError::UnexpectedType { .. }
        | ExecutionError::InvalidArgumentCount { .. } => error.to_string(),
        _ => "the values cannot be compared".to_owned(),
    }
}

/// Named values as CEL sees them: a map that is looked up in place.
#[derive(Debug, Clone, Copy)]
struct FieldsVal<'a>(&'a Fields);

impl Val for FieldsVal<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(*self)
    }
}

impl Container for FieldsVal<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(key.downcast_ref::<CelString>().is_some_and(|k| self.0.contains_key(k.inner())))
    }
}

impl Indexer for FieldsVal<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = key.downcast_ref::<CelString>().ok_or_else(|| ExecutionError::UnexpectedType {
            got: key.get_type().name().to_owned(),
            want: "string".to_owned(),
        })?;
        let value = self.0.get(name.inner()).ok_or_else(|| ExecutionError::no_such_key(name.inner()))?;
        Ok(match value {
            // A copy of the text: the map's lifetime is shorter than what CEL asks for a borrow.
            Value::Text(text) => CowVal::owned(CelString::from(text.to_string())),
            Value::Int(n) => CowVal::owned(CelInt::from(*n)),
            Value::Float(x) => CowVal::owned(CelDouble::from(*x)),
            Value::Money(money) => CowVal::owned(CelDouble::from(money.to_f64())),
            Value::Bool(b) => CowVal::owned(CelBool::from(*b)),
            Value::Time(t) => CowVal::owned(CelInt::from(t.0)),
            Value::Date(d) => CowVal::owned(CelString::from(d.to_string())),
        })
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Currency, Money};

    fn fields(pairs: &[(&str, Value)]) -> Fields {
        pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect()
    }

    static NOTHING: Fields = Fields::new();

    fn alone(customer: &Fields) -> Facts<'_> {
        Facts { customer, tags: &NOTHING, event: None, got: None }
    }

    fn check(source: &str, expect: Result<bool, &str>) {
        let customer = fields(&[
            ("segment", Value::Text("gold".into())),
            ("alert_threshold", Value::Money(Money { minor: 500_000, currency: Currency::CNY })),
            ("age", Value::Int(41)),
        ]);
        let event = fields(&[("amount", Value::Money(Money { minor: 500_001, currency: Currency::CNY }))]);
        let result = Condition::compile(source, Scope::Event)
            .and_then(|c| c.met(Facts { event: Some(&event), ..alone(&customer) }));
        match (result, expect) {
            (Ok(met), Ok(expected)) => assert_eq!(met, expected, "{source}"),
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{source}: {error}"),
            (result, _) => panic!("{source}: {result:?}"),
        }
    }

    #[test]
    fn conditions_compare_what_customers_and_events_hold() {
        check("event.amount > customer.alert_threshold", Ok(true));
        check("customer.segment == 'gold' && customer.age >= 18", Ok(true));
        check("customer.segment in ['silver', 'basic']", Ok(false));
        check("has(customer.nope) && customer.nope > 1", Ok(false));
        check("event.amount >= 5000", Ok(true));
    }

    #[test]
    fn missing_unknown_and_mistyped_are_told_apart() {
        check("event.amout > 1.0", Err("no field amout"));
        check("evnt.amount > 1.0", Err("found evnt"));
        check("customer.segment > 1.0", Err("overload"));
        check("customer.segment", Err("expected true or false"));
        check("event.amount >", Err("1:15: "));
        check("event.amount.startWith('1')", Err("expected one of the functions contains, "));
        check("event.amount > 1.0 &&\n  cust.age > 1", Err("found cust"));
    }

    #[test]
    fn text_functions_work_and_loops_do_not() {
        check("customer.segment.startsWith('go') && customer.segment.contains('ol')", Ok(true));
        check("size(customer.segment) == 4", Ok(true));
        check("customer.segment.matches('g.*')", Err("found matches"));
        check("[1, 2].exists(n, n == customer.age)", Err("without a loop"));
        check("{'a': 1}.a == 1", Err("without {}"));
    }

    #[test]
    fn the_values_that_decide_are_named() {
        let customer = fields(&[("age", Value::Int(41)), ("segment", Value::Text("gold".into()))]);
        let event = fields(&[("amount", Value::Int(7))]);
        let source = "has(customer.vip) && customer.vip || event.amount > 5 && customer.segment in ['gold', 'x'] && customer.age > 1";
        let condition = Condition::compile(source, Scope::Event).unwrap();
        let facts = Facts { event: Some(&event), ..alone(&customer) };
        let values = condition.values(&facts);
        let expected: [(&str, Option<Value>); 4] = [
            ("customer.age", Some(Value::Int(41))),
            ("customer.segment", Some(Value::Text("gold".into()))),
            ("customer.vip", None),
            ("event.amount", Some(Value::Int(7))),
        ];
        let found: Vec<(&str, Option<Value>)> =
            values.iter().map(|(name, value)| (name.as_str(), value.cloned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn no_condition_is_too_deep_for_a_stack() {
        let customer = fields(&[("age", Value::Int(41))]);
        for count in [1, 10, 15, 20, 30, 100, 300, 900] {
            for (before, inner, after) in [
                ("1 + ", "1 > 0", ""),
                ("!", "true", ""),
                ("-", "1 < 0", ""),
                ("", "customer", ".a"),
                ("", "customer", "[0]"),
                ("", "customer", ".size()"),
                ("true ? true : ", "true", ""),
                ("true ? ", "true", " : true"),
                ("true && ", "true", ""),
                ("true == ", "true", ""),
                ("(", "true", ")"),
                ("[", "1", "]"),
                ("{1: ", "1", "}"),
                ("size(", "1", ")"),
                ("(1 + ", "1", " + 1) + 1 > 0"),
            ] {
                let source = format!("{}{inner}{}", before.repeat(count), after.repeat(count));
                let _ = Condition::compile(&source, Scope::Customer).and_then(|c| c.met(alone(&customer)));
            }
        }
        let deep = |count: usize| format!("{}1{} == 1", "[".repeat(count), "]".repeat(count));
        assert!(Condition::compile(&deep(12), Scope::Customer).is_ok());
        assert!(Condition::compile(&deep(900), Scope::Customer).is_err());
        let clauses = vec!["customer.age >= 18"; 90].join(" && ");
        let condition = Condition::compile(&clauses, Scope::Customer).unwrap();
        assert_eq!(condition.met(alone(&customer)), Ok(true));
    }
}
