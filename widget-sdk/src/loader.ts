import type { InitOptions } from './api.ts'
import { complain, Emitter } from './loader/events.ts'
import type { Gateway } from './loader/gateway.ts'
import { print } from './loader/kept.ts'
import { Widget } from './loader/widget.ts'

/** The one global: `chatdesk('method', …)`; `ChatDesk` says what for. */
export type Command = (method: unknown, ...args: unknown[]) => unknown

/** The stand-in that the snippet puts in place until the script is there. */
interface Stub {
  q?: ArrayLike<unknown>[]
}

/** The command as the script puts it in place; `v` tells a second inclusion that there is nothing to do. */
export type Installed = Command & { v: string }

/** What the widget does by itself; what the panel does, `Widget.call` passes on. */
const OWN = 'open close toggle show hide'.split(' ') as ('open' | 'close' | 'toggle' | 'show' | 'hide')[]
const PANEL =
  'reset popout send prefill greet setTags endChat identify update track page setAttributes setLocale setTheme setDepartment'.split(
    ' ',
  )

/** Makes the command that does what a page asks of the widget. */
function commands(gateway: Gateway): Command {
  const emitter = new Emitter()
  let widget: Widget | undefined
  let given: string | undefined

  const wrong = (field: string, rule: string) => {
    complain(`${field} ${rule}`)
    emitter.emit('error', { code: 'bad_field', field, message: rule })
  }
  const methods: Record<string, (...args: unknown[]) => unknown> = {
    init(options) {
      // Whether the other options keep their rules is said by the panel, which needs them.
      const { widgetKey, organizationId } = (options ?? {}) as InitOptions
      const key = widgetKey || organizationId
      if (typeof key !== 'string')
        return wrong('widgetKey', 'is needed: copy it from the widget page of your console')
      const again = print(options)
      if (!widget) {
        given = again
        widget = new Widget(key, options as InitOptions, gateway, emitter, wrong)
        widget.begin()
      } else if (given !== again) {
        console.warn('chatdesk: init was called before with other options: call shutdown first')
      }
    },
    shutdown() {
      widget?.remove()
      widget = undefined
      emitter.rewind()
    },
    on: (name, listener) => emitter.on(name, listener, false),
    once: (name, listener) => emitter.on(name, listener, true),
    off: (name, listener) => emitter.off(name, listener),
    get(name) {
      const state: object | undefined = widget?.state
      return name === undefined || !state ? state : new Map(Object.entries(state)).get(name as string)
    },
  }
  const need = (name: string, run: (widget: Widget, args: unknown[]) => unknown) => {
    methods[name] = (...args) => {
      if (widget) return run(widget, args)
      console.warn(`chatdesk: ${name} does nothing before init`)
    }
  }
  for (const name of OWN) need(name, widget => widget[name]())
  for (const name of PANEL) need(name, (widget, args) => widget.call(name, args))
  return (method, ...args) => {
    try {
      const name = String(method)
      if (Object.hasOwn(methods, name)) return methods[name]?.(...args)
      console.warn(`chatdesk: there is no method ${name}: there are ${Object.keys(methods).join(', ')}`)
    } catch (error) {
      // Whatever a page gives: its own script goes on, and so do the calls that wait behind this one.
      complain(String(error))
    }
  }
}

/**
 * Puts the command in the snippet's place and does what was asked of the snippet meanwhile. `options` are those of the
 * script tag itself. A second inclusion only passes its own on: of two async scripts either may come first.
 */
export function install(target: { chatdesk?: unknown }, gateway: Gateway, options?: unknown): Command {
  const before = target.chatdesk as (Stub & { v?: string }) | undefined
  const command = before?.v ? (before as unknown as Command) : commands(gateway)
  if (options) command('init', options)
  if (command !== before) {
    target.chatdesk = Object.assign(command, { v: gateway.version })
    for (const call of Array.from(before?.q ?? [])) command(...(Array.from(call) as [unknown]))
  }
  return command
}
