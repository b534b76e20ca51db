import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A network cable between browsers and a gateway, which a test can pull out. */
export class Cable {
  readonly #server: Server
  readonly #port: number
  /** Both ends of every connection. */
  readonly #ends = new Set<Socket>()
  #state: 'whole' | 'cut' | 'dead' = 'whole'

  private constructor(server: Server, port: number, gateway: URL) {
    this.#server = server
    this.#port = port
    server.on('connection', near => this.#join(near, gateway))
  }

  static async to(gateway: string): Promise<Cable> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new Cable(server, address.port, new URL(gateway))
  }

  /** What browsers take for the gateway's address. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Ends every connection, and refuses new ones until `mend`. */
  cut(): void {
    this.#state = 'cut'
    for (const end of this.#ends) end.destroy()
  }

  /** Nothing passes any more in either direction, and neither side is told: as when a machine sleeps or leaves its network. */
  deaden(): void {
    this.#state = 'dead'
    for (const end of this.#ends) end.pause()
  }

  /** New connections pass. Those that died stay dead, as an address that changed leaves them. */
  mend(): void {
    this.#state = 'whole'
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(near: Socket, { hostname, port }: URL): void {
    if (this.#state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#ends.add(end)
      end.setNoDelay()
      end.on('data', bytes => other.write(bytes))
      // What ends badly is closed like what ends well.
      end.on('error', () => {})
      end.on('close', () => {
        this.#ends.delete(end)
        other.destroy()
      })
      if (this.#state === 'dead') end.pause()
    }
  }
}
