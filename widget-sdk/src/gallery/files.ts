// Pictures that a gateway would have, drawn here; and files that a visitor would choose.

const WIDTH = 960
const HEIGHT = 640

/** A vase on a table, in the colours of a hue. */
function draw(canvas: OffscreenCanvas, hue: number): void {
  const pen = canvas.getContext('2d')
  if (!pen) return
  const { width, height } = canvas
  pen.fillStyle = `hsl(${hue} 35% 88%)`
  pen.fillRect(0, 0, width, height)
  pen.fillStyle = `hsl(${hue + 20} 30% 70%)`
  pen.fillRect(0, height * 0.72, width, height)
  const middle = width / 2
  pen.fillStyle = `hsl(${hue + 180} 30% 45%)`
  pen.beginPath()
  pen.moveTo(middle - 50, height * 0.35)
  pen.bezierCurveTo(middle - 40, height * 0.5, middle - 150, height * 0.55, middle - 90, height * 0.82)
  pen.lineTo(middle + 90, height * 0.82)
  pen.bezierCurveTo(middle + 150, height * 0.55, middle + 40, height * 0.5, middle + 50, height * 0.35)
  pen.fill()
  pen.strokeStyle = `hsl(${hue + 100} 30% 35%)`
  pen.lineWidth = 8
  for (const lean of [-90, -20, 60]) {
    pen.beginPath()
    pen.moveTo(middle, height * 0.36)
    pen.quadraticCurveTo(middle + lean / 3, height * 0.2, middle + lean, height * 0.1)
    pen.stroke()
  }
}

/** Answers for `/files/gallery/…` in the gateway's stead. */
export function serveFiles(): void {
  const real = window.fetch.bind(window)
  window.fetch = async (input, init) => {
    const { href } = new URL(input instanceof Request ? input.url : input, location.href)
    const name = /\/files\/gallery\/(.*)$/.exec(href)?.[1]
    if (name === undefined) return real(input, init)
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT)
    draw(canvas, name.length * 37)
    return new Response(await canvas.convertToBlob({ type: 'image/jpeg' }))
  }
}

/** A document of so many bytes. */
export function paper(name: string, size: number, type = 'application/pdf'): File {
  return new File([new Uint8Array(size)], name, { type })
}
