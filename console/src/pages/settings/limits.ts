// The bounds of the settings' document, as the gateway checks them. A bound that differs here only moves where an
// error is found: the gateway's word is final.

/** Most fields in a pre-chat form. */
export const FORM_FIELDS = 20
/** Most options of a select field. */
export const FIELD_OPTIONS = 50
/** Most departments of an organization. */
export const DEPARTMENTS = 50
/** Most allowed domains. */
export const ALLOWED_DOMAINS = 100
/** Longest greeting or offline message, in bytes of UTF-8. */
export const GREETING_BYTES = 1_000
/** Longest wait before the window opens by itself, in seconds. */
export const AUTO_OPEN_DELAY_SECONDS = 3_600
/** Longest key of a form field, in characters. */
export const KEY_CHARS = 40
