import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startReports } from '../src/report/launch.ts'
import { eventually } from './support/poll.ts'
import { allProcesses, showsProcesses } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { run, start } from './support/run.ts'
import { completeSession, manyResultsSession } from './support/session-directories.ts'
import { workbookParts } from './support/workbook.ts'

const jarvis = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
/** Far more than it takes. */
const LIMIT_MS = 150_000
/** What a signal does at once it has done by then. */
const SOON_MS = 1_000
const ON = { JARVIS_REPORTS: 'on' }

function folder(): string {
  const logs = mkdtempSync(join(tmpdir(), 'jarvis-reports-'))
  onTestFinished(() => rmSync(logs, { recursive: true, force: true }))
  return logs
}

/** Pids of the processes that make reports of sessions under a folder. */
function makersUnder(root: string): number[] {
  return allProcesses()
    .filter(({ command }) => command.includes('report/main') && command.includes(root))
    .map(({ pid }) => pid)
}

test('a run ends with both reports and says where they are; jarvis report makes them again', async () => {
  const project = createProject('reports')
  const { code, output, session } = await run(project, {
    // The environment has the last word.
    env: { ...ON, JARVIS_PLAN: 'plans/without.yaml' },
  })
  expect(code).toBe(0)
  const name = basename(session!.directory)
  expect(output).toContain(`    Session  logs/${name}`)
  expect(output).toContain(`   Workbook  logs/${name}/report.xlsx`)
  expect(output).toContain(`     Report  logs/${name}/report.html`)
  const directory = join(project.root, 'logs', name)
  expect(workbookParts(join(directory, 'report.xlsx')).sheets).toContain('llm')
  expect(readFileSync(join(directory, 'report.html'), 'utf8')).toContain('<!doctype html>')

  rmSync(join(directory, 'report.xlsx'))
  rmSync(join(directory, 'report.html'))
  const again = await run(project, { command: [jarvis, 'report', '--xlsx'] })
  expect(again.output).toBe(`Workbook  logs/${name}/report.xlsx\n`)
  expect(again.code).toBe(0)
  expect(existsSync(join(directory, 'report.html'))).toBe(false)
})

test('a plan leaves the reports out', { tags: ['long'] }, async () => {
  const project = createProject('reports')
  const { code, output, session } = await run(project, {
    env: { JARVIS_PLAN: 'plans/without.yaml', JARVIS_REPORTS: undefined },
  })
  expect(code).toBe(0)
  expect(output).not.toContain('Workbook')
  expect(session!.names().filter((name) => name.startsWith('report'))).toEqual([])
})

test('a report that cannot be made is a warning and shows in the exit code; another name does not', async () => {
  const project = createProject('reports')
  const open = await run(project, { env: { ...ON, MEDDLE: 'open' } })
  expect(open.code).toBe(0)
  expect(open.output).toContain(`report_2.xlsx`)
  expect(open.session!.text('progression.log')).toMatch(
    /\[WARN\] Another program has report\.xlsx open: the new one is report_2\.xlsx\.\n$/,
  )
  const failed = await run(project, { env: { ...ON, MEDDLE: 'in the way' } })
  expect(failed.code).toBe(1)
  expect(failed.output).toContain('    report.xlsx could not be made: ')
  expect(failed.output).toContain('/report.html')
  expect(failed.session!.text('progression.log')).toMatch(/\[WARN\] report\.xlsx could not be made/)
  expect(failed.session!.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'PASSED' })
})

test.skipIf(!showsProcesses)(
  'Ctrl+C leaves reports out that take long, and no process behind',
  async () => {
    const project = createProject('reports')
    const running = start(project, { env: { ...ON, MEDDLE: 'endless' } })
    await running.until('Making report.xlsx')
    expect(makersUnder(project.root)).toHaveLength(1)
    running.child.kill('SIGINT')
    const { code, output, session } = await running.ended()
    expect(code).toBe(130)
    expect(output).toContain('SIGINT: leaving the reports out.')
    // The page, which is made beside the workbook where the machine has room for both, may be there by then.
    const [, left] = /^\s*(.+) was left out\. Make it with: jarvis report (.+)$/m.exec(output) ?? []
    expect(['report.xlsx', 'report.xlsx and report.html']).toContain(left)
    expect(output).toContain(`Make it with: jarvis report ${basename(session!.directory)}\n`)
    expect(session!.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'PASSED' })
    expect(makersUnder(project.root)).toEqual([])
  },
)

test.skipIf(!showsProcesses)(
  'a terminal that closes while reports are made takes nothing from them',
  { tags: ['long'] },
  async () => {
    const project = createProject('reports')
    const running = start(project, { env: { ...ON, MEDDLE: 'endless' }, detached: true })
    await running.until('Making report.xlsx')
    process.kill(-running.child.pid!, 'SIGHUP')
    await sleep(SOON_MS)
    expect(makersUnder(project.root)).toHaveLength(1)
    expect(running.child.exitCode).toBeNull()
    running.child.kill('SIGTERM')
    const { code, output } = await running.ended()
    expect(code).toBe(143)
    expect(output).toContain('SIGTERM: leaving the reports out.')
    expect(makersUnder(project.root)).toEqual([])
  },
)

describe('the process that makes reports', () => {
  test('tells how far it is, and what it leaves when it is cancelled is nothing', async () => {
    const directory = await manyResultsSession(folder(), 6_000)
    const before = readdirSync(directory)
    const reports = startReports(directory)
    const heard: string[] = []
    const { workbook, page, troubles } = await reports.make((sentence) => {
      heard.push(sentence)
      reports.cancel()
    })
    // Both are made at the same time.
    expect(heard[0]).toMatch(/^report\.(?:xlsx: 5000 of 6000|html: 5,000) results$/)
    expect({ workbook, page }).toEqual({ workbook: null, page: null })
    expect(troubles).toMatchObject([expect.stringContaining('left out')])
    expect(readdirSync(directory)).toEqual(before)
  })

  test.skipIf(!showsProcesses)('ends when whoever started it is killed', async () => {
    const logs = folder()
    const directory = await completeSession(logs)
    const launch = fileURLToPath(new URL('../src/report/launch.ts', import.meta.url))
    const script = `const { startReports } = await import(${JSON.stringify(launch)})
      startReports(${JSON.stringify(directory)}); console.log('up'); setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(parent.stdout, 'data')
    await eventually(LIMIT_MS, () => expect(makersUnder(logs)).toHaveLength(1))
    parent.kill('SIGKILL')
    await eventually(LIMIT_MS, () => expect(makersUnder(logs)).toEqual([]))
  })
})
