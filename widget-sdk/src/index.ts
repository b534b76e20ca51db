// The script that a site includes, /widget.js: a classic one, so that it knows its own address and can be pasted anywhere.
import { fromDataset } from './loader/options.ts'
import { install } from './loader.ts'

/** The panel's file, relative to this script; the build writes its name in. */
declare const PANEL: string
/** The package's version; the build writes it in. */
declare const VERSION: string

/** This script's own tag; by its name when it was included in a way that hides it, e.g. by a tag manager. */
function tag(): HTMLScriptElement | undefined {
  const current = document.currentScript
  if (current instanceof HTMLScriptElement && current.src) return current
  return [...document.scripts].reverse().find(script => /\/widget\.js(?:[?#]|$)/.test(script.src))
}

const script = tag()
if (script) {
  const socket = new URL('ws', script.src)
  socket.protocol = socket.protocol === 'http:' ? 'ws:' : 'wss:'
  socket.search = ''
  const at = (path: string) => new URL(path, script.src).href
  const gateway = {
    panel: at(PANEL),
    latest: at('widget/panel.js'),
    socket: socket.href,
    version: VERSION,
    load: (address: string) => import(/* @vite-ignore */ address),
  }
  install(window as { chatdesk?: unknown }, gateway, fromDataset(script.dataset))
} else {
  console.error('chatdesk: include the script as …/widget.js, so that it finds its gateway')
}
