//! Accounts, orders, routes and plans for stories: what systems hand in, and by which ways it may go. It decides nothing.

use crate::bank::{Bank, taken};
use engine::Input;
use engine::decide::{OrderRequest, Ordered, Recipient};
use engine::deliver::Report;
use engine::entry::{Body, Entry, Notice, Order, ReceiptState, Tell};
use engine::state::Health;
use engine::{Output, Reply};
use model::{AccountId, Fields, MessageClass, MessageId, Phone, Private, RemoteId, RouteId, TemplateId};
use std::sync::Arc;

/// An account `core` that may write texts of any class; `more` is what else its file says.
pub(crate) fn account(more: &str) -> String {
    named_account("core", more)
}

/// The same under another name.
pub(crate) fn named_account(id: &str, more: &str) -> String {
    format!(
        "id = \"{id}\"\ndepartment = \"retail\"\nclasses = [\"customer_service\", \"marketing\"]\n\
         class = \"customer_service\"\n{more}\n"
    )
}

/// Where the account's file stands.
pub(crate) const ACCOUNT: &str = "accounts/core.toml";

/// A route over SMPP that carries every class; `more` is what else its file says, before the table of the link.
pub(crate) fn a_route(id: &str, preference: u32, more: &str) -> String {
    format!(
        "id = \"{id}\"\nclasses = [\"customer_service\", \"marketing\", \"risk_notice\", \"technical_support\", \
         \"regulatory\"]\nprice_yuan = \"0.035\"\npreference = {preference}\nsignature = \"head\"\n\
         concatenation = \"udh\"\nsource = \"106900001\"\nwindow = 500\nreceipt_wait = \"72h\"\n{more}\n\
         [smpp]\naddress = \"127.0.0.1:2775\"\nsystem_id = \"hongyan\"\npassword = \"secret\"\nsystem_type = \"\"\n\
         bind = \"transceiver\"\nresponse_timeout = \"10s\"\nenquire_after = \"30s\"\n"
    )
}

/// A text for a phone, told of its progress.
pub(crate) fn text_for(phone: &str, text: &str) -> OrderRequest {
    request(Recipient::Phone(number(phone)), Body::Text(Private::new(text)))
}

/// A template with values for a phone.
pub(crate) fn template_for(phone: &str, template: &str, values: &[(&str, &str)]) -> OrderRequest {
    let values: Fields =
        values.iter().map(|(name, value)| ((*name).into(), model::Value::Text((*value).into()))).collect();
    let body = Body::Template(TemplateId::new(template), Arc::new(values));
    request(Recipient::Phone(number(phone)), body)
}

fn request(to: Recipient, body: Body) -> OrderRequest {
    let order = Order {
        account: AccountId::new("core"),
        reference: Some("ref-1".into()),
        body: Some(body),
        signature: None,
        extension: None,
        tell: Tell::Progress,
        at: None,
        plan: None,
        replays: None,
        key: None,
        pieces: Vec::new(),
    };
    OrderRequest { order, to, key: None, class: None, subtype: None, validity: None, piece: None }
}

/// The same under a key of the account's.
pub(crate) fn keyed(mut request: OrderRequest, key: &str) -> OrderRequest {
    request.key = Some(key.into());
    request
}

/// The same as an offer, with the words that an offer must have: marketing goes at most once by every path (L6).
pub(crate) fn as_offer(mut request: OrderRequest) -> OrderRequest {
    if let Some(Body::Text(text)) = &mut request.order.body {
        *text = Private::new(format!("{}拒收请回复R", text.reveal()));
    }
    request.class = Some(MessageClass::Marketing);
    request.subtype = Some(model::Subtype::new("offer"));
    request
}

/// The same by a plan.
pub(crate) fn by_plan(mut request: OrderRequest, plan: &str) -> OrderRequest {
    request.order.plan = Some(plan.into());
    request
}

fn number(phone: &str) -> Phone {
    Phone::parse(phone, "86").expect("a phone number")
}

impl Bank {
    /// One order is handed in; what became of it.
    pub(crate) fn order(&mut self, request: OrderRequest) -> Ordered {
        self.tell(Input::Orders(vec![request]));
        let Reply::Ordered(ordered) = &self.reply else { panic!("{:?}", self.reply) };
        assert_eq!(ordered.len(), 1);
        ordered[0].clone()
    }

    /// One order is handed in and must be accepted.
    pub(crate) fn accepted_order(&mut self, request: OrderRequest) -> MessageId {
        match self.order(request) {
            Ordered::Accepted { message, .. } => message,
            other => panic!("expected an accepted order, found {other:?}"),
        }
    }

    /// A route has room for so many parts; what was handed over to it.
    pub(crate) fn send_over(&mut self, route: &str, parts: u32) -> Vec<MessageId> {
        let already = self.outbox.len();
        self.tell(Input::Credit { route: RouteId::new(route), parts });
        self.work();
        self.outbox[already..].iter().map(engine::decide::Sendable::message).collect()
    }

    /// A route's link says how it stands.
    pub(crate) fn health(&mut self, route: &str, health: Health) {
        self.tell(Input::Health { route: RouteId::new(route), health });
    }

    /// A route has lost its connection now.
    pub(crate) fn goes_down(&mut self, route: &str) {
        let down = Health { down_since: Some(self.now), ..Health::default() };
        self.health(route, down);
    }

    /// A part is reported by the name that [`Bank::accept`] gave it.
    pub(crate) fn report_over(&mut self, route: &str, message: MessageId, state: ReceiptState) -> Vec<Entry> {
        let remote = crate::bank::remote(message, 0);
        let route = RouteId::new(route);
        self.tell(Input::Reports(vec![Report { route, remote, state, error: Some("E7".into()) }]))
    }

    /// The carrier takes the first part of a message under a name.
    pub(crate) fn taken_as(&mut self, message: MessageId, remote: &str) -> Vec<Entry> {
        let remote = RemoteId::new(remote);
        let route = RouteId::new(self.route_of(message));
        self.tell(Input::Answers(vec![taken(&route, message, 0, remote)]))
    }

    /// The carrier of the demo route takes a part of a message by its usual name.
    pub(crate) fn taken_part(&mut self, message: MessageId, part: u8) -> Vec<Entry> {
        let remote = crate::bank::remote(message, part);
        self.tell(Input::Answers(vec![taken(&crate::bank::route(), message, part, remote)]))
    }

    /// What the account `core` has to be told, oldest first.
    pub(crate) fn notices(&self) -> Vec<(u64, &Notice)> {
        self.engine.state().outboxes.from(&AccountId::new("core"), 0).collect()
    }

    /// Time passes, and the engine works once.
    pub(crate) fn later(&mut self, span: &str) -> Vec<Entry> {
        self.now = self.now.after(model::Span::parse(span).expect("a span"));
        self.work()
    }

    /// What the last order's output rang for.
    pub(crate) fn rings(&mut self, input: &Input) -> Vec<String> {
        let mut told = Vec::new();
        self.step(|engine, now, out: &mut Output| {
            engine.handle(input, now, out);
            told = out.told.iter().map(|account| account.as_str().to_owned()).collect();
        });
        told
    }

    /// The route a message is to go by.
    pub(crate) fn route_of(&self, message: MessageId) -> String {
        let message = &self.engine.state().messages[&message];
        message.sending.as_ref().map_or_else(String::new, |sending| sending.route.as_str().to_owned())
    }
}
