use super::*;

fn field(key: &str, kind: FormFieldKind, required: bool) -> FormField {
    let options = if kind == FormFieldKind::Select { vec!["Sales".into(), "Support".into()] } else { vec![] };
    FormField { key: key.into(), label: key.to_uppercase(), kind, required, options }
}

fn answer(key: &str, value: &str) -> Answer {
    Answer { key: key.into(), value: value.into() }
}

#[test]
fn answers_are_kept_in_the_forms_order_and_trimmed() {
    let form = Form {
        enabled: true,
        fields: vec![field("name", FormFieldKind::Text, true), field("topic", FormFieldKind::Select, false)],
    };
    let kept = form.check_answers(&[answer("topic", "Sales"), answer("name", "  Ada ")]).unwrap();
    assert_eq!(kept, [answer("name", "Ada"), answer("topic", "Sales")]);
}

#[test]
fn each_broken_answer_names_its_field() {
    let form = Form {
        enabled: true,
        fields: vec![
            field("name", FormFieldKind::Text, true),
            field("email", FormFieldKind::Email, false),
            field("phone", FormFieldKind::Phone, false),
            field("topic", FormFieldKind::Select, false),
            field("terms", FormFieldKind::Checkbox, false),
        ],
    };
    for (key, value) in [
        ("name", ""),
        ("name", "two\nlines"),
        ("name", "nul\0"),
        ("email", "ada"),
        ("email", "ada@localhost"),
        ("email", "a b@example.com"),
        ("email", "a@b@example.com"),
        ("phone", "call me"),
        ("topic", "Gossip"),
        ("terms", "yes"),
    ] {
        let mut answers = vec![answer("name", "Ada")];
        answers.retain(|given| given.key != key);
        answers.push(answer(key, value));
        let error = form.check_answers(&answers).unwrap_err();
        assert_eq!(error.field, format!("answers.{key}"), "{value:?}: {error}");
    }
    assert_eq!(form.check_answers(&[answer("age", "7")]).unwrap_err().field, "answers.age");
    let twice = [answer("name", "Ada"), answer("name", "Bob")];
    assert_eq!(form.check_answers(&twice).unwrap_err().rule, "must be given once");
}

#[test]
fn a_form_and_its_answers_are_bounded_as_a_whole() {
    let fields = (0..5).map(|n| field(&format!("story_{n}"), FormFieldKind::Textarea, false)).collect();
    let mut form = Form { enabled: true, fields };
    let long = |n: usize| answer(&format!("story_{n}"), &"x".repeat(limit::ANSWER_BYTES));
    assert_eq!(form.check_answers(&[long(0), long(1), long(2)]).map(|kept| kept.len()), Ok(3));
    let all: Vec<Answer> = (0..5).map(long).collect();
    assert_eq!(form.check_answers(&all).unwrap_err().field, "answers");
    assert_eq!(form.check(), Ok(()));
    form.fields[0] = FormField { options: vec!["y".repeat(190); 50], ..field("topic", FormFieldKind::Select, false) };
    assert_eq!(form.check().unwrap_err().field, "form.fields");
}

#[test]
fn content_takes_only_its_own_fields() {
    assert_eq!(Content::text("hello").check(), Ok(()));
    assert_eq!(Content::text(" \n").check().unwrap_err().field, "content.text");
    assert_eq!(Content::text("x".repeat(limit::TEXT_BYTES + 1)).check().unwrap_err().field, "content.text");
    assert_eq!(Content::hidden().check().unwrap_err().field, "content.kind");
    assert_eq!(Content::status(ConversationStatus::Snoozed).check().unwrap_err().field, "content.status");
    let both = Content { status: Some(ConversationStatus::Open), ..Content::text("hello") };
    assert_eq!(both.check().unwrap_err().field, "content.status");
}

#[test]
fn a_line_is_cut_at_a_character() {
    assert_eq!(clean_line("a\u{7}é", 2), "a");
    assert_eq!(clean_line("Grüße", 100), "Grüße");
}

#[test]
fn each_kind_needs_its_own_field() {
    let member = crate::id::MemberId::generate();
    let file = super::super::Attachment {
        id: crate::id::AttachmentId::generate(),
        name: String::new(),
        size: 0,
        media_type: String::new(),
        url: String::new(),
    };
    for good in [
        Content::note("hello"),
        Content::attachment(file),
        Content::status(ConversationStatus::Pending),
        Content::assignment(Some(member)),
        Content::assignment(None),
        Content::rating(1, None),
        Content::rating(5, Some("Quick!".into())),
    ] {
        assert_eq!(good.check(), Ok(()));
        let other = if good.kind == EntryKind::Rating { EntryKind::Note } else { EntryKind::Rating };
        let field = Content { kind: other, ..good }.check().unwrap_err().field;
        assert!(field.starts_with("content."), "{field}");
    }
    assert_eq!(Content::rating(6, None).check().unwrap_err().field, "content.rating.score");
    assert_eq!(Content::rating(3, Some(String::new())).check().unwrap_err().field, "content.rating.comment");
}

#[test]
fn attributes_are_bounded_each_and_as_a_whole() {
    let text = |bytes: usize| Attribute::Text("x".repeat(bytes));
    let all = |count: usize, value: &Attribute| -> Attributes {
        (0..count).map(|n| (format!("name_{n:02}"), value.clone())).collect()
    };
    let refused = |attributes: Attributes| check_attributes("properties", &attributes).unwrap_err();
    assert_eq!(check_attributes("properties", &all(limit::ATTRIBUTES, &Attribute::Nothing)), Ok(()));
    assert_eq!(refused(all(limit::ATTRIBUTES + 1, &Attribute::Nothing)).rule, "must be at most 50");
    // A name has 7 bytes, so 16 of them with the longest text come to 8,112 of the 8,192.
    let longest = text(limit::ATTRIBUTE_BYTES);
    assert_eq!(check_attributes("properties", &all(16, &longest)), Ok(()));
    assert_eq!(refused(all(17, &longest)).field, "properties");
    assert_eq!(refused([("tea".into(), text(limit::ATTRIBUTE_BYTES + 1))].into()).field, "properties.tea");
    let name = |bytes: usize| -> Attributes { [("é".repeat(bytes / 2), Attribute::Flag(true))].into() };
    assert_eq!(check_attributes("properties", &name(limit::ATTRIBUTE_NAME_BYTES)), Ok(()));
    assert_eq!(refused(name(limit::ATTRIBUTE_NAME_BYTES + 2)).field, "properties");
    assert_eq!(refused(name(0)).field, "properties");
}
