import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** A mail server that takes everything and keeps it, for a gateway that sends e-mail. */
export class Mailbox {
  /** What came: each letter with its headers, as it was sent. */
  readonly letters: string[] = []

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(): Promise<Mailbox> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const mailbox = new Mailbox(server, address.port)
    server.on('connection', socket => mailbox.take(socket))
    return mailbox
  }

  /** What makes a gateway send here. */
  get settings(): Record<string, string> {
    return {
      CHATDESK_SMTP_URL: `smtp://127.0.0.1:${this.port}`,
      CHATDESK_MAIL_FROM: 'Kiln & Fern <chat@kiln.example>',
    }
  }

  async close(): Promise<void> {
    this.server.close()
    await once(this.server, 'close')
  }

  private take(socket: Socket): void {
    let letter: string[] | undefined
    const say = (line: string) => socket.write(`${line}\r\n`)
    // A gateway that is killed hangs up without a word.
    socket.on('error', () => socket.destroy())
    say('220 mailbox')
    createInterface({ input: socket, crlfDelay: Infinity }).on('line', line => {
      if (letter && line !== '.') letter.push(line)
      else if (letter) {
        this.letters.push(letter.join('\n'))
        letter = undefined
        say('250 kept')
      } else if (/^DATA/i.test(line)) {
        letter = []
        say('354 go on')
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
      else say('250 mailbox')
    })
  }
}
