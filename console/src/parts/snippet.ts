// The code that a site owner pastes. Both forms are what the widget's README shows. Statements end in semicolons, because
// some site builders put all of it on one line.

/** The two forms of the installation code. */
export type SnippetForm = 'queue' | 'direct'

/**
 * The installation code for a widget, served by the gateway at `origin` (`https://chat.example`). `queue` lets the page
 * call `chatdesk(…)` at once, before the script has come; `direct` is one line, for pages that never call it.
 */
export function snippet(form: SnippetForm, origin: string, widgetKey: string): string {
  if (form === 'direct') {
    return `<script async src="${attribute(origin)}/widget.js" data-widget-key="${attribute(widgetKey)}"></script>`
  }
  return `<script>
  window.chatdesk = window.chatdesk || function () {
    (chatdesk.q = chatdesk.q || []).push(arguments);
  };
  chatdesk('init', { widgetKey: '${script(widgetKey)}' });
</script>
<script async src="${attribute(origin)}/widget.js"></script>`
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
}

function script(text: string): string {
  return text.replace(/[\\'<]/g, char => `\\x${char.charCodeAt(0).toString(16)}`)
}
