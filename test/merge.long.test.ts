// @module-tag long
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from './fixtures/session/kit.ts'
import { writePart } from './fixtures/session/parts.ts'
import { SESSION_NAME } from '../src/session/directory.ts'

const PROGRAM = join(import.meta.dirname, '../dist/cli/main.js')
const PARTS = Number(process.env['JARVIS_MERGE_PARTS'] ?? 100)
const ROWS = Number(process.env['JARVIS_MERGE_ROWS'] ?? 10_000)
const MOST_MB = 300
/** Says on leaving how much memory it had at most, in kB. */
const WATCH = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\nMOST '+process.resourceUsage().maxRSS+'\\n'))`

function start(logs: string) {
  return spawn(
    process.execPath,
    ['--import', WATCH, PROGRAM, 'merge', logs, '--no-reports', '--json'],
    { cwd: logs, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], JARVIS_LOGS: logs } },
  )
}

test(
  'a hundred parts of ten thousand results each are merged in less than 300 MB',
  { timeout: 900_000 },
  async () => {
    const logs = temporaryFolder()
    const rows = Array.from({ length: ROWS }, () => ({}))
    for (let index = 1; index <= PARTS; index += 1) {
      writePart(logs, { index, count: PARTS, loadouts: [index % 7], rows })
    }
    const child = start(logs)
    let [said, told] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect(code, said.slice(-2_000) + told.slice(-2_000)).toBe(0)
    const { counts } = JSON.parse(said) as { counts: { passed: number } }
    expect(counts.passed).toBe(PARTS * ROWS)
    const most = Number(/MOST (\d+)/.exec(told)?.[1]) / 1_024
    expect(most).toBeLessThan(MOST_MB)
  },
)

test(
  'a merge that is killed at any moment leaves no session, or the one that was there, and the next one makes it whole',
  { timeout: 600_000 },
  async () => {
    const logs = temporaryFolder()
    const rows = Array.from({ length: 300 }, () => ({}))
    for (const index of [1, 2, 3]) writePart(logs, { index, count: 3, rows })
    const parts = readdirSync(logs)
    const others = (): string[] => readdirSync(logs).filter((name) => !parts.includes(name))
    for (let after = 100; after <= 1_500; after += 70) {
      const child = start(logs)
      // oxlint-disable-next-line no-await-in-loop -- one after the other, each a little later
      await sleep(after)
      child.kill('SIGKILL')
      // oxlint-disable-next-line no-await-in-loop -- see above
      await once(child, 'close')
      for (const name of others().filter((one) => SESSION_NAME.test(one))) {
        const state = JSON.parse(readFileSync(join(logs, name, 'state.json'), 'utf8')) as object
        expect(state).toMatchObject({ status: 'ended', totals: { done: 900 } })
        expect(existsSync(join(logs, name, 'llm.json'))).toBe(true)
      }
    }
    const last = start(logs)
    const [code] = (await once(last, 'close')) as [number]
    expect(code).toBe(0)
    expect(others().filter((name) => name.startsWith('.merging-'))).toEqual([])
  },
)
