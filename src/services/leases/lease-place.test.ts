import { once } from 'node:events'
import { existsSync, lstatSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/support/services.ts'
import { connectWorker } from './lease-client.ts'
import { type LeasePlace, openLeasePlace } from './lease-place.ts'

const greet = (socket: Socket): void => void socket.resume().end('hello\n')

async function open(platform: NodeJS.Platform): Promise<LeasePlace> {
  const place = await openLeasePlace(greet, platform)
  onTestFinished(() => place.close())
  return place
}

async function isHeard({ socket }: LeasePlace): Promise<boolean> {
  const connection = connect(socket)
  try {
    const [said] = (await once(connection, 'data')) as [Buffer]
    return said.toString() === 'hello\n'
  } finally {
    connection.destroy()
  }
}

test.skipIf(process.platform !== 'linux')('on Linux the place is no file', async () => {
  const place = await open('linux')
  expect(place.socket).toMatch(/^\0jarvis-leases-\d+-[0-9a-f]{8}$/)
  expect(await isHeard(place)).toBe(true)
})

describe.skipIf(process.platform === 'win32')('where it is a file', () => {
  test("it lies in a folder of this user's that outlives a log-out, and goes with its end", async () => {
    const runtime = temporaryFolder()
    vi.stubEnv('XDG_RUNTIME_DIR', runtime)
    vi.stubEnv('TMPDIR', temporaryFolder())
    onTestFinished(() => void vi.unstubAllEnvs())
    const place = await openLeasePlace(greet, 'darwin')
    expect(place.socket.startsWith(runtime)).toBe(false)
    expect(lstatSync(dirname(place.socket)).mode & 0o077).toBe(0)
    expect(await isHeard(place)).toBe(true)
    await place.close()
    expect(existsSync(place.socket)).toBe(false)
  })

  test('it is made anew when it is removed, and a worker waits for it', async () => {
    vi.stubEnv('TMPDIR', temporaryFolder())
    onTestFinished(() => void vi.unstubAllEnvs())
    const place = await open('darwin')
    for (const removed of [place.socket, dirname(place.socket)]) {
      rmSync(removed, { recursive: true })
      const address = { socket: place.socket, token: '', timeout: 10_000, notes: null }
      // It gets through, and is told what only this listener says.
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(
        connectWorker(address, { project: 'p', file: 'f' }, null).request(null),
      ).rejects.toThrow('hello')
    }
    expect(lstatSync(dirname(place.socket)).mode & 0o077).toBe(0)
  })

  test('a folder with a long path is replaced by a short one', async () => {
    vi.stubEnv('TMPDIR', join(temporaryFolder(), 'x'.repeat(90)))
    onTestFinished(() => void vi.unstubAllEnvs())
    const place = await open('darwin')
    expect(Buffer.byteLength(place.socket)).toBeLessThanOrEqual(100)
    expect(await isHeard(place)).toBe(true)
  })
})
