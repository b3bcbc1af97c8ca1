import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { httpClient } from '../host/http-client.ts'

const client = await httpClient()
const real = client.fetch

beforeEach(() => vi.resetModules())
afterEach(() => {
  client.fetch = real
})

/** A fresh copy, for which no request was made yet. */
const fresh = (): Promise<typeof import('./practice-requests.ts')> =>
  import('./practice-requests.ts')

const servers = (): string[] =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap')

test('posts to a server of its own, once in a process, and leaves no server', async () => {
  const asked: string[] = []
  client.fetch = (url, init) => {
    asked.push(`${init?.method} ${new URL(url as string).hostname}`)
    return real(url, init)
  }
  const before = servers()
  const { practiseRequests } = await fresh()
  await Promise.all([practiseRequests(), practiseRequests()])
  await practiseRequests()
  expect(asked).toEqual(['POST 127.0.0.1', 'POST 127.0.0.1', 'POST 127.0.0.1'])
  await vi.waitFor(() => expect(servers()).toEqual(before))
})

test('is given up without a word where a process cannot reach itself', async () => {
  client.fetch = () => Promise.reject(new TypeError('fetch failed'))
  const { practiseRequests } = await fresh()
  await expect(practiseRequests()).resolves.toBeUndefined()
})

test('asks with a client of its own, whatever a scenario file has put in the place of fetch', async () => {
  const own = vi.fn<typeof fetch>()
  vi.stubGlobal('fetch', own)
  const { practiseRequests } = await fresh()
  await practiseRequests()
  vi.unstubAllGlobals()
  expect(own).not.toHaveBeenCalled()
})

test('does not wait for ever', async () => {
  client.fetch = () => new Promise(() => {})
  const { practiseRequests } = await fresh()
  await expect(practiseRequests()).resolves.toBeUndefined()
})
