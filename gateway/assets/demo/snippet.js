// The chat's snippet, as the console's widget page gives it: the command, which keeps what it is told until /widget.js has
// come, and what this page tells it. On most sites these lines stand in the page; this page's Content-Security-Policy
// forbids inline scripts, so here they are a file.
window.chatdesk =
  window.chatdesk ||
  function chatdesk() {
    chatdesk.q = chatdesk.q || []
    // biome-ignore lint/complexity/noArguments: the queue holds each call as it was made
    chatdesk.q.push(arguments)
  }

window.chatdesk('init', { widgetKey: 'wk_demo' })
