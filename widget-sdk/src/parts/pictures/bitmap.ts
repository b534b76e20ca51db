/** The longest side that a picture is drawn with, in pixels: larger ones are more than browsers promise to draw. */
const SIDE = 4_096

/** Fetches and decodes a picture. No element does: the page's policy may know nothing of the gateway's pictures. */
export async function bitmap(href: string, signal: AbortSignal): Promise<ImageBitmap> {
  const answer = await fetch(href, { signal, credentials: 'omit', referrerPolicy: 'no-referrer' })
  if (!answer.ok) throw new Error(`${answer.status}`)
  return createImageBitmap(await answer.blob())
}

/**
 * Draws a picture and frees it. With a frame, of CSS pixels, so that it fills that, cut off at the sides; without one as
 * it is. Never larger than it is.
 */
export function paint(
  canvas: HTMLCanvasElement,
  picture: ImageBitmap,
  frame?: { width: number; height: number },
): void {
  const { width, height } = picture
  const density = window.devicePixelRatio || 1
  const most = { width: (frame?.width ?? SIDE) * density, height: (frame?.height ?? SIDE) * density }
  const scales = [most.width / width, most.height / height]
  const scale = Math.min(1, frame ? Math.max(...scales) : SIDE / Math.max(width, height, SIDE))
  canvas.width = Math.max(1, Math.min(most.width, width * scale))
  canvas.height = Math.max(1, Math.min(most.height, height * scale))
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.imageSmoothingQuality = 'high'
  context.drawImage(
    picture,
    (canvas.width - width * scale) / 2,
    (canvas.height - height * scale) / 2,
    width * scale,
    height * scale,
  )
  picture.close()
}
