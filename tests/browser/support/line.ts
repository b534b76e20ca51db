import type { Page, WebSocketRoute } from '@playwright/test'

/** Messages at least this long, in bytes, are parts of files. */
const PART_BYTES = 4_000

/** The wire between a page's widget and the gateway, in a test's hands. Made before the page is opened. */
export class Line {
  /** How many bytes of files have passed. */
  sent = 0
  /** How often the page has connected. */
  connections = 0
  private most = Infinity
  private held: (() => void)[] = []
  private readonly sockets = new Set<WebSocketRoute>()

  static async of(page: Page): Promise<Line> {
    const line = new Line()
    await page.routeWebSocket(/\/ws$/, page => line.connect(page))
    return line
  }

  private connect(page: WebSocketRoute): void {
    const gateway = page.connectToServer()
    // Whoever connects anew has lost the connection before: what was held of it must not hold this one.
    this.held = []
    this.sockets.add(page)
    this.connections++
    page.onMessage(message => {
      const pass = () => {
        if (message.length >= PART_BYTES) this.sent += message.length
        gateway.send(message)
      }
      if (this.held.length > 0 || (message.length >= PART_BYTES && this.sent >= this.most))
        this.held.push(pass)
      else pass()
    })
  }

  /** Lets about so many more bytes of files pass, and holds all that comes behind them. */
  hold(bytes: number): void {
    this.most = this.sent + bytes
  }

  /** Lets pass what was held, and all that comes. */
  release(): void {
    this.most = Infinity
    const held = this.held
    this.held = []
    for (const pass of held) pass()
  }

  /** Cuts it, and loses what was held; the page may connect anew. */
  async cut(): Promise<void> {
    this.held = []
    this.most = Infinity
    const sockets = [...this.sockets]
    this.sockets.clear()
    await Promise.all(sockets.map(socket => socket.close({ code: 1011 })))
  }
}
