//! Facts of every kind, as wild as their types allow, are written as leaf and detail and read back equal; and bytes
//! that are no detail are refused with a reason, never with a panic.

use crate::audit::through_the_ledger;
use engine::decide::{Finding, RuleCode, Verdict};
use engine::entry::{
    AfterRefusal, AfterSilence, ArmResumed, ArmStopped, Blocked, Body, CaseClosed, CaseId, CaseKind,
    CaseNoted, CaseOpened, CaseOutcome, Choices, Chosen, ClassChoice, Clicked, Content, Credited, Decided,
    Ending, Entered, Entry, Event, Evidence, Fact, FileChange, Follower, Frequency, Held, Hours, How, Late,
    Left, MarketEvent, Matter, ModelTrained, Moved, Need, Open, Order, Outcome, Per, Piece, Place, Profile,
    Proposed, Published, ReceiptState, Rerouted, Returned, ReviewDecided, ReviewVerdict, Reviewed, Scope,
    Settled, Standing, Stay, SuppressionCause, SwitchState, TaskOpened, Tell, Through, Way, Weighed,
    WeightsMoved,
};
use engine::prove::{encode_detail, leaf, read};
use model::{
    AccountId, Channel, ClockTime, Consent, ConsentState, Contact, Cost, Currency, CustomerId, Date,
    EvidenceId, Fields, MessageClass, MessageId, Money, Phone, Private, RemoteId, RouteId, Span, Subject,
    Subtype, TemplateId, Timestamp, Value, Zone,
};
use proof::Hash;
use proof::entry::Kind;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use std::collections::BTreeSet;
use std::sync::Arc;

fn words() -> impl Strategy<Value = Arc<str>> {
    "[a-zA-Z0-9@ .汉字😀\\-]{0,24}".prop_map(|text| Arc::from(text.as_str()))
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

fn class() -> impl Strategy<Value = MessageClass> {
    select(MessageClass::ALL.to_vec())
}

fn cost() -> impl Strategy<Value = Cost> {
    (0..i64::MAX).prop_map(|millifen| Cost { millifen })
}

/// A part's number; a message has at most 255.
fn part() -> impl Strategy<Value = u8> {
    0..255_u8
}

fn phone() -> impl Strategy<Value = Phone> {
    "[1-9][0-9]{7,14}".prop_map(|digits| Phone::parse(&format!("+{digits}"), "").unwrap())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        words().prop_map(Value::Text),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("not a number is equal to nothing", |x| !x.is_nan()).prop_map(Value::Float),
        (any::<i64>(), "[A-Z]{3}").prop_map(|(minor, code)| {
            Value::Money(Money { minor, currency: Currency::new(&code).unwrap() })
        }),
        any::<bool>().prop_map(Value::Bool),
        time().prop_map(Value::Time),
        (-700_000..2_900_000_i32).prop_map(|days| Value::Date(Date::from_days(days).unwrap())),
    ]
}

fn fields() -> impl Strategy<Value = Fields> {
    prop::collection::btree_map(words(), value(), 0..6)
}

fn event() -> impl Strategy<Value = Arc<Event>> {
    (words(), words(), time(), fields())
        .prop_map(|(id, kind, at, fields)| Arc::new(Event { id, kind, at, fields }))
}

fn profile() -> impl Strategy<Value = Profile> {
    let zone = select(vec!["Asia/Shanghai", "Asia/Urumqi", "Europe/London", "UTC"]);
    let zone = option::of(zone.prop_map(|name| Zone::parse(name).unwrap()));
    let standing = select(vec![Standing::Normal, Standing::Deceased, Standing::DoNotContact]);
    (words(), option::of(phone()), zone, standing, fields()).prop_map(
        |(id, phone, zone, standing, attributes)| Profile {
            id: CustomerId::new(id),
            phone,
            zone,
            standing,
            attributes,
        },
    )
}

