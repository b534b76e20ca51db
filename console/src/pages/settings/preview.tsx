import { useEffect, useRef, useState } from 'preact/hooks'

/** How long nothing must have been typed before the preview loads anew, in milliseconds. */
const SETTLE_MS = 600

/** The real widget, on an empty page, with what is not saved yet. */
export function Preview({ address: wanted }: { address: string }) {
  const [frames, setFrames] = useState([wanted])
  const newest = useRef(wanted)

  useEffect(() => {
    if (wanted === newest.current) return
    const timer = setTimeout(() => {
      newest.current = wanted
      setFrames(([shown = wanted]) => [...new Set([shown, wanted])])
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [wanted])

  return (
    <section class="preview" aria-label="Preview">
      <div class="preview-bar" aria-hidden="true">
        <span />
        <span />
        <span />
        <p class="preview-address">your-site.example</p>
      </div>
      <div class="preview-page">
        {/* The old frame stays until the new one has loaded. Each is an element of its own: a frame that navigates
            would add to the browser's history. */}
        {frames.map(address => (
          <iframe
            key={address}
            src={address}
            title="Preview of the widget"
            onLoad={() => setFrames(frames => (frames.at(-1) === address ? [address] : frames))}
          />
        ))}
      </div>
      <p class="preview-caption">
        Your real widget. Colour, position and greeting follow as you type; the rest shows once it is saved.
      </p>
    </section>
  )
}
