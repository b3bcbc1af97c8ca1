import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

const HELLO = 'data: {"choices":[{"delta":{"content":"Hello "}}]}\n\n'

test('a server that misbehaves gives rows that name it and keep what was received', async () => {
  const url = await startServer()
  const { code, session } = await run(createProject('misbehaving'), { env: { SERVER: url } })
  expect(code).toBe(1)
  // Repeats are told by the worker, at another time than what Vitest tells.
  const results = session!.results('llm').toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const rows = results.map(({ name, status, output_text, errors }) => {
    return [name.replace('asks > ', ''), status, output_text, errors[0]?.message]
  })
  const says = (rest: string): unknown =>
    expect.stringMatching(`^openai://gpt at ${url}/chat/completions ${rest}`)
  const gone = says(
    'answered 404 Not Found: The model `gpt` does not exist\\. The service does not',
  )
  expect(rows).toEqual([
    ['cut', 'FAILED', 'Hello ', says('\\(status 200\\) broke off its answer after 0\\.\\d\\d s: ')],
    ['gone twice', 'MISSING', null, gone],
    ['gone twice', 'MISSING', null, gone],
    ['gone', 'MISSING', null, gone],
    [
      'late',
      'FAILED',
      'Hello ',
      says(
        '\\(status 200\\) had not finished after 0\\.\\d\\d s, when the request was given up: ' +
          'the time limit of the test is 1 s$',
      ),
    ],
  ])
})

/** Does what the last message of the chat asks for; its base URL. */
async function startServer(): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    if (request.url === '/v1/models') return response.end('{"data":[{"id":"gpt"}]}')
    if (body.includes('"gone"')) {
      return response.writeHead(404).end('The model `gpt` does not exist')
    }
    response.write(HELLO)
    if (body.includes('"cut"')) setTimeout(() => response.destroy(), 100)
    return response
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
