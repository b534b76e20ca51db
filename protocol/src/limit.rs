//! Every bound that the protocol sets, in one place. `SPEC.md` lists them, `welcome` announces those that a client needs.

/// Longest WebSocket message, and so longest frame, that a gateway takes, in bytes.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Deepest nesting of arrays and maps in a frame, the envelope included.
pub const DEPTH: usize = 16;
/// Most elements that one array or map of a frame may hold.
pub const ELEMENTS: usize = 1024;
/// Longest text of an entry, in bytes of UTF-8.
pub const TEXT_BYTES: usize = 16 * 1024;
/// Longest `client_id`, in bytes.
pub const CLIENT_ID_BYTES: usize = 64;
/// Longest name, e-mail address, form answer key, user agent's name and the like, in bytes.
pub const NAME_BYTES: usize = 200;
/// Longest answer to a pre-chat field, and longest URL, in bytes.
pub const ANSWER_BYTES: usize = 2_000;
/// Most fields in a pre-chat form.
pub const FORM_FIELDS: usize = 20;
/// Longest key of a form's field, in bytes.
pub const FORM_KEY_BYTES: usize = 40;
/// Longest form, all its keys, labels and options together, in bytes: a `welcome` must fit a frame.
pub const FORM_BYTES: usize = 8 * 1024;
/// Longest answers to a form, all together, in bytes: a `summary` carries them, and must fit a frame many times over.
pub const ANSWERS_BYTES: usize = 8 * 1024;
/// Most options of a select field.
pub const FIELD_OPTIONS: usize = 50;
/// Most departments of an organization.
pub const DEPARTMENTS: usize = 50;
/// Most entries in a `allowed_domains` list.
pub const ALLOWED_DOMAINS: usize = 100;
/// Longest greeting or offline message, in bytes.
pub const GREETING_BYTES: usize = 1_000;
/// Most seconds that a widget may wait before it opens by itself.
pub const AUTO_OPEN_DELAY_SECONDS: u32 = 3_600;
/// Most texts of a language that a site may say differently.
pub const STRINGS: usize = 200;
/// Longest key of such a text, in bytes.
pub const STRING_KEY_BYTES: usize = 60;
/// Longest such text, in bytes.
pub const STRING_BYTES: usize = 1_000;
/// Longest such texts, keys included, of all languages together, in bytes: a `welcome` must fit a frame.
pub const STRINGS_BYTES: usize = 16 * 1024;
/// Most spans of a week's hours.
pub const OPEN_HOURS: usize = 28;
/// Minutes of a day: what `24:00` stands for.
pub const DAY_MINUTES: u16 = 24 * 60;
/// Most rules by which a widget speaks first.
pub const RULES: usize = 20;
/// Longest id of a rule, in bytes.
pub const RULE_ID_BYTES: usize = 40;
/// Most seconds on a page that a rule may ask for.
pub const RULE_SECONDS: u32 = 3_600;
/// Longest rules, messages and conditions all together, in bytes: a `welcome` must fit a frame.
pub const RULES_BYTES: usize = 8 * 1024;
/// Most entries in one page of `replay` or `history_page`.
pub const PAGE_ENTRIES: u32 = 100;
/// Entries in a page when the request does not say.
pub const PAGE_ENTRIES_DEFAULT: u32 = 50;
/// Most read marks in the last page of a `replay`: the visitor's, and those of the agents who have read the furthest.
pub const PAGE_READ_MARKS: u32 = 20;
/// Most bytes of what is listed in one `inbox_page`, `inbox_changes`, `search_page` or `contacts_page`: it ends early when
/// they are long.
pub const INBOX_PAGE_BYTES: usize = 48 * 1024;
/// Most conversations in one `inbox_page`.
pub const INBOX_PAGE: u32 = 100;
/// Most hits in one `search_page`, and most contacts in one `contacts_page`.
pub const FOUND_PAGE: u32 = 100;
/// Longest query of a `search` or of `contacts`, in bytes.
pub const SEARCH_QUERY_BYTES: usize = 200;
/// Most cursors in one `hello`.
pub const RESUME_CURSORS: usize = 500;
/// Shortest password of a member, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password of a member, in bytes: hashing time must not be the sender's choice.
pub const PASSWORD_BYTES_MAX: usize = 200;
/// Characters of an entry's text that a conversation's summary shows.
pub const PREVIEW_CHARS: usize = 140;
/// Most heads in one `ping`.
pub const PING_HEADS: usize = 500;
/// Most conversations that one `inbox_sync` may name.
pub const SYNC_KNOWN: usize = 500;
/// Most attributes of a visitor, and most properties of an event.
pub const ATTRIBUTES: usize = 50;
/// Longest name of an attribute, in bytes.
pub const ATTRIBUTE_NAME_BYTES: usize = 40;
/// Longest text of an attribute, in bytes.
pub const ATTRIBUTE_BYTES: usize = 500;
/// Longest attributes, names included, all together, in bytes.
pub const ATTRIBUTES_BYTES: usize = 8 * 1024;
/// Longest identity token, in bytes.
pub const IDENTITY_TOKEN_BYTES: usize = 4_000;
/// Most members of a department.
pub const DEPARTMENT_MEMBERS: usize = 200;
/// Most members in an agent's `welcome`.
pub const COLLEAGUES: usize = 200;
/// Most visitors in one `visitors`.
pub const LIVE_VISITORS: usize = 100;
/// Most pages, and most events, in one `visitor_profile`.
pub const PROFILE_ROWS: u32 = 50;
/// Most bytes of a chunk of an upload.
pub const UPLOAD_CHUNK_BYTES: usize = 16 * 1024;
