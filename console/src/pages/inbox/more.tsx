import { useEffect, useRef, useState } from 'preact/hooks'

/** Resolves once what came was laid out, and so observed. */
const drawn = () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))

/** Stands at the end of a list of pages: brings the next one when it comes near the screen. */
export function MoreRows({ more, what }: { more: () => Promise<void>; what: string }) {
  const [failed, setFailed] = useState(false)
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(more)
  latest.current = more

  useEffect(() => {
    if (failed || !end.current) return
    let gone = false
    let near = false
    // Until the page that came is long enough to push this out of sight, or nothing more comes.
    const bring = async () => {
      try {
        while (near && !gone) {
          await latest.current()
          await drawn()
        }
      } catch {
        if (!gone) setFailed(true)
      }
    }
    const observer = new IntersectionObserver(
      ([change]) => {
        const was = near
        near = change?.isIntersecting ?? false
        if (near && !was) void bring()
      },
      { rootMargin: '400px' },
    )
    observer.observe(end.current)
    return () => {
      gone = true
      observer.disconnect()
    }
  }, [failed])

  return (
    <div class="more" ref={end}>
      {failed ? (
        <button type="button" class="button small" onClick={() => setFailed(false)}>
          Show more {what}
        </button>
      ) : (
        <span class="spinner" role="status" aria-label={`Loading more ${what}`} />
      )}
    </div>
  )
}
