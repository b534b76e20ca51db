import { backoff } from './backoff.ts'
import type { Client } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { RequestError } from './error.ts'
import type { WireError } from './wire.ts'

const WHAT = { what: 'visitors' } as const

/**
 * Follows who is on the site, over reconnects, until the returned function is called: the client tells it as `visitors`,
 * then as they come and go. `failed` is given what was refused; what may still succeed is tried again.
 */
export function watchVisitors(
  client: Client,
  failed: (error: WireError) => void = () => {},
  clock: Clock = systemClock,
): () => void {
  let failures = 0
  let wait: (() => void) | undefined

  const rest = () => {
    failures = 0
    wait?.()
    wait = undefined
  }
  const ask = () => {
    client.request('watch', WHAT).catch(reason => {
      if (!(reason instanceof RequestError)) throw reason
      // Without a connection the next welcome asks again.
      if (client.state !== 'online') return
      const { error } = reason
      failed(error)
      if (!error.retryable) stop()
      else wait = clock.after(Math.max(error.retry_ms, backoff(failures++, clock.random)), ask)
    })
  }
  const off = [
    client.on('welcome', ask),
    client.on('state', state => {
      if (state !== 'online') rest()
    }),
  ]
  function stop(): void {
    for (const end of off.splice(0)) end()
    rest()
  }
  if (client.state === 'online') ask()
  return () => {
    if (off.length === 0) return
    stop()
    // Whatever it is answered: nobody listens any more.
    if (client.state === 'online') client.request('unwatch', WHAT).catch(() => {})
  }
}
