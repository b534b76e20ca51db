import { title } from './connection.ts'

/** For how long a tab keeps the right to ring for a message, in milliseconds: others hear of it later. */
const HOLD_MS = 3_000
/** How long a tab that nobody looks at leaves the message to one that somebody does. */
const LEAVE_MS = 200
/** How long the browser has to let a sound through, in milliseconds, before it would come too late. */
const LATE_MS = 2_000
/** How often the title changes. */
const BLINK_MS = 1_000
/** Two notes, in Hz, and when each begins, in seconds. */
const CHIME = [
  [784, 0],
  [1047, 0.13],
] as const

const wait = (ms: number) => new Promise(then => setTimeout(then, ms))

/** The page is left: browsers do not keep one for the back button that holds a lock. */
const left = () => new Promise(then => addEventListener('pagehide', then, { once: true }))

let audio: AudioContext | undefined

/** Two short notes. */
async function chime(): Promise<void> {
  audio ??= new AudioContext()
  await Promise.race([audio.resume(), wait(LATE_MS)])
  if (audio.state !== 'running') return
  for (const [hertz, delay] of CHIME) {
    const at = audio.currentTime + delay
    const tone = new OscillatorNode(audio, { type: 'sine', frequency: hertz })
    const loudness = new GainNode(audio, { gain: 0 })
    loudness.gain.setValueAtTime(0, at)
    loudness.gain.linearRampToValueAtTime(0.16, at + 0.015)
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.5)
    tone.connect(loudness).connect(audio.destination)
    tone.start(at)
    tone.stop(at + 0.5)
  }
}

/** A message arrived: rings, in one tab of the browser, unless somebody is `looking` in one of them. */
export async function ring(message: string, looking: boolean): Promise<void> {
  // Browsers let sounds through only once the visitor has done something on the page: another tab may do better.
  if (!looking && navigator.userActivation?.hasBeenActive === false) return
  const { locks } = navigator as { locks?: LockManager }
  if (!looking) await wait(LEAVE_MS)
  const sound = async () => {
    if (!looking) await chime()
  }
  // Pages without TLS have no locks: there every tab rings.
  if (!locks) return sound()
  try {
    await locks.request(`chatdesk:${message}`, { ifAvailable: true }, async lock => {
      if (!lock) return
      await sound()
      await Promise.race([wait(HOLD_MS), left()])
    })
  } catch (error) {
    // Frames in a sandbox are refused them.
    if ((error as Error).name !== 'SecurityError') throw error
    await sound()
  }
}

/** What a text of ours stands in place of: the page's title element, if there is one, and its text to the letter. */
interface Title {
  element: HTMLTitleElement | undefined
  text: string
}

let own: Title | undefined
let ours = ''
/** Whether ours is shown, and not the page's. */
let covered = false
let blinking: ReturnType<typeof setInterval> | undefined

/** The page's title as it is now. Drawings have elements of the same name. */
function shown(): Title {
  const all = [...document.getElementsByTagName('title')]
  const element = all.find(found => found instanceof HTMLTitleElement)
  return { element, text: element?.textContent ?? '' }
}

/** Puts the page's title back; if the page has changed it meanwhile, it is there already. */
function uncover(): void {
  const now = shown()
  if (!own || !covered) return
  covered = false
  if (now.text !== ours) own = now
  else if (own.element) own.element.textContent = own.text
  else now.element?.remove()
}

function turn(): void {
  if (covered) {
    uncover()
    return
  }
  own = shown()
  title.own = own.text
  covered = true
  if (own.element) own.element.textContent = ours
  else document.title = ours
}

function still(): void {
  clearInterval(blinking)
  document.removeEventListener('visibilitychange', still)
  uncover()
  own = title.own = undefined
}

/** Shows a text and the page's title by turns in the browser's tab, until the page is seen; undefined ends it. */
export function blink(text: string | undefined): void {
  still()
  if (!text || document.visibilityState === 'visible') return
  ours = text
  turn()
  blinking = setInterval(turn, BLINK_MS)
  document.addEventListener('visibilitychange', still)
}
