import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { standIn } from '../../test/support/service-stand-in.ts'
import { createLlm } from './llm.ts'

const BODY = JSON.stringify({ choices: [{ message: { content: 'Hello' } }] })
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`

/** What becomes of a request, by its place in all of the server's and in those of its connection, both from 1. */
type Fate = (connection: Socket, nth: { inAll: number; onThis: number }) => void

/** Chats with a server that answers as it likes; `requests` came to it. */
async function chatting(
  fate: Fate,
): Promise<{ chat(): Promise<string>; requests(): number; close(): void }> {
  let inAll = 0
  const connections = new Set<Socket>()
  const server = createServer((connection) => {
    let onThis = 0
    connections.add(connection)
    connection.on('error', () => {})
    connection.on('data', (data) => {
      if (!data.includes('POST ')) return
      fate(connection, { inAll: (inAll += 1), onThis: (onThis += 1) })
    })
  })
  const close = (): void => {
    server.close()
    for (const connection of connections) connection.destroy()
  }
  const service = await standIn()
  onTestFinished(async () => {
    close()
    await service.stop()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  service.lease({ url, apis: ['openai'] })
  const { signal } = new AbortController()
  const chat = async (): Promise<string> => {
    const { text } = await service.within(() => createLlm(signal).chat('Hi', { stream: false }))
    return text
  }
  return { chat, requests: () => inAll, close }
}

it.each(['end', 'resetAndDestroy'] as const)(
  'a connection that the server closed after an answer costs the next request nothing (%s)',
  async (close) => {
    const { chat, requests } = await chatting((connection, { onThis }) => {
      if (onThis === 1) connection.write(ANSWER)
      else connection[close]()
    })
    for (let count = 0; count < 4; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      expect(await chat()).toBe('Hello')
    }
    expect(requests()).toBeGreaterThan(4)
  },
)

it.each(['end', 'resetAndDestroy'] as const)(
  'a first request whose connection is closed is a failure, and sent once (%s)',
  async (close) => {
    const { chat, requests } = await chatting((connection) => connection[close]())
    await expect(chat()).rejects.toThrow(/ did not answer: (?:other side closed|.*ECONNRESET)/)
    expect(requests()).toBe(1)
  },
)

it('a server that ends instead of answering is told by how it broke off, not by who did not take the next connection', async () => {
  const { chat, close } = await chatting((connection, { inAll }) => {
    if (inAll === 1) connection.write(ANSWER)
    else close()
  })
  expect(await chat()).toBe('Hello')
  await expect(chat()).rejects.toThrow(/ did not answer: (?:other side closed|.*ECONNRESET)/)
})