fn consent() -> impl Strategy<Value = Consent> {
    let state = select(vec![ConsentState::Granted, ConsentState::Withdrawn]);
    (class(), state, time(), option::of(time()), words()).prop_map(|(class, state, at, until, evidence)| {
        Consent { class, state, at, until, evidence: EvidenceId::new(evidence) }
    })
}

fn evidence() -> impl Strategy<Value = Evidence> {
    (select(Through::ALL.to_vec()), time(), words()).prop_map(|(through, at, reference)| Evidence {
        through,
        at,
        reference,
    })
}

fn chosen() -> impl Strategy<Value = Chosen> {
    let most = (any::<u16>(), select(Per::ALL.to_vec()));
    let most = most.prop_map(|(messages, per)| Frequency { messages, per });
    let channels = prop::collection::btree_set(channel(), 0..3);
    let choice = (any::<bool>(), channels, option::of(time()), option::of(most)).prop_map(
        |(off, channels_off, paused_until, at_most)| ClassChoice { off, channels_off, paused_until, at_most },
    );
    let clock = || (0..=1_440_u16).prop_map(|minutes| ClockTime::from_minutes(minutes).unwrap());
    let hours = option::of((clock(), clock()).prop_map(|(open, close)| Hours { open, close }));
    let classes = prop::collection::btree_map(class(), choice, 0..4);
    let unused = prop::collection::btree_set(words(), 0..3);
    (classes, hours, any::<bool>(), unused, evidence()).prop_map(
        |(classes, hours, impersonal, unused, evidence)| Chosen {
            choices: Choices { classes, hours, impersonal, unused },
            evidence,
        },
    )
}

fn cases() -> impl Strategy<Value = Fact> {
    let message = option::of(any::<u64>().prop_map(MessageId));
    let said = || words().prop_map(Private::new);
    let id = || any::<u64>().prop_map(CaseId);
    let opened = (select(CaseKind::ALL.to_vec()), any::<u32>(), message, said(), evidence());
    let outcome = select(CaseOutcome::ALL.to_vec());
    prop_oneof![
        opened.prop_map(|(kind, days, message, text, evidence)| {
            Fact::CaseOpened(Box::new(CaseOpened { kind, days, message, text, evidence }))
        }),
        (id(), words(), option::of(words()), said()).prop_map(|(case, by, assignee, note)| {
            Fact::CaseNoted(Box::new(CaseNoted { case, by, assignee, note }))
        }),
        (id(), outcome, words(), said(), any::<bool>()).prop_map(|(case, outcome, by, note, resume)| {
            Fact::CaseClosed(Box::new(CaseClosed { case, outcome, by, note, resume }))
        }),
        words().prop_map(Fact::DataExported),
    ]
}

fn credited() -> impl Strategy<Value = Credited> {
    (any::<u64>(), words()).prop_map(|(message, journey)| Credited { message: MessageId(message), journey })
}

