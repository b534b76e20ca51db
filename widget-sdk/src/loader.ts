import { complain, Emitter } from './loader/events.ts'
import { readOptions } from './loader/options.ts'
import { type Gateway, type State, Widget } from './loader/widget.ts'

/** The one global: `chatdesk('method', …)`. */
export type Command = (method: unknown, ...args: unknown[]) => unknown

/** The stand-in that the snippet puts in place until the script is there. */
interface Stub {
  q?: ArrayLike<unknown>[]
}

/** The command as the script puts it in place; `v` tells a second inclusion that there is nothing to do. */
export type Installed = Command & { v: string }

/** Makes the command that does what a page asks of the widget. */
function commands(gateway: Gateway): Command {
  const emitter = new Emitter()
  let widget: Widget | undefined
  let given = ''

  const need = (method: string, run: (widget: Widget) => void) => () => {
    if (widget) run(widget)
    else console.warn(`chatdesk: ${method} does nothing before init`)
  }
  const methods: Record<string, (...args: unknown[]) => unknown> = {
    init(options) {
      const { options: read, problems } = readOptions(options)
      for (const { option, rule } of problems) {
        complain(`${option} ${rule}`)
        emitter.emit('error', { code: 'bad_field', field: option, message: rule })
      }
      if (!read) return
      const again = JSON.stringify(read)
      if (!widget) {
        given = again
        widget = new Widget(read, gateway, emitter)
      } else if (given !== again) {
        console.warn('chatdesk: init was called before with other options: call shutdown first')
      }
    },
    shutdown() {
      widget?.remove()
      widget = undefined
      emitter.rewind()
    },
    open: need('open', widget => widget.open()),
    close: need('close', widget => widget.close()),
    toggle: need('toggle', widget => widget.toggle()),
    show: need('show', widget => widget.show()),
    hide: need('hide', widget => widget.hide()),
    send(text) {
      if (typeof text === 'string' && text.trim() !== '') need('send', widget => widget.send(text.trim()))()
      else complain('send must be given a text')
    },
    on: (name, listener) => emitter.on(name, listener),
    once: (name, listener) => emitter.once(name, listener),
    off: (name, listener) => emitter.off(name, listener),
    get(name) {
      const state = widget?.state
      return name === undefined ? state : state?.[name as keyof State]
    },
  }
  return (method, ...args) => {
    const name = String(method)
    if (Object.hasOwn(methods, name)) return methods[name]?.(...args)
    console.warn(`chatdesk: there is no method ${name}: there are ${Object.keys(methods).join(', ')}`)
  }
}

/**
 * Puts the command in the snippet's place and does what was asked of the snippet meanwhile. `options` are those of the
 * script tag itself. A second inclusion only passes its own on: of two async scripts either may come first.
 */
export function install(target: { chatdesk?: unknown }, gateway: Gateway, options?: unknown): void {
  const before = target.chatdesk as (Stub & { v?: string }) | undefined
  const command = before?.v ? (before as unknown as Command) : commands(gateway)
  if (options) command('init', options)
  if (command === before) return
  target.chatdesk = Object.assign(command, { v: gateway.version })
  for (const call of Array.from(before?.q ?? [])) command(...(Array.from(call) as [unknown]))
}
