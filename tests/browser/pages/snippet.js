window.chatdesk =
  window.chatdesk ||
  (() => {
    const queue = []
    return Object.assign((...call) => queue.push(call), { q: queue })
  })()
chatdesk('init', { widgetKey: '{{key}}' })
