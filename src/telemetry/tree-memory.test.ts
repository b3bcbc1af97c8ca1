import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { processTrees } from './tree-memory.ts'

const MB = 1_024 ** 2
const HELD_MB = 60

/** A process whose child holds memory; resolves when it does. */
async function parentOfHolder(): Promise<{ parent: number; child: number }> {
  const holder = `const held = Buffer.alloc(${HELD_MB * MB}, 1); console.log(process.pid);
    setInterval(() => held.length, 60_000)`
  const program = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(holder)}], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdout.pipe(process.stdout)
    process.stdin.on('end', () => child.kill()).resume()`
  const parent = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => {
    parent.stdin.end()
  })
  const [said] = await once(parent.stdout, 'data')
  return { parent: parent.pid!, child: Number(String(said)) }
}

const systems = (['linux', 'darwin'] as const).filter((name) => {
  return name === process.platform || (name === 'darwin' && process.platform === 'linux')
})

test.each(systems)(
  'the memory of a process is that of its tree (the way of %s)',
  async (system) => {
    const { parent, child } = await parentOfHolder()
    const trees = await processTrees([parent, 2 ** 30], system)
    expect([...trees.keys()]).toEqual([parent])
    expect(trees.get(parent)!.pids).toEqual([parent, child])
    const own = (await processTrees([child], system)).get(child)!
    expect(own.pids).toEqual([child])
    expect(own.rss).toBeGreaterThan(HELD_MB * MB)
    expect(trees.get(parent)!.rss).toBeGreaterThan(own.rss! + 10 * MB)
  },
)

test('where it is not told without a process that costs a lot, nothing is known', async () => {
  expect(await processTrees([process.pid], 'win32')).toEqual(new Map())
})
