//! Answers to any pre-chat form.

use protocol::value::{Answer, Form, FormField, FormFieldKind};

/// Answers every field of a form, if it is asked at all, as visitor `index`.
pub(crate) fn answers(form: &Form, index: usize) -> Vec<Answer> {
    let fields: &[FormField] = if form.enabled { &form.fields } else { &[] };
    fields.iter().map(|field| Answer { key: field.key.clone(), value: answer(field, index) }).collect()
}

fn answer(field: &FormField, index: usize) -> String {
    match field.kind {
        FormFieldKind::Text => format!("Visitor {index}"),
        FormFieldKind::Email => format!("visitor{index}@bench.test"),
        // 555-0100 to 555-0199 are kept free for fiction.
        FormFieldKind::Phone => format!("+1 555 01{:02}", index % 100),
        FormFieldKind::Select => {
            let options = field.options.len().max(1);
            field.options.get(index % options).cloned().unwrap_or_default()
        }
        FormFieldKind::Checkbox => "true".into(),
        FormFieldKind::Textarea => "A question about my order.\nIt has not arrived yet.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_field_is_answered_by_its_rule() {
        let kinds = [
            ("name", FormFieldKind::Text),
            ("email", FormFieldKind::Email),
            ("phone", FormFieldKind::Phone),
            ("topic", FormFieldKind::Select),
            ("terms", FormFieldKind::Checkbox),
            ("question", FormFieldKind::Textarea),
        ];
        let field = |(key, kind): (&str, FormFieldKind)| FormField {
            key: key.into(),
            label: key.into(),
            kind,
            required: true,
            options: if kind == FormFieldKind::Select { vec!["Orders".into(), "Returns".into()] } else { Vec::new() },
        };
        let mut form = Form { enabled: true, fields: kinds.map(field).into() };
        for index in [0, 7, 18_999] {
            assert_eq!(form.check_answers(&answers(&form, index)).map(|kept| kept.len()), Ok(kinds.len()));
        }
        form.enabled = false;
        assert!(answers(&form, 0).is_empty());
    }
}
