import type { ChatDesk, ChatDeskError, EventName, Events } from '@chatdesk/widget'
import { expect, type Page } from '@playwright/test'

/** Has the page call the widget, and answers what the call does, a promise's outcome included. */
export function ask(page: Page, ...call: unknown[]): Promise<unknown> {
  return page.evaluate(call => (window.chatdesk as (...call: unknown[]) => unknown)(...call), call)
}

/** What a call was rejected with. */
export function refused(
  page: Page,
  ...call: unknown[]
): Promise<Pick<ChatDeskError, 'code' | 'message' | 'field'>> {
  return page.evaluate(async call => {
    try {
      await (window.chatdesk as (...call: unknown[]) => unknown)(...call)
    } catch (error) {
      const { code, message, field } = error as ChatDeskError
      return { code, message, ...(field !== undefined && { field }) }
    }
    throw new Error(`${call[0]} was not refused`)
  }, call)
}

/** What a page's listeners were told, in order. */
export class Told {
  readonly all: [EventName, Events[EventName]][] = []

  names(...of: EventName[]): EventName[] {
    return this.all.map(([name]) => name).filter(name => of.length === 0 || of.includes(name))
  }

  of<Name extends EventName>(name: Name): Events[Name][] {
    return this.all.filter(([told]) => told === name).map(([, detail]) => detail as Events[Name])
  }

  /** Resolves with the newest of these events, once there are so many. */
  async next<Name extends EventName>(name: Name, count = 1): Promise<Events[Name]> {
    await expect.poll(() => this.of(name).length, `${name} ${count} times`).toBeGreaterThanOrEqual(count)
    return this.of(name).at(-1) as Events[Name]
  }
}

/**
 * Puts the snippet's command onto every page before its first script, with these calls and listeners for these events
 * queued in it. What the listeners are told is in the answer.
 */
export async function snippet(page: Page, names: EventName[], ...calls: unknown[][]): Promise<Told> {
  const told = new Told()
  await page.exposeBinding('__told', (_, name: EventName, detail: Events[EventName]) =>
    told.all.push([name, detail]),
  )
  await page.addInitScript(
    ({ names, calls }) => {
      const tell = (window as unknown as { __told: (name: string, detail: unknown) => void }).__told
      Reflect.deleteProperty(window, '__told')
      const q: unknown[][] = []
      const stub = (...call: unknown[]) => {
        q.push(call)
      }
      window.chatdesk = Object.assign(stub, { q }) as unknown as ChatDesk
      for (const name of names) stub('on', name, (detail: unknown) => tell(name, detail))
      for (const call of calls) stub(...call)
    },
    { names, calls },
  )
  return told
}
