import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

const KEY = 'a-key-that-nobody-may-see'

test('a server elsewhere is asked with its key, which stands in no file of the session', async () => {
  const url = await startServer()
  const project = createProject('elsewhere')
  const { output, session } = await run(project, { env: { SERVER: url, MY_KEY: KEY } })
  const rows = session!.results('llm')
  expect(rows.map(({ status }) => status)).toEqual(['PASSED', 'FAILED', 'MISSING', 'MISSING'])
  expect(rows[0]).toMatchObject({ output_text: 'Hi!', logs: [] })
  expect(rows[1]!.errors[0]!.message).toContain(
    'answered 403 Forbidden: not you, Bearer [redacted]',
  )
  expect(rows[2]!.errors[0]!.message).toContain(`${url}/v1 does not serve absent: it has gpt.`)
  const files = readdirSync(session!.directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(session!.directory, name))
    .filter((path) => statSync(path).isFile())
  expect(files.length).toBeGreaterThan(3)
  expect(files.filter((path) => readFileSync(path, 'utf8').includes(KEY))).toEqual([])
  expect(output).not.toContain(KEY)
})

test('a server on a port that no client asks fails its scenarios with the reason, and loses no worker', async () => {
  const project = createProject('elsewhere')
  const { output, session } = await run(project, { env: { JARVIS_PLAN: 'plans/nowhere.yaml' } })
  const rows = session!.results('llm')
  expect(rows.map(({ status }) => status)).toEqual(['FAILED', 'FAILED'])
  for (const { errors } of rows) {
    expect(errors).toHaveLength(1)
    expect(errors[0]!.message).toBe(
      'openai://gpt@http://127.0.0.1:9 cannot be used: http://127.0.0.1:9/v1/models does not answer ' +
        '(bad port: HTTP clients ask no server on it): check that the server runs, that the URL is right and that nothing ' +
        'blocks the way.',
    )
  }
  expect(output).not.toMatch(/Unhandled|Invalid URL|lost/)
})

test(
  'a parameter that a server refuses is left out once for all files, and stands in the results',
  { tags: ['long'] },
  async () => {
    const asked: string[][] = []
    const url = await listen(async (request, response) => {
      if (request.url === '/v1/models') return response.end('{"data":[{"id":"gpt"}]}')
      const names = Object.keys(JSON.parse(await bodyOf(request)) as object)
      asked.push(names)
      if (!names.includes('seed'))
        return response.end('{"choices":[{"message":{"content":"Hi!"}}]}')
      const message = 'Unrecognized request argument supplied: seed'
      return response.writeHead(400).end(JSON.stringify({ error: { message } }))
    })
    const env = { SERVER: url, JARVIS_PLAN: 'plans/choosy.yaml' }
    const { session } = await run(createProject('elsewhere'), { env })
    const rows = session!.results('llm')
    expect(rows.map(({ status }) => status)).toEqual(['PASSED', 'PASSED', 'PASSED'])
    for (const row of rows) expect(row).toMatchObject({ dropped_parameters: ['seed'] })
    expect(asked.map((names) => names.includes('seed'))).toEqual([true, false, false, false])
  },
)

/** Stands in for a server elsewhere that wants a key. */
async function startServer(): Promise<string> {
  return listen(async (request, response) => {
    const body = await bodyOf(request)
    const { authorization } = request.headers
    if (authorization !== `Bearer ${KEY}`) response.writeHead(401).end()
    else if (request.url === '/v1/models') response.end('{"data":[{"id":"gpt"}]}')
    else if (body.includes('refuse')) response.writeHead(403).end(`not you, ${authorization}`)
    else response.end('{"choices":[{"message":{"content":"Hi!"}}]}')
  })
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
