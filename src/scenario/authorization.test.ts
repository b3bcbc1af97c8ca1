import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type StandIn, standIn } from '../../test/support/service-stand-in.ts'
import { createLlm } from './llm.ts'
import { createStt, createTts } from './speech.ts'

const KEY = 'a-key-that-nobody-may-see'
const never = new AbortController().signal

let service: StandIn
let seen: (string | undefined)[]
let base: string
let status: number

beforeEach(async () => {
  service = await standIn()
  seen = []
  status = 200
  const server = createServer(({ url, headers }, response) => {
    seen.push(`${url} ${headers.authorization}`)
    const text = status === 200 ? 'Hi!' : `bad key ${headers.authorization}`
    response.writeHead(status)
    response.end(JSON.stringify({ choices: [{ message: { content: text } }] }))
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
  return () => {
    server.closeAllConnections()
    server.close()
    return service.stop()
  }
})

afterEach(() => vi.unstubAllEnvs())

const ask = () => service.within(() => createLlm(never).chat('Hello'))

it('a server elsewhere is asked below its own base, with the key of the variable that the plan names', async () => {
  vi.stubEnv('MY_KEY', KEY)
  service.lease({ engine: 'openai', url: base, flags: { key: 'MY_KEY' } })
  await expect(ask()).resolves.toMatchObject({ text: 'Hi!' })
  expect(seen).toEqual([`/api/v1/chat/completions Bearer ${KEY}`])
})

it('without a key there is no header, and services of ours never get one', async () => {
  vi.stubEnv('OPENAI_API_KEY', '')
  service.lease({ engine: 'openai', url: base })
  await ask()
  vi.stubEnv('OPENAI_API_KEY', KEY)
  service.lease({ engine: 'native', url: base })
  await ask()
  expect(seen).toEqual([
    '/api/v1/chat/completions undefined',
    '/api/v1/v1/chat/completions undefined',
  ])
})

it('a server that repeats the key does not bring it into the message', async () => {
  vi.stubEnv('OPENAI_API_KEY', KEY)
  service.lease({ engine: 'openai', url: base })
  status = 401
  const error = await ask().catch(String)
  expect(error).toContain('answered 401 Unauthorized: {"choices":[{"message":{"content":"bad key')
  expect(error).toContain('[redacted]')
  expect(error).not.toContain(KEY)
})

it('speech and transcriptions are asked for with the key, which no error tells', async () => {
  vi.stubEnv('MY_KEY', KEY)
  service.lease({ engine: 'openai', url: base, flags: { key: 'MY_KEY' } })
  const errors = await Promise.all([
    service.within(() => createTts(never).speak('Hi')).catch(String),
    service.within(() => createStt(never).transcribe(new Uint8Array([1]))).catch(String),
  ])
  expect(new Set(seen)).toEqual(
    new Set([`/api/v1/audio/speech Bearer ${KEY}`, `/api/v1/audio/transcriptions Bearer ${KEY}`]),
  )
  expect(JSON.stringify(errors)).not.toContain(KEY)
})
