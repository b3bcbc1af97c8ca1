import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type HttpClient, httpClient } from '../host/http-client.ts'
import { sleep } from '../host/real-time.ts'

/** So many requests until one more is no quicker (`bench/first-request.ts`). */
const REQUESTS = 3
/** Where a proxy or a firewall is between this process and itself, it is not waited for. */
const ALL_WITHIN_MS = 1_000

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'

let done: Promise<void> | undefined

/**
 * Posts to a server of this process's own, once in a process. Its first requests load the client and compile the
 * parser of answers: 30 to 60 ms that no service is to blame for. Never rejects.
 */
export function practiseRequests(): Promise<void> {
  return (done ??= Promise.race([practise().catch(() => {}), enough()]))
}

function enough(): Promise<void> {
  return sleep(ALL_WITHIN_MS, undefined, { ref: false })
}

async function practise(): Promise<void> {
  const client = await httpClient()
  const server = createServer(answer)
  const signal = AbortSignal.timeout(ALL_WITHIN_MS)
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    for (let request = 0; request < REQUESTS; request += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each finds more of the way prepared
      await post(client, `http://127.0.0.1:${port}/`, signal)
    }
  } finally {
    server.close()
  }
}

function answer(socket: Socket): void {
  socket.on('error', () => socket.destroy())
  socket.once('data', () => socket.end(ANSWER))
}

/** As a request to a service is sent and its answer read. */
async function post(client: HttpClient, url: string, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await client.fetch(url, { method: 'POST', headers, body: '{}', signal })
  const reader = response.body?.getReader()
  // oxlint-disable-next-line no-await-in-loop -- a stream is read piece by piece
  while (reader && !(await reader.read()).done);
}
