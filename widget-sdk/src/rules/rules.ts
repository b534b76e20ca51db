// Obeys the proactive rules: loaded by the loader, on sites that have any.
import type { ProactiveRule } from '../client/wire.ts'
import { fits } from './glob.ts'
import { Memory } from './past.ts'
import type { Rules, Stage } from './stage.ts'
import { Teaser } from './teaser.ts'

/** How often it is looked how long the visitor has been on the page, and which page it is, in milliseconds. */
const LOOK_MS = 1_000
/** Below this width, in CSS pixels, the window would cover the page: a teaser stands in for it. */
const PHONE = 480

/** What is known of the visitor on the page that they are on. */
interface Here {
  address: string
  /** For how long it has been seen. */
  seconds: number
  /** How far it was scrolled, in percent. */
  scrolled: number
}

const here = (): Here => ({ address: location.href, seconds: 0, scrolled: 0 })

/** Whether all that a rule asks for is so. */
export function holds(
  rule: ProactiveRule,
  { address, seconds, scrolled }: Here,
  visits: number,
  tracked: ReadonlySet<string>,
  leaving: boolean,
): boolean {
  return (
    (rule.url === undefined || fits(rule.url, new URL(address))) &&
    seconds >= (rule.seconds ?? 0) &&
    scrolled >= (rule.scroll ?? 0) &&
    visits >= (rule.visits ?? 0) &&
    (rule.returning === undefined || rule.returning === visits > 1) &&
    (rule.event === undefined || tracked.has(rule.event)) &&
    (!rule.exit_intent || leaving)
  )
}

/** Begins to watch the page; a rule's message is shown once to a visitor, one at a time, and not while they talk. */
export function start(stage: Stage): Rules {
  const { looks, tracked } = stage
  const memory = new Memory(`${stage.storageKey}:past`)
  const visits = memory.visit(Date.now())
  const left = looks.rules.filter(({ id }) => !memory.wasShown(id))
  let now = here()
  let teaser: Teaser | undefined
  let timer: ReturnType<typeof setInterval> | undefined

  const show = (rule: ProactiveRule) => {
    memory.show(rule.id)
    left.splice(left.indexOf(rule), 1)
    const inWindow = rule.open && innerWidth >= PHONE
    stage.shown(rule, inWindow)
    if (inWindow) return stage.open(false)
    teaser = new Teaser(stage, rule.message, () => {
      teaser = undefined
    })
  }
  const look = (leaving: boolean) => {
    if (stage.busy()) teaser?.remove()
    else if (!teaser) {
      // Another tab may have shown it meanwhile.
      const due = left.find(rule => holds(rule, now, visits, tracked, leaving) && !memory.wasShown(rule.id))
      if (due) show(due)
    }
    if (left.length === 0) stop()
  }
  const tick = () => {
    if (location.href !== now.address) now = here()
    if (document.visibilityState !== 'visible') return
    now.seconds += LOOK_MS / 1000
    look(false)
  }
  const scroll = () => {
    const { scrollHeight, clientHeight, scrollTop } = document.scrollingElement ?? document.documentElement
    now.scrolled = Math.max(now.scrolled, Math.round((scrollTop / (scrollHeight - clientHeight)) * 100) || 0)
    look(false)
  }
  const leave = ({ pointerType, clientY }: PointerEvent) =>
    pointerType === 'mouse' && clientY <= 0 && look(true)
  const stop = () => {
    clearInterval(timer)
    removeEventListener('scroll', scroll)
    document.documentElement.removeEventListener('pointerleave', leave)
  }

  timer = setInterval(tick, LOOK_MS)
  addEventListener('scroll', scroll, { passive: true })
  document.documentElement.addEventListener('pointerleave', leave)
  look(false)
  return {
    check: () => look(false),
    stop() {
      stop()
      teaser?.remove()
    },
  }
}
