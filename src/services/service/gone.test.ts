import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { goneOf as GoneOf } from './gone.ts'

const asked = vi.hoisted(() => vi.fn<() => string>(() => 'when it started'))
vi.mock('../../host/system-query.ts', () => ({ systemQuery: asked }))

/** What does it on a system that has a program to tell when a process has started. */
async function goneOnMac(): Promise<typeof GoneOf> {
  const { platform } = process
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }))
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  return (await import('./gone.ts')).goneOf
}

test('a process that was taken over is watched without a program at each look', async () => {
  const goneOf = await goneOnMac()
  const looks = vi.spyOn(process, 'kill')
  onTestFinished(() => looks.mockRestore())
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])
  const gone = goneOf({ pid: child.pid!, start: 'when it started' })
  expect(looks).toHaveBeenCalledWith(child.pid, 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await gone).toEqual({ code: null, signal: null })
  expect(asked).not.toHaveBeenCalled()
})
