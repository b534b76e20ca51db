/**
 * What is done in the window and is not the page's business: its shortcuts would take letters out of a message, its
 * dialogs would take the focus back, and what waits there for files would take those meant for us. Seen from the page
 * all of these come from one element that is no text field.
 */
const CONTAINED = [
  ...['keydown', 'keypress', 'keyup', 'beforeinput', 'input', 'cut', 'copy', 'paste'],
  ...['focusin', 'focusout', 'dragenter', 'dragover', 'dragleave', 'drop'],
]

/** Keeps such events within the widget's tree, behind whatever of its own listens there. */
export function contain(root: ShadowRoot): void {
  for (const type of CONTAINED) root.addEventListener(type, event => event.stopPropagation())
}
