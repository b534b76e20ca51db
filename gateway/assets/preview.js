// The settings page frames this page to show the real widget with options that are not saved yet: the widget key stands
// in the address's path, /preview/<key>, and everything else that `init` takes in its query.
const { pathname, search } = window.location
const options = Object.fromEntries(new URLSearchParams(search))

// The command that the script, which comes later, finds and takes over.
window.chatdesk = function chatdesk() {
  chatdesk.q = chatdesk.q || []
  // biome-ignore lint/complexity/noArguments: the queue holds each call as it was made
  chatdesk.q.push(arguments)
}

window.chatdesk('init', {
  ...options,
  widgetKey: decodeURIComponent(pathname.split('/').filter(Boolean).pop() ?? ''),
})
