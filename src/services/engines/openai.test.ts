import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { failureOf, supervise, target } from '../../../test/support/services.ts'
import { choosePort, returnPort } from '../processes/ports.ts'

const KEY = 'a-key-that-nobody-may-see'

/** Stands in for a server elsewhere: an HTTP server with a list of models at one path. */
async function serverWith(
  path: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === path) answer(request, response)
    else response.writeHead(404).end('no such path')
  })
  await new Promise<void>((up) => server.listen(0, host, up))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const shown = host.includes(':') ? `[${host}]` : host
  return `http://${shown}:${(server.address() as AddressInfo).port}`
}

function listing(...ids: string[]) {
  const data = ids.map((id) => ({ id, object: 'model' }))
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.end(JSON.stringify({ object: 'list', data }))
  }
}

test.for([
  ['a URL without a version', '', '/v1/models', '/v1'],
  ['a URL with a slash at its end', '/', '/v1/models', '/v1'],
  ['a URL with a version', '/v1', '/v1/models', '/v1'],
  ['a path with a version', '/proxy/v1/', '/proxy/v1/models', '/proxy/v1'],
  ['a path before the version', '/proxy', '/proxy/v1/models', '/proxy/v1'],
  ['an API without a version', '/api', '/api/models', '/api'],
])('%s leads to the API, and no process is started', async ([, given, path, base]) => {
  const url = await serverWith(path!, listing('other', 'org/model:8b'))
  const { supervisor, session } = supervise([])
  const held = await supervisor.acquire(target(`openai://org/model:8b@${url}${given}`))
  expect(held.services).toMatchObject([
    { engine: 'openai', model: 'org/model:8b', url: url + base, apis: ['openai'], log: null },
  ])
  expect(session.types).not.toContain('service_spawned')
  held.release()
  await supervisor.stop()
  await expect(fetch(url + path)).resolves.toMatchObject({ status: 200 })
})

test('a server is found on an IPv6 address', async ({ skip }) => {
  const url = await serverWith('/v1/models', listing('gpt'), '::1').catch(() => null)
  if (url === null) return skip('this machine has no IPv6')
  const { supervisor } = supervise([])
  const { services } = await supervisor.acquire(target(`openai://gpt@${url}`))
  expect(services[0]?.url).toBe(`${url}/v1`)
})

test('a model that the server does not have is MISSING, with those it has', async () => {
  const url = await serverWith('/v1/models', listing('one', 'two'))
  const { supervisor } = supervise([])
  const error = await failureOf(supervisor.acquire(target(`openai://three@${url}`)))
  expect(error.code).toBe('MISSING')
  expect(error.message).toBe(
    `openai://three@${url} is not there. ${url}/v1 does not serve three: it has one, two.`,
  )
})

test('a server that cannot be reached fails with what to check', async () => {
  const port = await choosePort()
  const url = `http://127.0.0.1:${port}`
  const { supervisor } = supervise([])
  const error = await failureOf(supervisor.acquire(target(`openai://gpt@${url}`)))
  returnPort(port)
  expect(error.code).toBe('SERVICE_FAILED')
  expect(error.message).toMatch(/does not answer \(.*ECONNREFUSED.*\): check that the server runs/)
})

test('a server without a list of models fails with the places that were tried', async () => {
  const url = await serverWith('/', (_, response) => response.end('<html>'))
  const { supervisor } = supervise([])
  const error = await failureOf(supervisor.acquire(target(`openai://gpt@${url}`)))
  expect(error.message).toContain(
    `there is no list of models at ${url}/v1/models nor ${url}/models: check the URL's path`,
  )
})

const locked = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.headers.authorization === `Bearer ${KEY}`) listing('gpt')(request, response)
  else response.writeHead(401).end(`wrong key ${request.headers.authorization}`)
}

test.for([
  ['', {}, 'OPENAI_API_KEY, which is not set'],
  [
    '',
    { OPENAI_API_KEY: 'another' },
    'OPENAI_API_KEY, which is set: is it the key of this server?',
  ],
  ['#key=MY_KEY', { OPENAI_API_KEY: KEY }, 'MY_KEY, which is not set'],
] as const)(
  'a refused key names the variable it is read from: %s %o',
  async ([flag, env, told]) => {
    const url = await serverWith('/v1/models', locked)
    const { supervisor } = supervise([], {}, { ...env })
    const error = await failureOf(supervisor.acquire(target(`openai://gpt@${url}${flag}`)))
    expect(error.code).toBe('SERVICE_FAILED')
    expect(error.message).toContain(
      `answered 401: the key is read from the environment variable ${told}`,
    )
  },
)

test('the key stands in no event, no lease and no message', async () => {
  const url = await serverWith('/v1/models', locked)
  const { supervisor, session } = supervise([], {}, { MY_KEY: KEY })
  const held = await supervisor.acquire(target(`openai://gpt@${url}#key=MY_KEY`))
  const broken = await serverWith('/v1/models', ({ headers }, response) => {
    response.writeHead(500).end(`cannot handle ${headers.authorization}`)
  })
  held.release()
  const error = await failureOf(supervisor.acquire(target(`openai://gpt@${broken}#key=MY_KEY`)))
  expect(error.message).toContain('answered 500 cannot handle Bearer [redacted]')
  expect(JSON.stringify([session.events, held, error.message])).not.toContain(KEY)
})
