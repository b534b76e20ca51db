//! Random settings of a widget.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use protocol::value::*;

use crate::arbitrary::*;

pub(crate) fn form() -> impl Strategy<Value = Form> {
    use FormFieldKind::*;
    let kind = prop_oneof![Just(Text), Just(Email), Just(Phone), Just(Select), Just(Checkbox), Just(Textarea)];
    let field = (text(), text(), kind, any::<bool>(), vec(text(), 0..3))
        .prop_map(|(key, label, kind, required, options)| FormField { key, label, kind, required, options });
    (any::<bool>(), vec(field, 0..4)).prop_map(|(enabled, fields)| Form { enabled, fields })
}

fn hours() -> impl Strategy<Value = BusinessHours> {
    let span = (any::<u8>(), text(), text()).prop_map(|(day, from, to)| OpenHours { day, from, to });
    (text(), vec(span, 0..3)).prop_map(|(time_zone, days)| BusinessHours { time_zone, days })
}

fn rule() -> impl Strategy<Value = ProactiveRule> {
    let texts = (text(), text(), option::of(text()), option::of(text()));
    let numbers = (option::of(any::<u32>()), option::of(any::<u8>()), option::of(any::<u32>()));
    let flags = (any::<bool>(), any::<bool>(), option::of(any::<bool>()));
    (texts, numbers, flags).prop_map(
        |((id, message, url, event), (seconds, scroll, visits), (open, exit_intent, returning))| ProactiveRule {
            id,
            message,
            open,
            url,
            seconds,
            scroll,
            exit_intent,
            visits,
            returning,
            event,
        },
    )
}

pub(crate) fn settings() -> impl Strategy<Value = WidgetSettings> {
    let position = prop_oneof![Just(Position::BottomRight), Just(Position::BottomLeft)];
    let theme = prop_oneof![Just(Theme::Auto), Just(Theme::Light), Just(Theme::Dark)];
    let strings = btree_map(text(), btree_map(text(), text(), 0..3), 0..3);
    let words = (option::of(text()), strings, option::of(hours()), vec(rule(), 0..3));
    let looks = (position, theme, vec(text(), 4), any::<u32>(), any::<[bool; 7]>());
    (looks, words).prop_map(
        |((position, theme, mut texts, auto_open_delay, flags), (language, strings, hours, rules))| {
            let mut next = || texts.pop().unwrap();
            WidgetSettings {
                primary_color: next(),
                position,
                bubble_icon: next(),
                greeting_message: next(),
                offline_message: next(),
                auto_open: flags[0],
                auto_open_delay,
                show_agent_avatars: flags[1],
                show_typing_indicator: flags[2],
                draft_preview: flags[3],
                theme,
                language,
                strings,
                sounds: flags[4],
                ask_rating: flags[5],
                ask_email_away: flags[6],
                hours,
                rules,
            }
        },
    )
}