fn trials() -> impl Strategy<Value = Fact> {
    let causes = (1..=3).filter_map(SuppressionCause::from_code).collect::<Vec<_>>();
    let refusal = (vec(class(), 0..5), select(causes), option::of(phone()), option::of(credited()));
    let why = select(vec![SuppressionCause::OptOut, SuppressionCause::Complaint]);
    let stopped = (words(), why, any::<u64>(), any::<u64>(), any::<[u64; 2]>(), any::<u32>());
    // Their sum stands in the leaf.
    let weighed = (words(), 0..u64::from(u32::MAX), any::<u64>(), any::<u32>());
    let weighed = weighed.prop_map(|(arm, messages, goals, weight)| Weighed { arm, messages, goals, weight });
    let verdict = prop_oneof![
        Just(ReviewVerdict::Approved),
        Just(ReviewVerdict::Rejected),
        words().prop_map(ReviewVerdict::Labelled),
    ];
    let reviewed = (any::<u64>(), class(), verdict, words(), words(), words());
    let trained = (words(), hash(), option::of(hash()), any::<u64>(), any::<u64>(), any::<u64>());
    prop_oneof![
        trained.prop_map(|(by, model, data, texts, held_out, right)| {
            Fact::ModelTrained(Box::new(ModelTrained { by, model, data, texts, held_out, right }))
        }),
        reviewed.prop_map(|(message, class, verdict, by, remark, text)| {
            let (message, hash) = (MessageId(message), Hash::of(text.as_bytes()));
            let text = Private::new(text);
            Fact::ReviewDecided(Box::new(ReviewDecided { message, class, verdict, by, remark, text, hash }))
        }),
        refusal.prop_map(|(classes, why, phone, credited)| {
            Fact::SuppressionRecorded { classes, why, phone, credited }
        }),
        stopped.prop_map(|(journey, why, events, compared, [weight, weights], bound)| {
            let stopped = ArmStopped { journey, why, events, compared, weight, weights, bound };
            Fact::ArmStopped(Box::new(stopped))
        }),
        (words(), words(), words())
            .prop_map(|(journey, by, why)| { Fact::ArmResumed(Box::new(ArmResumed { journey, by, why })) }),
        (words(), words(), vec(weighed, 0..4)).prop_map(|(journey, experiment, arms)| {
            Fact::WeightsMoved(Box::new(WeightsMoved { journey, experiment, arms }))
        }),
    ]
}

fn finding() -> impl Strategy<Value = Finding> {
    let verdict = prop_oneof![
        Just(Verdict::Pass),
        Just(Verdict::Block),
        time().prop_map(|until| Verdict::Hold { until })
    ];
    (1..12_u8, any::<u16>(), verdict, words()).prop_map(|(rule, revision, verdict, detail)| Finding {
        rule: RuleCode(rule),
        revision,
        verdict,
        detail: detail.to_string().into(),
    })
}

fn matter() -> BoxedStrategy<Matter> {
    let ids = (any::<u64>(), words(), class(), option::of(words()), words());
    (ids, hash(), hash(), prop::collection::vec(finding(), 0..12), option::of(order()))
        .prop_map(|((message, journey, class, subtype, template), template_hash, world, findings, order)| {
            Matter {
                message: MessageId(message),
                journey,
                class,
                subtype: subtype.map(Subtype::new),
                template: TemplateId::new(template),
                template_hash,
                world,
                findings,
                order,
            }
        })
        .boxed()
}

fn channel() -> impl Strategy<Value = Channel> {
    select(Channel::ALL.to_vec())
}

fn contact() -> BoxedStrategy<Contact> {
    prop_oneof![
        phone().prop_map(Contact::Phone),
        (channel(), words()).prop_map(|(channel, name)| Contact::Named(channel, Private::new(name))),
    ]
    .boxed()
}

fn way() -> BoxedStrategy<Way> {
    (words(), any::<u8>(), channel(), option::of(any::<i64>().prop_map(Span)))
        .prop_map(|(plan, leg, channel, wait)| Way { plan, leg, channel, wait })
        .boxed()
}

fn scope() -> BoxedStrategy<Scope> {
    prop_oneof![
        Just(Scope::All),
        class().prop_map(Scope::Class),
        channel().prop_map(Scope::Channel),
        "[a-z]{1,9}".prop_map(|route| Scope::Route(RouteId::from(route.as_str()))),
        "(account:)?[a-z]{1,9}".prop_map(|journey| Scope::Journey(journey.into())),
    ]
    .boxed()
}

