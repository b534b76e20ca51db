// The chat in a window of its own, /popout/<widget key>. The page that opened it is named in the address, and hands its
// session over by message, to this window and this origin only; without one the visitor is whoever they were here before.
const ASKS = 'chatdesk:popout'
const STARTED = 'chatdesk:started'
/** How often the opener is asked: it may be loading what answers. In milliseconds. */
const ASK_MS = 250
/** For how long, before the window goes on by itself. */
const WAIT_MS = 10_000

const { pathname, searchParams } = new URL(window.location.href)
const widgetKey = decodeURIComponent(pathname.split('/').filter(Boolean).pop() ?? '')
const from = searchParams.get('from')
const kept = `chatdesk:${widgetKey}:popout`

// The command that the script, which comes later, finds and takes over.
window.chatdesk = function chatdesk() {
  chatdesk.q = chatdesk.q || []
  // biome-ignore lint/complexity/noArguments: the queue holds each call as it was made
  chatdesk.q.push(arguments)
}

/** Fills the window with the chat. */
function begin(options, draft) {
  window.chatdesk('init', { ...options, widgetKey, display: 'page' })
  if (draft) window.chatdesk('prefill', draft)
  window.chatdesk('open')
}

const { opener } = window
if (opener && from) {
  // A window that is loaded again, and whose opener has gone, goes on as it was.
  const alone = () => end(JSON.parse(window.sessionStorage.getItem(kept) ?? '{}'))
  const ask = () => opener.postMessage({ chatdesk: ASKS }, from)
  const asking = window.setInterval(ask, ASK_MS)
  const waiting = window.setTimeout(alone, WAIT_MS)

  const answered = ({ source, origin, data, ports }) => {
    if (source !== opener || origin !== from || data?.chatdesk !== ASKS) return
    window.sessionStorage.setItem(kept, JSON.stringify(data.options))
    window.chatdesk('on', 'conversation:start', () => ports[0]?.postMessage(STARTED))
    end(data.options, data.draft)
  }

  function end(options, draft) {
    window.clearInterval(asking)
    window.clearTimeout(waiting)
    window.removeEventListener('message', answered)
    begin(options, draft)
  }

  window.addEventListener('message', answered)
  ask()
} else begin({})
