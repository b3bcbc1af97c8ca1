import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => vi.resetModules())
afterEach(() => vi.unstubAllGlobals())

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