fn order() -> BoxedStrategy<Arc<Order>> {
    let body = prop_oneof![
        words().prop_map(|text| Body::Text(Private::new(text))),
        (words(), words()).prop_map(|(id, value)| {
            let fields = Fields::from([(Arc::clone(&value), Value::Text(value))]);
            Body::Template(TemplateId::new(id), Arc::new(fields))
        }),
    ];
    let names = (words(), option::of(words()), option::of(words()), option::of(words()), option::of(words()));
    (
        names,
        option::of(body),
        0..=3_u8,
        option::of(time()),
        option::of(any::<u64>().prop_map(MessageId)),
        option::of(any::<u128>()),
    )
        .prop_map(|((account, reference, signature, extension, plan), body, tell, at, replays, key)| {
            Arc::new(Order {
                account: AccountId::new(account),
                reference,
                body,
                signature,
                extension,
                tell: Tell::from_code(tell).unwrap(),
                at,
                plan,
                replays,
                key,
                pieces: replays.into_iter().collect(),
            })
        })
        .boxed()
}

fn rerouted() -> BoxedStrategy<Fact> {
    let what = (any::<u64>().prop_map(MessageId), class(), words(), words(), contact());
    (what, words(), any::<u8>(), cost(), cost(), option::of(way()), words())
        .prop_map(|((message, class, journey, route, to), text, parts, cost, change, way, why)| {
            Fact::MessageRerouted(Box::new(Rerouted {
                message,
                class,
                journey,
                route: RouteId::new(route),
                to,
                text: Private::new(text),
                parts,
                cost,
                change,
                way,
                why,
            }))
        })
        .boxed()
}

fn decided() -> BoxedStrategy<Fact> {
    let sending = (words(), contact(), words(), any::<u8>(), cost());
    let way = (option::of(way()), option::of(words()));
    (matter(), sending, 0..4_u8, any::<bool>(), time(), option::of(event()), way)
        .prop_map(
            |(matter, (route, to, text, parts, cost), lane, resend, expires, event, (way, extension))| {
                Fact::MessageDecided(Box::new(Decided {
                    matter,
                    route: RouteId::new(route),
                    to,
                    text: Private::new(text),
                    parts,
                    cost,
                    lane,
                    resend,
                    expires,
                    event,
                    way,
                    extension,
                }))
            },
        )
        .boxed()
}

fn ending() -> impl Strategy<Value = Ending> {
    let outcomes = (1..=6).filter_map(Outcome::from_code).collect::<Vec<_>>();
    (select(outcomes), class(), words(), cost()).prop_map(|(outcome, class, journey, refund)| Ending {
        outcome,
        class,
        journey,
        refund,
    })
}

fn receipt_state() -> impl Strategy<Value = ReceiptState> {
    select((1..=8).filter_map(ReceiptState::from_code).collect::<Vec<_>>())
}

fn verdicts() -> impl Strategy<Value = Fact> {
    let held = (matter(), time(), time(), option::of(event()), option::of(cost()));
    prop_oneof![
        decided(),
        held.prop_map(|(matter, until, expires, event, refund)| {
            Fact::MessageHeld(Box::new(Held { matter, until, expires, event, refund }))
        }),
        (matter(), option::of(cost()))
            .prop_map(|(matter, refund)| Fact::MessageBlocked(Box::new(Blocked { matter, refund }))),
    ]
}

