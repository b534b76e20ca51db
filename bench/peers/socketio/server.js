// A chat as a good web team would write it with Socket.IO and Postgres: a room per conversation, a row per message, and the
// sender hears of it when the row is there. Where there was a choice, it was made in favour of speed; each says so.
//
//   node server.js PORT [postgres://…]     without a database there is only typing

import { createServer } from 'node:http'
import pg from 'pg'
import { Server } from 'socket.io'

const [port, database] = process.argv.slice(2)

// Everybody who waits for a connection waits in node-postgres' own queue. Ten is its default, and enough to keep the
// database busier than this process can.
const pool = database ? new pg.Pool({ connectionString: database, max: 10 }) : null

const http = createServer()
const io = new Server(http, {
  // Nobody begins with long polling: a socket is one request, and there is no upgrade to wait for.
  transports: ['websocket'],
  // Deflate costs far more time than it saves on messages of a hundred bytes.
  perMessageDeflate: false,
  serveClient: false,
})

// `ws` masks and unmasks with the native `bufferutil`, which package.json asks for: Socket.IO's own advice. What an engine keeps
// of its handshake's request is let go, which is its advice as well: less memory per socket.
io.engine.on('connection', engine => {
  engine.request = null
})

// Prepared once a connection: Postgres plans it once.
const insert = {
  name: 'insert-message',
  text: 'INSERT INTO messages (conversation, sender, text) VALUES ($1, $2, $3) RETURNING id, created_at',
}

async function store(socket, message) {
  const values = [message.conversation, socket.data.name, message.text]
  const { rows } = await pool.query({ ...insert, values })
  return rows[0]
}

io.on('connection', socket => {
  // What this socket wrote is stored in the order in which it came: two rows that are under way in different connections of
  // the pool could change places. It costs a promise, and sockets do not wait for one another.
  let stored = Promise.resolve()

  socket.on('join', (name, conversations, done) => {
    socket.data.name = name
    socket.join(conversations)
    done()
  })

  // Straight into the room: nothing is looked up, checked or kept.
  socket.on('typing', typing => {
    socket.to(typing.conversation).emit('typing', typing)
  })

  socket.on('message', (message, done) => {
    stored = stored
      .then(() => store(socket, message))
      .then(({ id, created_at }) => {
        socket
          .to(message.conversation)
          .emit('message', { ...message, id, sender: socket.data.name, created_at })
        done({ id, created_at })
      })
      .catch(error => done({ error: error.message }))
  })
})

if (pool) {
  await pool.query(`CREATE TABLE IF NOT EXISTS messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation text NOT NULL,
    sender text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`)
  await pool.query('CREATE INDEX IF NOT EXISTS messages_of_conversation ON messages (conversation, id)')
}
// Many sockets come at once at the beginning of a run.
http.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 })
