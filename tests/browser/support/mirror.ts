import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { connect } from 'node:net'

/** A gateway seen through a server that passes everything on as it is, but for the widget's script, which may be empty. */
export class Mirror {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** `widget`: whether `/widget.js` is what the gateway serves, or an empty script. */
  static async start(gateway: string, widget: boolean): Promise<Mirror> {
    const { hostname, port } = new URL(gateway)
    const server = createServer((asked, response) => {
      const { method, url = '/', headers } = asked
      if (!widget && url.startsWith('/widget.js')) {
        response.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-cache' }).end()
        return
      }
      const passed = request({ hostname, port, method, path: url, headers }, answer => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(response)
      })
      passed.on('error', () => response.destroy())
      asked.pipe(passed)
    })
    server.on('upgrade', (asked, socket, head) => {
      const upstream = connect(Number(port), hostname, () => {
        const lines = [`${asked.method} ${asked.url} HTTP/1.1`]
        for (let at = 0; at < asked.rawHeaders.length; at += 2) {
          lines.push(`${asked.rawHeaders[at]}: ${asked.rawHeaders[at + 1]}`)
        }
        upstream.write(`${lines.join('\r\n')}\r\n\r\n`)
        upstream.write(head)
        upstream.pipe(socket).pipe(upstream)
      })
      for (const end of [socket, upstream]) {
        end.on('error', () => {
          socket.destroy()
          upstream.destroy()
        })
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new Mirror(server, `http://127.0.0.1:${address.port}`)
  }

  async close(): Promise<void> {
    this.server.close()
    this.server.closeAllConnections()
    await once(this.server, 'close')
  }
}