fn deliveries() -> impl Strategy<Value = Fact> {
    let id = || any::<u64>().prop_map(MessageId);
    let refusal = prop_oneof![
        Just(AfterRefusal::Requeue),
        Just(AfterRefusal::Await),
        ending().prop_map(AfterRefusal::Fail)
    ];
    let late = prop_oneof![
        words().prop_map(|remote| Late::Taken(RemoteId::new(remote))),
        (any::<u32>(), option::of(words())).prop_map(|(status, word)| Late::Refused { status, word })
    ];
    let silence =
        prop_oneof![Just(AfterSilence::Resend), time().prop_map(|until| AfterSilence::Wait { until })];
    prop_oneof![
        (id(), class(), words(), any::<u8>()).prop_map(|(message, class, route, attempt)| {
            let parts = attempt.checked_sub(7);
            Fact::MessageClaimed { message, class, route: RouteId::new(route), attempt, parts }
        }),
        (id(), part(), words(), option::of(time())).prop_map(|(message, part, remote, completes)| {
            Fact::PartSubmitted { message, part, remote: RemoteId::new(remote), completes }
        }),
        (id(), part(), any::<u32>(), option::of(words()), refusal).prop_map(
            |(message, part, status, word, then)| { Fact::PartRefused { message, part, status, word, then } }
        ),
        (id(), part(), words(), late).prop_map(|(message, part, route, said)| {
            Fact::AnswerLate { message, part, route: RouteId::new(route), said }
        }),
        (id(), words(), any::<u8>(), time()).prop_map(|(message, route, parts, until)| {
            Fact::CarrierAsked { message, route: RouteId::new(route), parts, until }
        }),
        (id(), part(), silence).prop_map(|(message, part, then)| Fact::PartUnanswered {
            message,
            part,
            then
        }),
        (id(), part(), receipt_state(), option::of(words()), option::of(ending())).prop_map(
            |(message, part, state, error, ends)| Fact::ReceiptReceived { message, part, state, error, ends }
        ),
        (words(), words(), receipt_state(), option::of(words())).prop_map(|(route, remote, state, error)| {
            Fact::ReceiptParked { route: RouteId::new(route), remote: RemoteId::new(remote), state, error }
        }),
        (id(), ending()).prop_map(|(message, ending)| Fact::MessageEnded { message, ending }),
    ]
}

fn stay() -> impl Strategy<Value = Stay> {
    let jumps = vec((words(), any::<u16>()), 0..3);
    let open = prop_oneof![
        Just(Open::Nothing),
        vec(any::<u8>(), 0..4).prop_map(Open::Heard),
        any::<u64>().prop_map(|n| Open::Question(MessageId(n))),
        any::<u64>().prop_map(Open::Call),
        any::<u64>().prop_map(Open::Task),
    ];
    (words(), option::of(time()), option::of(event()), jumps, option::of(words()), option::of(words()), open)
        .prop_map(|(step, due, got, jumps, variant, stuck, open)| Stay {
            step,
            due,
            got,
            jumps,
            variant,
            stuck,
            open,
        })
}

fn clicks() -> impl Strategy<Value = Fact> {
    let all = (any::<u64>(), words(), class(), any::<u16>(), select(Follower::ALL.to_vec()));
    all.prop_map(|(message, journey, class, target, by)| {
        Fact::LinkClicked(Clicked { message: MessageId(message), class, journey, target, by })
    })
}

