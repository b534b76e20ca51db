// Takes every element with a name of its own off the page at once, wherever it is put: ten times, then it gives up.
let left = 10
window.removed = 0
new MutationObserver(records => {
  for (const { addedNodes } of records) {
    for (const node of addedNodes) {
      if (!node.localName?.includes('-') || left === 0) continue
      left--
      window.removed++
      node.remove()
    }
  }
}).observe(document.documentElement, { childList: true, subtree: true })
