-- What else an admin sets of the widget: light or dark, its language and texts, sounds, what it asks for, when somebody is
-- there (business_hours has been there from the beginning), and when it speaks first.
--
-- It only expands: every new column is nullable or has a default, so that gateways of the version before go on working.

alter table widget_settings
    add column theme text not null default 'auto' check (theme in ('auto', 'light', 'dark')),
    add column language text check (language ~ '^[a-z]{2}$'),
    add column strings jsonb not null default '{}'
        check (jsonb_typeof(strings) = 'object' and octet_length(strings::text) <= 65536),
    add column sounds boolean not null default true,
    add column ask_rating boolean not null default true,
    add column ask_email_away boolean not null default true,
    add column rules jsonb not null default '[]'
        check (jsonb_typeof(rules) = 'array' and octet_length(rules::text) <= 65536);

-- What nobody has set the widget says by itself, in the visitor's language.
alter table widget_settings
    alter column greeting_message set default '',
    alter column offline_message set default '';
update widget_settings set greeting_message = '' where greeting_message = 'Hello! How can we help?';
update widget_settings set offline_message = ''
    where offline_message = 'Nobody is here right now. Leave a message and we will answer it.';

comment on column widget_settings.theme is 'Whether its window is light or dark; auto: as the visitor''s system is.';
comment on column widget_settings.language is 'The language that it speaks; null: the visitor''s browser decides.';
comment on column widget_settings.strings is 'Texts in the place of its own: {language: {key: text}}.';
comment on column widget_settings.sounds is 'Whether a message makes a sound.';
comment on column widget_settings.ask_rating is 'Whether it asks for a rating when a conversation ends.';
comment on column widget_settings.ask_email_away is
    'Whether it asks for an e-mail address while nobody is there, though the form does not.';
comment on column widget_settings.rules is
    'When it speaks first: [{id, message, open, url, seconds, scroll, exit_intent, visits, returning, event}].';
comment on column widget_settings.business_hours is
    'When agents are to be expected: {time_zone, days: [{day, from, to}]}, 0 is Sunday; null: always.';