fn others() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (hash(), any::<u64>()).prop_map(|(world, files)| Fact::WorldPublished { world, files }),
        chosen().prop_map(|chosen| Fact::PreferenceChanged(Box::new(chosen))),
        prop_oneof![cases(), clicks()],
        vec(any::<u128>(), 0..3).prop_map(|keys| Fact::OrdersSpent { keys }),
        (
            words(),
            option::of(any::<u128>()),
            option::of(event()),
            option::of(stay()),
            option::of(any::<u64>())
        )
            .prop_map(|(journey, key, event, stay, market)| {
                Fact::JourneyEntered(Box::new(Entered { journey, key, event, stay, market }))
            }),
        (event(), words(), any::<u64>()).prop_map(|(event, instrument, up_to)| {
            let up_to = Subject(up_to);
            Fact::MarketEventAccepted(Box::new(MarketEvent { event, instrument, up_to }))
        }),
        (any::<u64>(), words(), any::<bool>(), event(), any::<bool>()).prop_map(
            |(of, journey, is_done, event, is_call)| {
                let returned = Box::new(Returned { of, journey, is_done, event });
                if is_call { Fact::CallAnswered(returned) } else { Fact::TaskClosed(returned) }
            }
        ),
        (words(), words(), words(), time()).prop_map(|(journey, queue, what, due)| {
            Fact::TaskOpened(Box::new(TaskOpened { journey, queue, what, due }))
        }),
        (any::<u64>(), any::<u64>()).prop_map(|(market, met)| Fact::MarketEventEnded { market, met }),
        (any::<u64>(), words(), stay()).prop_map(|(passage, journey, stay)| {
            Fact::JourneyMoved(Box::new(Moved { passage, journey, stay }))
        }),
        (any::<u64>(), words(), any::<u64>()).prop_map(|(message, journey, value)| {
            let (message, class) = (MessageId(message), model::MessageClass::Marketing);
            Fact::GoalReached { message, class, journey, value }
        }),
        (any::<u64>(), words(), 1..=5_u8).prop_map(|(passage, journey, how)| {
            let how = Left::from_code(how).expect("a way of leaving");
            Fact::JourneyLeft { passage, journey, how }
        }),
        vec((words(), option::of(value())), 0..4).prop_map(|values| Fact::CustomerTagged { values }),
        profile().prop_map(|profile| Fact::CustomerRecorded(Box::new(profile))),
        consent().prop_map(Fact::ConsentRecorded),
        event().prop_map(Fact::EventAccepted),
        (phone(), words(), words(), words(), option::of(words())).prop_map(
            |(from, to, text, route, keyword)| {
                Fact::InboundReceived {
                    from,
                    to,
                    text: Private::new(text),
                    route: RouteId::new(route),
                    keyword: keyword.clone(),
                    journey: keyword,
                    account: None,
                }
            }
        ),
        (phone(), words()).prop_map(|(from, said)| Fact::InboundReceived {
            from,
            to: Arc::clone(&said),
            text: Private::new(Arc::clone(&said)),
            route: RouteId::new(Arc::clone(&said)),
            keyword: None,
            journey: None,
            account: Some(AccountId::new(said)),
        }),
        rerouted(),
        (words(), words(), any::<u8>(), any::<u8>()).prop_map(|(account, said, number, total)| {
            let place = Place { mark: Arc::clone(&said), number, total };
            let text = Private::new(said);
            Fact::PieceTaken(Box::new(Piece { account: AccountId::new(account), place, text }))
        }),
        (words(), prop::collection::btree_set(any::<u64>(), 0..20), 1..=3_u8).prop_map(
            |(account, notices, how)| {
                Fact::NoticesSettled {
                    account: AccountId::new(account),
                    notices: notices.into_iter().collect(),
                    how: Settled::from_code(how).unwrap(),
                }
            }
        ),
        (scope(), 0..=2_u8, words()).prop_map(|(scope, state, why)| Fact::SwitchSet {
            scope,
            state: SwitchState::from_code(state).unwrap(),
            why
        }),
        trials(),
        (words(), words(), any::<u64>()).prop_map(|(source, reference, up_to)| Fact::BroadcastLaunched {
            source,
            reference,
            up_to: Subject(up_to)
        }),
        (words(), any::<u64>())
            .prop_map(|(reference, audience)| Fact::BroadcastEnded { reference, audience }),
        words().prop_map(|basis| Fact::CustomerErased { basis }),
        words().prop_map(|what| Fact::AdminActed { what }),
        any::<u64>().prop_map(|message| Fact::MessageHidden { message: MessageId(message) }),
    ]
}

fn need() -> impl Strategy<Value = Need> {
    (any::<u8>(), vec(words(), 0..3), words()).prop_map(|(checkers, roles, why)| Need {
        checkers,
        roles,
        why,
    })
}

