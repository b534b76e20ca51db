import { decodeFrames, encodeFrame } from './codec.ts'
import type { SocketLike } from './socket.ts'
import { type ClientBodies, ClientOp, type ServerBodies, ServerOp } from './wire.ts'

/** A frame that a client said, by name. */
export type Said = {
  [N in keyof ClientBodies]: { name: N; ref: number; body: ClientBodies[N] }
}[keyof ClientBodies]

const NAMES = new Map(
  Object.entries(ClientOp).map(([name, op]) => [op as number, name as keyof ClientBodies]),
)

/** The gateway's end of a socket, and the `WebSocket` that the client holds. Everything happens at once. */
export class FakeSocket implements SocketLike {
  binaryType: BinaryType = 'blob'
  readyState: number = 0
  bufferedAmount = 0
  onopen: SocketLike['onopen'] = null
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  readonly url: string
  readonly protocol: string
  /** What the client said on this socket, in order. */
  readonly said: Said[] = []
  /** The messages that it said it in, in bytes. */
  readonly messages: number[] = []
  readonly #heard: (socket: FakeSocket, said: Said) => void

  constructor(url: string, protocol: string, heard: (socket: FakeSocket, said: Said) => void) {
    this.url = url
    this.protocol = protocol
    this.#heard = heard
  }

  get open(): boolean {
    return this.readyState === 1
  }

  /** The bodies of all frames of one name that the client said. */
  saidOf<N extends keyof ClientBodies>(name: N): ClientBodies[N][] {
    return this.said.filter(said => said.name === name).map(said => said.body as ClientBodies[N])
  }

  /** Completes the handshake. */
  accept(): void {
    this.readyState = 1
    this.onopen?.call(this as never, new Event('open'))
  }

  /** Says one frame. */
  push<N extends keyof ServerBodies>(name: N, body: ServerBodies[N], ref = 0): void {
    this.raw(encodeFrame(ServerOp[name], ref, body))
  }

  /** Says one message of any bytes, or of text. */
  raw(message: Uint8Array<ArrayBuffer> | string): void {
    if (!this.open) return
    const data = typeof message === 'string' ? message : message.slice().buffer
    this.onmessage?.call(this as never, new MessageEvent('message', { data }))
  }

  /** Ends the connection: as a broken one, or with a close code. */
  end(code = 1006, reason = ''): void {
    if (this.readyState === 3) return
    this.readyState = 3
    this.onclose?.call(
      this as never,
      Object.assign(new Event('close'), { code, reason, wasClean: code !== 1006 }),
    )
  }

  send(message: Parameters<SocketLike['send']>[0]): void {
    if (this.readyState === 0) throw new Error('a WebSocket that is connecting takes no message')
    const bytes = message as Uint8Array
    if (!this.open) return
    this.messages.push(bytes.length)
    for (const { op, ref, body } of decodeFrames(bytes.slice())) {
      const said = { name: NAMES.get(op), ref, body } as unknown as Said
      this.said.push(said)
      this.#heard(this, said)
    }
  }

  /** The client closes. */
  close(): void {
    this.readyState = 3
  }
}
