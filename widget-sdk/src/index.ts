// The script that a site includes, /widget.js: a classic one, so that it knows its own address and can be pasted anywhere.
import { gatewayAt } from './loader/gateway.ts'
import { install } from './loader.ts'

/** The panel's file, relative to this script; the build writes its name in. */
declare const PANEL: string
/** That of what obeys the proactive rules. */
declare const RULES: string
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
  const { src, dataset } = script
  const keyed = dataset.widgetKey || dataset.organizationId
  install(window, gatewayAt(src, VERSION, { panel: PANEL, rules: RULES }), keyed && dataset)
} else {
  console.error('chatdesk: include the script as …/widget.js, so that it finds its gateway')
}
