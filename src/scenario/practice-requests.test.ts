import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => vi.resetModules())
afterEach(() => vi.unstubAllGlobals())

/** A fresh copy, for which the `fetch` of now is the one that a process began with. */
const fresh = (): Promise<typeof import('./practice-requests.ts')> =>
  import('./practice-requests.ts')

const servers = (): string[] =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap')

test('posts to a server of its own, once in a process, and leaves no server', async () => {
  const real = fetch
  const asked: string[] = []
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push(`${init.method} ${new URL(url).hostname}`)
    return real(url, init)
  })
  const before = servers()
  const { practiseRequests } = await fresh()
  await Promise.all([practiseRequests(), practiseRequests()])
  await practiseRequests()
  expect(asked).toEqual(['POST 127.0.0.1', 'POST 127.0.0.1', 'POST 127.0.0.1'])
  await vi.waitFor(() => expect(servers()).toEqual(before))
})

test('is given up without a word where a process cannot reach itself', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')))
  const { practiseRequests } = await fresh()
  await expect(practiseRequests()).resolves.toBeUndefined()
})

test('leaves a fetch alone that a scenario file has put in its place', async () => {
  const { practiseRequests } = await fresh()
  const own = vi.fn<typeof fetch>()
  vi.stubGlobal('fetch', own)
  await practiseRequests()
  expect(own).not.toHaveBeenCalled()
})

test('does not wait for ever', async () => {
  vi.stubGlobal('fetch', () => new Promise(() => {}))
  const { practiseRequests } = await fresh()
  await expect(practiseRequests()).resolves.toBeUndefined()
})
