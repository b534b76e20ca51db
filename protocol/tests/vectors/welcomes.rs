//! What a gateway says first.

use protocol::server::*;
use protocol::value::*;

use crate::samples::{AT, Sample, gateway, id};
use crate::server_samples::summary;

pub(crate) fn welcomes() -> Vec<Sample> {
    let limits = Limits {
        frame_bytes: 65_536,
        text_bytes: 16_384,
        ping_ms: 25_000,
        silence_ms: 60_000,
        unstored_sends: 256,
        unstored_bytes: 2_097_152,
        frame_rate: 200,
        frame_burst: 2_000,
        byte_rate: 262_144,
        byte_burst: 2_097_152,
        start_rate: 30,
        start_burst: 60,
        visit_rate: 5,
        visit_burst: 100,
        update_rate: 2,
        update_burst: 60,
        search_rate: 5,
        search_burst: 50,
        address: SharedLimits { frame_rate: 5_000, frame_burst: 20_000, byte_rate: 16_777_216, byte_burst: 67_108_864 },
        organization: SharedLimits {
            frame_rate: 50_000,
            frame_burst: 100_000,
            byte_rate: 134_217_728,
            byte_burst: 536_870_912,
        },
        refusal_rate: 10,
        refusal_burst: 500,
        hello_ms: 5_000,
        queue_bytes: 1_048_576,
        resume_cursors: 500,
        followed: 2_000,
        upload_bytes: 20_971_520,
        upload_chunk_bytes: 16_384,
        uploads_at_once: 4,
        upload_expiry_ms: 3_600_000,
        upload_byte_rate: 1_048_576,
        upload_byte_burst: 209_715_200,
        upload_unsent_ms: 86_400_000,
        upload_types: vec!["image/png".into(), "application/pdf".into()],
    };
    let no_files = Limits { upload_bytes: 0, upload_types: vec![], ..limits.clone() };
    let settings = WidgetSettings {
        primary_color: "#3B82F6".into(),
        position: Position::BottomRight,
        bubble_icon: "chat".into(),
        greeting_message: "How can we help?".into(),
        offline_message: "We are away.".into(),
        auto_open: false,
        auto_open_delay: 5,
        show_agent_avatars: true,
        show_typing_indicator: true,
        ..WidgetSettings::default()
    };
    let kinds = [
        FormFieldKind::Text,
        FormFieldKind::Email,
        FormFieldKind::Phone,
        FormFieldKind::Select,
        FormFieldKind::Checkbox,
        FormFieldKind::Textarea,
    ];
    let field = |(at, kind): (usize, FormFieldKind)| {
        let options = if kind == FormFieldKind::Select { vec!["Tea".into(), "Coffee".into()] } else { vec![] };
        FormField { key: format!("field_{at}"), label: format!("Field {at}"), kind, required: at < 2, options }
    };
    let fields = kinds.into_iter().enumerate().map(field).collect();
    let visitor = VisitorWelcome {
        visitor: id(0xa),
        name: None,
        token: None,
        verified: false,
        expires_at: AT + 2_592_000_000,
        settings: settings.clone(),
        form: Form::default(),
        departments: vec![],
        availability: Availability::default(),
        transcripts: false,
        conversation: None,
    };
    let bare = visitor.clone();
    let departments = vec![Department { id: Some(id(0xd1)), name: "Sales".into() }];
    let full = VisitorWelcome {
        name: Some("Ada".into()),
        token: Some("c2Vzc2lvbg".into()),
        verified: true,
        settings: WidgetSettings {
            position: Position::BottomLeft,
            auto_open: true,
            auto_open_delay: 3_600,
            draft_preview: true,
            theme: Theme::Dark,
            language: Some("de".into()),
            strings: [("de".to_owned(), [("composer.placeholder".to_owned(), "Schreib uns".to_owned())].into())].into(),
            sounds: false,
            ask_rating: false,
            ask_email_away: false,
            hours: Some(BusinessHours {
                time_zone: "Europe/Berlin".into(),
                days: vec![OpenHours { day: 1, from: "09:30".into(), to: "24:00".into() }],
            }),
            rules: vec![
                ProactiveRule { id: "hello".into(), message: "Hello!".into(), ..ProactiveRule::default() },
                ProactiveRule {
                    id: "cart-2".into(),
                    message: "Anything missing?".into(),
                    open: true,
                    url: Some("/cart*".into()),
                    seconds: Some(3_600),
                    scroll: Some(100),
                    exit_intent: true,
                    visits: Some(2),
                    returning: Some(true),
                    event: Some("cart: filled".into()),
                },
            ],
            ..settings
        },
        form: Form { enabled: true, fields },
        departments: departments.clone(),
        availability: Availability { online: true, agents: vec![AgentCard { id: id(0xaa), name: "Grace".into() }] },
        transcripts: true,
        conversation: Some(Summary { answers: vec![], ..summary() }),
        ..visitor.clone()
    };
    let agent = |role, departments, own_departments, availability, colleagues| AgentWelcome {
        member: Member { id: id(0xaa), name: "Grace".into(), email: "grace@example.org".into(), role },
        organization: Organization { id: id(0xf), name: "Shop".into() },
        departments,
        own_departments,
        availability,
        colleagues,
    };
    let (online, away) = (AgentAvailability::Online, AgentAvailability::Away);
    let colleague =
        |last, name: &str, availability, present| Colleague { id: id(last), name: name.into(), availability, present };
    let colleagues = vec![colleague(0xab, "Alan", away, false), colleague(0xaa, "Grace", online, true)];
    let of = |visitor, agent| Welcome { now: AT, features: vec![], limits: limits.clone(), visitor, agent };
    vec![
        gateway("welcome: a visitor", 1, of(Some(visitor), None)),
        gateway(
            "welcome: a visitor, all fields",
            1,
            Welcome { features: vec!["uploads".into()], ..of(Some(full), None) },
        ),
        gateway(
            "welcome: a visitor where files are not taken",
            1,
            Welcome { limits: no_files, ..of(Some(VisitorWelcome { token: Some("bmV3".into()), ..bare }), None) },
        ),
        gateway(
            "welcome: an agent",
            1,
            of(None, Some(agent(Role::Agent, departments, vec![id(0xd1)], online, colleagues))),
        ),
        gateway("welcome: an owner", 1, of(None, Some(agent(Role::Owner, vec![], vec![], away, vec![])))),
        gateway("welcome: an admin", 1, of(None, Some(agent(Role::Admin, vec![], vec![], online, vec![])))),
    ]
}
