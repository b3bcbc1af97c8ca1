import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HostSource } from './host-source.ts'

const KB = 1_024
const isLinux = process.platform === 'linux'

function kernel(): { root: string; stat(line: string): void; meminfo(text: string): void } {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-proc-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return {
    root,
    stat: (line) => writeFileSync(join(root, 'stat'), `${line}\ncpu0 1 2 3 4\nintr 5\n`),
    meminfo: (text) => writeFileSync(join(root, 'meminfo'), text),
  }
}

test.skipIf(!isLinux)('processors are busy with what is neither idle nor waiting', async () => {
  const { root, stat, meminfo } = kernel()
  const host = new HostSource(root, 0)
  stat('cpu  100 0 50 800 50 0 0 0 30 30')
  meminfo(
    'MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nSwapTotal: 90 kB\nSwapFree: 20 kB\n',
  )
  expect(await host.read()).toEqual({
    cpu: null,
    ramTotal: 1_000 * KB,
    ramUsed: 600 * KB,
    swapUsed: 70 * KB,
  })
  stat('cpu  120 0 60 860 60 0 0 0 60 60')
  expect((await host.read()).cpu).toBe(0.3)
})

test.skipIf(!isLinux)('a share of less time than the kernel counts in is not told', async () => {
  const { root, stat, meminfo } = kernel()
  const host = new HostSource(root, 60_000)
  meminfo('')
  stat('cpu  100 0 50 800 50 0 0 0 30 30')
  await host.read()
  stat('cpu  101 0 50 800 50 0 0 0 30 30')
  expect((await host.read()).cpu).toBe(null)
})

test('what the kernel does not tell comes from Node, and swap is unknown then', async () => {
  const { root, stat, meminfo } = kernel()
  stat('nonsense')
  meminfo('MemTotal: much\n')
  const { ramTotal, ramUsed, swapUsed } = await new HostSource(root).read()
  expect(ramTotal).toBeGreaterThan(ramUsed)
  expect(ramUsed).toBeGreaterThan(0)
  expect(swapUsed).toBeNull()
})

test('this machine is read', async () => {
  const host = new HostSource()
  await host.read()
  const { cpu, ramUsed, ramTotal } = await host.read()
  expect(cpu ?? 0).toBeGreaterThanOrEqual(0)
  expect(cpu ?? 0).toBeLessThanOrEqual(1)
  expect(ramUsed).toBeLessThan(ramTotal)
})