fn changes() -> impl Strategy<Value = Fact> {
    let file = (words(), option::of(hash()), option::of(hash()))
        .prop_map(|(path, before, after)| FileChange { path, before, after });
    let proposed =
        (any::<u64>(), words(), words(), words(), vec(file, 0..4), hash(), vec(need(), 0..3), any::<i64>());
    let how = prop_oneof![Just(How::Approved), Just(How::Adopted), words().prop_map(How::Emergency)];
    prop_oneof![
        proposed.prop_map(|(number, maker, title, reason, files, hash, needs, valid_for)| {
            let valid_for = Span(valid_for);
            let proposed = Proposed { number, maker, title, reason, files, hash, needs, valid_for };
            Fact::ChangeProposed(Box::new(proposed))
        }),
        (any::<u64>(), any::<u32>(), words())
            .prop_map(|(number, place, text)| Fact::ChangeContent(Box::new(Content { number, place, text }))),
        (any::<u64>(), words(), vec(words(), 0..3), hash(), any::<bool>(), words()).prop_map(
            |(number, checker, roles, hash, approves, remark)| {
                Fact::ChangeReviewed(Box::new(Reviewed { number, checker, roles, hash, approves, remark }))
            }
        ),
        (any::<u64>(), words(), words()).prop_map(|(number, by, why)| Fact::ChangeWithdrawn {
            number,
            by,
            why
        }),
        (any::<u64>(), words(), how, vec(need(), 0..3)).prop_map(|(number, by, how, needs)| {
            Fact::ChangePublished(Box::new(Published { number, by, how, needs }))
        }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let fact = prop_oneof![verdicts(), deliveries(), others(), changes()];
    (time(), 0..u64::MAX, fact).prop_map(|(at, subject, fact)| Entry { at, subject: Subject(subject), fact })
}

/// Damages a detail; returns what reading says to it.
fn read_damaged(entry: &Entry, damage: impl FnOnce(&mut Vec<u8>)) -> Result<Entry, engine::prove::ReadError> {
    let mut detail = Vec::new();
    encode_detail(&entry.fact, &mut detail);
    damage(&mut detail);
    let mut leaf = leaf(entry);
    leaf.commitment = Some(Hash([7; 32]));
    read(&leaf, entry.subject, Some(&detail))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_fact_reads_as_it_was_written(entry in entry()) {
        prop_assert_eq!(through_the_ledger(&entry, &BTreeSet::new()), entry);
    }

    #[test]
    fn without_its_detail_an_entry_says_what_its_leaf_says(entry in entry()) {
        let left = through_the_ledger(&entry, &BTreeSet::from([entry.subject]));
        prop_assert_eq!(left.fact.kind(), entry.fact.kind());
        prop_assert_eq!(left.fact.public(), entry.fact.public());
        prop_assert!(!encode_detail(&left.fact, &mut Vec::new()) || left == entry, "{:?}", left);
    }

    #[test]
    fn no_leaf_says_who(entry in entry(), canary in "[a-z]{12}") {
        let mut entry = entry;
        let private: Arc<str> = Arc::from(canary.as_str());
        match &mut entry.fact {
            Fact::CustomerRecorded(profile) => profile.id = CustomerId::new(private),
            Fact::EventAccepted(event) => {
                *event = Arc::new(Event { id: Arc::clone(&private), kind: private, ..Event::clone(event) });
            }
            Fact::MessageDecided(decided) => decided.text = Private::new(private),
            Fact::InboundReceived { text, to, .. } => (*text, *to) = (Private::new(Arc::clone(&private)), private),
            Fact::PartSubmitted { remote, .. } | Fact::ReceiptParked { remote, .. } => *remote = RemoteId::new(private),
            Fact::ConsentRecorded(consent) => consent.evidence = EvidenceId::new(private),
            _ => return Ok(()),
        }
        let mut bytes = Vec::new();
        leaf(&entry).encode_into(&mut bytes).unwrap();
        prop_assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()));
    }

    #[test]
    fn a_damaged_detail_is_refused_or_read_and_never_panics(entry in entry(), place: usize, byte: u8, cut: bool) {
        let _ = read_damaged(&entry, |detail| {
            if !detail.is_empty() {
                let place = place % detail.len();
                if cut { detail.truncate(place) } else { detail[place] = byte }
            }
        });
    }

    #[test]
    fn any_bytes_are_refused_or_read_and_never_panic(entry in entry(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = read_damaged(&entry, |detail| *detail = bytes);
    }

    #[test]
    fn a_byte_too_many_is_refused(entry in entry()) {
        let mut detail = Vec::new();
        prop_assume!(encode_detail(&entry.fact, &mut detail));
        let error = read_damaged(&entry, |detail| detail.push(0)).unwrap_err().to_string();
        prop_assert!(error.contains("1 bytes too many"), "{}", error);
    }

    #[test]
    fn another_version_is_refused(entry in entry()) {
        let mut detail = Vec::new();
        prop_assume!(encode_detail(&entry.fact, &mut detail));
        let error = read_damaged(&entry, |detail| detail[1] = 2).unwrap_err().to_string();
        prop_assert!(error.contains("expected detail version 1, found 2"), "{}", error);
    }
}

#[test]
fn a_kind_with_a_detail_needs_its_commitment_and_one_without_must_not_have_it() {
    let entry = |fact| Entry { at: Timestamp(0), subject: Subject(1), fact };
    let admin = entry(Fact::AdminActed { what: "x".into() });
    assert!(read(&leaf(&admin), Subject(0), None).unwrap_err().to_string().contains("has no commitment"));
    let erased = entry(Fact::CustomerErased { basis: "x".into() });
    let error = read_damaged(&erased, |detail| *detail = vec![0x81, 1]).unwrap_err().to_string();
    assert!(error.contains("customer_erased") && error.contains("should not"), "{error}");
}

/// Details of version 1 must read for ever: these bytes were written by the first release.
#[test]
fn details_of_version_one_still_read() {
    let entry = |fact| Entry { at: Timestamp(1_778_032_800_000), subject: Subject(1), fact };
    let written: [(Fact, &str); 4] = [
        (
            Fact::PartSubmitted {
                message: MessageId(3),
                part: 0,
                remote: RemoteId::new("7f-0"),
                completes: Some(Timestamp(1_778_292_000_000)),
            },
            "83016437662d301b0000019e0a768500",
        ),
        (
            Fact::EventAccepted(Arc::new(Event {
                id: "E1".into(),
                kind: "login".into(),
                at: Timestamp(0),
                fields: [("unusual".into(), Value::Bool(true))].into(),
            })),
            "82018462453165 6c6f67696e 00 82 67756e757375616c 8204f5",
        ),
        (
            Fact::SuppressionRecorded {
                classes: vec![MessageClass::Marketing],
                why: SuppressionCause::OptOut,
                phone: Some(Phone::parse("13800000001", "86").unwrap()),
                credited: None,
            },
            "8401810201 6d38363133383030303030303031",
        ),
        (
            Fact::ReceiptReceived {
                message: MessageId(3),
                part: 0,
                state: ReceiptState::Delivered,
                error: Some("000".into()),
                ends: Some(Ending {
                    outcome: Outcome::Delivered,
                    class: MessageClass::Marketing,
                    journey: "j@1".into(),
                    refund: Cost::ZERO,
                }),
            },
            "84010263 30303001",
        ),
    ];
    for (fact, hex) in written {
        let entry = entry(fact);
        let bytes = proof::hash::hex_decode(&hex.replace(' ', "")).unwrap();
        let mut detail = Vec::new();
        encode_detail(&entry.fact, &mut detail);
        assert_eq!(proof::hash::hex_encode(&detail), hex.replace(' ', ""), "{:?}", entry.fact.kind());
        assert_eq!(read_damaged(&entry, |detail| *detail = bytes).unwrap(), entry);
    }
}

#[test]
fn every_kind_is_met_by_some_fact() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut met = BTreeSet::new();
    for _ in 0..5_000 {
        let entry = entry().new_tree(&mut runner).unwrap().current();
        met.insert(entry.fact.kind().code());
    }
    assert_eq!(met, Kind::ALL.iter().map(|kind| kind.code()).collect());
}
