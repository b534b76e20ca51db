import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'

const ROOT = resolve(import.meta.dirname, '../../..')

/** An entry as it stands in Postgres. */
export interface StoredEntry {
  seq: number
  sender: string
  text: string
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The real gateway in a process of its own, with a Postgres of its own, in demo mode. */
export class Gateway {
  private process: ChildProcess | undefined

  private constructor(
    private readonly port: number,
    private readonly data: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** `settings` are environment variables of `chatdesk serve`, e.g. `{ CHATDESK_PING_SECONDS: '1' }`. */
  static async start(settings: Record<string, string> = {}): Promise<Gateway> {
    const data = mkdtempSync(join(tmpdir(), 'chatdesk-browser-'))
    const gateway = new Gateway(await freePort(), data, settings)
    await gateway.run()
    return gateway
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Where its socket is. */
  get socket(): string {
    return `ws://127.0.0.1:${this.port}/ws`
  }

  /** Runs the gateway on the same port and data as before, and waits until it says that it is ready. */
  async run(): Promise<void> {
    const binary = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/chatdesk')
    const { DATABASE_URL: _, ...env } = process.env
    const child = spawn(
      binary,
      ['serve', '--demo', '--addr', `127.0.0.1:${this.port}`, '--data', this.data],
      {
        cwd: ROOT,
        env: { ...env, CHATDESK_LOG: 'warn', ...this.settings },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    this.process = child
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === `ready ${this.url}`) return
    }
    throw new Error(`the gateway ended before it was ready: ${child.exitCode}`)
  }

  /** Kills the gateway's process alone: no goodbye, and its Postgres goes on without it. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  /** Stops the gateway in order, as for an update, and runs it again. */
  async restart(): Promise<void> {
    await this.end('SIGTERM')
    await this.run()
  }

  /** Stops everything and clears up. */
  async stop(): Promise<void> {
    if (this.process === undefined) await this.run()
    await this.end('SIGTERM')
    rmSync(this.data, { recursive: true, force: true })
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process
    this.process = undefined
    if (child === undefined || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  /** Every text in Postgres, by conversation and seq, read past the gateway; of one organization or of all. */
  async entries(organization?: string): Promise<StoredEntry[]> {
    const rows = await this.query<StoredEntry>(
      `select seq, sender_kind as sender, content->>'text' as text from entries
       where $1::uuid is null or organization_id = $1 order by conversation_id, seq`,
      [organization ?? null],
    )
    return rows.map(row => ({ ...row, seq: Number(row.seq) }))
  }

  /** Asks Postgres itself, past the gateway. */
  async query<R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> {
    const client = new pg.Client({
      connectionString: readFileSync(join(this.data, 'database_url'), 'utf8').trim(),
    })
    await client.connect()
    try {
      return (await client.query<R>(sql, values)).rows
    } finally {
      await client.end()
    }
  }
}
