import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Handler, type StandIn, standIn } from '../../test/support/service-stand-in.ts'
import { createLlm } from './llm.ts'

const PATH = '/v1/chat/completions'
const never = new AbortController().signal
let service: StandIn

beforeEach(async () => {
  service = await standIn()
})

afterEach(() => service.stop())

async function failureOf(handler: Handler, stream = false): Promise<string> {
  service.handlers[PATH] = handler
  service.lease({ engine: 'vllm', model: 'org/model', apis: ['openai'] })
  const asked = service.within(() => createLlm(never).chat('Hi', { stream }))
  return asked.then(
    () => expect.unreachable('the chat went well'),
    (error: unknown) => (error as Error).message,
  )
}

it.each([301, 302, 303, 307, 308])(
  'a redirect with status %i leads nowhere, and it is told where it leads',
  async (status) => {
    let followed = 0
    service.handlers['/secret'] = (_, response) => {
      followed += 1
      response.end('{}')
    }
    const message = await failureOf((_, response) => {
      response.writeHead(status, { location: '/secret' }).end()
    })
    expect(message).toMatch(
      new RegExp(`answered ${status} .*\\. It redirects to /secret, which is not followed`),
    )
    expect(followed).toBe(0)
  },
)

it.each([true])(
  'an answer that unpacks to more than anybody could say is ended (streamed: %s)',
  async (stream) => {
    const bomb = gzipSync(Buffer.alloc(130 * 1024 * 1024, 'x'))
    const message = await failureOf((_, response) => {
      response.writeHead(200, {
        'content-encoding': 'gzip',
        'content-type': stream ? 'text/event-stream' : 'application/json',
      })
      response.end(bomb)
    }, stream)
    expect(bomb.length).toBeLessThan(200_000)
    expect(message).toMatch('(status 200) sent more than 128 MiB')
  },
)

it('of an error without an end the beginning is read', async () => {
  const message = await failureOf((_, response) => {
    response.writeHead(500)
    const more = (): void => {
      while (!response.destroyed && response.write('no '.repeat(10_000)));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  expect(message).toMatch(/answered 500 Internal Server Error: no no no/)
  expect(message.length).toBeLessThan(400)
})

it('headers without an end are no answer', async () => {
  const message = await failureOf((_, response) => {
    const { socket } = response
    socket!.write('HTTP/1.1 200 OK\r\n')
    for (let at = 0; at < 200; at += 1) socket!.write(`x-${at}: ${'a'.repeat(1_000)}\r\n`)
  })
  expect(message).toMatch(/did not answer: .*[Hh]eader/)
})
